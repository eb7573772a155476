import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from duli.service.cli import run
from tests.reason.test_estimator import LABELS, TEXTS, plain

__all__ = ["plain"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    rows = (
        json.dumps({"text": t, "label": y}, ensure_ascii=False) for t, y in zip(TEXTS, LABELS, strict=True)
    )
    path.write_text("\n".join(rows), "utf-8")
    return path


def test_the_same_seed_gives_the_same_predictions(
    plain: Path, data: Path, tmp_path: Path, capsys: Capture
) -> None:
    files = []
    for name in ("a", "b"):
        out = tmp_path / name
        given = ["fit", str(plain), str(data), "--shots", "2", "--seed", "3", "--out", str(out)]
        assert run(given) == 0
        assert "48 texts, 6 of them labelled" in capsys.readouterr().out
        files.append((out / "predictions.jsonl").read_bytes())
    assert files[0] == files[1]
    assert len(files[0].splitlines()) == 48
    record = json.loads((tmp_path / "a" / "run" / "run.json").read_text("utf-8"))
    assert (record["seed"], record["status"], record["config"]["labelled"]) == (3, "finished", 6)
    assert run(["ask", str(tmp_path / "a"), TEXTS[0], "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    first = json.loads(files[0].splitlines()[0])
    assert answer["answers"][0]["value"] == first["label"]
    assert answer["answers"][0]["probability"] == pytest.approx(first["probability"], abs=1e-5)
    assert run(["ask", str(plain), TEXTS[0], "--fitted", str(tmp_path / "b"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answers"] == answer["answers"]


def test_promises_and_intervals_are_said(plain: Path, data: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a"
    given = ["fit", str(plain), str(data), "--risk", "0.2", "--posterior", "kronecker", "--out", str(out)]
    assert run(given) == 0
    assert "at most 20% of answers are wrong where the probability is" in capsys.readouterr().out
    assert run(["ask", str(out), TEXTS[0], "--json"]) == 0
    (best, *_) = json.loads(capsys.readouterr().out)["answers"]
    assert best["kind"] == "estimate"
    assert best["interval"][0] <= best["probability"] <= best["interval"][1]
    few = ["--risk", "0.01", "--out", str(tmp_path / "b")]
    assert run(["fit", str(plain), str(data), *few]) == 0
    assert "48 labels are too few to promise that at most 1% are wrong: no answers" in capsys.readouterr().out
    assert run(["fit", str(plain), str(data), "--posterior", "diagonal", "--out", str(tmp_path / "c")]) == 2
    assert "kronecker" in capsys.readouterr().err


def test_texts_alone_are_enough(plain: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS), "utf-8")
    out = tmp_path / "out"
    assert run(["fit", str(plain), str(tmp_path / "texts.txt"), "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["reports"]["topic"][0]["labelled"] == 0
    assert told["run"]["data"]


def test_a_folder_of_few_labels(plain: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "fewclue"
    folder.mkdir()
    rows = [
        json.dumps({"sentence": t, "label_desc": y, "label": 1}) for t, y in zip(TEXTS, LABELS, strict=True)
    ]
    (folder / "train_few_all.jsonl").write_text("\n".join(rows[::2]), "utf-8")
    (folder / "dev_few_all.jsonl").write_text("\n".join(rows[1::2]), "utf-8")
    (folder / "unlabeled.jsonl").write_text(json.dumps({"sentence": "a text"}), "utf-8")
    out = tmp_path / "out"
    assert run(["fit", str(plain), str(folder), "--out", str(out)]) == 0
    assert "25 texts, 24 of them labelled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("text,label\na,sport\nb,spört\n", [], "data.csv:3: the label 'spört' is not described"),
        ("text,label\nb,zzz\n", ["--leave-undescribed"], "none of the labels is described"),
        ("text;label\na;sport\n", [], "this row has no 'text'"),
        ("text;label\na;sport\n", [], "columns seem to be parted by ';'"),
        ("text,label\na,\n", [], "data.csv:2: 'label' is empty"),
        ("text,label\n" + "a" * 100_001 + ",sport\n", [], "data.csv:2: this text has 100,001 characters"),
        ("text,label\na,sport\n", ["--track", "nothing"], "'nothing' is not a tracker"),
    ],
)
def test_what_is_wrong_is_told(
    plain: Path, tmp_path: Path, capsys: Capture, content: str, options: list[str], message: str
) -> None:
    (tmp_path / "data.csv").write_text(content, "utf-8")
    given = ["fit", str(plain), str(tmp_path / "data.csv"), "--out", str(tmp_path / "out"), *options]
    assert run(given) == 2
    assert message in capsys.readouterr().err


def test_a_folder_is_not_lost(plain: Path, data: Path, tmp_path: Path, capsys: Capture) -> None:
    given = ["fit", str(plain), str(data), "--out", str(tmp_path / "out")]
    assert run(given) == 0
    assert run(given) == 2
    assert "the folder holds a model" in capsys.readouterr().err
    assert run([*given, "--fresh"]) == 0


def test_a_recipe_of_labels_is_evaluated(plain: Path, data: Path, tmp_path: Path, capsys: Capture) -> None:
    given = ["eval", str(plain), str(data), "--out", str(tmp_path / "out")]
    assert run([*given, "--shots", "0,2", "--draws", "2"]) == 0
    shown = capsys.readouterr().out
    for part in ("no labels", "2 labels a class", "majority", "nearest description", "report.html"):
        assert part in shown
    assert "<svg" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert run([*given, "--json", "--limit", "40"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= {"metrics", "intervals", "baselines", "n", "seconds"}
    assert found["n"] == 40
    assert found["metrics"].keys() == found["intervals"].keys()


@pytest.mark.parametrize("shots", ["many", "-1", ""])
def test_what_is_no_number_of_labels(plain: Path, data: Path, capsys: Capture, shots: str) -> None:
    assert run(["eval", str(plain), str(data), f"--shots={shots}"]) == 2
    assert "--shots 0,8" in capsys.readouterr().err


def test_killed_and_begun_again_it_says_the_same(
    plain: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new process goes on where texts are encoded already, and nothing half written is taken for a model."""
    monkeypatch.setenv("DULI_CACHE", str(tmp_path / "cache"))
    wanted, out = tmp_path / "whole", tmp_path / "killed"
    given = [sys.executable, "-m", "duli", "fit", str(plain), str(data), "--shots", "2", "--out"]
    started = time.monotonic()
    subprocess.run([*given, str(wanted)], check=True, capture_output=True)
    spent = time.monotonic() - started
    for share in (0.7, 0.95):
        with subprocess.Popen([*given, str(out), "--fresh"], stdout=subprocess.DEVNULL) as running:
            with suppress(subprocess.TimeoutExpired):
                running.wait(share * spent)
            running.kill()
        if (out / "config.json").exists():
            assert load_file(out / "model.safetensors")  # written before the file that says it is whole
    subprocess.run([*given, str(out), "--fresh"], check=True, capture_output=True)
    for name in ("predictions.jsonl", "model.safetensors"):
        assert (out / name).read_bytes() == (wanted / name).read_bytes()
