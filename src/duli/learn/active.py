"""Which texts a person should label next, and which labels a person should look at again."""

from __future__ import annotations

import numpy as np

from duli.errors import InputError
from duli.neural.index import Vectors
from duli.types import Codes, Floats


def choose(
    probabilities: Floats,
    vectors: Vectors,
    count: int,
    *,
    labelled: Codes | None = None,
    effect: Floats | None = None,
) -> Codes:
    """The rows of ``count`` texts worth a label, the most worth first.

    Greedy: a text is worth its uncertainty (entropy, of 1 at most), times how far it is from what is labelled or
    chosen already (1 - the largest cosine; farthest first, Gonzalez 1985), times its effect. O(count n d).

    Args:
        probabilities: of each text and label [n, K].
        vectors: unit vectors of the texts [n, d].
        count: how many; fewer are given where there are fewer.
        labelled: rows that have a label.
        effect: what the text's fact counts for the program's answers [n], 0 or more: a gradient's size.

    Raises:
        InputError: shapes that do not fit, or a negative effect.
    """
    n, labels = probabilities.shape
    worth = np.ones(n) if effect is None else np.asarray(effect, np.float64)
    if len(vectors) != n or len(worth) != n or (n and worth.min() < 0):
        raise InputError(f"{n} texts need {n} vectors and {n} effects of 0 or more")
    safe = np.maximum(probabilities, 1e-12)
    worth = worth * -(safe * np.log(safe)).sum(1) / np.log(labels)
    nearest = np.zeros(n)
    taken = np.zeros(n, bool)
    if labelled is not None and len(labelled):
        taken[labelled] = True
        nearest = np.maximum(nearest, (vectors @ vectors[labelled].T).max(1))
    rows: list[int] = []
    for _ in range(min(count, n - int(taken.sum()))):
        row = int(np.argmax(np.where(taken, -1.0, worth * (1 - np.minimum(nearest, 1)))))
        rows.append(row)
        taken[row] = True
        nearest = np.maximum(nearest, vectors @ vectors[row])
    return np.array(rows, np.int64)


def suspects(held_out: Floats, labels: Codes) -> tuple[Codes, Floats]:
    """Labelled texts whose label is probably wrong, the worst first, and how much likelier the other label is.

    A text is suspect when another label is more probable than it is for that label's own texts on average, and more
    than the label that was given (confident learning: Northcutt, Jiang and Chuang 2021).

    Args:
        held_out: probabilities of m labelled texts [m, K] by a model that did not see their labels
            (``Fitted.held_out``).
        labels: what they were given [m].

    Returns:
        numbers of texts in [0, m), and the differences of probability, in (0, 1].
    """
    m, count = held_out.shape
    if len(labels) != m:
        raise InputError(f"{m} texts need {m} labels, not {len(labels)}")
    rows = np.arange(m)
    sums = np.bincount(labels, held_out[rows, labels], count)
    usual = sums / np.maximum(np.bincount(labels, minlength=count), 1)
    sure = np.where(held_out >= usual, held_out, 0.0)
    other = sure.argmax(1)
    gain = sure[rows, other] - held_out[rows, labels]
    found = np.flatnonzero((other != labels) & (gain > 0))
    found = found[np.argsort(-gain[found], kind="stable")]
    return found, gain[found]
