"""What a file of a problem holds: what is known, and perhaps what is asked."""

from __future__ import annotations

from dataclasses import dataclass

from duli.fol.syntax import Formula
from duli.fol.theory import Theory


@dataclass(frozen=True)
class Problem:
    """A theory and a question.

    Args:
        theory: what is known.
        question: what is asked; None where the file asks nothing.
    """

    theory: Theory
    question: Formula | None
