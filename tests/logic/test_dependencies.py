"""Rows that exclude one another: never wrongly, on random programs, and where it matters, on known ones."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from duli import logic
from duli.logic.result import Result
from duli.types import Limits, Value

Row = tuple[Value, ...]
COUNT = 200
VALUES = (0, 1, 2)
PLACES = (0, 1)


@dataclass(frozen=True)
class Group:
    """Alternatives (probability, atom) that exclude one another; what is left of 1 is none of them."""

    members: tuple[tuple[float, str], ...]

    @property
    def options(self) -> list[tuple[float, str | None]]:
        rest = 1 - sum(p for p, _ in self.members)
        return [*self.members, *([(rest, None)] if rest > 1e-9 else [])]


class Maker:
    """A random program: base predicates a, b of (place, value) by choices, layers p1 … p4 above them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        # How often a rule or a group is one that spoils a dependency.
        self.mess = self.random.choice((0.0, 0.0, 0.1, 0.3, 0.6))
        self.groups = [self.group(name, i) for name in "ab" for i in PLACES if not self.spoilt()]
        self.rules: list[str] = []
        self.above = [f"p{k}" for k in range(1, 5)]
        for k in range(1, 5):
            self.rules.append(self.rule(k))
            while self.spoilt():
                self.rules.append(self.rule(k))
            if self.spoilt():
                self.rules.append(f"p{k}({self.random.choice(PLACES)},{self.random.choice(VALUES)}).")

    def spoilt(self) -> bool:
        return self.random.random() < self.mess

    def group(self, name: str, place: int) -> Group:
        pick = self.random
        size = 1 if self.spoilt() else pick.choice((2, 2, 3))
        parts = [pick.randint(1, 4) for _ in range(size)]
        total = sum(parts) + pick.choice((0, 0, 2))
        values = [pick.choice(VALUES) for _ in parts] if self.spoilt() else pick.sample(VALUES, size)
        # Spoilt: one value twice above; a member may be about another place, or of another predicate.
        places = [pick.choice(PLACES) if self.spoilt() else place for _ in parts]
        names = [pick.choice("ab") if self.spoilt() else name for _ in parts]
        atoms = [f"{n}({i},{v})" for n, i, v in zip(names, places, values, strict=True)]
        return Group(tuple((part / total, atom) for part, atom in zip(parts, atoms, strict=True)))

    def rule(self, layer: int) -> str:
        pick = self.random
        below = ["a", "b", *self.above[: layer - 1]]
        body, values = list[str](), list[str]()
        recursive = pick.random() < 0.35
        for n in range(pick.choice((1, 2, 2, 3))):
            name = self.above[layer - 1] if recursive and n == 0 else pick.choice(below)
            place = pick.choice(("0", "1", "K")) if n and self.spoilt() else "I"
            value = pick.choice(values) if values and pick.random() < 0.1 else f"X{n}"
            values.append(value)
            body.append(f"{name}({place},{value})")
        if pick.random() < 0.25:
            body.append(f"\\+ {pick.choice(below)}(I,{pick.choice((*values, '1'))})")
        if pick.random() < 0.25:
            body.append(f"{pick.choice(values)} {pick.choice(('<', '>', '=<', '=:='))} {pick.choice('12')}")
        head = "I"
        if recursive and not self.spoilt():
            self.rules.append(f"{self.above[layer - 1]}(0,{pick.choice(VALUES)}).")
        if recursive or pick.random() < 0.2:
            body += ["J is I + 1", "J < 3"]
            head = "J"
        elif self.spoilt():
            head = pick.choice((*values, "0"))
        kind = pick.random()
        if kind < 0.2:
            return f"{self.above[layer - 1]}({head},{pick.choice(values)}) :- {', '.join(body)}."
        if kind < 0.3:
            return f"{self.above[layer - 1]}({head},{pick.choice('012')}) :- {', '.join(body)}."
        terms = [pick.choice((v, f"2 * {v}")) for v in dict.fromkeys(values) if pick.random() < 0.9] or ["1"]
        body.append(f"V is ({' + '.join(terms)}) mod {pick.choice((2, 3, 3))}")
        return f"{self.above[layer - 1]}({head},V) :- {', '.join(body)}."

    def text(self) -> str:
        choices = ["; ".join(f"{p}::{atom}" for p, atom in g.members) + "." for g in self.groups]
        return "\n".join([*choices, *declared(""), *self.rules])

    def worlds(self) -> tuple[list[float], str]:
        """The weight of each world, and a program without choices in which each atom begins with its world."""
        weights, lines = [], []
        for number, world in enumerate(product(*(g.options for g in self.groups))):
            weights.append(float(np.prod([p for p, _ in world])))
            lines += [f"{atom.replace('(', f'({number},')}." for _, atom in world if atom is not None]
            lines.append(f"w({number}).")
        lines += declared(" :- w(W)")
        for rule in self.rules:
            head, _, body = rule.removesuffix(".").partition(" :- ")
            body = f"w(W), {body}" if body else "w(W)"
            for name in ("a", "b", *self.above):
                head, body = (part.replace(f"{name}(", f"{name}(W,") for part in (head, body))
            lines.append(f"{head} :- {body}.")
        return weights, "\n".join(lines)


