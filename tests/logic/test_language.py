"""What a program may say, and what is told of one that may not be."""

from __future__ import annotations

import math

import pytest

from duli import logic
from duli.errors import LimitReachedError, Place, ProgramError
from duli.types import Atom, Limits


def answers(text: str, provenance: str = "exact") -> dict[str, float]:
    return {str(atom): p for atom, p in logic.compile(text).run(provenance=provenance).probabilities.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.3::a. 0.5::b. c :- a, b. query(c).", {"c": 0.15}),
        # Constants in a second body literal, over several bindings.
        (
            "f(1, b). f(2, b). e(b, a). p(N) :- f(N, _). p(N) :- e(a, b), p(N). query(p(V)).",
            {"p(1)": 1, "p(2)": 1},
        ),
        ("0.3::a. 0.5::a. query(a).", {"a": 0.65}),
        ("0.3::a. b :- \\+ a. query(b).", {"b": 0.7}),
        ("p(1). p(2). q(Y) :- p(X), Y is X * 2 + 1. query(q(X)).", {"q(3)": 1, "q(5)": 1}),
        ("p(3). q(Y) :- p(X), Y is X / 2. query(q(X)).", {"q(1.5)": 1}),
        (
            "p(7). q(Y) :- p(X), Y is X // 2. r(Y) :- p(X), Y is X mod 4. query(q(X)). query(r(X)).",
            {"q(3)": 1, "r(3)": 1},
        ),
        ("p(2). q(Y) :- p(X), Y is min(X, 1) + max(X, 5) ** 2. query(q(X)).", {"q(26)": 1}),
        ("p(1). q(Y) :- p(X), Y is log(exp(X)) + sqrt(4) - abs(-1). query(q(X)).", {"q(2.0)": 1}),
        ("p(1). p(2). p(3). q(X) :- p(X), X > 1, X =< 2. query(q(X)).", {"q(2)": 1}),
        ("p(a). p(b). q(X,Y) :- p(X), p(Y), X \\== Y. query(q(a,X)).", {"q(a,b)": 1}),
        ("q(X) :- X = a. query(q(X)).", {"q(a)": 1}),
        ("p('Ann Lee'). p(\"陈\"). p(发热). query(p(X)).", {"p('Ann Lee')": 1, "p(陈)": 1, "p(发热)": 1}),
        (
            "% a comment\np(a). /* another\n one */ p(-1). p(1.5e3). query(p(X)).",
            {"p(a)": 1, "p(-1)": 1, "p(1500.0)": 1},
        ),
        ("w(0.25). P::q :- w(P). query(q).", {"q": 0.25}),
        ("n(1). n(2). P::q(X) :- n(X), P is 1 / X. query(q(X)).", {"q(1)": 1, "q(2)": 0.5}),
        ("1/4::a. query(a).", {"a": 0.25}),
        ("0::a. b :- a. c. query(b). query(c).", {"b": 0, "c": 1}),
        ("e(a,b). e(b,c). e(c,a). p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y). query(p(a,a)).", {"p(a,a)": 1}),
        (":- use_module(library(lists)). a. query(a).", {"a": 1}),
        ("p(a,1). p(b,2). q(X) :- p(X, _), \\+ r(X, _). r(a, z). query(q(X)).", {"q(b)": 1}),
        ("p(1). p(1.0). query(p(X)).", {"p(1)": 1, "p(1.0)": 1}),
        (
            "d('2016-02-29'). q(Y, M, D) :- d(A), Y is year(A), M is month(A), D is day(A). query(q(_, _, _)).",
            {"q(2016,2,29)": 1},
        ),
        ("q(N) :- N is days('2016-03-01') - days('2016-02-28'). query(q(_)).", {"q(2)": 1}),
        ("q(D) :- D is date(days('1999-12-31') + 61). query(q(_)).", {"q('2000-03-01')": 1}),
        (
            "p(2015). p(2016). q(Y) :- p(Y), days(date(Y, 12, 31)) - days(date(Y, 1, 1)) =:= 365. query(q(_)).",
            {"q(2016)": 1},
        ),
        ("q(N) :- N is years('1992-02-29', '2017-02-28'). query(q(_)).", {"q(24)": 1}),
        ("q(N) :- N is years('2017-02-28', '1992-02-29'). query(q(_)).", {"q(-24)": 1}),
        (
            "d('2017-02-28'). d(E) :- d(D), days(D) < days('2017-03-02'), E is date(days(D) + 1). query(d(_)).",
            {"d('2017-02-28')": 1, "d('2017-03-01')": 1, "d('2017-03-02')": 1},
        ),
    ],
)
def test_what_follows(text: str, expected: dict[str, float]) -> None:
    assert answers(text) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("count", 3),
        ("sum", 6.5),
        ("min", 1),
        ("max", 3.5),
        ("logsumexp", math.log(sum(map(math.exp, (1, 2, 3.5))))),
    ],
)
def test_aggregates_are_over_distinct_bindings(function: str, expected: float) -> None:
    text = f"w(a,x,1). w(a,y,2). w(a,z,3.5). w(b,x,1). q(G, {function}<W>) :- w(G, I, W). query(q(a, V))."
    (atom,) = logic.compile(text).run().probabilities
    assert atom.arguments[1] == pytest.approx(expected)


