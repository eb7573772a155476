"""The six sets: which files, which part is asked about, and the labelling functions' votes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import duli
from duli.evaluate.examples import read
from duli.learn.functions import vote
from duli.types import Codes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent / "sets"
NAMES = ("agnews", "banking77", "clinc150", "financial_phrasebank", "fewclue_tnews", "fewclue_eprstmt")
_FILES = {
    "agnews": ["dev.jsonl.gz"],
    "banking77": ["train.jsonl.gz"],
    "clinc150": ["train.jsonl.gz", "val.jsonl"],
    "financial_phrasebank": ["dev.jsonl"],
    "fewclue_tnews": ["train_few_all.jsonl", "dev_few_all.jsonl"],
    "fewclue_eprstmt": ["train_few_all.jsonl", "dev_few_all.jsonl"],
}
_ASKED = 0.3


@dataclass(frozen=True, eq=False)
class Task:
    """Texts with their labels' numbers.

    Args:
        labels: K names.
        descriptions, of: what they mean, and whose each description is.
        texts: n texts, of all parts, unlabelled ones last.
        y: of each text its label [n], -1 for the unlabelled.
        asked: the texts on which accuracy is measured.
        shown: the texts from which labels are drawn.
        encoder: the model's name.
        rules: the recipe's program; None where it has no labelling functions.
    """

    labels: tuple[str, ...]
    descriptions: list[str]
    of: Codes
    texts: list[str]
    y: Codes
    asked: Codes
    shown: Codes
    encoder: str
    rules: str | None

    def draw(self, per_class: int, seed: int) -> Codes:
        """Targets [n] with this many labels a class, -1 elsewhere."""
        rng, targets = np.random.default_rng(seed), np.full(len(self.y), -1)
        for label in range(len(self.labels)):
            rows = rng.permutation(self.shown[self.y[self.shown] == label])[:per_class]
            targets[rows] = label
        return targets

    def votes(self) -> Codes | None:
        """What the recipe's rules vote [n, J]."""
        if self.rules is None:
            return None
        return vote(duli.compile(self.rules, inputs={"word": 2, "mood": 2}), self.texts, self.labels)[1]


def load(name: str, data: Path) -> Task:
    """A set. One file: three tenths of it are asked about, as drawn by seed 0; two: the second is."""
    recipe: dict[str, Any] = tomllib.loads((HERE / name / "recipe.toml").read_text("utf-8"))
    spoken: dict[str, list[str]] = recipe["classify"][0]["labels"]
    chinese = name.startswith("fewclue")
    text, label = (
        ("sentence", "label_desc" if name.endswith("tnews") else "label") if chinese else ("text", "label")
    )
    parts = [read(data / name / file, text=text, label=label) for file in _FILES[name]]
    pairs = [[p for p in zip(e.texts, e.labels or [], strict=True) if p[1] != "oos"] for e in parts]
    number = {label: row for row, label in enumerate(spoken)}
    first, every = len(pairs[0]), [pair for part in pairs for pair in part]
    y = [number[label] for _, label in every]
    if len(pairs) == 1:
        asked = np.sort(np.random.default_rng(0).permutation(first)[: int(_ASKED * first)])
    else:
        asked = np.arange(first, len(every))
    texts = [text for text, _ in every]
    if chinese:
        more = read(data / name / "unlabeled.jsonl", text=text, label=None).texts
        texts, y = texts + more, y + [-1] * len(more)
    flat = [(number[label], said) for label, words in spoken.items() for said in words]
    return Task(
        tuple(spoken),
        [said for _, said in flat],
        np.array([row for row, _ in flat]),
        texts,
        np.array(y),
        asked,
        np.setdiff1d(np.arange(len(every)), asked),
        recipe["model"]["encoder"],
        (HERE / name / "rules.dl").read_text("utf-8") if recipe["classify"][0].get("votes") else None,
    )
