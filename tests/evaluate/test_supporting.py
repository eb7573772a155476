"""``duli eval`` of customer service: scope, and sentences that stand in what they cite."""

import json
from pathlib import Path

import numpy as np
import pytest

from duli.evaluate import metrics
from duli.service.cli import run
from tests.dialogue.conftest import shop

__all__ = ["shop"]
Capture = pytest.CaptureFixture[str]

ROWS = [
    ("which ways to pay", "pay"),
    ("can I pay with a card", "pay"),
    ("怎么付款呢", "pay"),
    ("when do you open", "open"),
    ("at what time are you open", "open"),
    ("I want a refund, my money back", "refund"),
    ("money back please", "refund"),
    ("zebras eat grass", "oos"),
    ("the moon is round", "oos"),
]


def test_the_figures_of_customer_service(shop: Path, tmp_path: Path, capsys: Capture) -> None:
    data = tmp_path / "asked.jsonl"
    data.write_text("\n".join(json.dumps({"text": t, "label": label}) for t, label in ROWS), "utf-8")
    out = str(tmp_path / "out")
    assert run(["eval", str(shop), str(data), "--out", out, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 7
    assert found["metrics"]["accuracy"] >= 0.7
    made = found["service"]
    assert made["outside"] == 2
    assert set(made["scope"]["0"]) == {"scope", "scope alone", "confidence", "cosine"}
    assert made["scope"]["0"]["scope"]["auroc"][0] > 0.5
    assert made["composed"]["sentences"] > 0
    assert made["composed"]["supported"][0] == 1.0
    assert "95 %" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert run(["eval", str(shop), str(data), "--out", out]) == 0
    assert "out of scope" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("scores", "wanted", "area", "recall"),
    [
        ([3, 2, 1, 0], [1, 1, 0, 0], 1.0, 1.0),
        ([0, 1, 2, 3], [1, 1, 0, 0], 0.0, 0.0),
        ([1, 1, 1, 1], [1, 1, 0, 0], 0.5, 0.0),
        ([3, 2, 1, 0], [1, 0, 1, 0], 0.75, 0.5),
        ([1, 2], [1, 1], 0.5, 1.0),
    ],
)
def test_area_and_recall(scores: list[float], wanted: list[int], area: float, recall: float) -> None:
    s, w = np.array(scores, np.float64), np.array(wanted, bool)
    assert metrics.auroc(s, w) == area
    assert metrics.recall_at_precision(s, w, 0.95) == recall
