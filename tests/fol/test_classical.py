"""The classical route against truth tables, all small worlds, and what is known by heart."""

from __future__ import annotations

import random
import time
from fractions import Fraction
from itertools import product

import pytest

from duli.fol import Model, Theory, Verdict, decide
from duli.fol.checker import check, check_verdict
from duli.fol.clauses import formula_of, renumbered
from duli.fol.ground import contradictory
from duli.fol.prover import Prover, Strategy
from duli.fol.refutation import Search
from duli.fol.rewrite import free, put
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Predicate,
    Statement,
    Variable,
    Xor,
)
from duli.fol.worlds import holds

X, Y, Z = Variable("X"), Variable("Y"), Variable("Z")
ANN, BOB = Constant("安娜"), Constant("Bob")


def theory(*formulas: Formula, unique_names: bool = False) -> Theory:
    return Theory(tuple(Statement(f) for f in formulas), unique_names=unique_names)


def ask(told: Theory, question: Formula, seconds: float = 20.0) -> Verdict:
    """The verdict, once its proofs and worlds are checked."""
    verdict = decide(told, question, logic="classical", seconds=seconds)
    assert check_verdict(verdict, told, question) is None
    for world, wanted in ((verdict.countermodel, Not(question)), (verdict.model, question)):
        if world is not None:
            assert all(holds(f, world) for f in (*(s.formula for s in told.statements), wanted))
    return verdict


def p(name: str, *terms: Variable | Constant | Function) -> Predicate:
    return Predicate(name, terms)


def random_formula(draw: random.Random, atoms: list[Formula], depth: int) -> Formula:
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(atoms)
    one, two = (random_formula(draw, atoms, depth - 1) for _ in range(2))
    made: list[Formula] = [
        Not(one),
        And((one, two)),
        Or((one, two)),
        Implies(one, two),
        Iff(one, two),
        Xor(one, two),
    ]
    return draw.choice(made)


def expected(worlds: list[Model], told: Theory, question: Formula) -> str:
    """The answer by looking at all worlds."""
    possible = [w for w in worlds if all(holds(s.formula, w) for s in told.statements)]
    answers = {holds(question, world) for world in possible}
    return {
        frozenset[bool](): "contradiction",
        frozenset({True}): "true",
        frozenset({False}): "false",
    }.get(frozenset(answers), "unknown")


