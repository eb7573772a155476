"""A recipe of labels on texts whose labels are known: with no labels, with few, beside the usual ways."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from duli import lm
from duli.errors import InputError
from duli.evaluate import knowing, metrics
from duli.evaluate.examples import draw
from duli.evaluate.parts import Parts, held_out
from duli.learn.guarantees import isotonic
from duli.learn.logistic import fit_logistic
from duli.neural.classify import softmax
from duli.neural.match import nearness
from duli.neural.neighbours import unit
from duli.reason import Reasoner
from duli.reason.estimator import target
from duli.reason.inputs import described, head_first
from duli.recipe.labels import Labels
from duli.types import Codes, Example, Floats

POINTS = 50
"""Of the risk-coverage curve."""

_STRENGTH = 10.0


@dataclass(frozen=True, eq=False)
class Trial:
    """What is asked, and what may be used for it.

    Args:
        reasoner: of the recipe; it is fitted again and again.
        texts: n texts, those without labels last.
        gold: the number of each one's class [n], -1 for those without labels.
        shown, asked: rows whose labels may be learned from, and rows that are asked about.
        inductive: leave the texts that are asked about out of what is learned from.
    """

    reasoner: Reasoner
    texts: Sequence[Example]
    gold: Codes
    shown: Codes
    asked: Codes
    inductive: bool = False

    @classmethod
    def of_parts(cls, reasoner: Reasoner, parts: Parts, *, few: bool, inductive: bool = False) -> Trial:
        """From what was read.

        Args:
            reasoner: of a recipe with labels.
            parts: a set; all labels described.
            few: whether labels are needed: of one file, a part is then held out.
            inductive: as above.
        """
        numbers = {name: k for k, name in enumerate(reasoner.classes_.tolist())}
        shown = parts.shown.texts if parts.shown else []
        labels = [*((parts.shown and parts.shown.labels) or ()), *(parts.asked.labels or ())]
        texts = [*shown, *parts.asked.texts, *parts.unlabelled]
        gold = np.full(len(texts), -1)
        gold[: len(labels)] = [numbers[label] for label in labels]
        if parts.shown is None and few:
            rows = held_out(len(labels))
        else:
            rows = np.arange(len(shown)), np.arange(len(shown), len(labels))
        if not len(rows[1]):
            raise InputError("there are too few texts to ask about", hint="give another part with --train")
        return cls(reasoner, texts, gold, *rows, inductive)

    @property
    def table(self) -> Labels:
        """The labels that are predicted."""
        return target(self.reasoner)

    @cached_property
    def vectors(self) -> lm.Vectors:
        """What the frozen model says of all texts."""
        return self.reasoner.vectors(self.table, self.texts)

    def targets(self, shots: int, seed: int) -> Codes:
        """Each text's class [n] where it is told, else -1."""
        count = len(self.reasoner.classes_)
        names = [str(k) for k in range(count)]
        rows = draw([str(k) for k in self.gold[self.shown]], names, shots, seed)
        found = np.full(len(self.texts), -1)
        found[self.shown[rows]] = self.gold[self.shown[rows]]
        return found

    def predict(self, targets: Codes, seed: int, reasoner: Reasoner | None = None) -> Floats:
        """Fit, and say how likely each class is of each text that is asked about [m, K]."""
        classes = self.reasoner.classes_.tolist()
        rows = np.arange(len(self.texts))
        if self.inductive:
            rows = np.setdiff1d(rows, self.asked)
        labels = [classes[k] if k >= 0 else None for k in targets[rows].tolist()]
        told = labels if any(label is not None for label in labels) else None
        reasoner = reasoner or self.reasoner
        if len(rows):
            reasoner.fit([self.texts[int(row)] for row in rows], told, seed=seed)
        return reasoner.predict_proba([self.texts[row] for row in self.asked])


def run(trial: Trial, shots: Sequence[int] = (0,), *, draws: int = 5, seed: int = 0) -> dict[str, Any]:
    """All figures in the JSON shape of ``duli eval``.

    Args:
        trial: what is asked.
        shots: how many labels a class, one way after another; 0 is no labels.
        draws: of these labels.
        seed: of the first draw.
    """
    begun = time.perf_counter()
    gold = trial.gold[trial.asked]
    ways, baselines, ablation = {}, dict(_without_labels(trial)), None
    for count in shots:
        started = time.perf_counter()
        drawn = [trial.targets(count, seed + n) for n in range(draws if count else 1)]
        found = [trial.predict(targets, seed + n) for n, targets in enumerate(drawn)]
        if ablation is None and trial.reasoner.recipe.sources:
            ablation = knowing.ablate(trial.reasoner, partial(_other, trial, drawn[0], seed), found[0], gold)
        ways[str(count)] = {
            **_way(found, gold),
            "seconds": round(time.perf_counter() - started, 2),
            "report": [
                report
                for table in trial.reasoner.recipe.tables
                if table.exclusive and trial.table.kind in (table.kind, "answer")
                for report in trial.reasoner.trained(table).report
            ],
        }
        if count:
            for name, way in _usual(trial).items():
                found = [_logistic(trial, targets, way) for targets in drawn]
                baselines[f"{name}, {count} labels a class"] = _accuracy(found, gold)
    if len(trial.shown):
        every = np.where(np.isin(np.arange(len(trial.texts)), trial.shown), trial.gold, -1)
        for name, way in _usual(trial).items():
            baselines[f"{name}, all labels"] = _accuracy([_logistic(trial, every, way)], gold)
    single = len(ways) == 1
    named = {
        name if single else f"{way}/{name}": value
        for way, figures in ways.items()
        for name, value in figures["figures"].items()
    }
    return {
        "metrics": {name: value[0] for name, value in named.items()},
        "intervals": {name: value[1:] for name, value in named.items()},
        "baselines": baselines,
        "n": len(gold),
        "classes": len(trial.reasoner.classes_),
        "texts": len(trial.texts),
        "draws": draws,
        "inductive": trial.inductive,
        "model": {"encoder": trial.reasoner.encoder.name, "revision": trial.reasoner.encoder.revision},
        "seconds": round(time.perf_counter() - begun, 2),
        "ways": ways,
        **({} if ablation is None else {"ablation": ablation}),
    }


