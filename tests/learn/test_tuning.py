from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli import lm
from duli.errors import InputError, ModelError
from duli.files import file_hash
from duli.learn import Tuned, Tuning, tracking, tune, tuning
from duli.lm.adapters import METHODS
from duli.service import cli

TEXTS = ["renal cyst", "a renal cyst", "cyst and renal", "renal renal", "肾囊肿 a"] * 3
TEXTS += ["seizure", "a seizure", "seizure and a seizure", "seizure seizure", "癫痫"] * 3
LABELS = ["renal_cyst"] * 15 + ["seizure"] * 15
SHORT = Tuning(rank=4, steps=12, every=4, tokens=64, learning_rate=3e-3)


def run(base: Path, out: Path, options: Tuning = SHORT, **more: Any) -> Tuned:
    return tune(base, TEXTS, LABELS if options.labelled else None, out=out, options=options, **more)


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.numpy import load_file

    loaded: dict[str, Any] = load_file(folder / "adapter_model.safetensors")
    return loaded


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: file_hash(path) for path in folder.iterdir()}


@pytest.mark.parametrize("method", METHODS)
def test_only_the_adapter_moves_and_what_is_loaded_is_what_was_trained(
    method: str, encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from duli.learn.objectives import pooled

    trained: list[Any] = []

    def watched(made: Tuned, adapted: Any, *rest: Any) -> None:
        batch = encoder.tokenizer(TEXTS, padding=True, return_tensors="pt")
        with torch.no_grad():
            trained.append(pooled(adapted.model.eval(), batch["input_ids"], batch["attention_mask"]).numpy())
        trained.append({name: t.numpy().copy() for name, t in adapted.model.state_dict().items()})
        write(made, adapted, *rest)

    write = tuning._write
    monkeypatch.setattr(tuning, "_write", watched)
    encoder = Frozen(encoder_folder)
    files = hashes(encoder_folder)
    run(encoder_folder, tmp_path, replace(SHORT, method=method, learning_rate=0.05))
    assert hashes(encoder_folder) == files
    inside = {name.replace(".base_layer.", "."): values for name, values in trained[1].items()}
    for name, values in encoder.weights.items():
        np.testing.assert_array_equal(inside[name], values)
    loaded = lm.encoder("hf", encoder_folder, adapter=tmp_path).encode(TEXTS)
    np.testing.assert_allclose(loaded, trained[0], atol=1e-5)
    assert np.abs(loaded - lm.encoder("hf", encoder_folder).encode(TEXTS)).max() > 1e-3
    assert all("lora_" in name or ".down." in name or ".up." in name for name in weights(tmp_path))


class Frozen:
    """The model as it lies in its folder."""

    def __init__(self, folder: Path) -> None:
        from duli.lm.huggingface import load

        self.tokenizer, model, _ = load(folder)
        self.weights = {name: t.numpy() for name, t in model.state_dict().items()}


@pytest.mark.parametrize(
    ("objective", "base"), [("classify", "encoder"), ("masked", "encoder"), ("causal", "decoder")]
)
def test_every_objective_lowers_the_loss(
    objective: str, base: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    options = replace(SHORT, objective=objective, steps=40, every=20, learning_rate=0.02, held_out=0.3)
    folder = request.getfixturevalue(f"{base}_folder")
    made = run(folder, tmp_path, options)
    assert made.history[made.best]["held_out_loss"] < made.history[0]["held_out_loss"]
    assert lm.encoder("hf", folder, adapter=tmp_path).encode(["a", "renal cyst"]).shape == (2, 32)


def test_the_folder_says_how_it_was_made(encoder_folder: Path, tmp_path: Path) -> None:
    made = run(encoder_folder, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"adapter_config.json", "adapter_model.safetensors", "config.json", "README.md", "run"}
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    told, steps = tracking.read(tmp_path / "run")
    assert config["run"] == {name: told[name] for name in config["run"]}
    assert told["status"] == "finished"
    assert told["artifacts"] == ["adapter_model.safetensors"]
    assert list(steps) == [*range(13)]
    card = (tmp_path / "README.md").read_text("utf-8")
    assert f"kept: step {made.best}" in card
    assert "| rank | 4 |" in card


def test_the_ranks_of_adalora_move_to_the_budget(encoder_folder: Path, tmp_path: Path) -> None:
    run(encoder_folder, tmp_path, replace(SHORT, method="adalora", steps=20, every=5))
    _, steps = tracking.read(tmp_path / "run")
    ranks = [int(metrics["ranks"]) for step, metrics in steps.items() if step]
    products, settled = 12, 15
    assert ranks[0] == 6 * products
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) > 5
    assert ranks[settled - 1 :] == [4 * products] * 6
    values = [w for name, w in weights(tmp_path).items() if name.endswith("lora_E")]
    assert sum(map(len, values)) == 4 * products
    assert len({len(w) for w in values}) > 1, "all products got the same rank: nothing was chosen"


@pytest.mark.parametrize("method", METHODS)
def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    method: str, encoder_folder: Path, tmp_path: Path
) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    options = replace(SHORT, method=method, dropout=0.2)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run(encoder_folder, whole, options)
    with pytest.raises(KeyboardInterrupt):
        run(encoder_folder, parts, options, progress=stop)
    assert tracking.read(parts / "run")[0]["status"] == "stopped"
    assert not (parts / "config.json").exists()
    seen: list[int] = []
    run(encoder_folder, parts, options, progress=lambda what, done, total: seen.append(done))
    assert seen == [*range(5, 13)]
    assert file_hash(parts / "adapter_model.safetensors") == file_hash(whole / "adapter_model.safetensors")
    assert tracking.read(parts / "run")[1] == tracking.read(whole / "run")[1]


