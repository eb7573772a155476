"""Joins of large tables, by groups and grids and by hashing, against the simplest way to find the same rows."""

from collections.abc import Callable

import numpy as np
import pytest

from duli import logic
from duli.errors import CancelledError, LimitReachedError
from duli.logic import evaluate
from duli.logic.meter import Cancel
from duli.logic.table import Table
from duli.logic.tables import distinct
from duli.logic.values import Symbols, encode_rows
from duli.types import Atom, Limits, Relation, Value

Rows = set[tuple[Value, ...]]
Rule = Callable[[Rows, Rows, Rows], Rows]


def by(rows: Rows, column: int) -> dict[Value, list[tuple[Value, ...]]]:
    found: dict[Value, list[tuple[Value, ...]]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def joined(a: Rows, b: Rows, i: int, j: int) -> list[tuple[Value, ...]]:
    groups = by(b, j)
    return [x + y for x in a for y in groups.get(x[i], [])]


# Rules about p, and what they conclude from p, e and t.
FORMS: dict[str, Rule] = {
    "p(X,Y) :- e(X,Y). p(X,Z) :- p(X,Y), e(Y,Z).": lambda p, e, t: {(a, d) for a, _, _, d in joined(p, e, 1, 0)},
    "p(X,Y) :- e(X,Y). p(X,Z) :- e(X,Y), p(Y,Z).": lambda p, e, t: {(a, d) for a, _, _, d in joined(e, p, 1, 0)},
    "p(X,Y) :- e(X,Y). p(X,Z) :- p(X,Y), p(Y,Z).": lambda p, e, t: {(a, d) for a, _, _, d in joined(p, p, 1, 0)},
    "p(X,Y) :- e(X,Y). p(X,Z) :- e(Y,X), p(Y,Z).": lambda p, e, t: {(b, d) for _, b, _, d in joined(e, p, 0, 0)},
    "p(X,Y) :- e(X,Y). p(X,Y) :- e(X,A), p(A,B), e(Y,B).":
        lambda p, e, t: {(a, x) for a, _, _, _, x, _ in joined(set(joined(e, p, 1, 0)), e, 3, 1)},
    "p(X,Y) :- e(X,Y). p(Z,X) :- t(X,Y,Z), p(Y,_).": lambda p, e, t: {(c, a) for a, _, c, _, _ in joined(t, p, 1, 0)},
    "p(X,Y) :- e(X,Y). p(X,X) :- p(X,Y), e(Y,Z), p(Z,_).":
        lambda p, e, t: {(a, a) for a, *_ in joined(set(joined(p, e, 1, 0)), p, 3, 0)},
    "p(X,Y) :- e(X,Y). p(A,C) :- p(X,_), t(A,X,C).": lambda p, e, t: {(x, y) for _, _, x, _, y in joined(p, t, 0, 1)},
}  # fmt: skip


def values(kind: str) -> list[Value]:
    made: dict[str, Callable[[int], Value]] = {
        "symbols": lambda i: f"n{i}",
        "integers": lambda i: i - 30,
        "floats": lambda i: i + 0.5,
        "large integers": lambda i: (1 << 40) + i,
        "mixed": lambda i: (f"n{i}", i, i + 0.5, -(1 << 41) + i)[i % 4],
    }
    return [made[kind](i) for i in range(150)]


def random_rows(n: int, width: int, of: list[Value], seed: int) -> Rows:
    random = np.random.default_rng(seed)
    return {tuple(of[i] for i in row) for row in random.integers(0, len(of), (n, width)).tolist()}


def relation(rows: Rows, width: int, symbols: Symbols) -> Relation:
    codes = encode_rows(sorted(rows, key=repr), width, symbols)
    return Relation(tuple(np.ascontiguousarray(c) for c in codes.T))


@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize("kind", ["symbols", "integers", "floats", "large integers", "mixed"])
def test_joins_find_what_loops_find(text: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "walk_of", lambda stratum: None)
    symbols, of = Symbols(), values(kind)
    e, t = random_rows(270, 2, of, 1), random_rows(300, 3, of, 2)
    program = logic.compile(text, inputs={"e": 2, "t": 3})
    given = {"e": relation(e, 2, symbols), "t": relation(t, 3, symbols)}
    result = program.run(given, symbols, provenance="boolean")
    found = set(e)
    while True:
        more = FORMS[text](found, e, t) - found
        if not more:
            break
        found |= more
    assert len(result.rows("p")) == len(found)
    assert set(result.rows("p")) == found
    for row in result.rows("p")[:: max(1, len(found) // 5)]:
        assert result.proof(Atom("p", row)).atom == str(Atom("p", row))


@pytest.mark.parametrize("seed", range(8))
def test_a_table_is_a_set_whatever_is_put_in(seed: int) -> None:
    random = np.random.default_rng(seed)
    table, expected = Table(2), dict[tuple[int, ...], int]()
    for _ in range(30):
        span, low = (
            int(random.integers(1, 400)),
            int(random.integers(-3, 3)) * 10 ** int(random.integers(0, 17)),
        )
        rows = low + random.integers(0, span, (int(random.choice([3, 200, 5000])), 2))
        ids = bool(random.integers(0, 2))
        got = table.insert(rows, ids=ids)
        for row in map(tuple, rows.tolist()):
            expected.setdefault(row, len(expected))
        if ids:
            assert got.tolist() == [expected[tuple(row)] for row in rows.tolist()]
        if random.integers(0, 4) == 0:
            table.settle()
        assert table.find(rows).tolist() == [expected[tuple(row)] for row in rows.tolist()]
    assert [tuple(row) for row in table.rows.tolist()] == list(expected)


def test_rows_that_are_in_use_stay_where_they_are() -> None:
    table = Table(2)
    table.insert(np.arange(10_000).reshape(-1, 2))
    view = table.rows
    table.room(100_000)
    table.insert(np.arange(50_000, 90_000).reshape(-1, 2))
    assert (view == np.arange(10_000).reshape(-1, 2)).all()
    assert (table.rows[:5000] == view).all()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1, 2], [1, 3], [2, 0]], True),
        ([[2, 0], [1, 3], [1, 2]], True),
        ([[2, 0], [1, 3], [2, 0]], False),
        ([[5], [4], [3]], True),
        ([[5], [4], [5]], False),
        ([[3, 2, 1], [2, 1, 3]], False),  # known to differ only when in order
        ([[-1, 2], [-2, 3]], False),
    ],
)
def test_rows_are_seen_to_be_distinct(rows: list[list[int]], expected: bool) -> None:
    assert distinct(np.array(rows, np.int64)) is expected


@pytest.mark.parametrize("kind", ["integers", "floats"])
def test_a_join_stops_at_its_limits(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "walk_of", lambda stratum: None)
    symbols = Symbols()
    e = relation(random_rows(3000, 2, values(kind), 3), 2, symbols)
    program = logic.compile("p(X,Y) :- e(X,Y). p(X,Z) :- p(X,Y), e(Y,Z).", inputs={"e": 2})
    with pytest.raises(LimitReachedError):
        program.run({"e": e}, symbols, provenance="boolean", limits=Limits(tuples=10_000)).codes("p")
    stop = Cancel()
    stop.cancel()
    with pytest.raises(CancelledError):
        program.run({"e": e}, symbols, provenance="boolean", cancel=stop).codes("p")
