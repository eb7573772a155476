"""Warnings: what each kind finds, and where."""

from __future__ import annotations

import pytest

from duli import logic

CASES = [
    ("a(x). b(Y) :- a(Y). query(b(Y)).", []),
    ("a(x,y). b(X) :- a(X,Y). query(b(x)).", [("singleton_variable", 21)]),
    ("a(x,y). b(X) :- a(X,_Y), a(X,_). query(b(x)).", []),
    ("a(x,1). b(sum<N>) :- a(X,N). query(b(_)).", []),
    ("a(x). b(X) :- a(X). b(X) :- a(X). query(b(x)).", [("duplicate_rule", 21)]),
    ("0.5::a. 0.5::a. query(a).", []),
    ("a(x). c(X) :- c(X). b(X) :- c(X). b(X) :- a(X). query(b(x)).", [("dead_rule", 7), ("dead_rule", 21)]),
    ("c(X) :- c(X). query(c(x)).", [("dead_rule", 1), ("empty_query", 21)]),
    ("a(x). b(y). query(a(x)).", [("unused_predicate", 7)]),
    ("a(x). b(X) :- a(X), \\+ c(X,_). c(x,y). query(b(x)).", []),
    ("a(x). b(y).", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_warnings(text: str, expected: list[tuple[str, int]]) -> None:
    found = logic.compile(text).lint()
    assert [(warning.code, warning.place.column) for warning in found] == expected
