from __future__ import annotations

import json
from pathlib import Path

import pytest

RECIPE = """
[recipe]
name = "mood"
version = "1"
description = "Whether a text is glad."

[model]
encoder = "fake"

[[classify]]
predicate = "mood"
labels = { good = ["good, glad, 好"], bad = ["bad, sad, 坏"] }
"""


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    folder = tmp_path / "mood"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    (folder / "rules.dl").touch()
    return str(folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    texts = (f"{i}: {'good 好' if i % 2 else 'bad 坏'}" for i in range(150))
    lines = (json.dumps({"id": i, "text": text}, ensure_ascii=False) for i, text in enumerate(texts))
    path.write_text("".join(line + "\n" for line in lines), "utf-8")
    return path
