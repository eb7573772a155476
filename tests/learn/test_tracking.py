from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from duli.errors import DataError, InputError, MissingExtraError
from duli.learn.tracking import JsonLines, Run, Several, begin, read, record

VERBS = ("start", "log", "artifact", "finish")


@pytest.fixture
def run() -> Run:
    return record("tune", {"rank": 8, "text": "文"}, data="d4", model="f3", seed=7)


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"weights")
    return path


def track(name: str, folder: Path, run: Run, artifact: Path) -> None:
    """A short run, told to JSON lines and one more."""
    tracker = begin(name, folder, run)
    assert name == "" or name in tracker._trackers
    for step in (1, 2, 3):
        tracker.log(step, {"loss": 1 / step, "rank": 4.0})
    tracker.artifact(artifact)
    tracker.finish("finished")
    assert name == "" or name in tracker._trackers, "it failed on the way"


def test_a_record_says_what_a_run_follows_from(run: Run) -> None:
    told = run.to_dict()
    assert (told["seed"], told["data"], told["model"], told["config"]["rank"]) == (7, "d4", "f3", 8)
    assert told["versions"]["numpy"] == __import__("numpy").__version__
    assert told["duli"] == __import__("duli").__version__
    assert "Python 3" in told["platform"]
    assert run.flat()["config.text"] == "文"


def test_json_lines_are_read_back(tmp_path: Path, run: Run, artifact: Path) -> None:
    track("", tmp_path, run, artifact)
    told, steps = read(tmp_path)
    assert told == {**run.to_dict(), "status": "finished", "artifacts": ["weights.bin"]}
    assert steps == {
        1: {"loss": 1.0, "rank": 4.0},
        2: {"loss": 0.5, "rank": 4.0},
        3: {"loss": 1 / 3, "rank": 4.0},
    }


def test_json_lines_outlive_their_process(tmp_path: Path) -> None:
    """Killed without a word: what was told is there; half a line is none; the next process goes on after it."""
    code = """
import os, signal, sys
from pathlib import Path
from duli.learn.tracking import begin, record
tracker = begin("", Path(sys.argv[1]), record("tune", {}, data="", model="", seed=0))
for step in (1, 2, 3):
    tracker.log(step, {"loss": float(step)})
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')
    told, steps = read(tmp_path)
    assert told["status"] == "running"
    assert list(steps) == [1, 2, 3]
    again = begin("", tmp_path, record("tune", {}, data="", model="", seed=0))
    again.log(3, {"loss": 30.0})
    again.log(4, {"loss": 40.0})
    again.finish("finished")
    assert read(tmp_path)[1] == {1: {"loss": 1.0}, 2: {"loss": 2.0}, 3: {"loss": 30.0}, 4: {"loss": 40.0}}


def test_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run"):
        read(tmp_path)


def test_tensorboard_is_read_back(tmp_path: Path, run: Run, artifact: Path) -> None:
    pytest.importorskip("tensorboardX", reason="needs the extra tensorboard")
    track("tensorboard", tmp_path, run, artifact)
    scalars: dict[str, list[tuple[int, float]]] = {}
    texts = {}
    for event in events(tmp_path / "tensorboard"):
        for value in event.summary.value:
            if value.HasField("tensor"):
                texts[value.tag] = value.tensor.string_val[0].decode()
            else:
                scalars.setdefault(value.tag, []).append((event.step, value.simple_value))
    assert scalars["loss"] == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert '"seed": 7' in texts["run/text_summary"]
    assert texts["status/text_summary"] == "finished"


def events(folder: Path) -> Iterator[Any]:
    """The events in a folder's files: length, its checksum, content, its checksum, again and again."""
    from tensorboardX.proto.event_pb2 import Event

    for path in folder.glob("events.out.*"):
        content = path.read_bytes()
        while content:
            (length,) = struct.unpack("<Q", content[:8])
            yield Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]