@pytest.mark.parametrize("seed", range(40))
def test_propositions_as_truth_tables_say(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    atoms: list[Formula] = [p(name) for name in "pqrs"]
    told = theory(*(random_formula(draw, atoms, 3) for _ in range(3)))
    question = random_formula(draw, atoms, 2)
    worlds = [
        Model((), {}, {name: frozenset({()} if on else ()) for name, on in zip("pqrs", row, strict=True)})
        for row in product((False, True), repeat=4)
    ]
    assert ask(told, question).answer == expected(worlds, told, question)


@pytest.mark.parametrize("seed", range(40))
def test_monadic_formulas_as_all_small_worlds_say(seed: int) -> None:
    # Without equality and constants, two predicates tell four kinds of things apart: four things are enough.
    draw = random.Random(seed)  # noqa: S311

    def sentence() -> Formula:
        inner = random_formula(draw, [p("f", X), p("g", X)], 2)
        other = random_formula(draw, [p("f", Y), p("g", Y)], 1)
        first = draw.choice((ForAll, Exists))((X,), inner)
        return draw.choice((first, Implies(first, Exists((Y,), other)), Or((first, ForAll((Y,), other)))))

    told, question = theory(*(sentence() for _ in range(3))), sentence()
    worlds = []
    for kinds in product((False, True), repeat=4):
        things = tuple(str(i) for i, there in enumerate(kinds) if there)
        if things:
            f = frozenset((t,) for t in things if t in "13")
            g = frozenset((t,) for t in things if t in "23")
            worlds.append(Model(things, {}, {"f": f, "g": g}))
    assert ask(told, question).answer == expected(worlds, told, question)


def times(a: Variable | Constant | Function, b: Variable | Constant | Function) -> Function:
    return Function("times", (a, b))


def equal(a: Variable | Constant | Function, b: Variable | Constant | Function) -> Formula:
    return ForAll((X, Y, Z), Compare("=", a, b))


E = Constant("e")
GROUP = (
    equal(times(E, X), X),
    equal(times(Function("inverse", (X,)), X), E),
    equal(times(times(X, Y), Z), times(X, times(Y, Z))),
)


@pytest.mark.parametrize(
    ("more", "question"),
    [
        ((), equal(times(X, E), X)),
        ((), equal(times(X, Function("inverse", (X,))), E)),
        (
            (),
            equal(
                Function("inverse", (times(X, Y),)),
                times(Function("inverse", (Y,)), Function("inverse", (X,))),
            ),
        ),
        ((equal(times(X, X), E),), equal(times(X, Y), times(Y, X))),
    ],
)
def test_groups(more: tuple[Formula, ...], question: Formula) -> None:
    assert ask(theory(*GROUP, *more), question).answer == "true"


def test_not_every_group_commutes() -> None:
    verdict = ask(theory(*GROUP), equal(times(X, Y), times(Y, X)), seconds=60)
    assert verdict.answer in ("unknown",)
    assert verdict.model is not None


@pytest.mark.parametrize(
    ("told", "question", "answer"),
    [
        (theory(ForAll((X,), Implies(p("猫", X), p("red", X))), Not(p("red", BOB))), p("猫", BOB), "false"),
        (theory(Or((p("a"), p("b"))), Implies(p("a"), p("c")), Implies(p("b"), p("c"))), p("c"), "true"),
        (theory(Exists((X,), p("red", X))), p("red", ANN), "unknown"),
        (theory(Exists((X,), ForAll((Y,), p("l", X, Y)))), ForAll((Y,), Exists((X,), p("l", X, Y))), "true"),
        (
            theory(ForAll((Y,), Exists((X,), p("l", X, Y)))),
            Exists((X,), ForAll((Y,), p("l", X, Y))),
            "unknown",
        ),
        (theory(p("red", BOB), Compare("=", BOB, ANN)), p("red", ANN), "true"),
        (theory(p("red", BOB)), Compare("=", BOB, ANN), "unknown"),
        (theory(p("red", BOB), unique_names=True), Compare("=", BOB, ANN), "false"),
        (
            theory(ForAll((X,), Iff(p("shaves", BOB, X), Not(p("shaves", X, X))))),
            p("red", ANN),
            "contradiction",
        ),
        (theory(Iff(p("in", BOB, BOB), Not(p("in", BOB, BOB)))), p("in", BOB, BOB), "contradiction"),
    ],
)
def test_first_order(told: Theory, question: Formula, answer: str) -> None:
    assert ask(told, question).answer == answer


def age(thing: Constant | Variable) -> Function:
    return Function("age", (thing,))


def number(value: int) -> Number:
    return Number(Fraction(value))


AGES = theory(
    Compare("<", age(BOB), number(18)),
    Compare("<", number(0), age(BOB)),
    Compare("=", age(ANN), Function("+", (age(BOB), number(30)))),
    ForAll((X,), Iff(Compare("<", age(X), number(18)), p("minor", X))),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (p("minor", BOB), "true"),
        (p("minor", ANN), "false"),
        (Compare("<", age(BOB), age(ANN)), "true"),
        (Compare("<=", number(48), age(ANN)), "false"),
        (Compare("<", number(40), age(ANN)), "unknown"),
        (Compare("=", Function("*", (number(2), number(3))), number(6)), "true"),
    ],
)
def test_numbers(question: Formula, answer: str) -> None:
    assert ask(AGES, question).answer == answer


def test_time_over_is_unknown() -> None:
    verdict = decide(theory(*GROUP), equal(times(X, Y), times(Y, X)), logic="classical", seconds=0.0)
    assert (verdict.answer, verdict.limit) == ("unknown", True)


