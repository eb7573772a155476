"""Recursion as one loop over all rounds, against rounds one by one, on random programs."""

import random

import numpy as np
import pytest

from duli import logic
from duli.errors import CancelledError
from duli.logic import evaluate
from duli.logic.fixpoint import fixpoint
from duli.logic.meter import Cancel
from duli.logic.steps import Run
from duli.logic.strata import Stratum
from duli.logic.values import Symbols, encode_rows
from duli.types import Atom, Limits, Relation, Value

ARITIES = {"e": 2, "s": 1, "t": 3, "p": 2, "q": 2, "r": 3, "u": 1}
INPUTS = ("e", "s", "t")
RECURSIVE = ("p", "q", "r", "u")
DOMAINS: dict[str, list[Value]] = {
    "symbols": [f"n{i}" for i in range(12)],
    "integers": list(range(-6, 6)),
    "floats": [i + 0.5 for i in range(12)],
    "large": [(1 << 45) * i for i in range(-6, 6)],
}


def term(pick: random.Random, names: list[str], values: list[Value]) -> str:
    return repr(pick.choice(values)).replace("'", "") if pick.random() < 0.08 else pick.choice(names)


def literal(pick: random.Random, name: str, names: list[str], values: list[Value], link: str = "") -> str:
    terms = [term(pick, names, values) for _ in range(ARITIES[name])]
    if link:
        terms[pick.randrange(len(terms))] = link
    return f"{name}({', '.join(terms)})"


def bound_in(body: list[str]) -> list[str]:
    return sorted({name for name in "ABCD" for goal in body if name in goal.split("(")[1]})


def rule(pick: random.Random, head: str, values: list[Value], *, numeric: bool) -> str:
    names = ["A", "B", "C", "D"][: pick.randint(2, 4)]
    body = [literal(pick, pick.choice(RECURSIVE), names, values, names[0])]
    for _ in range(pick.randint(0, 2)):
        body.append(
            literal(pick, pick.choice((*INPUTS, *RECURSIVE)), names, values, pick.choice(bound_in(body)))
        )
    bound = bound_in(body)
    if pick.random() < 0.2:
        operators = ["==", "\\==", *(["<", ">="] if numeric else [])]
        body.append(f"{pick.choice(bound)} {pick.choice(operators)} {pick.choice(bound)}")
    if pick.random() < 0.2:
        body.append("\\+ " + literal(pick, pick.choice(("e", "s")), bound, values))
    pick.shuffle(body)
    return f"{literal(pick, head, bound, values)} :- {', '.join(body)}."


def program(seed: int, values: list[Value], *, numeric: bool) -> str:
    pick = random.Random(seed)  # noqa: S311
    own = pick.sample(RECURSIVE, pick.randint(1, 4))
    base = ["p(X,Y) :- e(X,Y).", "q(Y,X) :- e(X,Y).", "r(X,Y,Z) :- t(X,Y,Z).", "u(X) :- s(X)."]
    return " ".join(base + [rule(pick, head, values, numeric=numeric) for head in own])


def given(kind: str, symbols: Symbols, seed: int) -> dict[str, Relation]:
    pick, found = random.Random(seed), {}  # noqa: S311
    for name, many in (("e", 18), ("s", 3), ("t", 12)):
        width = ARITIES[name]
        rows = sorted({tuple(pick.choices(range(12), k=width)) for _ in range(many)})
        values = [tuple(DOMAINS[kind][i] for i in row) for row in rows]
        found[name] = Relation(tuple(encode_rows(values, width, symbols).T.copy()))
    return found


@pytest.mark.parametrize("kind", DOMAINS)
@pytest.mark.parametrize("seed", range(40))
def test_one_loop_finds_what_rounds_find(kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = program(seed, DOMAINS[kind], numeric=kind != "symbols")
    made = logic.compile(text, inputs={name: ARITIES[name] for name in INPUTS})
    symbols = Symbols()
    relations = given(kind, symbols, seed)
    result = made.run(relations, symbols, provenance="boolean", goal_directed=False)
    monkeypatch.setattr(evaluate, "fixpoint", lambda stratum, run: False)
    monkeypatch.setattr(evaluate, "walk_of", lambda stratum: None)
    other = made.run(relations, symbols, provenance="boolean", goal_directed=False)
    for name in RECURSIVE:
        rows = result.rows(name)
        assert len(rows) == len(set(rows))
        assert set(rows) == set(other.rows(name)), text
        for row in rows[:: max(1, len(rows) // 3)]:
            assert result.proof(Atom(name, row)).atom == str(Atom(name, row))


def test_most_random_programs_are_of_the_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bool] = []

    def noted(stratum: Stratum, run: Run) -> bool:
        taken.append(fixpoint(stratum, run))
        return taken[-1]

    monkeypatch.setattr(evaluate, "fixpoint", noted)
    for seed in range(40):
        text = program(seed, DOMAINS["symbols"], numeric=False)
        symbols = Symbols()
        relations = given("symbols", symbols, seed)
        made = logic.compile(text, inputs={name: ARITIES[name] for name in INPUTS})
        made.run(relations, symbols, provenance="boolean", goal_directed=False).codes("p")
    assert sum(taken) > len(taken) / 4


SPARSE = "p(X,Y) :- e(X,Y). p(X,Z) :- p(X,Y), e(Y,Z), X \\== Z."
MUTUAL = "p(X,Y) :- e(X,Y). q(X,Y) :- p(Y,X). p(X,Z) :- q(Y,X), p(Y,Z)."


def edges(nodes: int, many: int) -> dict[str, Relation]:
    columns = np.random.default_rng(1).integers(0, nodes, (2, many))
    return {"e": Relation((columns[0], columns[1]))}


@pytest.mark.parametrize("text", [SPARSE, MUTUAL])
def test_sets_grow_from_few_rows_to_many(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "walk_of", lambda stratum: None)
    program = logic.compile(text, inputs={"e": 2})
    relations = edges(30_000, 28_000) if text is SPARSE else edges(3000, 2600)
    found = program.run(relations, provenance="boolean").codes("p")
    monkeypatch.setattr(evaluate, "fixpoint", lambda stratum, run: False)
    expected = program.run(relations, provenance="boolean").codes("p")
    assert len(found) > 2 * len(relations["e"])
    assert len(found) == len(expected)
    assert {*map(tuple, found.tolist())} == {*map(tuple, expected.tolist())}


@pytest.mark.parametrize("text", [SPARSE, MUTUAL])
def test_a_loop_stops_at_its_limits_with_what_it_has(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = logic.compile(text, inputs={"e": 2})
    relations = edges(2000, 5000)
    some = program.run(relations, provenance="max_min", limits=Limits(tuples=20_000))
    assert "20,000 tuples" in str(some.limit)
    stop = Cancel()
    stop.cancel()
    with pytest.raises(CancelledError):
        program.run(relations, provenance="boolean", cancel=stop).codes("p")