def test_wandb_is_read_back(
    tmp_path: Path, run: Run, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb", reason="needs the extra wandb")
    monkeypatch.delenv("WANDB_MODE", raising=False)
    track("wandb", tmp_path, run, artifact)
    (path,) = (tmp_path / "wandb").rglob("offline-run-*/*.wandb")
    until = time.monotonic() + 60
    while not (records := wandb_records(path)) or records[-1].WhichOneof("record_type") != "exit":
        assert time.monotonic() < until, "wandb's own process has not written it all"
        time.sleep(0.05)
    losses: list[tuple[int, float]] = []
    config: dict[str, Any] = {}
    for found in records:
        items = {".".join(i.nested_key): json.loads(i.value_json) for i in found.history.item}
        if "loss" in items:
            losses.append((items["_step"], items["loss"]))
        config |= {item.key: json.loads(item.value_json) for item in found.run.config.update}
    assert losses == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert (config["seed"], config["data"]) == (7, "d4")
    assert [p.read_bytes() for p in (tmp_path / "wandb").rglob("weights.bin")] == [b"weights"]


def wandb_records(path: Path) -> list[Any]:
    from wandb.proto.wandb_internal_pb2 import Record

    return [*map(Record.FromString, leveldb_log(path.read_bytes()))]


def leveldb_log(content: bytes) -> Iterator[bytes]:
    """The records of a log in LevelDB's format, of whose first block the first seven bytes are another head."""
    place, record = 7, b""
    while place + 7 <= len(content):
        if 32_768 - place % 32_768 < 7:
            place += 32_768 - place % 32_768
            continue
        _, length, kind = struct.unpack("<IHB", content[place : place + 7])
        record += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):
            yield record
            record = b""


def test_wandb_obeys_its_mode(
    tmp_path: Path, run: Run, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb", reason="needs the extra wandb")
    monkeypatch.setenv("WANDB_MODE", "disabled")
    tracker = begin("wandb", tmp_path, run)
    tracker.finish("finished")
    assert list((tmp_path / "wandb").rglob("*.wandb")) == []


@pytest.mark.filterwarnings("ignore")  # what mlflow's own parts warn each other of
def test_mlflow_is_read_back(
    tmp_path: Path, run: Run, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    from mlflow.tracking import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    track("mlflow", tmp_path, run, artifact)
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow' / 'mlflow.db'}")
    (found,) = client.search_runs([client.get_experiment_by_name("duli").experiment_id])
    history = client.get_metric_history(found.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert found.info.status == "FINISHED"
    assert found.data.params["config.rank"] == "8"
    assert found.data.tags["seed"] == "7"
    assert [p.name for p in (tmp_path / "mlflow" / "artifacts").rglob("*.bin")] == ["weights.bin"]


class Broken:
    """A tracker that fails from some verb on."""

    def __init__(self, at: str) -> None:
        self.at = at

    def _do(self, verb: str) -> None:
        if verb == self.at:
            raise OSError("no space left")

    def start(self, run: Run) -> None:
        self._do("start")

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        self._do("log")

    def artifact(self, path: Path) -> None:
        self._do("artifact")

    def finish(self, status: str) -> None:
        self._do("finish")


@pytest.mark.parametrize("verb", VERBS)
def test_a_tracker_that_fails_stops_nothing(
    verb: str, tmp_path: Path, run: Run, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("duli.learn.tracking.several.warn_once", said.append)
    both = Several({"broken": Broken(verb), "jsonl": JsonLines(tmp_path)})
    both.start(run)
    both.log(1, {"loss": 1.0})
    both.log(2, {"loss": 2.0})
    both.artifact(artifact)
    both.finish("finished")
    assert list(read(tmp_path)[1]) == [1, 2]
    assert said == ["the tracker broken failed (OSError: no space left): the run goes on without it"]


def test_unknown_names_are_told(tmp_path: Path, run: Run) -> None:
    with pytest.raises(InputError, match="'tensorbord' is not a tracker"):
        begin(" tensorbord", tmp_path, run)


def test_a_missing_package_names_the_extra(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.delitem(sys.modules, "duli.learn.tracking.wandb", raising=False)
    with pytest.raises(MissingExtraError, match=r"duli\[wandb\]"):
        begin("wandb", tmp_path, run)
