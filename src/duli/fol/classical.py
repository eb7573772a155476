"""The classical route: all that follows, by cases and contraposition too.

An answer is a refutation of its opposite by our own prover. A solver looks for worlds meanwhile: one in which the
statements hold and the question does not shows that the question does not follow.
"""

from __future__ import annotations

import time
from dataclasses import replace

from duli.errors import MissingExtraError
from duli.fol import instances
from duli.fol.refutation import Search
from duli.fol.relevance import relevant
from duli.fol.rewrite import pushed, put
from duli.fol.solver import Solver
from duli.fol.syntax import And, Formula, Not, Or
from duli.fol.theory import Model, Outcome, Proof, Step, Theory, Verdict
from duli.fol.worlds import holds

_FIRST = 0.1
_SIZES = (1, 2, 3, 4, 6, 8)
# Past so many statements a search begins with those that the question leads to, and no worlds are looked for.
_MANY = 500


class Classical:
    """A theory that is asked by refutation.

    Args:
        theory: any statements.
    """

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self._formulas = [statement.formula for statement in theory.statements]
        self._all = tuple(range(len(theory.statements)))
        self._world: Model | None = None

    def decide(self, question: Formula, why: str, ends: float) -> Verdict:
        """As `duli.fol.decide`; `ends` is of `time.monotonic`."""
        opposites: dict[Outcome, Formula] = {"true": Not(question), "false": question}
        many = len(self._all) > _MANY
        only = relevant(self._formulas, question) if many else self._all
        searches = {a: Search(self.theory, only, f, question) for a, f in opposites.items()}
        worlds: dict[Outcome, Model] = {}
        seconds = _FIRST

        def time_left() -> float:
            return min(seconds, max(0.0, ends - time.monotonic()))

        while searches and time.monotonic() < ends:
            for answer in list(searches):
                proof = searches[answer].run(time_left())
                if proof is not None:
                    del searches[answer]
                    return self._proved(answer, proof, question, why, searches, time_left())
            for answer in list(searches):
                found = self.world(opposites[answer], time_left())
                if found is not None:
                    worlds[answer] = found
                    del searches[answer]
            for answer in list(searches):
                proof = self._by_instances(searches[answer], time_left())
                if proof is not None:
                    del searches[answer]
                    return self._proved(answer, proof, question, why, searches, time_left())
            seconds *= 2
        # The world against "false" is one in which the question holds.
        return Verdict(
            "unknown",
            "classical",
            why,
            countermodel=worlds.get("true"),
            model=worlds.get("false"),
            limit=bool(searches),
        )

    def world(self, formula: Formula, seconds: float) -> Model | None:
        """A finite world in which the statements and a formula hold; None where none was found in time."""
        ends = time.monotonic() + seconds
        if len(self._all) > _MANY:
            return None
        try:
            solver = Solver(
                [*self._formulas, formula],
                unique_names=self.theory.unique_names,
                integers=self.theory.integers,
            )
        except MissingExtraError:
            return None
        for size in _SIZES:
            left = ends - time.monotonic()
            if left <= 0:
                break
            found = solver.model(size, left / 2)
            if found is not None and all(holds(f, found) for f in (*self._formulas, formula)):
                self._world = found
                return found
        return None

    def _by_instances(self, search: Search, seconds: float) -> Proof | None:
        try:
            proof = instances.refute(
                search.sources, search.assumption, seconds, integers=self.theory.integers
            )
            return None if proof is None else replace(proof, definitions=search.definitions)
        except MissingExtraError:
            return None

    def _proved(
        self,
        answer: Outcome,
        proof: Proof,
        question: Formula,
        why: str,
        others: dict[Outcome, Search],
        seconds: float,
    ) -> Verdict:
        """The verdict of a proof, after a look whether the statements contradict one another."""
        if not _assumes(proof):
            return _contradiction(proof, question, why)
        if self._world is None and self.world(And(()), seconds) is None:
            for search in others.values():
                second = search.run(seconds)
                if second is not None and not _assumes(second):
                    return _contradiction(second, question, why)
                if second is not None:
                    return Verdict("contradiction", "classical", why, proof, second)
        return Verdict(answer, "classical", why, proof)


def _assumes(proof: Proof) -> bool:
    return any(step.rule == "assumption" for step in proof.steps)


def _contradiction(proof: Proof, question: Formula, why: str) -> Verdict:
    """The two proofs of opposites that a refutation without an assumption ends in."""
    last = proof.steps[-1]
    for at, number in enumerate(last.premises):
        premise = proof.steps[number].formula
        if not isinstance(premise, Or):
            first = put(premise, last.bindings[at])
            rest = last.premises[:at] + last.premises[at + 1 :]
            bindings = last.bindings[:at] + last.bindings[at + 1 :]
            one = Step(first, "derive", (number,), None, (last.bindings[at],))
            two = Step(pushed(Not(first)), "derive", rest, None, bindings)
            first_proof, second = _ending(proof, one), _ending(proof, two)
            return Verdict("contradiction", "classical", why, first_proof, second)
    return Verdict(
        "contradiction",
        "classical",
        why,
        replace(proof, assumption=Not(question)),
        replace(proof, assumption=question),
    )


def _ending(proof: Proof, last: Step) -> Proof:
    """A proof with another last step; without it where its premise says the same."""
    before = proof.steps[:-1]
    if len(last.premises) == 1 and before[last.premises[0]].formula == last.formula:
        return replace(proof, steps=before, assumption=None).upto(last.premises[0])
    return replace(proof, steps=(*before, last), assumption=None).upto(len(before))
