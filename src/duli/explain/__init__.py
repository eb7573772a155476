"""Proofs and answers put in a form that people read."""

from duli.explain.answer import Answer
from duli.explain.graph import render
from duli.explain.tree import lines, to_dict

__all__ = ["Answer", "lines", "render", "to_dict"]
