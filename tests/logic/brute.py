"""Possible worlds, one by one: slow, and simple enough to be believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

Row = tuple[str, ...]
Fact = tuple[str, Row]


@dataclass(frozen=True)
class Clause:
    """head :- body; a term that starts with a capital is a variable; probability None is certain."""

    head: Fact
    body: tuple[tuple[bool, Fact], ...] = ()
    probability: float | None = None

    def __str__(self) -> str:
        shown = ["" if sign else "\\+ " for sign, _ in self.body]
        body = ", ".join(s + _text(fact) for s, (_, fact) in zip(shown, self.body, strict=True))
        chance = "" if self.probability is None else f"{self.probability}::"
        return f"{chance}{_text(self.head)}{' :- ' + body if body else ''}."


def _text(fact: Fact) -> str:
    return f"{fact[0]}({','.join(fact[1])})"


def probabilities(layers: list[list[Clause]]) -> dict[Fact, float]:
    """The probability of every fact that holds in some world; negation only of earlier layers' predicates."""
    ground = [[g for clause in layer for g in _ground(clause, layers)] for layer in layers]
    uncertain = [g for layer in ground for g in layer if g.probability is not None]
    found: dict[Fact, float] = {}
    for choice in product((True, False), repeat=len(uncertain)):
        weight = 1.0
        for g, on in zip(uncertain, choice, strict=True):
            weight *= (g.probability or 0.0) if on else 1 - (g.probability or 0.0)
        if weight:
            on_now = {id(g): on for g, on in zip(uncertain, choice, strict=True)}
            for fact in _world(ground, on_now):
                found[fact] = found.get(fact, 0.0) + weight
    return found


def _ground(clause: Clause, layers: list[list[Clause]]) -> Iterator[Clause]:
    domain = sorted({t for layer in layers for c in layer for t in c.head[1] if not t[0].isupper()})
    names = sorted({t for _, (_, row) in clause.body for t in row if t[0].isupper()})
    for values in product(domain, repeat=len(names)):
        bound = dict(zip(names, values, strict=True))
        body = tuple((sign, _bind(fact, bound)) for sign, fact in clause.body)
        yield Clause(_bind(clause.head, bound), body, clause.probability)


def _bind(fact: Fact, bound: Mapping[str, str]) -> Fact:
    return fact[0], tuple(bound.get(t, t) for t in fact[1])


def _world(layers: list[list[Clause]], on: Mapping[int, bool]) -> set[Fact]:
    holds: set[Fact] = set()
    for layer in layers:
        before = set(holds)
        while True:
            new = {
                g.head
                for g in layer
                if on.get(id(g), True)
                and all((f in holds) if sign else (f not in before) for sign, f in g.body)
                and g.head not in holds
            }
            if not new:
                break
            holds |= new
    return holds