def _other(trial: Trial, targets: Codes, seed: int, reasoner: Reasoner) -> Floats:
    return trial.predict(targets, seed, reasoner)


def _way(found: Sequence[Floats], gold: Codes) -> dict[str, Any]:
    best = np.concatenate([p.max(1) for p in found])
    hits = np.concatenate([p.argmax(1) == gold for p in found])
    curve = metrics.risk_coverage(best, hits)
    at = np.unique(np.linspace(1, len(curve), POINTS).astype(int))
    return {
        "figures": {name: value.to_list() for name, value in metrics.classification(found, gold).items()},
        "ece_floor": round(float(np.mean([metrics.calibration_floor(p.max(1)) for p in found])), 4),
        "draws": [round(float((p.argmax(1) == gold).mean()), 4) for p in found],
        "reliability": [vars(b) for b in metrics.reliability(best, hits)],
        "isotonic": [[round(float(x), 4), round(float(y), 4)] for x, y in isotonic(best, hits).steps],
        "risk_coverage": [[round(k / len(curve), 4), round(float(curve[k - 1]), 4)] for k in at.tolist()],
    }


def _accuracy(found: Sequence[Floats], gold: Codes) -> dict[str, list[float]]:
    hits = np.mean([p.argmax(1) == gold for p in found], 0)
    return {"accuracy": metrics.mean(hits).to_list()}


def _without_labels(trial: Trial) -> Iterator[tuple[str, Mapping[str, list[float]]]]:
    """The majority's class, and the nearest name and description by cosine."""
    gold, classes = trial.gold[trial.asked], trial.reasoner.classes_.tolist()
    most = np.eye(len(classes))[np.full(len(gold), np.bincount(gold).argmax())]
    yield "majority", _accuracy([most], gold)
    if trial.table.kind == "match":
        near = nearness(trial.vectors)[:, None]
        yield "cosine above its median", _accuracy([(np.median(near) - near)[trial.asked] * [-1, 1]], gold)
        return
    vectors = trial.vectors[trial.asked]
    if trial.table.kind in ("classify", "answer"):
        names = [name.replace("_", " ") for name in classes]
        near_names = lm.encode(trial.reasoner.encoder, names, cache=False).vectors
        yield "nearest name", _accuracy([(vectors @ near_names.T).astype(np.float64)], gold)
    if trial.table.exclusive and trial.table.descriptions:
        said = described(trial.table)
        each = trial.reasoner.vectors(trial.table, said.descriptions)
        sums = np.zeros((len(said.classes), each.shape[1]))
        np.add.at(sums, said.of, each)
        yield (
            "nearest description",
            _accuracy([_of_labels(trial, (vectors @ unit(sums).T).astype(np.float64))], gold),
        )


def _of_labels(trial: Trial, scores: Floats) -> Floats:
    """Of classes [m, C] those of labels [m, K]: of ``extract`` by which of the two names stands first."""
    if trial.table.kind != "extract":
        return scores
    count = len(trial.table.names)
    forward = np.array([head_first(trial.texts[row]) for row in trial.asked])[:, None]
    return np.hstack([np.where(forward, scores[:, :count], scores[:, count:-1]), scores[:, -1:]])


def _usual(trial: Trial) -> dict[str, lm.Vectors]:
    """What logistic regression is usually given: vectors; of pairs their cosine, or u * v and |u - v|."""
    if trial.table.kind != "match":
        return {"logistic": trial.vectors}
    u, v = trial.vectors[:, 0], trial.vectors[:, 1]
    cosine = (u * v).sum(1, keepdims=True)
    spread = (cosine - cosine.mean()) / cosine.std()
    return {"cosine threshold": spread, "logistic": np.hstack([u * v, np.abs(u - v)]) * np.sqrt(u.shape[1])}


def _logistic(trial: Trial, targets: Codes, vectors: lm.Vectors) -> Floats:
    """Logistic regression on these vectors, without descriptions or other texts [m, K]."""
    rows, count = np.flatnonzero(targets >= 0), len(trial.reasoner.classes_)
    weights, bias = fit_logistic(vectors[rows], targets[rows], count, strength=_STRENGTH)
    return softmax(vectors[trial.asked] @ weights.T + bias)