def declared(body: str) -> list[str]:
    """A row of each predicate, far from the others, so that each is defined."""
    world = "W," if body else ""
    return [f"{name}({world}9,9){body}." for name in ("a", "b", "p1", "p2", "p3", "p4")]


def rows_by_world(text: str, predicates: Sequence[str]) -> dict[str, dict[Row, set[int]]]:
    result = logic.compile(text).run(provenance="boolean")
    found: dict[str, dict[Row, set[int]]] = {}
    for predicate in predicates:
        own = found.setdefault(predicate, {})
        for world, *row in result.rows(predicate):
            own.setdefault(tuple(row), set()).add(int(world))
    return found


def claims(result: Result, predicate: str) -> list[tuple[Row, int]]:
    """The rows of a predicate, each with the class that it is said to be in."""
    lineage, chances = result.chances.lineage, result.chances
    assert lineage is not None
    classes = lineage.dependencies.classes(predicate) if predicate in lineage.run.uncertain else None
    rows = chances.decoded(chances.tables[predicate].rows)
    return [] if classes is None else list(zip(rows, classes.tolist(), strict=True))


@pytest.mark.parametrize("part", range(4))
def test_random_programs(part: int) -> None:
    claimed = 0
    for seed in range(part, COUNT, 4):
        made = Maker(seed)
        weights, certain = made.worlds()
        holds = rows_by_world(certain, made.above)
        result = logic.compile(made.text()).run()
        for predicate in made.above:
            rows = result.rows(predicate)
            found = dict(zip(rows, result.probability(predicate).tolist(), strict=True))
            expected = dict.fromkeys(rows, 0.0)
            expected |= {row: sum(weights[w] for w in worlds) for row, worlds in holds[predicate].items()}
            assert found == pytest.approx(expected, abs=1e-12), (seed, predicate)
            members: dict[int, list[set[int]]] = {}
            for row, own in claims(result, predicate):
                members.setdefault(own, []).append(holds[predicate].get(row, set()))
            for several in members.values():
                claimed += len(several) > 1
                together = sum(len(worlds) for worlds in several)
                assert len(set().union(*several)) == together, (seed, predicate)
    assert claimed > COUNT / 16


def digits(places: int) -> tuple[NDArray[np.float64], str]:
    """Distributions [2, places, 10] of the digits of two numbers, and the facts that say so."""
    p = np.random.default_rng(places).dirichlet(np.ones(10), (2, places))
    facts = [
        "; ".join(f"{float(p[w, i, d])!r}::digit({name},{i},{d})" for d in range(10)) + "."
        for w, name in enumerate("ab")
        for i in range(places)
    ]
    return p, "\n".join(facts)


