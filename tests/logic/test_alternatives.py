"""Alternatives that exclude one another, and evidence, against all worlds."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli import logic
from duli.errors import ProgramError
from duli.types import Atom

RULES = """d(a). d(b). d(c).
p(X) :- v(X).
p(X) :- w(X, Y), p(Y).
q(X) :- d(X), \\+ p(X).
r :- p(a), q(b).
"""
ATOMS = ["v(a)", "v(b)", "w(a,b)", "w(b,a)", "w(b,c)", "v(c)"]
WEIGHTS = st.sampled_from([0.0, 0.125, 0.25, 0.5])
GROUPS = st.lists(
    st.lists(st.tuples(WEIGHTS, st.sampled_from(ATOMS)), min_size=1, max_size=3).filter(
        lambda group: sum(p for p, _ in group) <= 1
    ),
    min_size=1,
    max_size=4,
)
EVIDENCE = st.lists(st.tuples(st.sampled_from([*ATOMS, "p(a)", "q(b)"]), st.booleans()), max_size=2)
QUERIES = ["p(a)", "p(b)", "p(c)", "q(a)", "q(b)", "q(c)", "r", "v(a)", "w(a,b)"]
INPUTS = "v(z). w(z,z). "


def worlds(groups: list[list[tuple[float, str]]]) -> list[tuple[float, set[str]]]:
    """Each world's probability and what holds in it."""
    found = []
    choices = [[*group, (1 - sum(p for p, _ in group), "")] for group in groups]
    for world in product(*choices):
        weight = 1.0
        for p, _ in world:
            weight *= p
        facts = " ".join(f"{atom}." for _, atom in world if atom)
        result = logic.compile(INPUTS + RULES + facts).run(provenance="boolean")
        holds = {str(Atom(n, row)) for n in ("v", "w", "p", "q", "r") for row in result.rows(n)}
        found.append((weight, holds))
    return found


@settings(max_examples=50, deadline=None)
@given(GROUPS, EVIDENCE)
def test_marginals_given_evidence(
    groups: list[list[tuple[float, str]]], evidence: list[tuple[str, bool]]
) -> None:
    text = INPUTS + RULES
    text += "\n".join("; ".join(f"{p}::{atom}" for p, atom in group) + "." for group in groups)
    text += "".join(f"\nevidence({atom},{'true' if truth else 'false'})." for atom, truth in evidence)
    text += "".join(f"\nquery({query})." for query in QUERIES)
    agree = [(w, holds) for w, holds in worlds(groups) if all((a in holds) == t for a, t in evidence)]
    total = sum(w for w, _ in agree)
    program = logic.compile(text)
    if total == 0:
        with pytest.raises(ProgramError, match=r"the evidence is impossible"):
            program.run().probabilities  # noqa: B018
        return
    expected = {query: sum(w for w, holds in agree if query in holds) / total for query in QUERIES}
    found = {str(atom): p for atom, p in program.run().probabilities.items()}
    assert found == pytest.approx(expected, abs=1e-9)


def test_each_instance_of_the_body_chooses_for_itself_and_all_rules_see_the_same_choice() -> None:
    text = """n(1). n(2). n(3).
    P::c(X, r); 0.25::c(X, g) :- n(X), P is 1 / (X + 1).
    both(X) :- c(X, r), c(X, g).
    either(X) :- c(X, _).
    s(X) :- c(X, r), c(X, K), K == r.
    query(both(1)). query(either(X)). query(s(3))."""
    found = {str(a): p for a, p in logic.compile(text).run().probabilities.items()}
    expected = {"both(1)": 0, "either(1)": 0.75, "either(2)": 1 / 3 + 0.25, "either(3)": 0.5, "s(3)": 0.25}
    assert found == pytest.approx(expected)


def test_alternatives_on_a_cycle() -> None:
    text = """0.5::a. 0.4::b; 0.6::c :- a. b :- c, d. 0.5::d; 0.5::e :- b. query(b). query(d)."""
    found = {str(a): p for a, p in logic.compile(text).run().probabilities.items()}
    assert found == pytest.approx({"b": 0.2, "d": 0.1})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.6::a; 0.5::b.", "sum to more than 1"),
        ("0.5::a; b.", "every alternative of a head needs a probability"),
        ("a; b.", "every alternative of a head needs a probability"),
        ("0.5::a. evidence(a, maybe).", "expected true or false"),
        ("0.5::a. evidence(b).", "the predicate b is never defined"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(ProgramError) as caught:
        logic.compile(text)
    assert message in caught.value.message
    assert caught.value.where is not None


def test_mistakes_that_only_values_show() -> None:
    with pytest.raises(ProgramError, match=r"sum to more than 1"):
        logic.compile("n(0.7). P::a; P::b :- n(P). query(b).").run().probabilities  # noqa: B018
    for provenance in ("max_product", "boolean"):
        with pytest.raises(ProgramError, match=r"has no evidence"):
            logic.compile("0.5::a. evidence(a). query(a).").run(provenance=provenance)


def test_the_proof_of_an_alternative() -> None:
    result = logic.compile("0.3::a; 0.7::b. c :- b. query(c).").run()
    proof = result.proof(Atom("c"))
    assert [(p.atom, p.kind, p.probability, p.premises) for p in proof.premises] == [("b", "rule", 0.7, ())]
