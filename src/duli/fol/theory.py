"""What is known, what is answered, and the proof: the nouns that pass between readers, reasoners and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from duli.fol.syntax import Formula, Not, Statement, Term

World: TypeAlias = Literal["open", "closed"]
Logic: TypeAlias = Literal["auto", "rules", "classical", "finite"]
Outcome: TypeAlias = Literal["true", "false", "unknown", "contradiction"]


@dataclass(frozen=True)
class Theory:
    """Statements that are taken as true.

    Args:
        statements: what was read, in order.
        world: "open": what does not follow is unknown; "closed": what does not follow from rules is false.
        ranges: functions whose values are integers, with the least and the greatest one: ``{"place": (1, 5)}``.
        different: those functions of `ranges` that give different things different values (one place each).
        unique_names: two names are never of one thing.
        integers: all numbers are whole.
    """

    statements: tuple[Statement, ...]
    world: World = "open"
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    different: frozenset[str] = frozenset()
    unique_names: bool = False
    integers: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a proof.

    Args:
        formula: what holds now. A refutation's clauses are free of quantifiers; their variables stand for all things.
        rule: "statement" (of a statement, and perhaps of premises that meet its condition), "assumption" (the
            question, or its negation), "derive" (of the premises), "absent" (closed world: nothing gives it),
            "cases" (every case was tried), "arithmetic" (of how numbers are alone), "names" (two names are of two
            things), "definition" (what a new predicate stands for).
        premises: the numbers of earlier steps, from 0.
        statement: the number in the theory of the statement that it uses.
        bindings: what the variables stand for, by name: one mapping for the statement or, without a statement, one
            for each premise.
    """

    formula: Formula
    rule: str
    premises: tuple[int, ...] = ()
    statement: int | None = None
    bindings: tuple[Mapping[str, Term], ...] = ()


@dataclass(frozen=True)
class Proof:
    """Steps that end in what is proved; or, after an assumption, in the empty disjunction: false.

    Args:
        steps: each after its premises.
        assumption: what was assumed in order to refute it; None for a direct proof.
        definitions: of each new predicate its variables and what it stands for: a part of a formula.
    """

    steps: tuple[Step, ...]
    assumption: Formula | None = None
    definitions: Mapping[str, tuple[tuple[str, ...], Formula]] = field(default_factory=dict)

    @property
    def conclusion(self) -> Formula:
        """What it proves."""
        return self.steps[-1].formula if self.assumption is None else Not(self.assumption)

    def statements(self) -> tuple[int, ...]:
        """The numbers of the statements that it uses, in the theory's order."""
        return tuple(sorted({step.statement for step in self.steps if step.statement is not None}))

    def walk(self, at: int | None = None) -> Iterator[Step]:
        """The steps that one (the last) needs and itself, premises first, each once."""
        needed, waiting = set[int](), [len(self.steps) - 1 if at is None else at]
        while waiting:
            number = waiting.pop()
            if number not in needed:
                needed.add(number)
                waiting += self.steps[number].premises
        return (self.steps[number] for number in sorted(needed))

    def upto(self, at: int) -> Proof:
        """The proof of one of its steps alone."""
        needed = {id(step) for step in self.walk(at)}
        kept = [number for number, step in enumerate(self.steps) if id(step) in needed]
        new = {number: k for k, number in enumerate(kept)}
        return Proof(
            tuple(
                replace(self.steps[n], premises=tuple(new[p] for p in self.steps[n].premises)) for n in kept
            ),
            self.assumption,
            self.definitions,
        )


@dataclass(frozen=True)
class Model:
    """A finite world in which the statements hold.

    Args:
        things: the names of its things.
        functions: of each constant and function by name its value, a thing or an integer, for each tuple of things.
        predicates: of each predicate by name the tuples of things that it holds of.
    """

    things: tuple[str, ...]
    functions: Mapping[str, Mapping[tuple[str, ...], str]]
    predicates: Mapping[str, frozenset[tuple[str, ...]]]


@dataclass(frozen=True)
class Verdict:
    """An answer and its grounds.

    Args:
        answer: "true", "false" (its negation is proved), "unknown", or "contradiction" (the statements prove the
            question and its negation, or anything).
        route: which reasoner gave it: "rules", "classical" or "finite".
        why: why that one.
        proof: of the answer, accepted by `duli.fol.checker`; of a contradiction the first of two.
        second: of a contradiction: the proof of the opposite of what `proof` proves.
        countermodel: of "unknown" where one was found: a world in which the statements hold and the question does not.
        model: of "unknown" where one was found: a world in which the statements and the question hold.
        conflict: two proofs of opposites elsewhere in the statements, which the question does not need.
        limit: the search was stopped before its end.
    """

    answer: Outcome
    route: str
    why: str
    proof: Proof | None = None
    second: Proof | None = None
    countermodel: Model | None = None
    model: Model | None = None
    conflict: tuple[Proof, Proof] | None = None
    limit: bool = False
