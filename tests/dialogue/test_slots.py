"""Slots by declared patterns: orders, products, dates, in English and Chinese."""

from datetime import date

import pytest

from duli.dialogue.slots import Finder
from duli.recipe.support import Slot

TODAY = date(2026, 5, 11)
ORDER = Finder.of(Slot("order", patterns=("SO-#####", "order {#####}", "订单号{#####}"), full="SO-{}"))
NAME = Finder.of(Slot("name", patterns=("my name is {@+}",)))
PRODUCT = Finder.of(
    Slot("product", names="called"), [("vega", "Vega"), ("vega2", "Vega Two"), ("vega", "织女")]
)
DAY = Finder.of(
    Slot(
        "day",
        "date",
        (
            "{year}-{month}-{day}",
            "{day} {month} {year}",
            "{month} {day}",
            "{ago} days ago",
            "{ago}",
            "{year}年{month}月{day}日",
            "{month}月{day}日",
        ),
        words={"may": 5, "june": 6, "yesterday": 1, "昨天": 1},
    )
)


@pytest.mark.parametrize(
    ("finder", "text", "value"),
    [
        (ORDER, "it is so-10001, I think", "SO-10001"),
        (ORDER, "Order  10001!", "SO-10001"),
        (ORDER, "我的订单号10001到了吗", "SO-10001"),
        (ORDER, "ＳＯ－１０００１", "SO-10001"),
        (ORDER, "SO-100012", None),
        (ORDER, "XSO-10001", None),
        (NAME, "Hi, my name is Ann.", "Ann"),
        (PRODUCT, "the VEGA two is dark", "vega2"),
        (PRODUCT, "my vegan lamp", None),
        (PRODUCT, "织女不亮了", "vega"),
        (DAY, "bought on 2026-04-30", "2026-04-30"),
        (DAY, "on 3 May 2025", "2025-05-03"),
        (DAY, "on June 2", "2025-06-02"),
        (DAY, "10 days ago", "2026-05-01"),
        (DAY, "yesterday", "2026-05-10"),
        (DAY, "昨天买的", "2026-05-10"),
        (DAY, "2026年4月3日买的", "2026-04-03"),
        (DAY, "12月3日买的", "2025-12-03"),
        (DAY, "2026-02-30", None),
        (DAY, "9999999 days ago", None),
    ],
)
def test_values_are_found_and_nothing_else(finder: Finder, text: str, value: str | None) -> None:
    assert finder.find(text, TODAY) == value


def test_a_very_long_text_takes_no_longer_than_its_beginning() -> None:
    assert ORDER.find("order " * 100_000 + "SO-10001", TODAY) is None
    assert NAME.find("my name is " * 900 + "a" * 100_000, TODAY) is not None
