"""Sentences that are written are read as the same formulas."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli.errors import InputError
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
    Term,
    Variable,
    Xor,
)
from duli.language import read, verbalise, verbalised
from duli.language.texts import Language
from duli.language.verbalise import same

X, Y, Z = map(Variable, "XYZ")
WORDS: dict[Language, dict[str, list[str]]] = {
    "en": {
        "kinds": ["student", "rock band"],
        "said": ["kind", "red", "good at math", "sings", "regularly drinks coffee", "can swim"],
        "related": ["sees", "in", "older brother of", "gives the bone to"],
        "named": ["Bob", "Ann Lee", "cat", "Tower A"],
        "measured": ["old", "tall", "place"],
    },
    "zh": {
        "kinds": ["学生"],
        "said": ["善良", "红色", "喜欢茶", "会游泳"],
        "related": ["看见", "喜欢", "追"],
        "named": ["鲍勃", "安娜", "大狗"],
        "measured": ["大", "高"],
    },
}


def _literals(language: Language, thing: Term) -> st.SearchStrategy[Formula]:
    words = WORDS[language]
    other = st.sampled_from(words["named"]).map(Constant)
    one = st.sampled_from(words["said"] + words["kinds"]).map(lambda name: Predicate(name, (thing,)))
    two = st.builds(lambda name, o: Predicate(name, (thing, o)), st.sampled_from(words["related"]), other)
    compared = st.builds(
        lambda name, o: Compare("<", Function(name, (thing,)), Function(name, (o,))),
        st.sampled_from(words["measured"]),
        other,
    )
    said = st.one_of(one, two)
    return st.one_of(said, said.map(Not), compared)


def _bodies(language: Language, thing: Term) -> st.SearchStrategy[Formula]:
    literal = _literals(language, thing)
    several = st.lists(literal, min_size=2, max_size=3).map(tuple)
    return st.one_of(literal, several.map(And), several.map(Or), st.builds(Xor, literal, literal))


def _formulas(language: Language) -> st.SearchStrategy[Formula]:
    named = st.sampled_from(WORDS[language]["named"]).map(Constant).flatmap(lambda c: _bodies(language, c))
    some = st.sampled_from(WORDS[language]["kinds"] + WORDS[language]["said"][:2])
    return st.one_of(
        named,
        st.builds(Implies, named, named),
        st.builds(lambda a, b: ForAll((X,), Implies(a, b)), _bodies(language, X), _bodies(language, X)),
        some.map(lambda name: Exists((X,), Predicate(name, (X,)))),
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same(language: Language, data: st.DataObject) -> None:
    formula = data.draw(_formulas(language))
    text = verbalise(formula, language, kinds=WORDS[language]["kinds"])
    assert same(read(text, language).statements[0].formula, formula)


def _several(language: Language) -> st.SearchStrategy[Formula]:
    """Formulas of any kind over three things, quantified and joined in any way."""
    words = WORDS[language]
    things = st.sampled_from([X, Y, Z])
    names = words["said"] + words["kinds"]
    one = st.builds(Predicate, st.sampled_from(names), st.tuples(things))
    two = st.builds(Predicate, st.sampled_from(words["related"]), st.tuples(things, things))
    literal: st.SearchStrategy[Formula] = st.one_of(one, two, two.map(Not))
    body = st.recursive(
        literal,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(And),
            st.tuples(inner, inner).map(Or),
            *(st.builds(join, inner, inner) for join in (Xor, Implies, Iff)),
            inner.map(Not),
            *(st.builds(bind, st.just((thing,)), inner) for bind in (ForAll, Exists) for thing in (Y, Z)),
        ),
        max_leaves=5,
    )
    return body.map(lambda inner: ForAll((X, Y, Z), inner))


@pytest.mark.parametrize("language", ["en", "zh"])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_formulas_of_several_things_are_written_and_read(language: Language, data: st.DataObject) -> None:
    formula = data.draw(_several(language))
    text = verbalise(formula, language, kinds=WORDS[language]["kinds"])
    assert same(read(text, language).statements[0].formula, formula), text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("If something sees something then it is kind.", "If X sees Y then X is kind."),
        (
            "If a man is tall then everyone sees the man.",
            "If X is a man and X is tall then (for every Y, Y sees X).",
        ),
        ("If Bob sings then Ann sings or Tom sings.", "If Bob sings then Ann sings or Tom sings."),
        ("Bob is the oldest.", "Bob is the oldest."),
        ("Ann was born before 4 May 1990.", "Ann is born before 4 May 1990."),
        (
            "It is not true that Bob is kind or Ann is kind.",
            "It is not the case that Bob is kind or Ann is kind.",
        ),
        ("如果有人看见某人，那么他是善良的。", "如果X看见Y，那么X是善良的。"),
        ("所有企鹅都不是石头。", "所有企鹅都不是石头。"),
        ("有些富有的学生喜欢茶。安娜是富有的。", "有些学生是富有的并且喜欢茶。"),
        ("鲍勃既不善良也不安静。", "并非（鲍勃是善良的或者鲍勃是安静的）。"),
    ],
)
def test_what_is_written(text: str, written: str) -> None:
    (first, *_) = verbalised(read(text))
    assert first.text == written


TEXTS = [
    "Bob is a student who likes the cat. All red things are rough. If someone is kind then they see the cat.",
    "No student who drinks tea is cold. Some students are rich. Bob is either kind or quiet. Bob is older than Ann.",
    "On a shelf, there are two books: a red book and a blue book. The red book is to the left of the blue book.",
    "鲍勃喜欢安娜。安娜是学生。所有红色的东西都是粗糙的。如果有人喜欢安娜，那么他是善良的。鲍勃比安娜大。",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_program_is_written_and_read_again(text: str) -> None:
    first = read(text)
    again = read("\n".join(statement.text for statement in verbalised(first)))
    assert len(again.statements) == len(first.statements)
    for one, other in zip(again.statements, first.statements, strict=True):
        assert same(one.formula, other.formula)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_no_sentence_says_is_told(language: Language) -> None:
    for formula in (
        Predicate("f", ()),
        And((Predicate("kind", (Constant("Bob"),)),)),
        Compare("=", Number(Fraction(1)), Number(Fraction(2))),
    ):
        with pytest.raises(InputError, match="no sentence"):
            verbalise(formula, language)
