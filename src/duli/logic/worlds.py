"""Single worlds of a result: the most probable one, and samples, both given the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError, Place
from duli.logic.lineage import Lineage, Origin
from duli.logic.result import Result
from duli.provenance.exact import Exact
from duli.provenance.worlds import Worlds
from duli.types import Atom, Choice

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """One way in which all choices may fall.

    Args:
        probability: of these choices, given the evidence.
        atoms: what the queries match, and whether it holds.
        choices: those that the queries and the evidence depend on, and whether each was made.
    """

    probability: float
    atoms: Mapping[Atom, bool]
    choices: tuple[tuple[Choice, bool], ...]


def best_world(result: Result) -> World:
    """The most probable world given the evidence (MPE); of equals any.

    Raises:
        InputError: the result is not of the provenance exact.
        InconsistentEvidenceError: the evidence cannot be.
        LimitReachedError: the evidence is too hard for the limits.

    >>> from duli import logic
    >>> program = logic.compile("0.3::rain. 0.6::wet :- rain. 0.2::wet. evidence(wet). query(rain).")
    >>> best_world(program.run()).atoms
    {rain: False}
    """
    atoms, worlds = _worlds(result)
    p, made, truth = worlds.best()
    origins = choices_of(result)
    named = tuple(
        (origins[c], bool(on)) for c, on in zip(worlds.choices.tolist(), made.tolist(), strict=True)
    )
    return World(p, dict(zip(atoms, truth.tolist(), strict=True)), named)


def sample(result: Result, n: int, *, seed: int = 0) -> Mapping[Atom, Mask]:
    """What the queries match, and in which of n independent worlds, drawn given the evidence, it holds [n].

    The draws are exact, not approximate: none is rejected, however improbable the evidence.

    Raises:
        As ``best_world``.
    """
    atoms, worlds = _worlds(result)
    _, truths = worlds.sample(n, np.random.default_rng(seed))
    return {atom: truths[:, i] for i, atom in enumerate(atoms)}


def gradient(result: Result, atom: Atom) -> Mapping[Choice, float]:
    """How the probability of an atom (without the evidence) changes with that of each choice: d p / d w.

    Raises:
        As ``best_world``.
    """
    lineage, algebra = exact(result)
    rows = result.numbers(atom)
    if not len(rows) or atom.predicate not in lineage.run.uncertain:
        return {}
    circuit = algebra.circuit(lineage.tags(atom.predicate, rows))
    slope = circuit.gradient(algebra.formula.chances[None], np.ones((1, 1)))[0]
    names = choices_of(result)
    return {names[c]: float(slope[c]) for c in np.flatnonzero(slope).tolist()}


def exact(result: Result) -> tuple[Lineage, Exact]:
    """A result's lineage and algebra; InputError when it is of another provenance."""
    lineage = result.chances.lineage
    if lineage is None or not isinstance(lineage.algebra, Exact):
        raise InputError("this needs the provenance exact", hint='run(provenance="exact")')
    return lineage, lineage.algebra


def choices_of(result: Result) -> list[Choice]:
    """Every choice of a result's lineage, by its number."""
    lineage, algebra = exact(result)
    found: dict[int, Choice] = {}
    for origin in lineage.origins:
        numbers = choice_numbers(algebra, origin)
        atoms = result.atoms(origin.predicate, origin.rows[numbers >= 0])
        places = _places(lineage, origin, numbers)
        for number, atom, place in zip(numbers[numbers >= 0].tolist(), atoms, places, strict=True):
            chance = float(algebra.formula.chances[number])
            found[number] = Choice(atom, chance, place, number)
    return [found[number] for number in range(len(found))]


def choice_numbers(algebra: Exact, origin: Origin) -> Ints:
    """The numbers [n] of an origin's choices; -1 for what is certain."""
    nodes = origin.tags >> 1
    return np.where(nodes > 0, algebra.formula.columns[3][nodes], -1)


def _places(lineage: Lineage, origin: Origin, numbers: Ints) -> Iterator[Place | None]:
    if origin.rule is not None and origin.members is not None:
        yield from (origin.rule.members[i].place for i in origin.members[numbers >= 0].tolist())
        return
    if origin.rule is not None:
        yield from [origin.rule.place] * int((numbers >= 0).sum())
        return
    given = lineage.tables.given(origin.predicate)
    assert origin.clauses is not None  # noqa: S101
    before = len(given.choices()[0]) - len(given.facts)
    for clause in origin.clauses[numbers >= 0].tolist():
        yield given.facts[clause - before].place if clause >= before else None


def _worlds(result: Result) -> tuple[list[Atom], Worlds]:
    lineage, algebra = exact(result)
    chances = result.chances
    atoms: list[Atom] = []
    tags = [np.empty(0, np.int64)]
    for query in chances.queries():
        numbers = chances.matching(query)
        atoms += result.atoms(query.predicate, numbers)
        certain = query.predicate not in lineage.run.uncertain
        tags.append(np.zeros(len(numbers), np.int64) if certain else lineage.tags(query.predicate, numbers))
    given = int(chances.observed[0])
    limits, check = lineage.run.meter.limits, lineage.run.meter.check
    worlds = Worlds(algebra.formula, given, np.concatenate(tags), limits.nodes, check)
    if worlds.likelihood == 0:
        raise chances.impossible()
    return atoms, worlds
