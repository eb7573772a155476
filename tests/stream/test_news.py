from __future__ import annotations

import pytest

from duli.stream import repeats
from duli.stream.news import News, Refused, of_bytes, of_row


@pytest.mark.parametrize(
    ("row", "text", "time"),
    [
        ({"text": "Acme soars", "time": 1.5e9}, "Acme soars", 1.5e9),
        ({"title": "Acme", "body": "It soars", "date": 1.5e12}, "Acme\nIt soars", 1.5e9),
        ({"headline": "阿克米大涨", "time": "2026-01-02T11:04:05+08:00"}, "阿克米大涨", 1767323045.0),
        ({"sentence": "x y", "pubDate": "Fri, 02 Jan 2026 03:04:05 GMT"}, "x y", 1767323045.0),
        ({"text": "no time"}, "no time", None),
    ],
)
def test_a_record_is_read(row: dict[str, object], text: str, time: float | None) -> None:
    assert of_row(row, "feed", "1") == News(text, "feed", time, "", "1")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"text": "\xff"}', "UTF-8"),
        ('{"text": "股价"}'.encode("gb18030"), "UTF-8"),
        (b"{", "JSON"),
        (b"plain words", "JSON"),
        (b"[1]", "object"),
        (b'{"time": 3}', "there is no text"),
        (b'{"text": "x", "time": "soon"}', "no time"),
        (b'{"text": "x", "time": true}', "no time"),
        (b'{"text": "\\u0000\\u0001"}', "not text"),
        (b'{"text": "' + b"x" * 200_000 + b'"}', "limit"),
        (b"x" * 1_000_001, "at most"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_text_is_refused_with_its_reason_and_kept(raw: bytes, reason: str) -> None:
    found = of_bytes(raw, "feed", "line 7")
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert found.place == "line 7"
    assert found.raw


def test_where_lines_may_be_plain_they_are_texts() -> None:
    assert of_bytes(b" plain words\r\n", "posts", "1", plain=True) == News(
        "plain words", "posts", None, "", "1"
    )


LONG = "Acme to cut 500 jobs in Ohio as demand for steel beams fades, the union says on Monday"
CHINESE = "阿克米公司周一宣布因需求下降将在俄亥俄州工厂裁员五百人，工会表示强烈反对这一决定"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (LONG, f"{LONG} (corrected)", True),
        (LONG, LONG.replace("cut 500", "add 900").replace("fades", "grows"), False),
        (CHINESE, f"{CHINESE}（更新）", True),
        (CHINESE, CHINESE.replace("下降", "上升").replace("裁员", "招聘"), False),
        ("Acme up", "Acme down", False),
    ],
)
def test_nearly_the_same_words_are_told(one: str, other: str, same: bool) -> None:
    a, b = (repeats.shingles(repeats.plain(text)) for text in (one, other))
    assert (repeats.alike(a, b) >= repeats.ALIKE) == same
    assert not same or set(repeats.bands(a)) & set(repeats.bands(b))
