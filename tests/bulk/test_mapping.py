from __future__ import annotations

import csv
import gzip
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import duli
from duli.bulk import Mapped, Settings, map_file
from duli.bulk.answering import Answerer
from duli.bulk.journal import Journal
from duli.errors import DataError, InputError, RecipeError
from duli.lm import FakeEncoder
from duli.lm.ahead import Ahead


def read(path: Path) -> list[dict[str, Any]]:
    """The answers, without the time that each took."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def test_every_row_has_the_answer_of_the_recipe(recipe: str, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out.jsonl"
    assert map_file(Settings(recipe, batch=40), source, target) == Mapped(150, 0, 0)
    found = read(target)
    assert [(row["row"], row["id"]) for row in found] == [(i + 1, i) for i in range(150)]
    alone = duli.load(recipe).ask("3: good 好").to_dict()
    assert found[3]["answers"][0]["value"] == alone["answers"][0]["value"] == "good"
    assert found[3]["answers"][0]["probability"] == pytest.approx(alone["answers"][0]["probability"])
    assert not target.with_name("out.jsonl.part").exists()
    with pytest.raises(InputError, match="there already"):
        map_file(Settings(recipe), source, target)


def test_a_bad_row_is_an_error_in_its_place(recipe: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl"
    lines = (
        b'{"text": "good"}',
        b"no JSON",
        b'{"id": "x"}',
        b'{"text": 5}',
        b'{"text": ""}',
        b"",
        b"[1]",
        b'{"text": "\xff"}',
    )
    source.write_bytes(gzip.compress(b"\n".join((*lines, b'"bad"'))))
    assert map_file(Settings(recipe), source, target) == Mapped(8, 6, 0)
    found = read(target)
    assert [row.get("error", {}).get("message", "")[:20] for row in found] == [
        "",
        "this row is not JSON",
        "this row has no 'tex",
        "'text' must be a tex",
        "there is no text",
        "this row is no JSON ",
        "this row is not UTF-",
        "",
    ]
    assert found[2]["id"] == "x"
    assert found[1]["error"]["where"] == f"{source}:2"
    assert found[5]["error"]["where"] == f"{source}:7"


def test_a_table_in_and_out(recipe: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes('\ufeffq,who\n"good, 好",ann\nbad\n\nbad,"b\n'.encode() + b"\xff,c\nsad,bob\n")
    made = map_file(Settings(recipe, column="q", keep=("who",)), source, target)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (made.rows, len(rows)) == (len(rows), made.rows)
    assert (rows[0]["answer"], rows[0]["error"], json.loads(rows[0]["json"])["who"]) == ("good", "", "ann")
    assert "1 cells, the header 2" in rows[1]["error"]
    assert all(row["error"] for row in rows[1:])


def test_parquet_in_and_out(recipe: str, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({"text": ["good", None, "坏"], "n": [1, 2, 3]}), source)
    assert map_file(Settings(recipe, keep=("n",)), source, target) == Mapped(3, 1, 0)
    rows = pq.read_table(target).to_pylist()
    assert [(r["row"], r["answer"]) for r in rows] == [(1, "good"), (2, None), (3, "bad")]
    assert json.loads(rows[1]["json"])["n"] == 2


def test_problems_with_their_questions(tmp_path: Path) -> None:
    pytest.importorskip("z3")
    pytest.importorskip("lark")
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"text": "All cats are animals. Tom is a cat.", "question": "Tom is an animal."}, {"text": "$%"}]
    source.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert map_file(Settings("prove"), source, target).errors == 1
    assert read(target)[0]["answer"] == "true"
    table = tmp_path / "out.csv"
    map_file(Settings("prove"), source, table)
    with table.open(encoding="utf-8", newline="") as file:
        assert [row["answer"] for row in csv.DictReader(file)] == ["true", ""]


MAP = """
import sys
from pathlib import Path
from duli.bulk import Settings, map_file
recipe, source, target = sys.argv[1:]
map_file(Settings(recipe, batch=3), Path(source), Path(target))
"""


def test_killed_anywhere_each_row_is_answered_once(recipe: str, source: Path, tmp_path: Path) -> None:
    whole, target = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    map_file(Settings(recipe, batch=3), source, whole)
    part, chance = target.with_name("out.jsonl.part"), random.Random(7)  # noqa: S311
    killed, lines = 0, 0
    for _ in range(2):
        running = subprocess.Popen([sys.executable, "-c", MAP, recipe, str(source), str(target)])
        until = lines + chance.randint(1, 40)
        while running.poll() is None and lines < until:
            time.sleep(0.002)
            lines = part.read_bytes().count(b"\n") if part.exists() else 0
        running.send_signal(signal.SIGKILL)
        killed += running.wait() == -signal.SIGKILL
    assert killed
    with part.open("ab") as file:
        file.write(b'{"row": 77, "cut')  # what a crash of the machine may leave
    made = map_file(Settings(recipe, batch=7), source, target)
    assert (made.rows, made.errors) == (150, 0)
    assert made.resumed > 0
    assert read(target) == read(whole)


def test_what_changed_is_not_mixed(recipe: str, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"

    class StopError(Exception):
        pass

    def stop(what: str, done: int, total: int) -> None:
        assert (what, total) == ("answering", 150)
        if done >= 20:
            raise StopError

    with pytest.raises(StopError):
        map_file(Settings(recipe, batch=10), source, target, progress=stop)
    settings = Settings(recipe, proof=True)
    with pytest.raises(InputError, match="have changed"):
        map_file(settings, source, target)
    source.write_text('{"text": "x"}\n' + source.read_text("utf-8"), "utf-8")
    with pytest.raises(InputError, match="have changed"):
        map_file(replace(settings, proof=False), source, target)
    with Journal(tmp_path / "j", "k"), pytest.raises(InputError, match="another process"):
        Journal(tmp_path / "j", "k")


def test_what_cannot_be_mapped_is_told_first(recipe: str, source: Path, tmp_path: Path) -> None:
    target, missing = tmp_path / "o.csv", tmp_path / "no.csv"
    for name, given, made, engine, error in (
        (recipe, source, tmp_path / "out.xls", "one", InputError),
        (recipe, source, target, "x", InputError),
        (recipe, missing, target, "one", DataError),
        (recipe, Path(recipe) / "rules.dl", target, "one", DataError),
        ("no such", source, target, "one", RecipeError),
    ):
        with pytest.raises(error):
            map_file(Settings(name), given, made, engine=engine)
    assert not target.exists()


def test_what_is_expected_is_encoded_once_and_together(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    encode = FakeEncoder.encode

    def counted(self: FakeEncoder, texts: Any, *rest: Any) -> Any:
        sizes.append(len(texts))
        return encode(self, texts, *rest)

    monkeypatch.setattr(FakeEncoder, "encode", counted)
    ahead = Ahead(FakeEncoder())
    ahead.expect(["a", "b"])
    assert (ahead.encode(["b", "a"]) == FakeEncoder().encode(["b", "a"])).all()
    assert ahead.encode(["c", "a"]).shape == (2, 256)
    answerer = Answerer(Settings(recipe))
    answerer.answer(1, [{"text": "warm"}])
    sizes.clear()
    answerer.answer(2, [{"text": f"text {i}"} for i in range(20)])
    assert sizes == [20]


def test_ray_gives_the_same_answers(recipe: str, source: Path, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    one, many = tmp_path / "one.jsonl", tmp_path / "many.jsonl"
    map_file(Settings(recipe, batch=20), source, one)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        assert map_file(Settings(recipe, batch=20), source, many, engine="ray") == Mapped(150, 0, 0)
    finally:
        ray.shutdown()
    assert read(many) == read(one)
