from __future__ import annotations

import pytest

from duli.stream.names import Names
from duli.stream.pieces import between, pieces

CALLED = [
    ("acme", "Acme"),
    ("acme", "Acme Steel"),
    ("acme", "阿克米"),
    ("bolt", "Bolt"),
    ("bolt", "波特"),
    ("target", "Target"),
    ("sainsbury", "Sainsbury's"),
    ("rbs", "Royal Bank of Scotland"),
    ("hall", "Hall Steel Group plc"),
    ("delta-air", "Delta"),
    ("delta-water", "Delta"),
]
NAMES = Names(CALLED, {"Target"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Acme Steel buys Bolt", ["Acme Steel", "Bolt"]),
        ("ACME's shares", ["Acme"]),
        ("$BOLT up", ["Bolt"]),
        ("bolts and acmes", []),
        ("the target of Target", ["Target"]),
        ("sainsbury’s sales", ["Sainsbury's"]),
        ("昨日阿克米公司与波特签约", ["阿克米", "波特"]),
        ("RBS sues Hall Steel", ["Royal Bank of Scotland", "Hall Steel Group plc"]),
        ("the group", []),
        ("", []),
    ],
)
def test_names_are_found_as_they_are_written(text: str, found: list[str]) -> None:
    named = NAMES.find(text)
    assert [each.name for each in named] == found
    assert all(text[n.span.start : n.span.end].replace("’", "'") == n.span.text for n in named)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Acme soars while Bolt sinks", {"acme": "Acme soars while", "bolt": "Bolt sinks"}),
        ("Sales fell. Acme suffers; Bolt not", {"acme": "Sales fell. Acme suffers;", "bolt": "Bolt not"}),
        ("Acme and Acme Steel are one", {"acme": "Acme and Acme Steel are one"}),
        ("阿克米大涨，波特下跌", {"acme": "阿克米大涨，", "bolt": "波特下跌"}),
        (
            "Acme, Bolt and Target sink as oil falls",
            dict.fromkeys(["acme", "bolt", "target"], "Acme, Bolt and Target sink as oil falls"),
        ),
        ("nobody is named", {}),
    ],
)
def test_what_is_said_of_each_is_told_apart(text: str, said: dict[str, str]) -> None:
    assert {p.company: p.text for p in pieces(text, NAMES.find(text))} == said


def test_a_name_of_two_companies_is_shared() -> None:
    found = pieces("Delta grows", NAMES.find("Delta grows"))
    assert {(p.company, p.share) for p in found} == {("delta-air", 0.5), ("delta-water", 0.5)}


def test_words_between_two_names() -> None:
    text = "Acme beats Bolt, Target waits"
    assert between(text, NAMES.find(text)) == [("acme", "bolt", "beats")]
    assert ("acme", "bolt", "超越") in between("阿克米超越波特", NAMES.find("阿克米超越波特"))
