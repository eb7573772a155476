"""Beside SetFit with eight labels a class: the same frozen weights, labels and texts; accuracy and seconds of all.

    python -m bench.setfit DATA [SET …] [--python OTHER] [--json]         the peer: setfit, in OTHER's packages

DATA is the folder that holds the sets of ``bench.classify``. Both are given the texts with labels and those that are
asked about, no others. Seconds of ours: to encode them (nothing is cached), and to learn and answer; of SetFit: its
trainer with its own settings, and its predictions. Loading is left out of both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.classify.__main__ import SHOTS, trial
from bench.tune import model_folder
from duli.evaluate.classification import Trial

SETS = ("agnews", "financial_phrasebank")
_PEER = """
import json, sys, tempfile, time
import datasets, setfit
given = json.load(sys.stdin)
model = setfit.SetFitModel.from_pretrained(sys.argv[1], labels=sorted(set(given["labels"])))
train = datasets.Dataset.from_dict({"text": given["texts"], "label": given["labels"]})
begun = time.perf_counter()
chosen = setfit.TrainingArguments(tempfile.mkdtemp(), report_to="none", seed=0)
setfit.Trainer(model=model, args=chosen, train_dataset=train).train()
trained = time.perf_counter() - begun
said = model.predict(given["asked"], show_progress_bar=False)
spent = [trained, time.perf_counter() - begun - trained]
print(json.dumps({"seconds": spent, "said": [str(each) for each in said], "version": setfit.__version__}))
"""


def peer(asked: Trial, python: str, folder: Path, sentences: list[str], labels: list[str]) -> dict[str, Any]:
    """What SetFit says, and its seconds."""
    given = {
        "texts": sentences,
        "labels": labels,
        "asked": [asked.texts[row] for row in asked.asked.tolist()],
    }
    done = subprocess.run(
        [python, "-c", _PEER, str(folder)],
        input=json.dumps(given),
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"SetFit: {done.stderr.strip().rpartition(chr(10))[2]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def row(name: str, data: Path, python: str, folder: Path) -> dict[str, Any]:
    """One set."""
    whole_set = trial(name, data)
    shown = np.flatnonzero(whole_set.targets(SHOTS, 0) >= 0)
    rows = np.concatenate([shown, whole_set.asked])
    texts, parts = (
        [whole_set.texts[row] for row in rows.tolist()],
        np.split(np.arange(len(rows)), [len(shown)]),
    )
    asked = replace(
        whole_set, texts=texts, gold=whole_set.gold[rows], shown=parts[0], asked=parts[1], inductive=False
    )
    names, gold = asked.reasoner.classes_.tolist(), asked.gold[asked.asked]
    targets = np.where(np.arange(len(rows)) < len(shown), asked.gold, -1)
    asked.reasoner.encoder.encode(["warm"])
    os.environ["DULI_CACHE"] = tempfile.mkdtemp()
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        hits = asked.predict(targets, 0).argmax(1) == gold
        seconds.append(time.perf_counter() - begun)
    whole, learned = seconds
    labels = [str(names[k]) for k in asked.gold[asked.shown]]
    other = peer(asked, python, folder, [str(text) for text in texts[: len(shown)]], labels)
    theirs = float(np.mean([a == b for a, b in zip(other["said"], [names[k] for k in gold], strict=True)]))
    return {
        "set": name,
        "accuracy": float(hits.mean()),
        "encode": whole - learned,
        "learn": learned,
        "setfit": theirs,
        "setfit train": other["seconds"][0],
        "setfit predict": other["seconds"][1],
        "ratio": sum(other["seconds"]) / whole,
        "version": other["version"],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--python", default=sys.executable, help="that has setfit")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.json:
        print("| set | duli | encode + learn | SetFit | train + predict | ratio |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder = model_folder(Path(place))
        for name in given.sets or SETS:
            found = row(name, given.data, given.python, folder)
            if given.json:
                print(json.dumps(found), flush=True)
                continue
            cells = [f"{found[key]:.3f}" for key in ("accuracy", "setfit")]
            print(
                f"| {name} | {cells[0]} | {found['encode']:.1f} + {found['learn']:.1f} s | {cells[1]} "
                f"| {found['setfit train']:.1f} + {found['setfit predict']:.1f} s | {found['ratio']:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
