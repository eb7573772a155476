"""Summaries beside the usual ways, on two sets of news; and what the recipe's weights were chosen by.

    python -m bench.summarise DATA [--fit]

DATA is the folder that holds the sets. Every second article (rows 1, 3, 5 …) chose the weights of the recipe; the
figures are of the others. ``--fit`` chooses them again: the weights of a sentence's score by logistic regression of the
share of its words and word pairs that are in the reference, both sets counting alike; then what sentences are worth
together, by the smaller of the two sets' ROUGE-1 and -2 over the better of lead and TextRank.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

import duli
from duli import lm
from duli.evaluate.rouge import f1
from duli.evaluate.summaries import LEAD, lines, reference, run
from duli.summary.features import Features, features
from duli.summary.objective import Objective, maximise
from duli.summary.ranking import first, ranked
from duli.summary.reading import Told, told
from duli.summary.words import tokens
from duli.types import Codes, Floats

SETS = {"bbc_news_summary": "dev.jsonl.gz", "cnn_dailymail_sample": "dev.jsonl"}
SCORED = ("graph", "tied", "common", "centre", "title", "lead", "quoted", "any")
FADING = 3.0
RIDGE = 20.0
GRID = {
    "coverage": (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8),
    "title": (0.0, 0.5),
    "repetition": (0.0, 0.2, 0.6),
    "apart": (0.4,),
}
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Read:
    """An article as numbers."""

    lengths: Floats
    budget: int
    features: Features
    scored: Floats
    counts: tuple[tuple[Floats, Floats], ...]
    lead: Codes
    textrank: Codes

    @property
    def precision(self) -> Floats:
        """Of each sentence the share of its words and word pairs that the reference has [n], the mean of both."""
        shares = [
            np.minimum(said, wanted)[:, :-1].sum(1) / np.maximum(said.sum(1), 1)
            for said, wanted in self.counts
        ]
        found: Floats = (shares[0] + shares[1]) / 2
        return found

    def reached(self, chosen: Codes) -> float:
        """ROUGE-1 and -2 of some sentences, added; runs of words do not go beyond a sentence."""
        total = 0.0
        for said, wanted in self.counts:
            counts = said[chosen].sum(0)
            total += f1(float(np.minimum(counts, wanted).sum()), int(counts.sum()), int(wanted.sum()))
        return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    sets = {name: told(given.data / name / file) for name, file in SETS.items()}
    if given.fit:
        fit([[as_numbers(each) for each in found[::2]] for found in sets.values()])
        return
    summariser = duli.load("summarise")
    for name, found in sets.items():
        print(f"\n{name}, the half that chose nothing")
        print("\n".join(lines(run(summariser, found[1::2]))))


def as_numbers(each: Told) -> Read:
    title, sentences = each.article.split()
    texts = [s.text for s in sentences] + [title or "-"]
    vectors = lm.encode(lm.encoder(), texts).vectors
    found = features(sentences, vectors[:-1], [title], vectors[-1:])
    words = [tokens(s.text) for s in sentences]
    flat = [w for sentence in reference(each.summary) for w in sentence]
    budget = sum(s.length for s in sentences[:LEAD])
    leads = np.exp(-np.arange(len(sentences)) / FADING)
    columns = [found.graph, found.tied, found.common, found.centre, found.title, leads, found.quoted]
    return Read(
        np.array([s.length for s in sentences], np.float64),
        budget,
        found,
        np.stack([*columns, np.ones(len(sentences))], 1),
        (counted(words, flat, 1), counted(words, flat, 2)),
        first(sentences, budget),
        ranked("textrank", sentences, found, budget),
    )


def fit(sets: Sequence[Sequence[Read]]) -> None:
    weights = score(sets)
    print({name: round(float(w), 2) for name, w in zip(SCORED, weights, strict=True)})
    found = []
    for values in product(*GRID.values()):
        together = dict(zip(GRID, values, strict=True))
        gains = []
        for part in sets:
            ours = np.array([rouge_of(each, weights, together) for each in part])
            best = max(
                np.mean([each.reached(each.lead) for each in part]),
                np.mean([each.reached(each.textrank) for each in part]),
            )
            gains.append(float(ours.mean() / best))
        found.append((min(gains), gains, together))
    for least, gains, together in sorted(found, key=lambda row: -row[0])[:12]:
        print(f"{least:.4f}", [round(g, 4) for g in gains], together)


def score(sets: Sequence[Sequence[Read]]) -> Floats:
    """The weights of ``SCORED``; each set has its own constant while they are found, and their mean after."""
    rows = np.concatenate([each.scored[:, :-1] for part in sets for each in part])
    wanted = np.concatenate([each.precision for part in sets for each in part])
    of = np.concatenate([np.full(len(each.lengths), k) for k, part in enumerate(sets) for each in part])
    lengths = np.concatenate([each.lengths for part in sets for each in part])
    counts = lengths / lengths.mean()
    for k in range(len(sets)):
        counts[of == k] *= len(of) / len(sets) / max(1, int((of == k).sum()))
    design = np.hstack([rows, np.eye(len(sets))[of]])
    free = rows.shape[1]

    def loss(b: Floats) -> tuple[float, Floats]:
        p = 1 / (1 + np.exp(-design @ b))
        nll = -(counts * (wanted * np.log(p + 1e-9) + (1 - wanted) * np.log(1 - p + 1e-9))).sum()
        gradient = design.T @ (counts * (p - wanted))
        gradient[:free] += 2 * RIDGE * b[:free]
        return float(nll + RIDGE * (b[:free] ** 2).sum()), gradient

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x
    made: Floats = np.append(found[:free], found[free:].mean())
    return made


def rouge_of(each: Read, weights: Floats, together: Mapping[str, float]) -> float:
    """ROUGE-1 and -2 of the best sentences, added."""
    f = each.features
    words = np.sqrt(f.spread) * (1 + together["title"] * f.titled)
    repeats = together["repetition"] * np.maximum((f.alike + f.shared) / 2 - together["apart"], 0)
    np.fill_diagonal(repeats, 0)
    share = each.lengths / each.budget
    chosen = maximise(
        Objective(
            share / (1 + np.exp(-each.scored @ weights)),
            f.covers.astype(np.float64),
            together["coverage"] * words / words.sum(),
            repeats,
            each.lengths,
            float(each.budget),
            NONE,
            NONE,
        ),
        nodes=2_000,
    ).chosen
    return each.reached(chosen)


def counted(words: Sequence[Sequence[str]], wanted: Sequence[str], n: int) -> tuple[Floats, Floats]:
    """How often each run of n words of the reference stands in each sentence [n + 1, runs], the reference last, and how
    many runs each has; the last column is of all other runs."""
    runs = [Counter(zip(*(w[i:] for i in range(n)), strict=False)) for w in (*words, wanted)]
    column = {said: at for at, said in enumerate(runs[-1])}
    found = np.zeros((len(runs), len(column) + 1))
    for row, each in enumerate(runs):
        for said, count in each.items():
            found[row, column.get(said, -1)] += count
    return found[:-1], found[-1]


if __name__ == "__main__":
    main()
