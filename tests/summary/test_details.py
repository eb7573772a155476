from __future__ import annotations

import pytest

from duli.summary.details import capitals, denies, details


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("He paid $1.2bn to her.", "amount", [("$1.2bn", 1.2e9, "$")]),
        ("It cost £25,000 and rose 3.5%.", "amount", [("£25,000", 25_000, "£"), ("3.5%", 3.5, "%")]),
        ("It killed two people, injuring 14, they said.", "amount", [("two people", 2, "peopl"), ("14", 14, "injur")]),
        ("A crowd of 3 million viewers saw it.", "amount", [("3 million viewers", 3e6, "viewer")]),
        ("事故造成12名乘客受伤。", "amount", [("12名", 12, "乘客")]),
        ("利润增长百分之12，达到3.5亿元。", "amount", [("百分之12", 12, "%"), ("3.5亿元", 3.5e8, "元")]),
        ("It opens on 3 May 2014.", "date", [("3 May 2014", "3 may 2014", "day")]),
        ("It opens on May 3rd, 2014.", "date", [("May 3rd, 2014", "3 may 2014", "day")]),
        ("It slowed in 2005, she said on Monday.", "date", [("2005", "2005", "year"), ("Monday", "monday", "week")]),
        ("公司于2024年5月3日成立。", "date", [("2024年5月3日", "2024年5月3日", "day")]),
    ],
)  # fmt: skip
def test_amounts_and_dates(text: str, kind: str, wanted: list[tuple[str, object, str]]) -> None:
    assert [(d.text, d.value, d.unit) for d in details(text) if d.kind == kind] == wanted


def test_names_and_a_word_that_opens_a_sentence() -> None:
    def named(text: str, known: frozenset[str] = frozenset()) -> list[str]:
        return [d.text for d in details(text, known) if d.kind == "name"]

    assert named("The Bank of England and Ann Webb agreed.") == ["Bank of England", "Ann Webb"]
    assert named("Services were cancelled.") == []
    assert capitals(["Services to York."]) == {"York"}
    assert named("York was reached.", capitals(["Services to York."])) == ["York"]
    assert named("他在华夏银行工作，读过《红楼梦》。") == ["华夏银行", "《红楼梦》"]


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("The driver was not hurt.", True),
        ("The driver was hurt.", False),
        ("He didn't pay.", True),
        ("Nobody denied it.", False),
        ("司机没有受伤。", True),
        ("司机受伤。", False),
        ("不仅如此，未来也会。", False),
    ],
)
def test_denials(text: str, denied: bool) -> None:
    assert denies(text) is denied
