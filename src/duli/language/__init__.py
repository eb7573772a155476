"""Sentences into formulas and formulas into sentences, in English and Chinese."""

from duli.language.reader import Problem, Reading, read
from duli.language.verbalise import verbalise, verbalised

__all__ = ["Problem", "Reading", "read", "verbalise", "verbalised"]
