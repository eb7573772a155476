"""Whatever is written, only our errors come out, each with its place; and what is large is read in time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli.errors import Place, ProgramError
from duli.logic.parser import parse
from duli.logic.rules import check
from duli.logic.strata import stratify
from duli.logic.syntax import Constant

SIGNS = r":- :: . , ; ( ) [ ] | \+ = =:= < > ^ ** - + / // << -> ! {} ? @< =.. % /* */ ' is mod not".split()  # noqa: SIM905
NAMES = r"p q(X) X Y _ a 'b' 1 2.5 0.3 findall( length( between( query( evidence( count<X> sum< nn( t(_) true".split()  # noqa: SIM905
PIECES = (*SIGNS, *NAMES, "forall(", "once(", "0x1F", "\n", '"', '"d"', "fail", "utility(")
PROGRAM = """0.3::a(X,Y) ; 0.2::b(X) :- c(X,Y), \\+ (d(X), Y > 1), (e(X) ; Y = 2), Z is X*2+Y ** 2.
c(1,2). d(1). e(2). s(N) :- findall(X, d(X), L), length(L, N).
query(a(X,_)). evidence(\\+ b(1)). total(sum<X>) :- c(X,_)."""


def tried(text: str) -> None:
    try:
        stratify(check(parse(text), {}))
    except ProgramError as error:
        if not isinstance(error.where, Place) or not str(error):
            raise AssertionError(f"an error without its place: {error!r}") from error


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_a_soup_of_tokens(pieces: list[str]) -> None:
    tried(" ".join(pieces))
    tried("".join(pieces) + ".")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_program_with_a_piece_cut_out_or_put_in(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(PROGRAM)))
    stop = data.draw(st.integers(start, min(len(PROGRAM), start + 12)))
    tried(PROGRAM[:start] + data.draw(st.sampled_from(("", *PIECES))) + PROGRAM[stop:])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    tried(text)


@pytest.mark.parametrize(
    "text",
    [
        "p :- " + "(" * 10_000 + "a" + ")" * 10_000 + ".",
        "p(" * 10_000 + ".",
        "p(X) :- X is " + "1+" * 10_000 + "1.",
        "p :- " + "\\+ " * 10_000 + "a.",
        "p(X) :- X is " + "-" * 10_000 + "1.",
        "p(" + "[" * 10_000 + ".",
    ],
    ids=lambda text: text[:16],
)
def test_what_is_nested_too_deep(text: str) -> None:
    with pytest.raises(ProgramError, match="nested more than 100 deep"):
        parse(text)


def test_a_long_body_is_not_deep() -> None:
    text = "a. p :- " + ", ".join(["a"] * 10_000) + ". q :- " + "; ".join(["a"] * 200) + "."
    assert max(len(c.body) for c in parse(text).clauses) == 10_000


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("\n".join(f"0.5::edge(n{i},{i % 97})." for i in range(100_000)), 100_000),
        (" ".join(f"edge(n{i},{i % 97})." for i in range(50_000)), 50_000),
        ("a0(x).\n" + "\n".join(f"a{i + 1}(X) :- a{i}(X)." for i in range(10_000)), 10_001),
    ],
    ids=["facts", "one line", "rules"],
)
def test_what_is_large_is_read(text: str, clauses: int) -> None:
    rules = check(parse(text), {})
    assert len(rules.facts) + len(rules.rules) == clauses
    assert len(stratify(rules)) == len(rules.arities)


def test_a_nul_and_a_lone_surrogate() -> None:
    for text in ("p(\x00).", "p(\ud800)."):
        with pytest.raises(ProgramError, match="has no meaning here"):
            parse(text)


def test_learnable_probabilities_decisions_utilities_and_networks() -> None:
    source = parse(
        "t(0.3)::a. t(_)::b :- a. ?::c. utility(c, -2). utility(\\+ a, 3).\n"
        "nn(net, [X], Y, [0, 1]) :: digit(X, Y). nn(net2, [X]) :: ok(X)."
    )
    assert [str(u.literal) for u in source.utilities] == ["c", "\\+ a"]
    assert [(n.network, n.labels, str(n.literal)) for n in source.neural] == [
        ("net", (0, 1), "digit(X,Y)"),
        ("net2", (), "ok(X)"),
    ]
    with pytest.raises(ProgramError, match="a probability to be learned has no value"):
        check(source, {})
    rules = check(source, {}, unknown=0.5)
    assert [(f.predicate, f.probability, f.learnable) for f in rules.facts] == [
        ("a", 0.3, True),
        ("c", 0.5, False),
    ]
    assert rules.rules[0].learnable
    assert rules.inputs == {"digit", "ok"}


@pytest.mark.parametrize("fact", ["true", "0.3::fail", "write(a)", "once(a)", "false"])
def test_parts_of_the_language_are_no_facts(fact: str) -> None:
    with pytest.raises(ProgramError, match="is a part of the language"):
        parse(f"{fact}.")


def test_facts_without_arguments() -> None:
    (wet, dry) = parse("0.3::wet. 干燥.").clauses
    assert (str(wet.head.predicate), wet.probability, wet.head.terms) == ("wet", Constant(0.3), ())
    assert (dry.head.predicate, dry.probability) == ("干燥", None)
