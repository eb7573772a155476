"""Summaries beside the usual ways, on two sets of news; and what the recipe's weights were chosen by.

    python -m bench.summarise DATA [--fit]

DATA is the folder that holds the sets. Every second article (rows 1, 3, 5 …) chose the weights of the recipe; the
figures are of the others. ``--fit`` lists the best of a grid of weights on the first half: a set's gain is ROUGE-1 and
-2 over those of the better of lead and TextRank; the order is by the smaller gain of the two sets plus their mean.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

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
SCORED = ("graph", "tied", "centre", "title", "lead", "any")
FADING = 3.0
GRID = {
    "graph": (0.0, 0.15, 0.3, 0.45, 0.6),
    "tied": (0.5, 0.7, 0.9),
    "centre": (0.1, 0.3),
    "title": (0.2,),
    "lead": (0.1, 0.6),
    "any": (-0.85,),
    "coverage": (0.0, 0.1, 0.3, 0.6),
}
"""What is tried; of coverage, how much it weighs."""

TITLED = 0.5
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
    columns = [found.graph, found.tied, found.centre, found.title, leads]
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
    best = [max(mean(part, lambda e: e.lead), mean(part, lambda e: e.textrank)) for part in sets]
    found = []
    for *weights, coverage in product(*GRID.values()):
        ours = chooser(np.array(weights), coverage)
        gains = [mean(part, ours) / best[at] for at, part in enumerate(sets)]
        found.append((min(gains) + float(np.mean(gains)), gains, [*weights, coverage]))
    for _, gains, values in sorted(found, key=lambda row: -row[0])[:12]:
        print([round(g, 4) for g in gains], dict(zip(GRID, values, strict=True)))


def mean(part: Sequence[Read], choose: Callable[[Read], Codes]) -> float:
    """ROUGE-1 and -2 of what is chosen, added, over articles."""
    return float(np.mean([each.reached(choose(each)) for each in part]))


def chooser(weights: Floats, coverage: float) -> Callable[[Read], Codes]:
    """What the recipe would choose with these weights, without repetition."""

    def choose(each: Read) -> Codes:
        words = np.sqrt(each.features.spread) * (1 + TITLED * each.features.titled)
        n = len(each.lengths)
        objective = Objective(
            each.lengths / each.budget / (1 + np.exp(-each.scored @ weights)),
            each.features.covers.astype(np.float64),
            coverage * words / words.sum(),
            np.zeros((n, n)),
            each.lengths,
            float(each.budget),
            NONE,
            NONE,
        )
        return maximise(objective, nodes=2_000).chosen

    return choose


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
