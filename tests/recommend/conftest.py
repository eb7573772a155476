from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from duli import recipe
from duli.lm import FakeEncoder
from duli.recommend import Recommender, load

SHOP = recipe.find("recommend")


def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The recipe that comes with duli, in a folder of its own, read by the fake encoder."""
    folder = tmp_path / "shop"
    shutil.copytree(SHOP, folder)
    file = folder / "recipe.toml"
    file.write_text(file.read_text("utf-8").replace('"embedded"', '"fake"'), "utf-8")
    return folder


@pytest.fixture
def films(shop: Path) -> Recommender:
    return load(recipe.read(shop))


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()
