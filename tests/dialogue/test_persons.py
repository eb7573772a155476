"""I and you, put in their place and taken out again, in English and Chinese."""

import pytest

from duli.dialogue.persons import meant, spoken
from duli.language.texts import Language

EN = [
    ("I am a teacher.", "Ann is a teacher.", False),
    ("I'm not a teacher", "Ann is not a teacher.", False),
    ("I don't like tea.", "Ann does not like tea.", False),
    ("I study logic", "Ann studies logic.", False),
    ("I really like you", "Ann really likes Duli.", False),
    ("My dog is brown.", "Ann's dog is brown.", False),
    ("You are a human!", "Duli is a human.", False),
    ("Are you a person?", "Duli is a human.", True),
    ("Do you like me?", "Duli likes Ann.", True),
    ("Do I watch films?", "Ann watches films.", True),
    ("Can you lie?", "Duli can lie.", True),
    ("Is Tom a cat?", "Tom is a cat.", True),
    ("Does Tom like tea?", "Tom likes tea.", True),
    ("Every cat is an animal.", "Every cat is an animal.", False),
]
ZH = [
    ("我是老师。", "Ann是老师。", False),
    ("你是人吗？", "独立是真人。", True),
    ("您喜欢我吗", "独立喜欢Ann。", True),
    ("我不喜欢茶", "Ann不喜欢茶。", False),
]


@pytest.mark.parametrize(("text", "sentence", "asked"), EN + ZH)
def test_who_is_meant(text: str, sentence: str, asked: bool) -> None:
    language: Language = "zh" if (text, sentence, asked) in ZH else "en"
    found = meant(text, language, i="Ann", you="独立" if language == "zh" else "Duli")
    assert found is not None
    assert (found.sentence, found.asked) == (sentence, asked)


@pytest.mark.parametrize(
    "text", ["", "?", "What is your name?", "hello there", "how are you", "你叫什么？", "…", "🙂"]
)
def test_what_is_no_statement_is_none(text: str) -> None:
    assert meant(text, "zh" if "你" in text else "en", i="Ann", you="Duli") is None


@pytest.mark.parametrize(
    "sentence",
    [
        "Duli is calm.",
        "Duli does not lie.",
        "Duli has a name.",
        "Duli likes logic.",
        "Tom is a cat.",
        "独立是助手。",
    ],
)
def test_what_is_spoken_is_meant_again(sentence: str) -> None:
    language: Language = "zh" if "独立" in sentence else "en"
    name = "独立" if language == "zh" else "Duli"
    again = meant(spoken(sentence, language, i=name), language, i=name, you="Ann")
    assert again is not None
    assert again.sentence == sentence
