"""The most probable proofs, in order, against all sets of facts."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli import logic
from duli.errors import InputError
from duli.explain.tree import walk
from duli.logic.values import Symbols, encode_rows
from duli.types import Atom, Proof, Relation
from tests.logic.brute import Clause
from tests.logic.test_worlds import programs

RULES = "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), p(Z,Y). e(z,z). query(p(a,c)). "
EDGES = [f"e({x},{y})" for x in "abcd" for y in "abcd" if x != y]
CHANCES = st.sampled_from([0.2, 0.3, 0.5, 0.7, 0.9])


def facts(proof: Proof) -> frozenset[str]:
    return frozenset(step.atom for step in walk(proof) if step.kind == "fact")


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(EDGES), CHANCES, min_size=1, max_size=7))
def test_the_proofs_are_all_there_in_order_cycles_and_all(chances: dict[str, float]) -> None:
    holds = []
    for n in range(len(chances) + 1):
        for chosen in combinations(chances, n):
            sure = logic.compile(RULES + " ".join(f"{e}." for e in chosen)).run(provenance="boolean")
            if ("a", "c") in sure.rows("p"):
                holds.append(frozenset(chosen))
    least = {s for s in holds if not any(other < s for other in holds)}
    result = logic.compile(RULES + " ".join(f"{p}::{e}." for e, p in chances.items())).run()
    if not least:
        with pytest.raises(InputError, match=r"does not hold"):
            result.proofs(Atom("p", ("a", "c")))
        return
    found = result.proofs(Atom("p", ("a", "c")), 1000)
    sets = [facts(proof) for proof, _ in found]
    assert len(sets) == len(set(sets))
    assert set(sets) <= set(holds)
    assert {s for s in sets if not any(other < s for other in sets)} == least
    assert [p for _, p in found] == pytest.approx([prod(chances[e] for e in s) for s in sets])
    assert all(a >= b - 1e-12 for (_, a), (_, b) in pairwise(found))
    assert result.proofs(Atom("p", ("a", "c")), 1) == found[:1]


@settings(max_examples=40, deadline=None)
@given(programs())
def test_random_programs(layers: list[list[Clause]]) -> None:
    """Each proof passes the checker: negation, probabilistic rules, several facts of one atom."""
    text = "\n".join(str(c) for layer in layers for c in layer)
    arities = {"e": 2, "n": 1, "p": 2, "q": 1}
    defined = {c.head[0] for layer in layers for c in layer}
    result = logic.compile(text, inputs={n: a for n, a in arities.items() if n not in defined}).run()
    for name in arities:
        for row in result.rows(name):
            chances = [p for _, p in result.proofs(Atom(name, row), 5)]
            assert chances
            assert chances == sorted(chances, reverse=True)
            assert result.derivations(Atom(name, row)).atoms[0] == str(Atom(name, row))


def test_alternatives_that_exclude_one_another_are_in_no_proof_together() -> None:
    text = "0.3::r; 0.7::g. q :- r, g. q :- g, s. 0.5::s. 0.2::q. c :- q, r."
    result = logic.compile(text).run()
    assert [p for _, p in result.proofs(Atom("q"))] == pytest.approx([0.35, 0.2])
    assert [p for _, p in result.proofs(Atom("c"))] == pytest.approx([0.06])


def test_a_choice_that_is_used_twice_counts_once_and_an_absence_counts() -> None:
    text = "0.5::a. 0.4::b. c :- a. d :- a, c, \\+ b. d :- b, a."
    result = logic.compile(text).run()
    assert [p for _, p in result.proofs(Atom("d"))] == pytest.approx([0.3, 0.2])


@pytest.mark.parametrize(
    ("text", "chances"),
    [
        ("0.5::a. 0.4::b. d :- a, \\+ c. c :- a, b.", [0.3]),
        ("0.5::a. 0.4::b. d :- \\+ c, \\+ a. c :- a. c :- b.", [0.3]),
        ("0.5::a. c :- a. 0.3::d. d :- a, \\+ c.", [0.3]),
        ("e(1). e(2). 0.5::q. 0.3::p :- q, e(X). 0.2::s :- q, p. d :- p, \\+ s.", [0.12, 0.12]),
        ("0.3::b(甲); 0.5::b(乙). c :- b(甲). d :- b(乙), \\+ c.", [0.5]),
        ("0.5::b(1). 0.4::b(2). t(count<X>) :- b(X). d :- b(1), t(2).", [0.2]),
        ("e(0.3). e(0.2). P::p :- e(P). d :- p, \\+ c. c :- \\+ p.", [0.3, 0.2]),
    ],
)
def test_what_is_absent_may_depend_on_what_is_chosen(text: str, chances: list[float]) -> None:
    found = logic.compile(text).run().proofs(Atom("d"))
    assert [p for _, p in found] == pytest.approx(chances)


def test_certain_premises_and_aggregates_have_their_own_proof() -> None:
    text = "n(1). n(2). t(sum<X>) :- n(X). 0.5::w(3). a(T) :- t(T), w(T). query(a(X))."
    ((proof, p),) = logic.compile(text).run().proofs(Atom("a", (3,)))
    assert p == 0.5
    assert [s.kind for s in walk(proof)] == ["rule", "aggregate", "fact", "fact", "fact"]


def test_rows_from_outside_keep_their_own_probability_and_source() -> None:
    program = logic.compile("q(X) :- s(X). query(q(X)).", inputs={"s": 1})
    known = Symbols()
    column = encode_rows([("a",), ("b",), ("a",)], 1, known)[:, 0].copy()
    cited = encode_rows([("one",), ("two",), ("three",)], 1, known)[:, 0].copy()
    relation = Relation((column,), np.array([0.2, 0.0, 0.6]), cited)
    found = program.run({"s": relation}, known).proofs(Atom("q", ("a",)))
    assert [(p, proof.premises[0].source) for proof, p in found] == [(0.6, "three"), (0.2, "one")]


def test_many_ways_are_not_all_listed() -> None:
    """A ladder of 2 ** 30 proofs: the best few come at once."""
    rungs = " ".join(f"0.9::u({i},{i + 1}). 0.8::v({i},{i + 1})." for i in range(30))
    rules = "p(X,Y) :- s(X,Y). p(X,Y) :- s(X,Z), p(Z,Y). s(X,Y) :- u(X,Y). s(X,Y) :- v(X,Y). query(p(0,30)). "
    result = logic.compile(rules + rungs).run(provenance="max_product")
    chances = [p for _, p in result.proofs(Atom("p", (0, 30)), 3)]
    assert chances == pytest.approx([0.9**30, 0.9**29 * 0.8, 0.9**29 * 0.8])
