from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import duli
from duli.errors import DataError, InputError, Place
from duli.evaluate import class_report
from duli.evaluate.classification import Trial, run
from duli.evaluate.examples import Examples
from duli.evaluate.parts import Parts
from tests.reason.test_estimator import LABELS, TEXTS, plain

__all__ = ["plain"]


def examples(rows: slice) -> Examples:
    texts, labels = TEXTS[rows], LABELS[rows]
    return Examples(texts, labels, [Place("x", n + 1) for n in range(len(texts))])


def parts() -> Parts:
    return Parts(examples(slice(0, None, 2)), examples(slice(1, None, 2)), ["a text without a label"])


def test_figures_of_no_labels_and_few(plain: Path) -> None:
    trial = Trial.of_parts(duli.load(plain), parts(), few=True)
    assert (len(trial.shown), len(trial.asked), len(trial.texts)) == (24, 24, 49)
    found = run(trial, (0, 4), draws=2)
    assert set(found["ways"]) == {"0", "4"}
    assert (found["n"], found["classes"], found["texts"]) == (24, 4, 49)
    few = found["ways"]["4"]
    assert few["report"][0]["labelled"] == 12
    assert len(few["draws"]) == 2
    assert np.mean(few["draws"]) == pytest.approx(found["metrics"]["4/accuracy"], abs=1e-3)
    assert found["metrics"]["4/log_loss"] < found["metrics"]["0/log_loss"]
    assert set(found["baselines"]) == {
        "majority",
        "nearest name",
        "nearest description",
        "logistic, 4 labels a class",
        "logistic, all labels",
    }
    assert found["baselines"]["majority"]["accuracy"][0] == pytest.approx(1 / 3, abs=1e-3)
    assert found["baselines"]["logistic, all labels"]["accuracy"][0] > 0.9
    low, high = found["intervals"]["4/accuracy"]
    assert low <= found["metrics"]["4/accuracy"] <= high
    assert sum(b["n"] for b in few["reliability"]) == 48
    assert few["risk_coverage"][-1] == [1.0, pytest.approx(1 - found["metrics"]["4/accuracy"], abs=1e-3)]
    page = class_report.to_html(found, "<mine>")
    assert "&lt;mine&gt;" in page
    assert page.count("<svg") == 4
    shown = "\n".join(class_report.lines(found))
    assert "4 labels a class" in shown
    assert "logistic, all labels" in shown


def test_one_file_is_asked_about_whole_or_parted(plain: Path) -> None:
    whole = Parts(None, examples(slice(None)), [])
    reasoner = duli.load(plain)
    zero, few = Trial.of_parts(reasoner, whole, few=False), Trial.of_parts(reasoner, whole, few=True)
    assert (len(zero.asked), len(zero.shown)) == (48, 0)
    assert (len(few.asked), len(few.shown)) == (14, 34)
    found = run(zero)
    assert found["metrics"]["accuracy"] == found["ways"]["0"]["figures"]["accuracy"][0]
    assert not any(name.startswith("logistic") for name in found["baselines"])
    with pytest.raises(InputError, match="too few texts"):
        Trial.of_parts(reasoner, Parts(None, examples(slice(0, 2)), []), few=True)


def test_texts_that_are_asked_about_can_be_left_out(plain: Path) -> None:
    reasoner = duli.load(plain)
    trial = Trial.of_parts(reasoner, parts(), few=True, inductive=True)
    trial.predict(trial.targets(2, 0), 0)
    assert reasoner.trained(trial.table).report[0]["texts"] == 25
    alone = Trial.of_parts(
        duli.load(plain), Parts(None, examples(slice(None)), []), few=False, inductive=True
    )
    expected = duli.load(plain).predict_proba(TEXTS)
    np.testing.assert_array_equal(alone.predict(alone.targets(0, 0), 0), expected)


def test_labels_must_be_described() -> None:
    with pytest.raises(DataError, match="x:1: the label 'sport' is not described"):
        parts().described(["trade", "天气"])
    left = parts().described(["trade", "天气"], leave=True, limit=3)
    assert left.shown is not None
    assert (len(left.shown.texts), len(left.asked.texts)) == (16, 3)
