from __future__ import annotations

import json
from pathlib import Path

import pytest

from duli.errors import DataError, InputError
from duli.summary.article import LONGEST, Article, checked
from duli.summary.reading import read, told

TEXT = """A cat sat down

The cat sat on a mat. "It was warm there," said Dr. Lee of Leeds.
The cat sat on a mat! 10:18, 8 April."""


def test_title_sentences_and_places() -> None:
    title, sentences = Article(TEXT, "cat.txt").split()
    assert title == "A cat sat down"
    assert [s.text for s in sentences] == [
        "The cat sat on a mat.",
        '"It was warm there," said Dr. Lee of Leeds.',
    ]
    assert all(TEXT[s.start : s.end] == s.text for s in sentences)
    assert sentences[1].place == "cat.txt, sentence 2"
    assert [s.paragraph for s in sentences] == [2, 2]


def test_chinese_sentences_and_their_length() -> None:
    title, sentences = Article("猫在坐着\n小猫坐在垫子上。天气3月很暖和！").split()
    assert title == "猫在坐着"
    assert [(s.text, s.length) for s in sentences] == [("小猫坐在垫子上。", 7), ("天气3月很暖和！", 7)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cat is on the mat.", "en"),
        ("小猫坐在垫子上。", "zh"),
        ("Der Hund und die Katze schlafen zusammen im Garten.", None),
        ("猫はマットの上に座っています。", None),
        ("Кошка сидит на коврике.", None),
    ],
)
def test_language(text: str, language: str | None) -> None:
    assert Article(text).language == language


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  \n", "there is no text"),
        ("a\0b", "not text"),
        ("caf\ufffd is open.", "not text"),
        ("a" * (LONGEST + 1), "limit"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        checked([Article(text)])
    kept, notes = checked([Article(text, "bad"), Article("A cat sat.", "good")])
    assert [a.source for a in kept] == ["good"]
    assert notes[0].startswith("bad is left out")


def test_repeated_articles_and_their_order_in_time() -> None:
    kept, notes = checked(
        [
            Article("Second news.", "two", "2024-05-02"),
            Article("Old news.", "none"),
            Article("First news.", "one", "2024-05-01"),
            Article("second  NEWS!", "again", "2024-05-03"),
        ]
    )
    assert [a.source for a in kept] == ["one", "none", "two"]
    assert notes == [
        "again says the same as two, and is left out",
        "the articles were not in the order of their dates, and are put in it",
    ]


def test_files_folders_and_rows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.txt").write_text("One cat sat.", "utf-8")
    row = {"text": "Two cats sat.", "title": "Cats", "source": "wire", "date": "2024-05-01"}
    (tmp_path / "b.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    (tmp_path / "c.txt").write_bytes(b"\xff\xfe\x00broken")
    (tmp_path / "d.csv").write_text("not,read", "utf-8")
    found = read([tmp_path])
    assert [(a.text, a.source) for a in found] == [("One cat sat.", "a.txt"), ("Two cats sat.", "wire")]
    assert "c.txt" in caplog.text
    with pytest.raises(DataError):
        read([tmp_path / "c.txt"])
    with pytest.raises(InputError, match="not there"):
        read([tmp_path / "none.txt"])


def test_references(tmp_path: Path) -> None:
    path = tmp_path / "told.jsonl"
    rows = [
        {"document": "Cats sat.", "summary": "Cats."},
        {"article": "Dogs sat.", "highlights": ["Dogs", "sat"]},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert [t.summary for t in told(path)] == [("Cats.",), ("Dogs", "sat")]
    path.write_text('{"text": "Cats sat."}', "utf-8")
    with pytest.raises(DataError, match="no 'summary'"):
        told(path)
    path.write_text('{"text": 3, "summary": "Cats."}', "utf-8")
    with pytest.raises(DataError, match="must be a text"):
        told(path)
