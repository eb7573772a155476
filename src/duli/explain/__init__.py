"""Proofs and answers put in a form that people read."""

from duli.explain.answer import Answer
from duli.explain.tree import lines, to_dict

__all__ = ["Answer", "lines", "to_dict"]
