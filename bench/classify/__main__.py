"""Texts to labels by the frozen encoders, with no labels and with eight a class, beside the usual ways, on nine sets.

    python -m bench.classify DATA [SET …] [--draws 5] [--choices] [--json] [--write]

DATA is the folder that holds the sets; ``sets/`` has a recipe for each. One configuration for all; only the labels'
descriptions differ, and financial_phrasebank has rules on what words mean. This is ``duli eval --shots 0,8`` on each:
of one file three tenths are asked about, else its second part; what is asked about is learned from without its labels.
``--choices`` measures, in place of that, what the constants of the method were chosen by (one draw).
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import duli
from duli.evaluate.classification import Trial, run
from duli.evaluate.metrics import calibration_error, reliability
from duli.evaluate.parts import read_parts
from duli.learn import classify, mixture
from duli.neural import neighbours
from duli.types import Floats

HERE = Path(__file__).parent
FILES = {
    "agnews": "dev.jsonl.gz",
    "banking77": "train.jsonl.gz",
    "clinc150": "",
    "financial_phrasebank": "dev.jsonl",
    "fewclue_tnews": "",
    "fewclue_eprstmt": "",
    "sst2": "",
    "trec6": "train.jsonl",
    "chnsenticorp_hotel": "dev.jsonl.gz",
}
SHOTS = 8
ECE = (0.08, 0.04)
"""Wanted of all, with no labels and with eight a class."""

ASKED = {
    "agnews": (0.86, 0.865),
    "banking77": (0.70, 0.85),
    "clinc150": (0.84, 0.92),
    "financial_phrasebank": (0.68, 0.73),
    "fewclue_tnews": (0.53, 0.53),
    "fewclue_eprstmt": (0.78, 0.78),
}
CHOICES: list[tuple[ModuleType, str, tuple[float, ...]]] = [
    (neighbours, "SHARE", (0.0, 0.2, 0.4, 0.8)),
    (mixture, "HELD", (0.1, 0.3, 1.0)),
    (classify, "STRENGTH", (5.0, 30.0, 100.0)),
    (classify, "LEAST", (0.0, 0.6, 2.0)),
]
"""A constant, and the values tried; at LEAST = 2 the mixture is never kept."""


def trial(name: str, data: Path) -> Trial:
    """A set, ready to be asked."""
    reasoner = duli.load(HERE / "sets" / name)
    read = read_parts(data / name / FILES[name]).described(reasoner.classes_.tolist(), leave=True)
    return Trial.of_parts(reasoner, read, few=True)


def row(name: str, found: dict[str, Any]) -> str:
    """One line of the table."""
    zero, few = found["ways"]["0"], found["ways"][str(SHOTS)]
    usual = {key: value["accuracy"][0] for key, value in found["baselines"].items()}
    wanted = ASKED.get(name, ("", ""))

    def error(way: dict[str, Any]) -> str:
        return f"{way['figures']['ece'][0]:.3f} ({way['ece_floor']:.3f})"

    return (
        f"| {name} | {found['model']['encoder']} | {found['n']:,} | {usual['majority']:.3f} | "
        f"{usual['nearest description']:.3f} | **{zero['figures']['accuracy'][0]:.3f}** | {wanted[0]} | "
        f"{error(zero)} | {usual[f'logistic, {SHOTS} labels a class']:.3f} | "
        f"**{few['figures']['accuracy'][0]:.3f}** ± {np.std(few['draws']):.3f} | {wanted[1]} | "
        f"{error(few)} | {usual['logistic, all labels']:.3f} |"
    )


FLOOR = (
    f"ECE wanted: {ECE[0]} and {ECE[1]}. In brackets what exactly right probabilities would show on so few texts "
    "(`evaluate.metrics.calibration_floor`). Sets without a wanted accuracy were looked at for calibration."
)
HEAD = [
    "| set | encoder | asked about | majority | nearest description | **no labels** | wanted | ECE "
    "| 8 a class, logistic | **8 a class** | wanted | ECE | all labels, logistic |",
    "|" + "---|" * 13,
]


def better(found: dict[str, Any]) -> bool:
    """Whether the harm check kept the better of the descriptions alone and what unlabelled texts made of them."""
    (report,) = found["ways"]["0"]["report"]
    gain: float = (
        found["ways"]["0"]["figures"]["accuracy"][0]
        - found["baselines"]["nearest description"]["accuracy"][0]
    )
    return gain == 0 or (gain > 0) == bool(report["mixture"])


@contextmanager
def changed(module: ModuleType, name: str, value: float) -> Iterator[None]:
    """A constant with another value."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def choices(name: str, data: Path) -> Iterator[str]:
    """Accuracy and ECE with no labels and with eight a class, for each value of each constant."""
    asked = trial(name, data)
    gold = asked.gold[asked.asked]

    def said(p: Floats) -> str:
        hits = p.argmax(1) == gold
        return f"{hits.mean():.3f} / {calibration_error(reliability(p.max(1), hits)):.3f}"

    for value in (0.3, 0.6, 1.0):
        with changed(classify, "ALONE", value):
            alone = trial(name, data).reasoner.predict_proba([asked.texts[row] for row in asked.asked])
        yield f"| {name} | ALONE (no texts) | {value} | {said(alone)} | |"
    for module, constant, values in CHOICES:
        for value in values:
            with changed(module, constant, value):
                zero, few = (asked.predict(asked.targets(shots, 0), 0) for shots in (0, SHOTS))
            yield f"| {name} | {constant} | {value} | {said(zero)} | {said(few)} |"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="bench.classify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(FILES))
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--choices", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md (CHOICES.md) beside this file")
    given = parser.parse_args()
    names, lines = given.sets or list(FILES), list[str]()
    if given.choices:
        head = ["| set | constant | value | no labels: accuracy / ECE | 8 a class |", "|" + "---|" * 5]
        for name in names:
            for line in choices(name, given.data):
                lines.append(line)
                print(line, flush=True)
    else:
        head, kept = HEAD, 0
        for name in names:
            found = run(trial(name, given.data), (0, SHOTS), draws=given.draws)
            lines.append(row(name, found))
            kept += better(found)
            print(
                json.dumps({"set": name, **found}, ensure_ascii=False) if given.json else lines[-1],
                flush=True,
            )
        lines += [
            "",
            FLOOR,
            "",
            f"The harm check kept the better of before and after on {kept} of {len(names)} sets.",
        ]
        print(lines[-1])
    if given.write:
        page = HERE / ("CHOICES.md" if given.choices else "RESULTS.md")
        flags = "--choices --write" if given.choices else f"--draws {given.draws} --write"
        versions = f"numpy {version('numpy')}, scipy {version('scipy')}, {platform.machine()}"
        about = [
            "# Texts to labels",
            "",
            f"`python -m bench.classify DATA {' '.join(given.sets)} {flags}`; {versions}.",
            "",
        ]
        page.write_text("\n".join([*about, *head, *lines, ""]), "utf-8")


if __name__ == "__main__":
    main()
