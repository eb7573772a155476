"""Heads, Bayesian regression, knowledge and search on the vectors of real texts, beside logistic regression.

    python -m bench.heads DATA [--draws 3]           needs the extras torch and search

DATA is the folder that holds the sets of ``bench.classify``. Texts with labels are drawn, the others only asked about.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from bench.classify.__main__ import changed, trial
from duli import lm
from duli.evaluate.ablation import Question, ablate
from duli.evaluate.classification import Trial
from duli.evaluate.metrics import calibration_error, log_loss, reliability
from duli.learn.laplace import choose_laplace
from duli.learn.logistic import fit_logistic
from duli.neural.classify import softmax
from duli.neural.search import Approximate, Exact, search
from duli.torch import Head, heads, train
from duli.types import Codes, Floats

SETS = ("banking77", "agnews", "financial_phrasebank")
_LOGISTIC = 10.0


def said(p: Floats, gold: Codes) -> str:
    """Accuracy, calibration error, log-loss."""
    hits = p.argmax(1) == gold
    ece = calibration_error(reliability(p.max(1), hits))
    return f"{hits.mean():.3f} | {ece:.3f} | {log_loss(p, gold).mean():.3f}"


def classifiers(name: str, asked: Trial, x: lm.Vectors, draws: int) -> None:
    """Logistic regression, heads that start at two sizes, and means over the posterior of most evidence."""
    count, gold = len(asked.reasoner.classes_), asked.gold[asked.asked]

    def head(start: float, rows: Codes, seed: int) -> Floats:
        torch.manual_seed(seed)
        with changed(heads, "_START", start):
            made = Head(x.shape[1], count)
        train(made, [torch.from_numpy(x[rows])], torch.from_numpy(asked.gold[rows]))
        found: Floats = made.probabilities(torch.from_numpy(x[asked.asked])).numpy().astype(np.float64)
        return found

    for shots in (8, 100) if count < 10 else (8,):
        drawn = [np.flatnonzero(asked.targets(shots, seed) >= 0) for seed in range(draws)]
        ways: dict[str, list[Floats]] = {}
        for seed, rows in enumerate(drawn):
            weights, bias = fit_logistic(x[rows], asked.gold[rows], count, strength=_LOGISTIC)
            ways.setdefault("logistic", []).append(softmax(x[asked.asked] @ weights.T + bias))
            for start in (0.3, 1.0):
                ways.setdefault(f"head, start {start}", []).append(head(start, rows, seed))
            posterior = choose_laplace(x[rows], asked.gold[rows], count)
            ways.setdefault("Laplace, Kronecker", []).append(posterior.probabilities(x[asked.asked]))
        for way, found in ways.items():
            print(
                f"| {name} | {shots} | {way} | {said(np.concatenate(found), np.tile(gold, draws))} |",
                flush=True,
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--draws", type=int, default=3)
    given = parser.parse_args()
    every = []
    print("| set | labels a class | way | accuracy | ECE | log-loss |\n|---|---|---|---|---|---|")
    tasks = {name: trial(name, given.data) for name in SETS}
    for name, asked in tasks.items():
        x = np.array(asked.vectors)
        every.append(x)
        classifiers(name, asked, x, given.draws)
    print("\n| set | without knowledge | with | shuffled | gate |\n|---|---|---|---|---|")
    for (name, asked), x in zip(tasks.items(), every, strict=True):
        known = np.array(
            lm.encode(asked.reasoner.encoder, list(map(str, asked.table.descriptions)), cache=False).vectors
        )
        near, _ = search(known).nearest(x, min(5, len(known) // 2))
        shown = np.flatnonzero(asked.targets(8, 0) >= 0)
        found = ablate(Question(x, near, known, np.maximum(asked.gold, 0), shown, asked.asked)).to_dict()
        parts = " | ".join(f"{found[part][0]:.3f}" for part in ("without", "given", "shuffled"))
        print(f"| {name} | {parts} | {found['gate']:.2f} |", flush=True)
    vectors = np.unique(np.concatenate(every), axis=0)
    order = np.random.default_rng(0).permutation(len(vectors))
    queries, rest = vectors[order[:500]], np.ascontiguousarray(vectors[order[500:]])
    gold, _ = Exact(rest).nearest(queries, 10)
    index = Approximate(rest)
    print(f"\n| probed, of {len(rest):,} texts | recall of 10 | ms a query |\n|---|---|---|")
    for index.probed in (8, 32, 128):
        begun = time.perf_counter()
        rows = [index.nearest(queries[i : i + 1], 10)[0][0] for i in range(len(queries))]
        each = (time.perf_counter() - begun) / len(queries) * 1e3
        recall = np.mean([np.isin(a, b).mean() for a, b in zip(gold, rows, strict=True)])
        print(f"| {index.probed} | {recall:.3f} | {each:.2f} |", flush=True)


if __name__ == "__main__":
    main()
