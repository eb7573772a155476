"""The example of the page on telling texts apart: the page shows its files, and it answers as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import duli

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "messages"


@pytest.mark.parametrize("page", ["docs/classify.md", "docs/zh/classify.md"])
@pytest.mark.parametrize(("language", "file"), [("toml", "recipe.toml"), ("prolog", "rules.dl")])
def test_the_page_shows_the_files(page: str, language: str, file: str) -> None:
    shown, *_ = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    assert shown == (EXAMPLE / file).read_text("utf-8")


@pytest.mark.real
def test_messages_are_told_apart() -> None:
    reasoner = duli.load(EXAMPLE)
    assert reasoner.ask("Where is the parcel that I ordered a week ago?").best == "delivery"
    assert reasoner.ask("Hello, you make lovely lamps").reason == "none of these, most likely"
    texts = [
        "I want my money back NOW, this is a disgrace",
        "my lawyer will hear of this",
        "Where is my parcel?",
    ]
    assert reasoner.predict(texts).tolist()[::2] == ["refund", "delivery"]
    result = reasoner.about(texts)
    urgent = dict(zip((row[0] for row in result.rows("urgent")), result.probability("urgent"), strict=True))
    assert urgent[0] > 0.9
    assert urgent[1] >= 0.9
    assert urgent[2] < 0.1