def test_wrong_steps_are_refused() -> None:
    told = theory(*GROUP)
    question = equal(times(X, E), X)
    proof = ask(told, question).proof
    assert proof is not None
    for number_of, step in enumerate(proof.steps):
        if step.rule == "derive":
            without = type(step)(step.formula, step.rule, step.premises[:-1], None, step.bindings[:-1])
            steps = (*proof.steps[:number_of], without, *proof.steps[number_of + 1 :])
            assert check(type(proof)(steps, proof.assumption), told, Not(Not(question))) is not None


def test_a_search_goes_on_where_it_stopped() -> None:
    question = equal(times(X, E), X)
    search = Search(theory(*GROUP), range(3), Not(question), question)
    proof = None
    for _ in range(10_000):
        proof = search.run(0.0005)
        if proof is not None:
            break
    assert proof is not None
    assert check(proof, theory(*GROUP), question) is None


def test_parts_of_large_formulas_are_named() -> None:
    # Written out, 512 clauses.
    one: Formula = p("p0")
    two: Formula = p("p0")
    for number_of in range(1, 6):
        one, two = Iff(one, p(f"p{number_of}")), Iff(p(f"p{number_of}"), two)
    question = Iff(one, two)
    verdict = ask(theory(), question, seconds=60)
    assert verdict.answer == "true"
    assert verdict.proof is not None
    assert verdict.proof.definitions


@pytest.mark.parametrize("select", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_a_search_that_ends_has_left_nothing_out(seed: int, *, select: bool) -> None:
    draw = random.Random(seed)  # noqa: S311
    things = [0, 1, ("a",), ("b",)]
    clauses = [
        renumbered(
            dict.fromkeys(
                (draw.random() < 0.5, (draw.choice(["?p", "?q", "?r"]), draw.choice(things)))
                for _ in range(draw.randint(1, 3))
            )
        )[0]
        for _ in range(draw.randint(5, 10))
    ]
    prover = Prover([(clause, False) for clause in clauses], Strategy(select=select))
    found = prover.run(time.monotonic() + 60)
    a, b = Constant("a"), Constant("b")
    grounded = []
    for clause in clauses:
        written = formula_of(clause)
        free_names = sorted(set(free(written)))
        for row in product((a, b), repeat=len(free_names)):
            grounded.append(put(written, dict(zip(free_names, row, strict=True))))
    assert found is contradictory(grounded)


@pytest.mark.parametrize("seed", range(20))
def test_what_rules_give_follows(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    names, things = ("红", "big", "old", "sad"), (ANN, BOB)

    def literal(term: Variable | Constant) -> Formula:
        atom = p(draw.choice(names), term)
        return atom if draw.random() < 0.6 else Not(atom)

    rules: list[Formula] = [ForAll((X,), Implies(literal(X), literal(X))) for _ in range(4)]
    told = theory(*rules, *(literal(draw.choice(things)) for _ in range(3)))
    for name, thing in product(names, things):
        by_rules = decide(told, p(name, thing), logic="rules")
        assert check_verdict(by_rules, told, p(name, thing)) is None
        if by_rules.answer != "unknown":
            all_of_it = ask(told, p(name, thing)).answer
            assert all_of_it in (by_rules.answer, "contradiction")
            assert by_rules.answer != "contradiction" or all_of_it == "contradiction"


def test_many_statements() -> None:
    facts = [p(f"p{n % 20}", Constant(f"c{n}")) for n in range(1000)]
    rules = [ForAll((X,), Implies(p(f"p{n}", X), p(f"q{n}", X))) for n in range(20)]
    told = theory(*facts, *rules)
    assert decide(told, p("q3", Constant("c43")), logic="rules").answer == "true"
    assert ask(told, p("q3", Constant("c43")), seconds=60).answer == "true"
    verdict = decide(told, p("q3", Constant("c44")), logic="classical", seconds=1)
    assert verdict.answer == "unknown"
