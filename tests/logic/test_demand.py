"""Goal-directed evaluation: the same answers and proofs, from fewer rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli import logic
from duli.errors import ProgramError
from duli.logic.demand import direct
from duli.logic.program import Program
from duli.logic.result import Result
from duli.logic.rules import HIDDEN
from duli.types import Atom, Relation

RULES = [
    "p(X,Y) :- e(X,Y).",
    "p(X,Y) :- e(X,Z), p(Z,Y).",
    "p(X,Y) :- p(X,Z), p(Z,Y).",
    "p(X,Y) :- p(X,Z), e(Z,Y), n(Y).",
    "p(X,X) :- n(X).",
    "p(a,Y) :- n(Y).",
    "p(Y,X) :- p(X,Y), n(X).",
    "0.5::p(X,Y) :- e(Y,X), n(X).",
    "0.4::s(X,b); 0.5::t(X) :- n(X).",
    "q(X) :- n(X), \\+ p(X,X).",
    "q(X) :- p(X,Y), \\+ e(Y,X).",
    "q(X) :- n(X), \\+ p(X,_).",
    "r(X,Y) :- e(X,Y), \\+ q(Y).",
    "r(X,Y) :- r(X,Z), p(Z,Y), s(Z,Y).",
    "r(X,Y) :- s(X,Y).",
    "r(Y,Y) :- t(Y), r(b,Y).",
]
SHAPES = {"e": 2, "n": 1, "p": 2, "q": 1, "r": 2, "s": 2, "t": 1}
NAMES = st.sampled_from(["a", "b", "c"])
CHANCE = st.sampled_from(["", "", "0.25::", "0.5::"])


@st.composite
def atoms(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(SHAPES)))
    return f"{name}({','.join(draw(NAMES) for _ in range(SHAPES[name]))})"


@st.composite
def programs(draw: st.DrawFn) -> str:
    edges = draw(st.lists(st.tuples(NAMES, NAMES, CHANCE), max_size=4, unique_by=lambda t: t[:2]))
    nodes = draw(st.lists(st.tuples(NAMES, CHANCE), min_size=1, max_size=2, unique_by=lambda t: t[0]))
    lines = [f"{p}e({a},{b})." for a, b, p in edges] + [f"{p}n({a})." for a, p in nodes]
    lines += draw(st.lists(st.sampled_from(RULES), unique=True, min_size=1, max_size=6))
    lines += [f"p({draw(NAMES)},{draw(NAMES)})."] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from("pqrst"))
        terms = [draw(st.sampled_from(["a", "b", "X", "Y"])) for _ in range(SHAPES[name])]
        lines.append(f"query({name}({','.join(terms)})).")
    if draw(st.booleans()):
        sign = draw(st.sampled_from(["", "\\+ "]))
        lines.append(f"evidence({sign}{draw(atoms())}).")
    return "\n".join(lines)


def answers(program: Program, *, directed: bool) -> tuple[Result, dict[Atom, float]] | str:
    try:
        result = program.run(goal_directed=directed)
        for name in SHAPES:
            result.probability(name)
        return result, dict(result.probabilities)
    except ProgramError as error:
        return error.message


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_the_answers_are_those_of_the_full_evaluation(text: str) -> None:
    heads = {line.split(":-")[0] for line in text.split("query")[0].splitlines()}
    missing = {n: a for n, a in SHAPES.items() if not any(f"{n}(" in head for head in heads)}
    program = logic.compile(text, inputs=missing)
    full, found = answers(program, directed=False), answers(program, directed=True)
    if isinstance(full, str) or isinstance(found, str):
        assert full == found
        return
    assert found[1] == pytest.approx(full[1], abs=1e-12)
    for atom, p in found[1].items():
        if p > 0:
            assert found[0].proof(atom).row == atom
    for name in SHAPES:
        assert sorted(found[0].rows(name)) == sorted(full[0].rows(name))
        for row in full[0].rows(name)[:2]:
            known = {0: row[0]}
            assert sorted(found[0].matching(name, known)) == sorted(full[0].matching(name, known))
        for atom, p in full[0].top(name, 2):
            assert p == 0 or found[0].proof(atom).row == atom


GRAPH = "e(a,b). e(b,c). e(c,d). e(d,b). e(x,y). e(y,z). "
LENGTHS = [
    ("p(X,Y) :- e(X,Y). p(X,Y) :- e(X,Z), p(Z,Y). query(p(a,Y)).", 3),
    ("p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y). query(p(a,Y)).", 3),
    ("p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), p(Z,Y). query(p(a,Y)).", 3),
    ("p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y). query(p(X,b)).", 4),
    ("p(X,X) :- e(X,_). p(X,Y) :- e(X,Z), p(Z,Y). query(p(a,Y)).", 4),
    ("p(X,Y) :- e(X,Y), Y \\== d. p(X,Y) :- e(X,Z), p(Z,Y). query(p(a,Y)).", 2),
    ("p(X,Y) :- e(X,Y). p(X,Y) :- e(X,Z), p(Z,Y). query(p(x,z)).", 2),
    ("g(X,X) :- e(X,_). g(X,Y) :- e(X,U), g(U,V), e(V,Y). query(g(x,Y)).", 3),
]


@pytest.mark.parametrize(("rules", "rows"), LENGTHS)
def test_only_what_is_asked_is_derived(rules: str, rows: int) -> None:
    program = logic.compile(GRAPH + rules)
    name = rules[0]
    full, found = program.run(goal_directed=False), program.run(goal_directed=True)
    assert found.probabilities == full.probabilities
    assert found._tables[name].n == rows
    assert sorted(found.rows(name)) == sorted(full.rows(name))
    assert all(found.proof(atom) for atom in found.probabilities)


def test_demand_that_would_depend_on_its_own_negation_is_left_out() -> None:
    text = GRAPH + "p(X,Y) :- e(X,Y), \\+ q(X,Y). p(X,Y) :- p(X,Z), p(Z,Y). q(X,Y) :- e(Y,X). query(p(a,Y))."
    made = direct(logic.compile(text).rules, closures=False)
    assert made is not None
    assert "q" not in made.partial
    assert logic.compile(text).run(goal_directed=True).probabilities == {
        Atom("p", ("a", x)): 1.0 for x in "bcd"
    }


def test_nothing_hidden_is_shown() -> None:
    program = logic.compile(GRAPH + LENGTHS[0][0])
    assert not any(name.startswith(HIDDEN) for name in program.predicates)
    proof = program.run(goal_directed=True).proof(Atom("p", ("a", "d")))
    assert "\\some" not in repr(proof)


def test_a_long_chain_is_walked_from_one_node_only() -> None:
    n = 20_000
    edges = Relation((2**31 + 2**30 + np.arange(n - 1), 2**31 + 2**30 + np.arange(1, n)))
    text = f"p(X,Y) :- e(X,Y). p(X,Y) :- e(X,Z), p(Z,Y). query(p({n - 100},Y))."
    result = logic.compile(text, inputs={"e": 2}).run({"e": edges})
    assert len(result.probabilities) == 99
    assert result._tables["p"].n == 99
