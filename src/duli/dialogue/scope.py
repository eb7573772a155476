"""Whether a message is about any intent at all: a probability that is learned without messages that are not.

Each intent is left out once: its examples are then about nothing that is known, and those of the others are about
something. A logistic regression learns to tell the two apart by how near an example is to what is left (Platt 1999;
leaving classes out as of Scheirer et al. 2013, "Toward open set recognition").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from duli.learn.logistic import fit_logistic
from duli.neural.index import Vectors
from duli.neural.neighbours import unit
from duli.types import Codes, Floats

MOST = 2_000
"""Examples that are left out to learn from."""
_STRENGTH = 1.0
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Scope:
    """P(in scope | message), by how near it is to an intent, and by whether a rule votes for one.

    How near: the mean of two cosines, of the nearest example and of the nearest intent, the mean of its examples. On
    clinc150 either alone told fewer messages apart (``duli eval support``).

    Args:
        examples: unit vectors of what is known of the intents [m, d].
        means: the intents [K, d], unit vectors.
        weights: of nearness and vote [2], and the bias last.
    """

    examples: Vectors
    means: Vectors
    weights: Floats

    @classmethod
    def fit(
        cls,
        vectors: Vectors,
        of: Codes,
        *,
        votes: Codes | None = None,
        strange: Vectors | None = None,
        seed: int = 0,
    ) -> Scope:
        """Learn it from examples of K >= 2 intents: descriptions, labelled messages; O(m^2 d), m at most ``MOST``.

        Args:
            vectors: unit vectors [m, d].
            of: the intent of each [m].
            votes: what J labelling functions say of each [m, J]: an intent, or -1.
            strange: vectors of messages that are about no intent [s, d].
            seed: of the sample, where there are more.
        """
        rows = np.arange(len(vectors))
        if len(rows) > MOST:
            rows = np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
        said = np.full((len(vectors), 0), -1) if votes is None else votes
        _, of = np.unique(of, return_inverse=True)
        sums = np.zeros((int(of.max()) + 1, vectors.shape[1]), np.float32)
        np.add.at(sums, of, vectors)
        made = cls(vectors, unit(sums), np.zeros(3))
        inside, outside = np.zeros((len(rows), 2)), np.zeros((len(rows), 2))
        for start in range(0, len(rows), _BLOCK):
            part, place = rows[start : start + _BLOCK], slice(start, start + _BLOCK)
            own, told = of[part], said[part]
            near, nearest = vectors[part] @ vectors.T, vectors[part] @ made.means.T
            near[np.arange(len(part)), part] = -1
            # An intent without the example itself.
            alone = unit(sums[own] - vectors[part] + 1e-9)
            nearest[np.arange(len(part)), own] = np.einsum("nd,nd->n", alone, vectors[part])
            inside[place] = _features(near, nearest, told)
            near[own[:, None] == of[None]] = -1
            nearest[np.arange(len(part)), own] = -1
            outside[place] = _features(near, nearest, np.where(told == own[:, None], -1, told))
        # Of an intent with one example nothing is left when that is asked about.
        inside = inside[np.bincount(of)[of[rows]] > 1]
        if strange is not None and len(strange):
            silent = np.full((len(strange), 1), -1)
            outside = np.vstack([outside, _features(strange @ vectors.T, strange @ made.means.T, silent)])
        weights = _logistic(inside, outside) if len(inside) else np.array([0.0, 0.0, np.inf])
        return cls(made.examples, made.means, weights)

    def probabilities(self, vectors: Vectors, votes: Codes | None = None, *, outside: float = 0.5) -> Floats:
        """P(in scope) of each message [n].

        Args:
            vectors: of the messages [n, d].
            votes: what functions say of them [n, J].
            outside: the share of messages that are about nothing that is known, in (0, 1).
        """
        said = np.full((len(vectors), 0), -1) if votes is None else votes
        features = _features(vectors @ self.examples.T, vectors @ self.means.T, said)
        score = features @ self.weights[:2] + self.weights[2] + np.log((1 - outside) / outside)
        found: Floats = 1 / (1 + np.exp(-np.clip(score, -500, 500)))
        return found


def _features(near: Vectors, nearest: Vectors, votes: Codes) -> Floats:
    """Of each message [n, 2]: how near it is, and whether any function votes."""
    voted = (votes >= 0).any(1).astype(np.float64)
    return np.stack([(near.max(1) + nearest.max(1)).astype(np.float64) / 2, voted], 1)


def _logistic(inside: Floats, outside: Floats) -> Floats:
    """Weights and bias by which features [n, 2] tell the two apart; both are as likely as each other."""
    features = np.vstack([inside, outside])
    labels = np.repeat([0, 1], [len(inside), len(outside)])
    middle, spread = features.mean(0), features.std(0) + 1e-9
    even = np.where(labels == 0, 0.5 / len(inside), 0.5 / len(outside)) * len(labels)
    standard = ((features - middle) / spread).astype(np.float32)
    w, b = fit_logistic(standard, labels, 2, strength=_STRENGTH, weights=even)
    slope = (w[0] - w[1]) / spread
    return np.append(slope, b[0] - b[1] - slope @ middle)