def distribution(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely each sum of the two numbers is."""
    numbers = [functools.reduce(lambda low, high: np.outer(high, low).ravel(), own) for own in p]
    return np.convolve(*numbers)


NUMBERS = """number(W, 0, 0) :- word(W). word(a). word(b).
number(W, J, V) :- number(W, I, U), digit(W, I, D), V is U + 10 ** I * D, J is I + 1.
sum(S) :- number(a, 2, X), number(b, 2, Y), S is X + Y. query(sum(S))."""
CHAIN = """part(0, 0, 0).
part(J, S, C) :- part(I, T, B), digit(a, I, X), digit(b, I, Y),
    Z is X + Y + B, S is T + 10 ** I * (Z mod 10), C is Z // 10, J is I + 1.
sum(S) :- part(3, T, C), S is T + 1000 * C. query(sum(S))."""
BY_DIGIT = """column(I, T) :- carry(I, C), digit(a, I, X), digit(b, I, Y), T is X + Y + C.
carry(0, 0). carry(J, C) :- column(I, T), C is T // 10, J is I + 1.
result(I, Z) :- column(I, T), Z is T mod 10. result(3, C) :- carry(3, C). query(result(I, Z))."""
CASES = """carry(0, 0).
carry(J, 1) :- carry(I, C), digit(a, I, X), digit(b, I, Y), X + Y + C >= 10, J is I + 1.
carry(J, 0) :- carry(I, C), digit(a, I, X), digit(b, I, Y), X + Y + C < 10, J is I + 1.
result(I, Z) :- carry(I, C), digit(a, I, X), digit(b, I, Y), Z is (X + Y + C) mod 10.
result(3, C) :- carry(3, C). query(result(I, Z))."""


@pytest.mark.parametrize(("program", "places"), [(NUMBERS, 2), (CHAIN, 3)])
def test_the_sum_of_two_numbers_is_not_compiled(program: str, places: int) -> None:
    p, facts = digits(places)
    found = logic.compile(f"{facts}\n{program}").run(limits=Limits(nodes=1)).probabilities
    expected = distribution(p)
    assert {a.arguments[0]: x for a, x in found.items()} == pytest.approx(dict(enumerate(expected)))


@pytest.mark.parametrize("program", [BY_DIGIT, CASES])
def test_the_digits_of_a_sum_are_not_compiled(program: str) -> None:
    p, facts = digits(3)
    found = logic.compile(f"{facts}\n{program}").run(limits=Limits(nodes=1)).probabilities
    whole = distribution(p)
    digit = np.arange(len(whole)) // 10 ** np.arange(4)[:, None] % 10
    expected = {(i, z): whole[digit[i] == z].sum() for i in range(4) for z in range(10 if i < 3 else 2)}
    assert {a.arguments: x for a, x in found.items()} == pytest.approx(expected)


def test_a_chain_of_hidden_states_is_not_compiled() -> None:
    random = np.random.default_rng(0)
    move, see = random.dirichlet(np.ones(3), 3), random.dirichlet(np.ones(2), 3)
    lines = ["state(0, 0).", "state(T, S) :- state(R, Q), R < 30, move(R, Q, S), T is R + 1."]
    lines += ["; ".join(f"{p!r}::move(T,{q},{s})" for s, p in enumerate(own)) + " :- time(T)."
              for q, own in enumerate(move.tolist())]  # fmt: skip
    lines += ["; ".join(f"{p!r}::see(T,{s},{x})" for x, p in enumerate(own)) + " :- time(T)."
              for s, own in enumerate(see.tolist())]  # fmt: skip
    lines += [
        "time(T) :- between(0, 30, T).",
        "seen(T, X) :- state(T, S), see(T, S, X).",
        "query(seen(30, X)).",
    ]
    found = logic.compile("\n".join(lines)).run(limits=Limits(nodes=1)).probabilities
    expected = np.linalg.matrix_power(move, 30)[0] @ see
    assert {a.arguments[1]: x for a, x in found.items()} == pytest.approx(dict(enumerate(expected)))
