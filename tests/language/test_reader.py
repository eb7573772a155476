"""Each form of the grammar; texts as a whole; bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from duli.errors import DuliError
from duli.fol import decide
from duli.fol.syntax import Statement
from duli.fol.write import write
from duli.language import Problem, read

EXAMPLES = Path(__file__).parents[1] / "examples"
FORMS = [
    tuple(part.strip() for part in line.split(" | "))
    for name in ("english.txt", "chinese.txt")
    for line in (EXAMPLES / name).read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("sentence", "formula"), FORMS)
def test_a_sentence_of_each_form(sentence: str, formula: str) -> None:
    found = read(sentence)
    assert [problem.message for problem in found.problems] == []
    assert [write(statement.formula) for statement in found.statements] == [formula]


def _answer(text: str, question: str) -> str:
    found = read(text, ask=[question])
    assert not found.problems
    asked = found.asked[0]
    assert isinstance(asked, Statement), asked
    return decide(found.theory(), asked.formula).answer


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("Charlie is quiet. All quiet people are cold.", "Charlie is cold.", "true"),
        ("Charlie is quiet. All quiet people are cold.", "Charlie is not cold.", "false"),
        ("Charlie is quiet. All quiet people are cold.", "Charlie is big.", "unknown"),
        ("查理是安静的。所有安静的人都是冷的。", "查理是冷的。", "true"),
        ("查理是安静的。所有安静的人都是冷的。", "查理不是冷的。", "false"),
        ("所有的鸟都会飞。企鹅是鸟。", "企鹅会飞。", "true"),
        (
            "This set contains itself if and only if this set does not contain itself.",
            "This set contains itself.",
            "contradiction",
        ),
        ("猫追狗。如果有人追狗，那么他是大的。狗很冷。", "猫是大的。", "true"),
        ("猫追狗。如果有人追狗，那么他是大的。狗很冷。", "狗是大的。", "unknown"),
    ],
)
def test_what_follows_from_a_text(text: str, question: str, answer: str) -> None:
    assert _answer(text, question) == answer


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("Charlie is kind.", "Is Charlie kind?", "true"),
        ("Charlie is kind.", "Isn't Charlie kind?", "false"),
        ("Charlie is kind.", "Is it true that Charlie is kind?", "true"),
        ("The red cat is big.", "Is the red cat big?", "true"),
        ("The bald eagle sees the dog.", "Does the bald eagle see the dog?", "true"),
        ("All cats sing loudly.", "Do all cats sing loudly?", "true"),
        ("Bob can swim.", "Can Bob swim?", "true"),
        ("Ann Lee is a student.", "Is there a student?", "true"),
        ("Ann Lee is a student.", "Is Ann Lee a student?", "true"),
        ("The leader of France is old.", "Is the leader of Spain old?", "unknown"),
        ("查理是善良的。", "查理善良吗？", "true"),
        ("查理是善良的。", "查理是不是善良的？", "true"),
        ("查理是善良的。", "难道查理不善良吗？", "false"),
        ("所有善良的人都喜欢茶。查理是善良的。", "查理喜不喜欢茶？", "true"),
        ("查理喜欢茶。", "有没有人喜欢茶？", "true"),
    ],
)
def test_questions_of_yes_or_no(text: str, question: str, answer: str) -> None:
    assert _answer(text, question) == answer


@pytest.mark.parametrize(
    ("question", "hint"), [("Who is kind?", "Is Bob kind?"), ("谁是善良的？", "查理善良吗？")]
)
def test_other_questions_are_told(question: str, hint: str) -> None:
    asked = read("Bob is kind.", ask=[question]).asked[0]
    assert isinstance(asked, Problem)
    assert asked.near.startswith(hint)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Bob's cat is red. All cats are kind.", "Is Bob's cat kind?"),
        ("鲍勃是学生。鲍勃的猫是红色的。所有猫都是善良的。", "鲍勃的猫善良吗？"),
    ],
)
def test_what_is_named_by_whose_it_is_is_of_its_kind(text: str, question: str) -> None:
    assert _answer(text, question) == "true"


ENGLISH_SHELF = (
    "On a shelf, there are three books: a red book, a green book, and a blue book."
    " The red book is to the left of the blue book. The green book is the rightmost."
)
CHINESE_SHELF = "书架上有三本书：红书、绿书和蓝书。红书在蓝书的左边。绿书是最右边的。"


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (ENGLISH_SHELF, "The blue book is the second from the left.", "true"),
        (ENGLISH_SHELF, "The blue book is the second from the right.", "true"),
        (ENGLISH_SHELF, "The red book is the rightmost.", "false"),
        (ENGLISH_SHELF, "The blue book finished second-to-last.", "true"),
        (CHINESE_SHELF, "蓝书在左边第二。", "true"),
        (CHINESE_SHELF, "红书在右边第二。", "false"),
    ],
)
def test_an_order_is_of_all_things_that_are_named(text: str, question: str, answer: str) -> None:
    assert _answer(text, question) == answer


def test_words_are_taken_by_their_form_and_by_other_sentences() -> None:
    found = read("Zorps glim the fnord. No zorp is wug. Rex is a zorp. Rex does not glim the zed.")
    assert [write(s.formula) for s in found.statements] == [
        "∀X (zorp(X) → glims(X, fnord))",
        "∀X (zorp(X) → ¬wug(X))",
        "zorp(Rex)",
        "¬glims(Rex, zed)",
    ]


def test_a_kind_that_only_rules_speak_of_is_what_the_text_is_about() -> None:
    text = "All students who sing are happy. No student who works is happy. Students either sing or work. Ann sings."
    found = read(text)
    assert found.notes == ("student",)
    assert _answer(text, "Ann is happy.") == "true"


def test_the_words_of_a_kind_name_a_wider_one() -> None:
    found = read("The Wags are a rock band. Every band is loud.")
    assert [s.text for s in found.statements if s.name] == ["Every rock band is a band."]


def test_a_pronoun_is_the_last_subject() -> None:
    found = read("Bob is kind. He likes the cat.")
    assert write(found.statements[1].formula) == "likes(Bob, cat)"
    assert read("He is kind.").problems[0].message.startswith("a pronoun stands for nothing")


def test_what_is_not_read_is_told_with_its_place_and_the_nearest_form() -> None:
    found = read("Bob is kind.\nIf Bob is kind then then.\nAnn is kind.", name="story.txt")
    assert len(found.statements) == 2
    (problem,) = found.problems
    assert (problem.place.line, problem.place.file) == (2, "story.txt")
    assert str(problem.error()).splitlines()[1] == "If Bob is kind then then."
    assert problem.near.startswith("If ")


@pytest.mark.parametrize("sentence", ["如果鲍勃是", "鲍勃是善良的并且"])
def test_half_a_chinese_sentence_is_told(sentence: str) -> None:
    (problem,) = read(sentence).problems
    assert problem.near.endswith("。")


def test_an_empty_text_says_nothing() -> None:
    assert read("").statements == read(" \n\n ").statements == ()


def test_languages_may_be_mixed_but_not_where_one_is_asked_for() -> None:
    text = "Bob is kind. 安娜是善良的。"
    assert len(read(text).statements) == 2
    (problem,) = read(text, "en").problems
    assert "not of the language en" in problem.message
    with pytest.raises(DuliError, match="not read"):
        read(text, "fr")  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["", "Bob", "Bob is kind. Ann is kind.", "Is?"])
def test_a_question_that_is_no_statement_is_told(question: str) -> None:
    found = read("Bob is kind.", ask=[question])
    assert isinstance(found.asked[0], Problem)


def test_many_sentences() -> None:
    text = " ".join(f"Item{n} is red. If Item{n} is red then Item{n} sees the cat." for n in range(5_000))
    assert len(read(text).statements) == 10_000


_WORDS = st.sampled_from(
    [
        "Bob",
        "cat",
        "the",
        "a",
        "is",
        "not",
        "are",
        "and",
        "or",
        ",",
        "if",
        "then",
        "who",
        "sees",
        "3",
        "$5",
        "either",
        "neither",
        "nor",
        "no",
        "all",
        "than",
        "older",
        "first",
        ".",
        "?",
        "所有",
        "是",
        "的",
        "不",
        "如果",
        "那么",
        "鲍勃",
        "比",
        "大",
        "，",
        "。",
        ":",
        "、",
        "有",
        "要么",
    ]
)


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Most students are rich.", "Most"),
        ("Few students are rich.", "Few"),
        ("A few students are rich.", "few"),
        ("If most cats are kind then Tom is kind.", "most"),
        ("Almost all cats are kind.", "Almost"),
        ("大多数学生都是富有的。", "大多数学生"),
        ("几乎所有猫都是善良的。", "几乎"),
        ("很多学生是富有的。", "很"),
        ("如果少数猫是善良的，那么汤姆是善良的。", "少数猫"),
    ],
)
def test_what_is_neither_all_nor_some_is_refused(sentence: str, word: str) -> None:
    (problem,) = read(sentence).problems
    assert f"{word!r} is not all, some or none" in problem.message


@pytest.mark.parametrize("sentence", ["Bob has many friends.", "The ring costs more than 5 dollars."])
def test_numbers_in_phrases_stay(sentence: str) -> None:
    assert read(sentence).problems == ()


@settings(max_examples=150, deadline=None)
@example(",WHO,")
@example("EITHER SOMEONE")
@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=14).map(" ".join)))
def test_any_text_is_read_or_told(text: str) -> None:
    found = read(text, ask=[text])
    assert all(problem.message for problem in found.problems)
