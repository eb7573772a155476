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

X = Variable("X")
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
    y = Variable("Y")
    both = ForAll((X, y), Predicate("sees", (X, y)))
    for formula in (both, Predicate("f", ()), Compare("=", Number(Fraction(1)), Number(Fraction(2)))):
        with pytest.raises(InputError, match="no sentence"):
            verbalise(formula, language)
