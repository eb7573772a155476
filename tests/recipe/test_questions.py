"""Questions and answers from tables and pages."""

from pathlib import Path

import pytest

from duli.errors import DataError
from duli.recipe import questions

MARKDOWN = """# Shop

## How do I pay? {#pay}
## Can I pay by card?

By card.

## {#late}

Too late.

## 怎么付款？ {#pay}

刷卡。
"""
HTML = """<h1>Shop</h1><h2 id="pay">How do I pay?</h2><h2>Can I pay by card?</h2><p>By card.</p>
<h2 id="late"></h2><p>Too late.</p><h2 id="pay">怎么付款？</h2><p>刷卡。</p>"""
CSV = """intent,question,answer
pay,How do I pay?,By card.
pay,Can I pay by card?,
pay,How do I pay?,By card.
late,,Too late.
pay,怎么付款？,刷卡。
"""


@pytest.mark.parametrize(("name", "text"), [("a.md", MARKDOWN), ("a.html", HTML), ("a.csv", CSV)])
def test_every_format_says_the_same(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert questions.holds(tmp_path / name)
    found = questions.read(tmp_path / name)
    assert {(e.intent, e.question) for e in found} == {
        ("pay", "How do I pay?"),
        ("pay", "Can I pay by card?"),
        ("late", ""),
        ("pay", "怎么付款？"),
    }
    answers = {(e.intent, e.language): e.answer for e in found if e.answer}
    assert answers == {("pay", "en"): "By card.", ("pay", "zh"): "刷卡。", ("late", "en"): "Too late."}


def test_an_intent_without_a_name_is_named_after_its_first_question(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("question,answer\nHow do I pay?,By card.\n怎么付款？,刷卡。\n", "utf-8")
    assert [entry.intent for entry in questions.read(tmp_path / "a.csv")] == ["how_do_i_pay", "怎么付款"]


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("intent,question,answer\n", "there are no questions", None),
        ("question,answer\nHow?,\n", "has no answer", 2),
        ("intent,question,answer\na,How?,So.\na,Why?,Otherwise.\n", "two answers in one language", 3),
        ("intent,question,answer\n,,So.\n", "neither a question nor an intent", 2),
        ("question,answer\nHow?\n", "2 are expected", 2),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, said: str, line: int | None, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text, "utf-8")
    with pytest.raises(DataError, match=said) as raised:
        questions.read(tmp_path / "a.csv")
    assert getattr(raised.value.where, "line", None) == line


def test_a_table_of_labels_is_none_of_questions(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("label,description\na,b\n", "utf-8")
    assert not questions.holds(tmp_path / "a.csv")