def test_what_an_aggregate_does_not_distinguish_is_written_with_an_underscore() -> None:
    facts = "w(a,x,1). w(a,y,1). "
    assert answers(facts + "s(G, sum<W>) :- w(G, I, W). query(s(a,V)).") == {"s(a,2)": 1}
    assert answers(facts + "s(G, sum<W>) :- w(G, _, W). query(s(a,V)).") == {"s(a,1)": 1}


@pytest.mark.parametrize(
    ("text", "message", "line", "column", "hint"),
    [
        ("a :- b(X.", "expected ) or a comma", 1, 9, "not closed"),
        ("a.\nb :- (c.", "expected", 2, None, None),
        (
            "a :- frobnicate.",
            "the predicate frobnicate is never defined",
            1,
            6,
            "define it, or declare it as an input",
        ),
        ("a :- bb.\nbbb.", "the predicate bb is never defined", 1, 6, "did you mean bbb?"),
        ("p(a).\nq(X) :- \\+ p(X).", "the variable X is not bound", 2, 3, "without \\+"),
        ("p(X).", "the variable X is not bound by a body", 1, 3, "write a rule"),
        ("p(a).\nq(X) :- p(X), Y > 1.", "the variable Y is not bound", 2, 15, None),
        ("p(1e999).", "the number 1e999 is too large", 1, 3, "below 1.8e308"),
        ("q(X) :- X = Y.", "the variable X is not bound", 1, 3, "X = Y gives it a value once Y has one"),
        ("q(1). p(X) :- q(Y), X is Y + Z.", "X is not bound", 1, 9, "once Z has one"),
        ("p(a). p(a,b). q :- p(a,b,c).", "p has 3 arguments here and 1 or 2 elsewhere", 1, 20, "p/1 and p/2"),
        ("p :- \\+ q.\nq :- \\+ p.", "depends on its own negation", None, None, "negation and aggregates"),
        (
            "e(a,1). p(X, sum<Y>) :- p(X, Y). p(X, Y) :- e(X, Y).",
            "depends on an aggregate over itself",
            1,
            None,
            None,
        ),
        ("p('abc).", "this quote is not closed on its line", 1, 3, "closing '"),
        ("/* abc", "this comment is not closed", 1, 1, "add */"),
        ("p(a) § q.", "the character '§' has no meaning here", 1, 6, None),
        ("p(a)", "expected a dot", 1, 5, None),
        ("p(a)). ", "expected a dot", 1, 5, "one closing bracket too many"),
        ("p(1125899906842624).", "the number 1125899906842624 is too large", 1, 3, None),
        ("P(a).", "expected a predicate", 1, 1, "starts with a small letter"),
        ("p(f(a)).", "terms have no arguments of their own", 1, 3, "no functors"),
        ("p([a]).", "lists are not part of the language", 1, 3, "one fact for each element"),
        ("1.5::a.", "1.5 is not a probability", 1, 1, "in [0, 1]"),
        ("p(a). q(median<X>) :- p(X).", "the aggregate median is not known", 1, 9, "known: count"),
        ("p(1). q(Y) :- p(X), Y is cot(X).", "the function cot/1 is not known", 1, 26, "log/1"),
        ("p(1). q :- p(X), X ~ 1.", "no meaning here", 1, 20, None),
        (":- dynamic p/1.", "the directive dynamic is not known", 1, 4, None),
        ("p(a). q :- p(X), X + 1 == 2.", "== does not compute (X + 1)", 1, 18, "compute it with is"),
        ("w(a,1). 0.5::q(sum<X>) :- w(_, X).", "a rule with an aggregate has no probability", 1, None, None),
    ],
)
def test_mistakes_are_told_with_their_place(
    text: str, message: str, line: int | None, column: int | None, hint: str | None
) -> None:
    with pytest.raises(ProgramError) as caught:
        logic.compile(text, name="file.dl")
    error = caught.value
    assert message in error.message
    assert isinstance(error.where, Place)
    assert error.where.file == "file.dl"
    assert line is None or error.where.line == line
    assert column is None or error.where.column == column
    assert hint is None or hint in str(error.hint)
    assert error.where.excerpt().endswith("^")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p(0). q(Y) :- p(X), Y is 1 / X. query(q(X)).", "divides by zero"),
        ("p(a). q(Y) :- p(X), Y is X + 1. query(q(X)).", "is not always a number"),
        ("p(0). q(Y) :- p(X), Y is log(X). query(q(X)).", r"log\(X\) has no value where X = 0"),
        ("p(1125891316908031). q(Y) :- p(X), Y is X * X. query(q(X)).", "is an integer beyond"),
        ("p('2017-02-29'). q(Y) :- p(X), Y is year(X). query(q(X)).", "is not a date"),
        ("p('20170228'). q(Y) :- p(X), Y is days(X). query(q(X)).", "is not a date"),
        ("q(D) :- D is date(2017, 2, 30). query(q(X)).", "there is no date"),
        ("q(D) :- D is date(0). query(q(X)).", "there is no date"),
    ],
)
def test_mistakes_that_only_values_show(text: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message) as caught:
        logic.compile(text).run()
    assert isinstance(caught.value.where, Place)


