"""Aggregates over what is uncertain: each value in the worlds in which the group has it."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli import logic
from duli.errors import LimitReachedError, ProgramError
from duli.types import Limits
from tests.logic.test_problog import answers, outside

LISTS = ":- use_module(library(lists)). "
HEADS = ":- use_module(library(aggregate)). "
TWO = "0.5::p(1). 0.4::p(2). "
DICE = "n(a). n(b). 0.2::d(X,1); 0.3::d(X,2); 0.5::d(X,4) :- n(X). "
VALUES: list[tuple[str, dict[str, float]]] = [
    (TWO + "s(N) :- findall(X,p(X),L), length(L,N). query(s(N)).", {"s(0)": 0.3, "s(1)": 0.5, "s(2)": 0.2}),
    (LISTS + TWO + "s(N) :- findall(X,p(X),L), sum_list(L,N). query(s(N)).",
     {"s(0)": 0.3, "s(1)": 0.3, "s(2)": 0.2, "s(3)": 0.2}),
    (LISTS + TWO + "s(N) :- findall(X,p(X),L), max_list(L,N). query(s(N)).", {"s(1)": 0.3, "s(2)": 0.4}),
    (HEADS + TWO + "s(avg<X>) :- p(X). query(s(N)).", {"s(1.0)": 0.3, "s(2.0)": 0.2, "s(1.5)": 0.2}),
    (HEADS + TWO + "p(7). s(min<X>) :- p(X), X < 9. query(s(N)).", {"s(1)": 0.5, "s(2)": 0.2, "s(7)": 0.3}),
    (HEADS + "0.5::p(1,a). 0.4::p(2,b). 0.3::p(3,b). p(7,c). s(G,sum<X>) :- p(X,G). query(s(G,N)).",
     {"s(a,1)": 0.5, "s(b,2)": 0.28, "s(b,3)": 0.18, "s(b,5)": 0.12, "s(c,7)": 1}),
    ("0.5::p(1); 0.4::p(2). s(N) :- findall(X,p(X),L), length(L,N). query(s(N)).", {"s(0)": 0.1, "s(1)": 0.9}),
    (LISTS + DICE + "s(S) :- findall(V,d(X,V),L), max_list(L,S). query(s(S)).",
     {"s(1)": 0.04, "s(2)": 0.21, "s(4)": 0.75}),
    (TWO + "s(N) :- findall(X,p(X),L), length(L,N). a :- s(1). b :- s(2). c :- a, b. d :- a ; b. query(c). query(d).",
     {"d": 0.7}),
    (TWO + "0.6::ok :- findall(X,p(X),L), length(L,N), N >= 2. query(ok). evidence(p(1)).", {"ok": 0.24}),
    (LISTS + TWO + "evidence(s(3)). s(N) :- findall(X,p(X),L), sum_list(L,N). query(p(X)).", {"p(1)": 1, "p(2)": 1}),
    (TWO + "r(X) :- p(X), \\+ s(2). s(N) :- findall(X,p(X),L), length(L,N). query(r(X)).", {"r(1)": 0.3, "r(2)": 0.2}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_the_values_of_a_group(text: str, expected: dict[str, float]) -> None:
    assert answers(text) == pytest.approx(expected, abs=1e-9)
    assert outside(text) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_they_have_proofs(text: str, expected: dict[str, float]) -> None:
    result = logic.compile(text).run()
    for atom, p in result.probabilities.items():
        if p > 0:
            assert result.proof(atom)
            assert all(0 < q <= 1 for _, q in result.proofs(atom, 2))
            assert result.derivations(atom).atoms


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(1, 9)), min_size=1, max_size=6, unique_by=lambda t: t[0]
    ),
    st.sampled_from(["count", "sum", "min", "max", "avg", "logsumexp"]),
)
def test_they_are_those_of_all_subsets(rows: list[tuple[int, int]], function: str) -> None:
    text = "".join(f"0.{chance}::p({x}). " for x, chance in rows) + f"s({function}<X>) :- p(X). query(s(N))."
    expected: dict[float, float] = {}
    for picked in itertools.product((False, True), repeat=len(rows)):
        held = [x for (x, _), there in zip(rows, picked, strict=True) if there]
        weight = math.prod(
            c / 10 if there else 1 - c / 10 for (_, c), there in zip(rows, picked, strict=True)
        )
        if held:
            value = round(_value(function, held), 9)
            expected[value] = expected.get(value, 0.0) + weight
    found: dict[float, float] = {}
    for atom, p in logic.compile(text).run().probabilities.items():
        number = atom.arguments[0]
        assert not isinstance(number, str)
        found[round(float(number), 9)] = found.get(round(float(number), 9), 0.0) + p
    assert found == pytest.approx(expected, abs=1e-9)


def _value(function: str, held: list[int]) -> float:
    if function == "avg":
        return sum(held) / len(held)
    if function == "logsumexp":
        return math.log(math.fsum(map(math.exp, held)))
    values = {"count": len(held), "sum": sum(held), "min": min(held), "max": max(held)}
    return float(values[function])


def test_many_bindings_have_few_counts() -> None:
    text = "".join(f"0.5::p({i}). " for i in range(60)) + "s(count<X>) :- p(X). query(s(30))."
    assert answers(text)["s(30)"] == pytest.approx(math.comb(60, 30) / 2**60, abs=1e-9)


def test_too_many_sums() -> None:
    text = "".join(f"0.5::p({2**i}). " for i in range(14)) + "s(sum<X>) :- p(X). query(s(N))."
    with pytest.raises(LimitReachedError, match="more than 4096 values in a group"):
        answers(text)


def test_what_has_no_negation_has_none() -> None:
    program = logic.compile(TWO + "s(sum<X>) :- p(X). query(s(N)).")
    with pytest.raises(ProgramError, match="max_product has no aggregate over the uncertain p"):
        program.run(provenance="max_product", limits=Limits(seconds=60))


def test_facts_that_come_and_go() -> None:
    live = logic.compile("s(G, sum<X>) :- p(X, G).", inputs={"p": 2}).live()
    live.insert("p", [(1, "a"), (2, "a")])
    assert live.result.rows("s") == [("a", 3)]
    live.insert("p", [(4, "a"), (4, "b")], [0.5, 0.25])
    live.update({}, {"p": [(1, "a")]})
    found = zip(live.result.rows("s"), live.result.probability("s").tolist(), strict=True)
    assert dict(found) == pytest.approx({("a", 2): 0.5, ("a", 6): 0.5, ("b", 4): 0.25})
