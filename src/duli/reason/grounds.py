"""What each phrase of a text counted for an answer, and where phrase and answer meet in the knowledge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from duli.explain.answer import Ground, Reason
from duli.explain.tree import sources, walk
from duli.logic import Result
from duli.recipe import Recipe
from duli.types import Atom, Mention, Proof, Value

Labeller = Callable[[str], str | None]


def labeller(recipe: Recipe, result: Result) -> Labeller:
    """A function from a value to its words: by the recipe's ``labels``, else as its ``[[classify]]`` describe it."""

    @cache
    def label(value: str) -> str | None:
        for predicate in recipe.answer.labels:
            for row in result.matching(predicate, {0: value}):
                return str(row[1])
        said = (table.described(value) for table in recipe.tables)
        return next((words for words in said if words is not None), None)

    return label


def reasoner(
    recipe: Recipe, result: Result, mentions: tuple[Mention, ...], known: Sequence[str]
) -> tuple[Labeller, Callable[[Value], tuple[Reason, ...]]]:
    """The labeller, and a function from an answer to what counted for it, the heaviest first.

    Args:
        recipe: which predicates say what counts.
        result: of the run.
        mentions: of the text, by number.
        known: origins that are cited for the whole answer, and not again.
    """
    label = labeller(recipe, result)

    def reasons(value: Value) -> tuple[Reason, ...]:
        predicate = recipe.answer.counts
        if predicate is None:
            return ()

        def reason(row: tuple[Value, ...]) -> Reason:
            def find() -> Ground:
                proof = result.proof(Atom(predicate, row), 1, recipe.answer.stated)
                return _ground(recipe, proof, label, known)

            return Reason(mentions[int(row[0])].span.text, float(row[2]), find)

        found = [reason(row) for row in result.matching(predicate, {1: value})]
        return tuple(sorted(found, key=lambda r: -abs(r.log_ratio)))

    return label, reasons


def _ground(recipe: Recipe, proof: Proof, label: Labeller, known: Sequence[str]) -> Ground:
    """Where a phrase and an answer meet, read from the proof of what it counted."""
    link = recipe.link
    met = [step.row for step in walk(proof) if step.row is not None]
    filled = () if link is None else (link.present, link.absent)
    entity = next((atom.arguments[1] for atom in met if atom.predicate in filled), None)
    edges = [atom.arguments for atom in met if atom.predicate == recipe.answer.path]
    return Ground(
        entity,
        label(str(entity)),
        tuple(tuple(label(step) or step for step in path) for path in chains(edges, str(entity))),
        tuple(s for s in sources(proof) if s not in known),
        proof,
    )


def chains(edges: Iterable[Sequence[Value]], first: str) -> list[tuple[str, ...]]:
    """Edges (lower, upper) joined to chains, the one that begins with ``first`` before the others.

    >>> chains([("b", "c"), ("a", "b"), ("x", "c")], "x")
    [('x', 'c'), ('a', 'b', 'c')]
    """
    above = {str(lower): str(upper) for lower, upper in edges}
    found = []
    for start in above.keys() - set(above.values()):
        chain = [start]
        while chain[-1] in above and above[chain[-1]] not in chain:
            chain.append(above[chain[-1]])
        found.append(tuple(chain))
    return sorted(found, key=lambda chain: (chain[0] != first, chain))
