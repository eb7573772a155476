"""A recipe, read and checked: the folder that says what is read, what is known, and what follows."""

from __future__ import annotations

from duli.recipe.folder import WORD, Link, Question, Recipe, built_in, examples, find, read, text_of
from duli.recipe.labels import Labels

__all__ = ["WORD", "Labels", "Link", "Question", "Recipe", "built_in", "examples", "find", "read", "text_of"]
