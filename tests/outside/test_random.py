"""Random programs: our answers are those of all worlds, one by one, and those of ProbLog."""

from __future__ import annotations

from typing import Any

import pytest

from duli import logic
from tests.outside.compare import Tally, different, run
from tests.outside.engines import INCONSISTENT, Answers, ours, problog, worlds
from tests.outside.generate import generate
from tests.outside.program import Atom, Clause, Literal, Program
from tests.outside.shrink import shrink

COUNT, SEED = 5000, 1


@pytest.fixture(scope="module")
def tally() -> Tally:
    total = Tally()
    for part in run(COUNT, SEED, jobs=2, problog_every=25):
        total.add(part)
    return total


def test_all_programs_agree(tally: Tally) -> None:
    assert not tally.failures, "python -m tests.outside --one SEED shows one"


def test_the_programs_are_worth_it(tally: Tally) -> None:
    assert tally.counts["programs"] == COUNT
    assert tally.counts["with evidence"] > COUNT / 5
    assert COUNT / 50 < tally.counts["inconsistent"] < COUNT / 4
    assert tally.counts["ProbLog answered"] > 120
    assert tally.counts["ProbLog alone differs"] <= tally.counts["ProbLog answered"] / 50


@pytest.mark.parametrize(
    ("found", "expected"),
    [({"a": 0.5}, {"a": 0.5 + 1e-8}), ({}, {"a": 0.1}), (INCONSISTENT, {}), ({"a": 0.2}, INCONSISTENT)],
)
def test_a_difference_is_seen(found: Answers | str, expected: Answers | str) -> None:
    assert different(found, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.3::a. 0.5::b. c :- a. c :- b.", 0.65),
        ("0.3::a; 0.5::b. c :- a. c :- b.", 0.8),
        ("0.5::a. 0.5::a. c :- a.", 0.75),
        ("0.4::c :- d, c. 0.25::c. d.", 0.25),
    ],
)
def test_the_worlds_by_hand(text: str, expected: float) -> None:
    """The oracle itself, on programs whose answers are worked out by hand."""
    heads = {
        "0.3::a. 0.5::b. c :- a. c :- b.": [_fact(0.3, "a"), _fact(0.5, "b"), _rule("a"), _rule("b")],
        "0.3::a; 0.5::b. c :- a. c :- b.": [
            Clause(((0.3, Atom("a")), (0.5, Atom("b")))),
            _rule("a"),
            _rule("b"),
        ],
        "0.5::a. 0.5::a. c :- a.": [_fact(0.5, "a"), _fact(0.5, "a"), _rule("a")],
        "0.4::c :- d, c. 0.25::c. d.": [
            Clause(((0.4, Atom("c")),), (Literal(Atom("d")), Literal(Atom("c")))),
            _fact(0.25, "c"),
            Clause(((None, Atom("d")),)),
        ],
    }
    program = Program(tuple(heads[text]), (Atom("c"),))
    for answers in (worlds(program), problog(program), ours(program)):
        assert not isinstance(answers, str)
        assert answers["c"] == pytest.approx(expected, abs=1e-12)


def _fact(p: float, name: str) -> Clause:
    return Clause(((p, Atom(name)),))


def _rule(name: str) -> Clause:
    return Clause(((None, Atom("c")),), (Literal(Atom(name)),))


def test_a_program_is_always_the_same() -> None:
    assert str(generate("3/7/0")) == str(generate("3/7/0"))
    assert str(generate("3/7/0")) != str(generate("3/8/0"))


def test_the_shrinker_leaves_what_fails() -> None:
    program = generate("1/4/0")
    name = program.clauses[0].heads[0][1].predicate

    def fails(candidate: Program) -> bool:
        return any(atom.predicate == name for clause in candidate.clauses for _, atom in clause.heads)

    small = shrink(program, fails)
    assert fails(small)
    assert (len(small.clauses), len(small.evidence)) == (1, 0)


COLUMNS = {
    "p(N) :- f(N,X). p(N) :- e(a,b), p(N). f(1,b). f(2,b). e(b,a).": {"p(1)": 1.0, "p(2)": 1.0},
}


@pytest.mark.parametrize(("text", "expected"), list(COLUMNS.items()))
def test_found_by_random_programs(text: str, expected: dict[str, Any]) -> None:
    """Each a smallest program that once failed."""
    found = logic.compile(text + " query(p(V)).").run().probabilities
    assert {str(atom): p for atom, p in found.items()} == expected
