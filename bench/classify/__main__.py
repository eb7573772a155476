"""Texts to labels by the frozen encoders, with no labels and with eight a class, beside the usual ways, on six sets.

    python -m bench.classify DATA [SET …] [--draws 5] [--json] [--write]

DATA is the folder that holds the sets. One configuration for all; only the labels' descriptions differ (``sets/``). On
the texts that are asked about: accuracy with no labels (one description a label by cosine; ours) and with eight a
class (logistic regression; ours; means over draws), with all labels (logistic regression), calibration error (ECE),
and what the harm check decided.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bench.classify.data import NAMES, Task, load
from duli import lm
from duli.evaluate.metrics import calibration_error, reliability
from duli.learn.classify import Fitted, fit
from duli.learn.logistic import fit_logistic
from duli.neural.neighbours import unit
from duli.types import Codes, Floats

PER_CLASS = 8
ASKED = {
    "agnews": (0.86, 0.865),
    "banking77": (0.70, 0.85),
    "clinc150": (0.84, 0.92),
    "financial_phrasebank": (0.68, 0.73),
    "fewclue_tnews": (0.53, 0.53),
    "fewclue_eprstmt": (0.78, 0.78),
}


@dataclass(frozen=True)
class Row:
    """One set. Shares; seconds are of learning, without encoding (``encoding``)."""

    set: str
    encoder: str
    texts: int
    asked: int
    majority: float
    cosine: float
    zero: float
    zero_ece: float
    zero_seconds: float
    logistic: float
    few: float
    few_deviation: float
    few_ece: float
    few_seconds: float
    full: float
    mixture_kept: bool
    better_kept: bool
    encoding: float


def measure(name: str, data: Path, draws: int) -> Row:
    """Run one set."""
    task = load(name, data)
    model = lm.encoder(task.encoder)
    begun = time.perf_counter()
    vectors = lm.encode(model, task.texts).vectors
    encoding = time.perf_counter() - begun
    descriptions = lm.encode(model, task.descriptions, cache=False).vectors
    votes = task.votes()

    def run(targets: Codes | None, seed: int = 0) -> tuple[Fitted, float]:
        begun = time.perf_counter()
        fitted = fit(
            task.labels,
            descriptions,
            task.of,
            vectors,
            targets=targets,
            votes=votes,
            encoder=model.revision,
            seed=seed,
        )
        return fitted, time.perf_counter() - begun

    zero, seconds = run(None)
    plain = cosine(task, descriptions, vectors)
    drawn = [(task.draw(PER_CLASS, seed), seed) for seed in range(draws)]
    few = [run(targets, seed) for targets, seed in drawn]
    scores = np.array([accuracy(task, fitted.probabilities) for fitted, _ in few])
    y = task.y[task.asked]
    mixture = zero.report.mixture
    after = accuracy(task, zero.probabilities)
    return Row(
        name,
        model.name,
        len(task.texts),
        len(y),
        float(np.bincount(y).max() / len(y)),
        plain,
        after,
        ece(task, zero.probabilities),
        seconds,
        float(np.mean([logistic(task, vectors, targets) for targets, _ in drawn])),
        float(scores.mean()),
        float(scores.std()),
        float(np.mean([ece(task, fitted.probabilities) for fitted, _ in few])),
        float(np.mean([spent for _, spent in few])),
        logistic(task, vectors, np.where(np.isin(np.arange(len(task.y)), task.shown), task.y, -1)),
        mixture,
        (after >= plain) == mixture or after == plain,
        encoding,
    )


def accuracy(task: Task, probabilities: Floats) -> float:
    """On the texts that are asked about."""
    return float((probabilities[task.asked].argmax(1) == task.y[task.asked]).mean())


def ece(task: Task, probabilities: Floats) -> float:
    """Calibration error of the likeliest label, ten bins."""
    p = probabilities[task.asked]
    return calibration_error(reliability(p.max(1), p.argmax(1) == task.y[task.asked]))


def cosine(task: Task, descriptions: lm.Vectors, vectors: lm.Vectors) -> float:
    """The nearest description's label."""
    sums = np.zeros((len(task.labels), vectors.shape[1]))
    np.add.at(sums, task.of, descriptions)
    return accuracy(task, (vectors @ unit(sums).T.astype(np.float64)).astype(np.float64))


def logistic(task: Task, vectors: lm.Vectors, targets: Codes) -> float:
    """Logistic regression on the encoder's vectors, no descriptions, no unlabelled texts."""
    rows = np.flatnonzero(targets >= 0)
    weights, bias = fit_logistic(vectors[rows], targets[rows], len(task.labels), strength=10.0)
    return accuracy(task, vectors @ weights.T + bias)


def table(rows: list[Row]) -> list[str]:
    """Lines of a table in Markdown."""
    lines = [
        "| set | encoder | majority | cosine | **no labels** | asked | ECE "
        "| 8 a class, logistic | **8 a class** | asked | ECE | all labels, logistic | learning, s |",
        "|" + "---|" * 13,
    ]
    for row in rows:
        zero, few = ASKED[row.set]
        lines.append(
            f"| {row.set} | {row.encoder} | {row.majority:.3f} | {row.cosine:.3f} | **{row.zero:.3f}** | {zero} | "
            f"{row.zero_ece:.3f} | {row.logistic:.3f} | **{row.few:.3f}** ± {row.few_deviation:.3f} | {few} | "
            f"{row.few_ece:.3f} | {row.full:.3f} | {row.zero_seconds:.1f} / {row.few_seconds:.1f} |"
        )
    return lines


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="bench.classify", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(NAMES))
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md beside this file")
    given = parser.parse_args()
    rows = []
    for name in given.sets or NAMES:
        rows.append(measure(name, given.data, given.draws))
        print(json.dumps(asdict(rows[-1])) if given.json else table(rows)[-1], flush=True)
    kept = sum(row.better_kept for row in rows)
    print(f"the harm check kept the better of before and after on {kept} of {len(rows)}")
    if given.write:
        page = Path(__file__).parent / "RESULTS.md"
        where = f"{platform.machine()}, {platform.python_version()}, numpy {version('numpy')}, scipy {version('scipy')}"
        head = ["# Texts to labels", "", f"`python -m bench.classify DATA --write`; {where}.", ""]
        foot = ["", f"The harm check kept the better of before and after on {kept} of {len(rows)} sets.", ""]
        page.write_text("\n".join([*head, *table(rows), *foot]), "utf-8")


if __name__ == "__main__":
    main()
