"""Parameters learned from interpretations: expectation maximisation over the program's own circuits.

Each interpretation says of some atoms whether they hold. The probability P of what was observed is linear in that of
a choice, p, so the expected count of the choice is p (1 + (1 - p) P' / P) with P' = dP/dp; in a group of alternatives
p_v (1 + P'_v / P - sum_u p_u P'_u / P). One evaluation and one gradient of one circuit are a whole E step, for all
interpretations (Dempster, Laird and Rubin 1977; Gutmann, Thon and De Raedt 2011 for such programs).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import InconsistentEvidenceError, InputError, Place, ProgramError
from duli.logic.parser import parse
from duli.logic.program import compile
from duli.logic.result import Result
from duli.logic.rules import Rule, RuleSet
from duli.logic.syntax import Constant, Literal, plain
from duli.logic.worlds import choice_numbers, exact
from duli.provenance.circuit import Circuit
from duli.provenance.cone import Cone
from duli.types import Atom, Floats, Limits, Relation, Vocabulary

Ints = NDArray[np.int64]
Interpretation = Mapping[Atom, bool]
UNKNOWN = 0.01
_NOWHERE = Place("an interpretation")


@dataclass(frozen=True)
class Learned:
    """What was learned.

    Args:
        parameters: each learnable clause's place and head, and its probability.
        log_likelihoods: of all interpretations, after each round; it never falls.
        converged: whether the last round gained less than the tolerance.
    """

    parameters: tuple[tuple[Place, str, float], ...]
    log_likelihoods: tuple[float, ...]
    converged: bool


def learn(
    text: str,
    interpretations: Sequence[Interpretation],
    *,
    name: str = "program",
    relations: Mapping[str, Relation] | None = None,
    vocabulary: Vocabulary | None = None,
    inputs: Mapping[str, int] | None = None,
    rounds: int = 200,
    tolerance: float = 1e-6,
    seed: int = 0,
    limits: Limits | None = None,
) -> Learned:
    """The most likely values of a program's learnable probabilities, ``t(_)`` or ``t(start)``.

    Args:
        text, name, inputs: as of ``compile``.
        interpretations: what is known of each example; what is not said is unknown (partial interpretations).
        relations, vocabulary: as of ``Program.run``.
        rounds: the most rounds of expectation maximisation.
        tolerance: stop when the log-likelihood gains less than this, relative to its size.
        seed: of the starts of ``t(_)``.
        limits: as of ``Program.run``.

    Raises:
        InputError: there are no interpretations, or nothing to learn.
        InconsistentEvidenceError: an interpretation cannot be, whatever the parameters.

    >>> heads = Atom("heads")
    >>> learn("t(_)::heads.", [{heads: True}, {heads: True}, {heads: False}]).parameters[0][2]
    0.6666666666666666
    """
    if not interpretations:
        raise InputError("there are no interpretations", hint="give at least one")
    observed = dict.fromkeys(atom for known in interpretations for atom in known)
    program = compile(text, name=name, inputs=inputs, unknown=UNKNOWN, asked=observed, limits=limits)
    result = program.run(relations, vocabulary, goal_directed=False, limits=limits)
    _, algebra = exact(result)
    tags = np.concatenate([_tag(result, known) for known in interpretations])
    counts = _counts(result, tags)
    found = parameters(result, program.rules.rules)
    names, starts = found.names, found.starts
    if not names:
        raise InputError("nothing is to be learned", where=name, hint="write t(_)::fact. or t(0.3)::fact.")
    random = np.random.default_rng(seed)
    starts = np.where(starts == UNKNOWN, random.uniform(0.2, 0.6, len(starts)), starts)
    model = _Model(
        algebra.circuit(tags), algebra.formula.chances.copy(), algebra.formula.groups, found.owner, counts
    )
    values, history, converged = model.maximise(starts, rounds, tolerance)
    learned = tuple((*name, p) for name, p in zip(names, values.tolist(), strict=True))
    return Learned(learned, tuple(history), converged)


@dataclass(frozen=True)
class Parameters:
    """Probabilities of a program that are to be learned.

    Args:
        owner: the parameter of each choice of a run [choices], -1 for none.
        names: each one's clause and head [parameters].
        starts: where each starts; ``UNKNOWN`` for ``t(_)`` in a program that was compiled with that.
        clauses: alternatives of one head have the same number.
        rooms: what the alternatives that are not learned leave of 1.
    """

    owner: Ints
    names: tuple[tuple[Place, str], ...]
    starts: Floats
    clauses: Ints
    rooms: Floats


@dataclass(frozen=True)
class _Model:
    circuit: Circuit
    chances: Floats
    groups: Ints
    owner: Ints
    counts: Floats

    def maximise(self, values: Floats, rounds: int, tolerance: float) -> tuple[Floats, list[float], bool]:
        learned = self.owner >= 0
        _, group = np.unique(self.groups, return_inverse=True)
        seen = np.bincount(self.owner[learned], self.counts[learned], len(values))
        weights, history = self.chances.copy(), list[float]()
        values = self._within_groups(values, group)
        for _ in range(rounds):
            weights[learned] = values[self.owner[learned]]
            p = self.circuit.evaluate(weights[None])[0]
            if (p <= 0).any():
                where = f"interpretation {int(np.argmin(p)) + 1}"
                raise InconsistentEvidenceError("what is observed is impossible", where=where)
            history.append(float(np.log(p).sum()))
            if len(history) > 1 and history[-1] - history[-2] <= tolerance * abs(history[-1]):
                return values, history, True
            slope = self.circuit.gradient(weights[None], 1 / p[None])[0]
            spent = np.bincount(group, weights * slope)[group]
            expected = weights * (self.counts + slope - spent)
            total = np.bincount(self.owner[learned], expected[learned], len(values))
            values = np.where(seen > 0, np.clip(total / np.maximum(seen, 1), 0.0, 1.0), values)
        return values, history, False

    def _within_groups(self, values: Floats, group: Ints) -> Floats:
        """Starts that sum to less than 1 in every group of alternatives."""
        learned = self.owner >= 0
        fixed = np.bincount(group, np.where(learned, 0.0, self.chances))
        total = np.bincount(group, np.where(learned, values[np.maximum(self.owner, 0)], 0.0))
        room = np.where(total > 0, np.minimum(1.0, 0.9 * (1 - fixed) / np.maximum(total, 1e-300)), 1.0)
        scale = np.ones(len(values))
        np.minimum.at(scale, self.owner[learned], room[group[learned]])
        alone = np.bincount(group)[group] == 1
        scale[self.owner[learned & alone]] = 1.0
        return values * scale


def _tag(result: Result, known: Interpretation) -> Ints:
    """The tag [1] of an interpretation."""
    _, algebra = exact(result)
    tag = np.zeros(1, np.int64)
    for atom, holds in known.items():
        terms = tuple(Constant(value) for value in atom.arguments)
        predicate = result.rules.resolve(atom.predicate, len(terms))
        own = result.chances.tag(Literal(predicate, terms, False, _NOWHERE))
        tag = algebra.conjoin(tag, own if holds else algebra.negate(own))
    return tag


def _counts(result: Result, tags: Ints) -> Floats:
    """In how many interpretations each choice [choices], or one that excludes it, is of importance."""
    _, algebra = exact(result)
    groups = algebra.formula.groups
    _, group = np.unique(groups, return_inverse=True)
    found = np.zeros(int(group.max(initial=-1)) + 1)
    for tag in tags:
        choices = Cone(algebra.formula, tag[None]).choice
        found[np.unique(group[choices[choices >= 0]])] += 1
    return found[group]


def parameters(result: Result, rules: Sequence[Rule], also: Collection[str] = ()) -> Parameters:
    """The probabilities of a program that are to be learned.

    Args:
        result: of a run without a goal, under the provenance exact.
        rules: all of the program, also those that its queries do not need.
        also: predicates whose facts and rules have such probabilities, without ``t(…)`` too.
    """
    lineage, algebra = exact(result)
    owner = np.full(len(algebra.formula.chances), -1)
    names: list[tuple[Place, str]] = []
    starts, clauses, rooms = list[float](), list[int](), list[float]()
    known: dict[tuple[Place, str, int], int] = {}

    def learned(learnable: bool, predicate: str) -> bool:
        return learnable or plain(predicate) in also

    def number(key: tuple[Place, str, int], start: float, clause: int, room: float) -> int:
        if key not in known:
            known[key] = len(names)
            names.append(key[:2])
            starts.append(start)
            clauses.append(clause)
            rooms.append(room)
        return known[key]

    def room(rule: Rule) -> float:
        """What the alternatives that are not learned leave."""
        others = [r for r in rules if r.group is not None and r.group == rule.group]
        if not all(isinstance(r.probability, float) for r in others):
            return 0.0
        fixed = [r.probability for r in others if not learned(r.learnable, r.head.predicate)]
        return 1.0 - sum(p for p in fixed if isinstance(p, float))

    for origin in lineage.origins:
        choices = choice_numbers(algebra, origin)
        if origin.rule is not None:
            which = np.zeros(len(choices), np.int64) if origin.members is None else origin.members
            for i, rule in enumerate(origin.rule.members or (origin.rule,)):
                picked, p = choices[(which == i) & (choices >= 0)], rule.probability
                if learned(rule.learnable, origin.predicate) and isinstance(p, float) and len(picked):
                    terms = ",".join(map(str, rule.head.terms))
                    head = plain(origin.predicate) + (f"({terms})" if terms else "")
                    clause = rule.number if rule.group is None else rule.group
                    owner[picked] = number((rule.place, head, rule.number - clause), p, clause, room(rule))
            continue
        assert origin.clauses is not None  # noqa: S101
        given = lineage.tables.given(origin.predicate)
        before = len(given.choices()[0]) - len(given.facts)
        for choice, place in zip(choices.tolist(), origin.clauses.tolist(), strict=True):
            fact = given.facts[place - before] if place >= before else None
            if fact is not None and learned(fact.learnable, fact.predicate) and choice >= 0:
                shown = str(Atom(fact.predicate, tuple(t.value for t in fact.terms)))
                # A fact is a clause of its own.
                key = fact.place, shown, 0
                owner[choice] = number(key, fact.probability or 0.0, -1 - len(names), 1.0)
    _, numbers = np.unique(np.array(clauses, np.int64), return_inverse=True)
    return Parameters(owner, tuple(names), np.array(starts), numbers, np.array(rooms))


def read_interpretations(
    lines: Iterable[str], name: str = "examples", rules: RuleSet | None = None
) -> list[Interpretation]:
    """Interpretations from text: lines such as ``evidence(atom, true).``, examples parted by ``---`` lines.

    Args:
        lines: of the text.
        name: how errors call it.
        rules: of the program whose predicates the atoms must be of; None: of any.

    Raises:
        ProgramError: with the place in the examples.
    """
    text = list(lines)
    ends = [i for i, line in enumerate(text, 1) if line.startswith("---")]
    for end in ends:
        text[end - 1] = ""
    found: list[dict[Atom, bool]] = [{} for _ in range(len(ends) + 1)]
    for literal in parse("\n".join(text), name).evidence:
        values = tuple(t.value for t in literal.terms if isinstance(t, Constant))
        if len(values) < len(literal.terms):
            raise ProgramError("an example is about atoms without variables", where=literal.place)
        try:
            if rules is not None:
                rules.resolve(literal.predicate, len(values))
        except InputError as error:
            raise ProgramError(error.message, where=literal.place, hint=error.hint) from None
        found[bisect_left(ends, literal.place.line or 0)][
            Atom(literal.predicate, values)
        ] = not literal.negated
    return [atoms for atoms in found if atoms]