def test_max_product_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ProgramError, match=r"no negation of the uncertain a"):
        logic.compile("0.5::a. b :- \\+ a. query(b).").run(provenance="max_product")


def chain(n: int) -> str:
    edges = " ".join(f"e({i},{i + 1})." for i in range(n))
    return f"{edges}\np(X,Y) :- e(X,Y).\np(X,Y) :- p(X,Z), p(Z,Y).\nquery(p(0,X))."


@pytest.mark.parametrize("limits", [Limits(tuples=1000), Limits(seconds=0.0)])
def test_limits_stop_a_run(limits: Limits) -> None:
    result = logic.compile(chain(500)).run(limits=limits, goal_directed=False)
    with pytest.raises(LimitReachedError) as caught:
        result.rows("p")
    assert caught.value.exit_code == 3


def test_what_is_known_when_a_limit_stops_a_run() -> None:
    text = """0.5::start. n(0) :- start. n(Y) :- n(X), Y is X + 1. side :- start, \\+ other. 0.2::other.
        late :- n(X), X > 10. query(n(1)). query(n(1000000)). query(side). query(late)."""
    result = logic.compile(text).run(limits=Limits(tuples=1000))
    with pytest.raises(LimitReachedError):
        result.rows("n")
    bounds = {str(atom): pair for atom, pair in result.bounds.items()}
    side = bounds.pop("side")
    assert bounds == {"n(1)": (0.5, 1), "n(1000000)": (0, 1), "late": (0, 1)}
    assert side in ((0.4, 0.4), (0, 1))


def test_the_limit_of_a_lineage() -> None:
    pairs = {(i * 7 % 31, (i * i * i + 5 * i) % 29) for i in range(300)}
    edges = " ".join(f"0.5::e({a},{b})." for a, b in sorted(pairs))
    program = logic.compile(f"{edges}\np(X,Y) :- e(X,Y).\np(X,Y) :- p(X,Z), e(Z,Y).\nquery(p(0,X)).")
    with pytest.raises(LimitReachedError):
        program.run(limits=Limits(nodes=2000)).probabilities  # noqa: B018


def test_a_deep_recursion_does_not_overflow() -> None:
    result = logic.compile(
        chain(3000)
        .replace("p(X,Z), p(Z,Y)", "p(X,Z), e(Z,Y)")
        .replace("p(X,Y) :- e(X,Y)", "p(0,Y) :- e(0,Y)")
    ).run()
    assert len(result.probabilities) == 3000
    assert result.proof(Atom("p", (0, 3000))).premises


def test_a_body_may_have_more_goals_than_calls_can_be_nested() -> None:
    program = logic.compile("a. p :- " + "a, " * 1000 + "a. query(p).")
    assert list(program.run().probabilities.values()) == [1.0]