def test_the_same_seed_gives_the_same_weights(encoder_folder: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        run(encoder_folder, tmp_path / name, replace(SHORT, steps=4, seed=seed))
    a, b, c = (file_hash(tmp_path / name / "adapter_model.safetensors") for name in "abc")
    assert a == b != c


def test_it_stops_when_it_gets_worse_and_keeps_the_best(encoder_folder: Path, tmp_path: Path) -> None:
    options = replace(SHORT, steps=60, every=2, patience=2, learning_rate=3.0, held_out=0.3)
    made = run(encoder_folder, tmp_path, options)
    losses = {step: metrics["held_out_loss"] for step, metrics in made.history.items()}
    assert made.steps < 60
    assert made.best == min(losses, key=losses.__getitem__)
    assert made.steps == made.best + 4


def test_without_a_held_out_part_the_last_weights_are_kept(encoder_folder: Path, tmp_path: Path) -> None:
    made = run(encoder_folder, tmp_path, replace(SHORT, held_out=0.0))
    assert (made.best, made.steps) == (12, 12)
    assert "Nothing was held out" in (tmp_path / "README.md").read_text("utf-8")


def test_the_revision_follows_the_adapter(encoder_folder: Path, tmp_path: Path) -> None:
    revisions = {lm.encoder("hf", encoder_folder).revision}
    for seed in (0, 1):
        run(encoder_folder, tmp_path / str(seed), replace(SHORT, steps=4, held_out=0.0, seed=seed))
        revisions.add(lm.encoder("hf", encoder_folder, adapter=tmp_path / str(seed)).revision)
    assert len(revisions) == 3


def test_adapters_that_cannot_be_used_are_refused(
    encoder_folder: Path, decoder_folder: Path, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    run(encoder_folder, made, replace(SHORT, steps=1, method="bottleneck"))
    with pytest.raises(ModelError, match="made for another model"):
        lm.encoder("hf", decoder_folder, adapter=made)
    with pytest.raises(ModelError, match="does not take 'adapter'"):
        lm.encoder("fake", adapter=made)
    with pytest.raises(ModelError, match="there is no adapter"):
        lm.encoder("hf", encoder_folder, adapter=tmp_path)
    with pytest.raises(ModelError, match="is not an adapter"):
        lm.encoder("hf", encoder_folder, adapter=encoder_folder)
    damaged = tmp_path / "damaged"
    shutil.copytree(made, damaged)
    content = bytearray((damaged / "adapter_model.safetensors").read_bytes())
    content[-1] ^= 1
    (damaged / "adapter_model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="is damaged"):
        lm.encoder("hf", encoder_folder, adapter=damaged)
    (damaged / "adapter_model.safetensors").rename(damaged / "adapter_model.bin")
    with pytest.raises(ModelError, match="pickles are not read"):
        lm.encoder("hf", encoder_folder, adapter=damaged)


def test_what_is_there_is_not_lost(encoder_folder: Path, tmp_path: Path) -> None:
    short = replace(SHORT, steps=2)
    run(encoder_folder, tmp_path, short)
    with pytest.raises(InputError, match="holds a model or an adapter"):
        run(encoder_folder, tmp_path, short)
    assert run(encoder_folder, tmp_path, short, fresh=True).steps == 2


def test_a_checkpoint_of_another_run_is_refused(encoder_folder: Path, tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(encoder_folder, tmp_path, progress=stop)
    with pytest.raises(InputError, match="of another run"):
        run(encoder_folder, tmp_path, replace(SHORT, rank=2))
    (tmp_path / "checkpoint" / "state.pt").write_bytes(b"no checkpoint")
    with pytest.raises(InputError, match="damaged"):
        run(encoder_folder, tmp_path)


@pytest.mark.parametrize(
    ("texts", "labels", "options", "message"),
    [
        (["a", "b"], None, {}, "no labels"),
        (["a", "b"], ["x"], {}, "2 texts and 1 labels"),
        (["a", "b"], ["x", "x"], {}, "there must be two"),
        (["a", ""], ["x", "y"], {}, "text of row 2 is empty"),
        (["a", "b"], ["x", float("nan")], {}, "label of row 2 is a float"),
        ("ab", None, {"objective": "masked"}, "one text was given"),
        ([], None, {"objective": "masked"}, "no text to learn from"),
        (["a"], None, {"objective": "causal"}, "reads both ways"),
        (["a"], None, {"objective": "hidden"}, "'hidden' is no objective"),
        (["a"], None, {"method": "loraa"}, "'loraa' is no method"),
        (["a"], None, {"rank": 0}, "rank must be at least 1"),
        (["a"], None, {"held_out": 1.0}, "held_out must be"),
        (["a"], None, {"learning_rate": float("nan")}, "learning_rate must be"),
        (["a"], None, {"method": "adalora", "steps": 9}, "it needs 10"),
    ],
)
def test_what_cannot_be_used_is_told(
    texts: Any, labels: Any, options: dict[str, Any], message: str, encoder_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        tune(encoder_folder, texts, labels, out=tmp_path, options=replace(SHORT, **options))


def test_a_decoder_hides_no_tokens(decoder_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        run(decoder_folder, tmp_path, replace(SHORT, objective="masked"))


@pytest.mark.parametrize("objective", ["contrast", "masked"])
def test_enormous_texts_fit(objective: str, encoder_folder: Path, tmp_path: Path) -> None:
    """With labels they are cut off; without, nothing of them is lost."""
    options = replace(SHORT, objective=objective, steps=2, held_out=0.0)
    texts = ["renal cyst " * 1000, "a"]
    tune(encoder_folder, texts, ["x", "y"] if options.labelled else None, out=tmp_path, options=options)
    from duli.learn.texts import read

    tokenizer = Frozen(encoder_folder).tokenizer
    tokenizer.model_max_length = 24
    found = read(tokenizer, texts, ["x", "y"], ["x", "y"] if options.labelled else [], options)
    assert max(map(len, found.ids)) == 24
    words = sum(len(ids) - 2 for ids in found.ids)
    assert words == (23 if options.labelled else 2001)


def test_a_loss_that_is_no_number_is_told(encoder_folder: Path, tmp_path: Path) -> None:
    options = replace(SHORT, objective="classify", learning_rate=1e30, held_out=0.0)
    with pytest.raises(InputError, match="no number any more"):
        run(encoder_folder, tmp_path, options)
    assert tracking.read(tmp_path / "run")[0]["status"] == "failed"


def test_the_command_line(encoder_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "texts.jsonl"
    rows = [json.dumps({"words": t, "label": name}) for t, name in zip(TEXTS, LABELS, strict=True)]
    data.write_text("\n".join(rows), "utf-8")
    out = tmp_path / "out"
    call = [
        "tune",
        str(encoder_folder),
        str(data),
        "--out",
        str(out),
        "--steps",
        "4",
        "--every",
        "2",
        "--rank",
        "2",
    ]
    assert cli.run([*call, "--json"]) == 2
    assert (
        json.loads(capsys.readouterr().out)["error"]["hint"]
        == "it has: words, label; name the right one with --text"
    )
    assert cli.run([*call, "--text", "words", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["folder"], told["steps"], [row["step"] for row in told["history"]]) == (
        str(out),
        4,
        [0, 2, 4],
    )
    assert cli.run([*call, "--text", "words", "--fresh"]) == 0
    assert "the model has not changed" in capsys.readouterr().out
    assert cli.run(["tune", str(tmp_path), str(data), "--text", "words", "--out", str(tmp_path / "no")]) == 2
    assert "there is no config.json in the model's folder" in capsys.readouterr().err


def test_two_processes_share_each_batch_and_one_writes(encoder_folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "texts.jsonl"
    rows = [json.dumps({"text": t, "label": name}) for t, name in zip(TEXTS, LABELS, strict=True)]
    data.write_text("\n".join(rows), "utf-8")
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node",
        "2",
        "-m",
        "duli",
    ]
    call = [
        "tune",
        str(encoder_folder),
        str(data),
        "--out",
        str(tmp_path / "out"),
        "--steps",
        "4",
        "--every",
        "4",
    ]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*launch, *call, "--json"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    alone = run(encoder_folder, tmp_path / "alone", Tuning(steps=4, every=4))
    assert told["base"] == alone.base
    # The same held-out texts; the same batches, of which the first process tells its half.
    assert told["history"][0]["held_out_loss"] == pytest.approx(alone.history[0]["held_out_loss"], abs=1e-5)
    assert told["history"][1]["loss"] != pytest.approx(alone.history[4]["loss"], abs=1e-5)
    assert lm.encoder("hf", encoder_folder, adapter=tmp_path / "out").dimension == 32
