"""Problems: what is known and what is asked, as sentences, formulas or TPTP, to a verdict with its proof."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from duli.errors import InputError
from duli.fol import decide, notation, show, tptp
from duli.fol.problem import Problem
from duli.fol.syntax import Formula
from duli.fol.theory import Logic, Theory, Verdict, World
from duli.fol.write import write
from duli.language import read
from duli.language.explain import Teller
from duli.language.reader import Problem as Unread
from duli.language.texts import pieces
from duli.recipe import Recipe, examples

_TPTP = re.compile(r"^\s*(?:fof|cnf|tff|include)\s*\(", re.M)
_FORMULA = re.compile("[∀∃∧∨¬→↔⊕]|[A-Z]\\w*\\([a-zA-Z]")


@dataclass(frozen=True)
class Proved:
    """What is asked, decided."""

    verdict: Verdict
    theory: Theory
    teller: Teller | None
    asked: Formula
    seconds: float = field(compare=False)

    @property
    def say(self) -> Callable[[Formula], str]:
        """A formula in the words of the question, or in the notation of logic."""
        return write if self.teller is None else self.teller.say

    def lines(self, *, why: bool = True) -> Iterator[str]:
        """For people: the answer and its proof."""
        if self.teller is not None and why:
            return self.teller.verdict(self.verdict, self.asked)
        return show.verdict_lines(self.verdict, self.theory, why=why)

    def to_dict(self, *, proof: bool = True) -> dict[str, Any]:
        """As JSON: see docs/prove.md; without the proofs where they are not wanted."""
        made = show.to_dict(self.verdict, self.theory, self.say)
        told = {key: made[key] for key in made if proof or key in ("answer", "route", "reason")}
        return {**told, "seconds": round(self.seconds, 4)}


@dataclass(frozen=True)
class Prover:
    """The recipe that decides problems."""

    recipe: Recipe

    def ask(
        self,
        text: str,
        question: str = "",
        *,
        world: World = "open",
        logic: Logic = "auto",
        seconds: float = 10.0,
    ) -> Proved:
        """Decide a problem.

        Args:
            text: sentences, formulas or a problem in TPTP; which, is seen from how it is written. Or the name of one of
                the recipe's examples.
            question: what is asked, written the same way; empty: the conjecture of TPTP, the formula that is
                marked by ?, the last of the sentences.
            world: of sentences: open, what does not follow is unknown; closed, it is false.
            logic: the route, see ``duli.fol.decide``.
            seconds: the limit.

        Raises:
            InputError: nothing is asked, or a sentence or formula is not read.
        """
        begun = time.perf_counter()
        example = examples(self.recipe.folder).get(text.strip())
        text = text if example is None else example.read_text("utf-8")
        problem, teller = _problem(text, question, world)
        if problem.question is None:
            raise InputError("nothing is asked", hint="give the question, written as the text is")
        verdict = decide(problem.theory, problem.question, logic=logic, seconds=seconds)
        return Proved(verdict, problem.theory, teller, problem.question, time.perf_counter() - begun)


def _problem(text: str, question: str, world: World) -> tuple[Problem, Teller | None]:
    if _TPTP.search(text):
        found = tptp.read_text(text)
        asked = (
            tptp.read_text(f"fof(asked, conjecture, {question}).", "the question").question
            if question
            else None
        )
    elif _FORMULA.search(text):
        found = notation.read_text(text)
        asked = notation.formula(question, "the question") if question else None
    else:
        return sentences(text, question, world)
    return replace(found, theory=replace(found.theory, world=world), question=asked or found.question), None


def sentences(text: str, question: str, world: World, *, name: str = "the text") -> tuple[Problem, Teller]:
    """Sentences and a question about them; and what tells the answer in the question's language.

    Args:
        text: the sentences.
        question: a sentence; empty: the last of the text.
        world: open or closed.
        name: how errors call the text.

    Raises:
        InputError: nothing is asked, or a sentence is not read.
    """
    if not question.strip():
        parts = list(pieces(text))
        if len(parts) < 2:
            raise InputError(
                "nothing is asked", where=name, hint="give sentences, and one more that is asked"
            )
        text, question = text[: parts[-1].start], text[parts[-1].start :]
    found = read(text, ask=[question], name=name)
    for unread in (*found.problems, *found.asked):
        if isinstance(unread, Unread):
            raise unread.error()
    if not found.statements:
        raise InputError(
            "the text is empty", where=name, hint="give sentences: All cats are kind. Tom is a cat."
        )
    asked = found.asked[0]
    assert not isinstance(asked, Unread)  # noqa: S101
    theory = found.theory(world)
    things = next((most for _, most in found.ranges.values()), None)
    return Problem(theory, asked.formula), Teller(
        theory, next(pieces(question)).language, found.kinds, things
    )
