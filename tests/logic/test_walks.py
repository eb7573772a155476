"""Recursion that is walked, against the simplest way to find the same rows."""

import numpy as np
import pytest

from duli import logic
from duli.logic import evaluate
from duli.logic.strata import stratify
from duli.logic.values import Symbols, encode_rows
from duli.logic.walks import walk_of
from duli.types import Atom, Relation, Value

Pairs = set[tuple[Value, Value]]

# Rules, and how a pair (x, z) of the recursive predicate and a step (a, b) make a new pair.
FORMS = {
    "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y).": lambda p, e: {(x, b) for x, z in p for a, b in e if z == a},
    "p(X,Y) :- e(X,Y). p(X,Y) :- e(X,Z), p(Z,Y).": lambda p, e: {(a, y) for z, y in p for a, b in e if b == z},
    "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), p(Z,Y).": lambda p, e: {(x, y) for x, z in p for w, y in p if z == w},
    "p(X,Y) :- e(Y,X). p(X,Y) :- p(X,Z), e(Y,Z).": lambda p, e: {(x, a) for x, z in p for a, b in e if z == b},
    "p(X,Y) :- s(X,Y). p(X,Y) :- e(Z,Y), p(X,Z).": lambda p, e: {(x, b) for x, z in p for a, b in e if z == a},
    "p(X,Y) :- s(X,Y). p(甲,乙). p(Y,X) :- p(Z,X), e(Z,Y).":
        lambda p, e: {(b, x) for z, x in p for a, b in e if z == a},
}  # fmt: skip
NOT_WALKED = [
    "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), p(Y,Z).",
    "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y), X \\== Y.",
    "p(X,Y) :- e(X,Y). 0.5::p(X,Y) :- p(X,Z), e(Z,Y).",
    "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y). p(X,Y) :- p(Y,X).",
    "p(X,Y) :- e(X,Y). p(X,X) :- p(X,Z), e(Z,Y).",
    "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y). p(X,Y) :- e(X,Z), p(Z,Y).",
    "p(X,Y,Z) :- e(X,Y), e(Y,Z). p(X,B,X) :- p(X,A,X), e(A,B).",
    "p(X) :- e(X,_). p(X) :- p(Y), e(Y,X).",
    "p(X,Y) :- e(X,Y). p(X,B) :- p(X,A), e(A,A), e(A,B).",
    "p(X,Y) :- e(X,Y). p(X,B) :- p(X,A), e(X,B).",
]


# Walks in more than two columns, by several steps, and by steps that are closures themselves; and the same as joins.
WIDE = [
    "p(X,Y,Z) :- t(X,Y,Z). p(X,B,Z) :- p(X,A,Z), e(A,B).",
    "p(X,Y,Z) :- t(Z,Y,X). p(A,Y,Z) :- e(B,A), p(B,Y,Z). p(A,Y,Z) :- s(A,B), p(B,Y,Z).",
    "p(X,Y,Z) :- t(X,Y,Z). p(X,Y,B) :- p(X,Y,A), c(A,B). c(X,Y) :- e(X,Y). c(X,Y) :- c(X,Z), e(Z,Y).",
    "p(X,Y) :- t(X,Y,_). p(X,B) :- p(X,A), c(B,A). c(X,Y) :- e(X,Y). c(X,Y) :- e(X,Z), c(Z,Y).",
    "p(X,Y) :- t(X,_,Y). p(X,B) :- p(X,A), c(A,B). c(X,Y) :- e(X,Y). c(X,Y) :- c(X,Z), c(Z,Y).",
    "p(X,Y) :- t(X,_,Y). p(X,B) :- p(X,A), c(A,B). c(X,Y) :- s(X,Y). c(X,Y) :- c(X,Z), e(Z,Y).",
    "p(X,Y) :- t(X,_,Y). p(X,B) :- p(X,A), c(A,B). c(X,Y) :- e(X,Y). c(X,Y) :- e(Z,Y), c(X,Z). c(X,Y) :- c(X,Z), s(Z,Y).",  # noqa: E501
]


def rows(random: np.random.Generator, n: int, kind: str) -> list[tuple[Value, Value]]:
    values: list[Value] = [
        f"n{i}" if kind == "text" else i - 5 if kind == "whole" else i + 0.5 for i in range(60)
    ]
    values = [v if i % 7 else (1 << 40) + i for i, v in enumerate(values)] if kind == "mixed" else values
    return [(values[a], values[b]) for a, b in random.integers(0, 60, (n, 2)).tolist()]


def relation(pairs: list[tuple[Value, Value]], symbols: Symbols) -> Relation:
    return Relation(tuple(np.ascontiguousarray(c) for c in encode_rows(pairs, 2, symbols).T))


@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize("kind", ["text", "whole", "real", "mixed"])
def test_a_walk_finds_what_joins_find(text: str, kind: str) -> None:
    random, symbols = np.random.default_rng(len(text)), Symbols()
    e, s = rows(random, 260, kind), rows(random, 40, kind)
    program = logic.compile(text, inputs={"e": 2, "s": 2})
    result = program.run(
        {"e": relation(e, symbols), "s": relation(s, symbols)}, symbols, provenance="boolean"
    )
    first = {(b, a) for a, b in e} if "e(Y,X). p" in text else set(e)
    found: Pairs = first if "s(X,Y)" not in text else {*s, *([("甲", "乙")] if "甲" in text else [])}
    while True:
        new = FORMS[text](found, e) - found
        if not new:
            break
        found |= new
    assert len(result.rows("p")) == len(set(result.rows("p")))
    assert set(result.rows("p")) == found


@pytest.mark.parametrize("text", WIDE)
@pytest.mark.parametrize("kind", ["text", "whole", "real", "mixed"])
def test_wide_walks_find_what_joins_find(text: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    random, symbols = np.random.default_rng(len(text)), Symbols()
    e, s, t = rows(random, 130, kind), rows(random, 40, kind), rows(random, 400, kind)
    triples = encode_rows([(a, b, d) for (a, b), (_, d) in zip(t, t[::-1], strict=True)], 3, symbols)
    given = {"e": relation(e, symbols), "s": relation(s, symbols), "t": Relation(tuple(triples.T.copy()))}
    program = logic.compile(text, inputs={"e": 2, "s": 2, "t": 3})
    assert all(walk_of(s) for s in stratify(program.rules) if s.recursive)
    walked = program.run(given, symbols, provenance="boolean")
    for row in walked.rows("p")[::2003]:
        assert walked.proof(Atom("p", row)).atom == str(Atom("p", row))
    monkeypatch.setattr(evaluate, "walk_of", lambda stratum: None)
    joined = program.run(given, symbols, provenance="boolean")
    assert len(walked.rows("p")) == len(joined.rows("p"))
    assert set(walked.rows("p")) == set(joined.rows("p"))


@pytest.mark.parametrize("text", NOT_WALKED)
def test_what_is_more_than_a_walk_is_joined(text: str) -> None:
    program = logic.compile(text, inputs={"e": 2})
    assert [walk_of(s) for s in stratify(program.rules) if s.recursive] == [None]


@pytest.mark.parametrize("text", list(FORMS)[:4])
def test_what_was_walked_has_proofs(text: str) -> None:
    symbols = Symbols()
    pairs: list[tuple[Value, Value]] = [*((i, i + 1) for i in range(300)), (300, 0), (150, 7)]
    result = logic.compile(text, inputs={"e": 2, "s": 2}).run({"e": relation(pairs, symbols)}, symbols)
    for row in result.rows("p")[::9001]:
        assert result.proof(Atom("p", row)).atom == str(Atom("p", row))
