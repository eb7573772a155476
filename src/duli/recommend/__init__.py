"""Recommending: from what items say and what people did, by attention, learned weights, and rules."""

from duli.recommend.learn import fit
from duli.recommend.recommender import Recommendation, Recommender, load

__all__ = ["Recommendation", "Recommender", "fit", "load"]
