"""When bad news about a company comes faster than usual: a change-point method whose rate of false alarms is a bound.

In each window a company has x bad texts beside n others. As long as nothing changes, x is Poisson with mean p n, and
p is Gamma(a, b) by the past, so x is negative binomial; after a change p is larger by a factor of 2, 4 or 8. With L
the ratio of the two probabilities, the statistic of Shiryaev and Roberts

    R ← (1 + R) L,  averaged over the factors,

grows by 1 a window on average while nothing changes, so that an alarm at R ≥ A comes after A windows or more on
average (Roberts 1966; Pollak 1985; Shin, Ramdas, Rinaldo 2023, "E-detectors"). With K companies and W windows a day,
A = K W / F gives at most F false alarms a day. The past fades (discount), which keeps what is usual up to date; how far
the bound holds then is measured: ``python -m bench.monitor``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from duli.types import Floats

FACTORS: Floats = np.array([2.0, 4.0, 8.0])
"""How much faster bad news comes after a change."""

START = (0.5, 50.0)
"""a and b before anything was seen: about one text in a hundred, and hardly known."""

STEADY = 5.0
"""a is at most this when windows are compared: what is usual changes by 45 % (1 / sqrt(5)) from window to window."""


@dataclass(frozen=True, eq=False)
class Surges:
    """What is known of K companies after some windows.

    Args:
        shape, rate: a and b of each [K].
        evidence: R of each and each factor, divided by the number of factors [K, F].
        score: log evidence for a change since ``since``, never below 0 [K].
        bad, others: texts since then [K].
        since: windows ago that the change began, if there is one [K].
        level: bad texts for each other one as it was usual before [K].
        keep: how much of the past is kept from one window to the next, in (0, 1].
    """

    shape: Floats
    rate: Floats
    evidence: Floats
    score: Floats
    bad: Floats
    others: Floats
    since: Floats
    level: Floats
    keep: float

    @classmethod
    def start(cls, count: int, keep: float) -> Surges:
        """Of K = count companies, before anything was seen."""
        none = np.zeros(count)
        shape, rate = (np.full(count, value) for value in START)
        return cls(shape, rate, np.zeros((count, len(FACTORS))), none, none, none, none, shape / rate, keep)

    @property
    def total(self) -> Floats:
        """R of each company [K]."""
        total: Floats = self.evidence.sum(1)
        return total

    def with_first(self, known: Mapping[str, Floats]) -> Surges:
        """The first companies as they are known, by the names of ``ARRAYS``; the others as they are."""
        joined: dict[str, Any] = {
            name: np.concatenate([value, getattr(self, name)[len(value) :]]) for name, value in known.items()
        }
        return replace(self, **joined)

    def after(self, bad: Floats, texts: Floats | float) -> Surges:
        """After a further window.

        Args:
            bad: bad texts of each company in it [K].
            texts: all texts in it.
        """
        others = np.maximum(texts - bad, 0.0)
        ratio = np.exp(np.clip(self._log_ratio(bad, others), -500, 500))
        evidence = np.minimum((1 / len(FACTORS) + self.evidence) * ratio, 1e300)
        score = self.score + np.log(ratio.mean(1))
        goes_on = score > 0
        begins = self.score == 0
        return replace(
            self,
            shape=START[0] + self.keep * (self.shape - START[0]) + bad,
            rate=START[1] + self.keep * (self.rate - START[1]) + others,
            evidence=evidence,
            score=np.where(goes_on, score, 0.0),
            bad=np.where(goes_on, self.bad + bad, 0.0),
            others=np.where(goes_on, self.others + others, 0.0),
            since=np.where(goes_on, self.since + 1, 0.0),
            level=np.where(begins, self.shape / self.rate, self.level),
        )

    def restarted(self, rows: Sequence[int]) -> Surges:
        """After an alarm of some companies: what came since the change is what is usual now."""
        changed: dict[str, Any] = {name: getattr(self, name).copy() for name in ARRAYS}
        for row in rows:
            changed["shape"][row] = START[0] + self.bad[row]
            changed["rate"][row] = START[1] + self.others[row]
            for name in ("evidence", "score", "bad", "others", "since"):
                changed[name][row] = 0.0
        return replace(self, **changed)

    def _log_ratio(self, bad: Floats, others: Floats) -> Floats:
        """log L of each company and factor [K, F]."""
        shape = np.minimum(self.shape, STEADY)[:, None]
        rate = self.rate[:, None] * (shape / self.shape[:, None])
        x, n = bad[:, None], others[:, None]
        before, changed = rate + n, rate + FACTORS * n
        return (shape + x) * np.log(before / changed) + x * np.log(FACTORS)


ARRAYS = ("shape", "rate", "evidence", "score", "bad", "others", "since", "level")
"""What is kept from one window to the next."""


def threshold(companies: int, windows: float, false_alarms: float) -> float:
    """A, the evidence at which an alarm is due.

    Args:
        companies: K.
        windows: a day.
        false_alarms: F, a day, over all companies.

    >>> threshold(50, 24, 0.1)
    12000.0
    """
    return max(1.0, companies * windows / false_alarms)
