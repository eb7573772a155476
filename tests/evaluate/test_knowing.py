"""What knowledge is worth, measured by the recipe without it and with it torn apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import duli
from duli.evaluate.knowing import emptied, exchanged
from duli.service.cli import run

RECIPE = """[recipe]
name = "kinds"
[model]
encoder = "fake"
[[classify]]
predicate = "kind"
labels = { plant = "it grows leaves", metal = "它是一种金属" }
votes = "says"
[[knowledge]]
format = "csv"
path = "kinds.csv"
relation = "named"
columns = [{ name = "word" }, { name = "kind" }]
"""
RULES = """says(lexicon, Text, Kind) :- word(Text, Word), named(Word, Kind).
query(kind(Text, Kind)).
"""
PLANTS = ["oak", "fern", "moss", "rose", "reed", "kelp"]
METALS = ["iron", "zinc", "lead", "tin", "铁", "铜"]


@pytest.fixture
def kinds(tmp_path: Path) -> Path:
    folder = tmp_path / "kinds"
    folder.mkdir()
    rows = [f"{w},plant" for w in PLANTS] + [f"{w},metal" for w in METALS]
    (folder / "kinds.csv").write_text("word,kind\n" + "\n".join(rows) + "\n", "utf-8")
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    (folder / "rules.dl").write_text(RULES, "utf-8")
    return folder


def test_the_report_says_what_knowledge_is_worth(
    kinds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"text": f"what about {word} {n}", "label": label}
        for n in range(4)
        for label, words in (("plant", PLANTS), ("metal", METALS))
        for word in words
    ]
    data = tmp_path / "data.jsonl"
    data.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    given = ["eval", str(kinds), str(data), "--out", str(tmp_path / "out")]
    assert run([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["ablation"]
    assert set(found) == {"without", "given", "shuffled", "gain"}
    assert found["given"][0] > max(found["without"][0], found["shuffled"][0])
    assert found["gain"][0] == pytest.approx(found["given"][0] - found["shuffled"][0], abs=1e-3)
    assert "打乱" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert run(given) == 0
    assert "with shuffled knowledge" in capsys.readouterr().out


def test_facts_are_taken_away_or_torn_apart(kinds: Path) -> None:
    known = duli.load(kinds).knowledge
    assert emptied(known).rows == 0
    other = exchanged(known, 1)
    assert len({known.key, emptied(known).key, other.key}) == 3
    before, after = (each.relations["named"].columns for each in (known, other))
    np.testing.assert_array_equal(before[0], after[0])
    assert sorted(before[1].tolist()) == sorted(after[1].tolist())
    assert before[1].tolist() != after[1].tolist()
