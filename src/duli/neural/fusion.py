"""Evidence from several sources about one question, put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from duli.neural.classify import softmax
from duli.types import Floats

_LEAST = 1e-12


def fuse(sources: Sequence[Floats], count: int, prior: Floats | None = None) -> Floats:
    """How likely each class is, given what n sources say, as they would if each were alone [K].

    P(k) ~ prior(k) prod_m P_m(k) / prior(k): the sum of each source's log-odds against the prior, exact where
    sources are independent given the class and calibrated. A source that is missing, or says the prior, changes none.

    Args:
        sources: P_m of the K classes, each [K], which sum to 1.
        count: K.
        prior: of the classes [K], above 0; None: all alike.

    >>> import numpy as np
    >>> fuse([np.array([0.8, 0.2]), np.array([0.8, 0.2])], 2).round(3).tolist()
    [0.941, 0.059]
    """
    start = np.log(np.full(count, 1 / count) if prior is None else prior)
    logs = start + sum((np.log(np.maximum(p, _LEAST)) - start for p in sources), np.zeros(count))
    found: Floats = softmax(logs[None])[0]
    return found
