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
from duli.neural.search import Search, search
from duli.types import Codes, Floats

NEAR = 5
"""Examples that a message is compared with."""
MOST = 2_000
"""Examples that are left out to learn from."""
LOOKED_AT = 64
FEATURES = 4
_STRENGTH = 1.0
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Scope:
    """P(in scope | message), by the cosines of the nearest examples, and by whether a rule votes for an intent.

    Args:
        examples: unit vectors of what is known of the intents [m, d], as ``search`` holds them.
        of: the intent of each [m].
        weights: of the features [4], and the bias last.
    """

    examples: Search
    of: Codes
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
        inside, outside = np.zeros((len(rows), FEATURES)), np.zeros((len(rows), FEATURES))
        for start in range(0, len(rows), _BLOCK):
            part, place = rows[start : start + _BLOCK], slice(start, start + _BLOCK)
            own, told = of[part][:, None], said[part]
            cosines = (vectors[part] @ vectors.T).astype(np.float64)
            cosines[np.arange(len(part)), part] = -1
            inside[place] = _features(cosines, of, told)
            cosines[own == of[None]] = -1
            outside[place] = _features(cosines, of, np.where(told == own, -1, told))
        # Of an intent with one example nothing is left when that is asked about.
        inside = inside[np.bincount(of)[of[rows]] > 1]
        if strange is not None and len(strange):
            silent = np.full((len(strange), 1), -1)
            outside = np.vstack([outside, _features((strange @ vectors.T).astype(np.float64), of, silent)])
        weights = _logistic(inside, outside) if len(inside) else np.append(np.zeros(FEATURES), np.inf)
        return cls(search(vectors), of, weights)

    def probabilities(self, vectors: Vectors, votes: Codes | None = None, *, outside: float = 0.5) -> Floats:
        """P(in scope) of each message [n].

        Args:
            vectors: of the messages [n, d].
            votes: what functions say of them [n, J].
            outside: the share of messages that are about nothing that is known, in (0, 1).
        """
        rows, cosines = self.examples.nearest(vectors, min(LOOKED_AT, len(self.of)))
        said = np.full((len(vectors), 0), -1) if votes is None else votes
        score = _nearest(cosines, self.of[rows], said) @ self.weights[:-1] + self.weights[-1]
        score = score + np.log((1 - outside) / outside)
        found: Floats = 1 / (1 + np.exp(-np.clip(score, -500, 500)))
        return found


def _logistic(inside: Floats, outside: Floats) -> Floats:
    """Weights and bias by which features [n, 4] tell the two apart; both are as likely as each other."""
    features = np.vstack([inside, outside])
    labels = np.repeat([0, 1], [len(inside), len(outside)])
    middle, spread = features.mean(0), features.std(0) + 1e-9
    even = np.where(labels == 0, 0.5 / len(inside), 0.5 / len(outside)) * len(labels)
    standard = ((features - middle) / spread).astype(np.float32)
    w, b = fit_logistic(standard, labels, 2, strength=_STRENGTH, weights=even)
    slope = (w[0] - w[1]) / spread
    return np.append(slope, b[0] - b[1] - slope @ middle)


def _features(cosines: Floats, of: Codes, votes: Codes) -> Floats:
    rows = np.argsort(-cosines, 1, kind="stable")[:, :LOOKED_AT]
    return _nearest(np.take_along_axis(cosines, rows, 1), of[rows], votes)


def _nearest(cosines: Floats, of: Codes, votes: Codes) -> Floats:
    """Of each message [n, 4]: the best cosine, its lead over other intents, the mean of the nearest, any vote."""
    best = cosines[:, 0]
    others = np.where(of == of[:, :1], -1.0, cosines).max(1)
    voted = (votes >= 0).any(1).astype(np.float64)
    return np.stack([best, best - others, cosines[:, :NEAR].mean(1), voted], 1)
