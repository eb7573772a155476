"""How likely a link is, learned without labels.

What it must do: turn cosines into probabilities that mean something; know when nothing fits; need no labels;
say how reliable it was on what it was not fitted on; be the same each time. The ontology asks the questions:
a synonym, taken out, must find its entity by the entity's other names; with the entity taken out too, nothing
is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from duli.errors import DataError, InputError
from duli.neural.index import Entities, Index, Vectors, nearest
from duli.neural.names import normalise
from duli.types import Codes, Floats

_BLOCK = 250
_FEWEST = 20
_HIDDEN = -2.0
_BINS = 10


@dataclass(frozen=True)
class Calibration:
    """P(candidate j) ~ exp(scale s_j), P(none) ~ exp(none_offset + none_slope s_1), s_1 the largest s.

    The defaults were fitted on HPO 2025-01-16 with all-MiniLM-L6-v2 and ``fit_metric``.

    Args:
        exact: probability that an equal name is meant as such.
        candidates: how many entities are told apart; what lies beyond them is "none of these".
        ece: expected calibration error of the likeliest outcome, on queries not fitted on; None when not
            measured.
        top1, topk: how often the entity was first, and among the candidates, on the same queries.
        queries: how many were asked in all.
    """

    scale: float = 16.0
    none_offset: float = 4.0
    none_slope: float = 12.0
    exact: float = 0.97
    candidates: int = 8
    ece: float | None = None
    top1: float | None = None
    topk: float | None = None
    queries: int = 0

    def probabilities(self, similarities: Floats) -> Floats:
        """Of each candidate and, last, of none of them: [m, k] similarities, largest first, to [m, k + 1]."""
        theta = np.array([self.scale, self.none_offset, self.none_slope])
        return _softmax(_features(similarities) @ theta)

    def to_dict(self) -> dict[str, float | int | None]:
        """Plain numbers, for a cache."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Calibration:
        """What ``to_dict`` gave; DataError when it is not that."""
        names = {field.name for field in fields(cls)}
        if set(data) != names:
            raise DataError(f"a calibration has the fields {', '.join(sorted(names))}, not {sorted(data)}")
        return cls(
            scale=_number(data, "scale"),
            none_offset=_number(data, "none_offset"),
            none_slope=_number(data, "none_slope"),
            exact=_number(data, "exact"),
            candidates=int(_number(data, "candidates")),
            ece=_optional(data, "ece"),
            top1=_optional(data, "top1"),
            topk=_optional(data, "topk"),
            queries=int(_number(data, "queries")),
        )


@dataclass(frozen=True)
class _Cases:
    """Similarities [c, k], the right outcome [c] (k is none), and the weight [c] of each question."""

    similarities: Floats
    right: Codes
    weight: Floats


def calibrate(
    entities: Entities,
    vectors: Vectors,
    *,
    seed: int = 0,
    sample: int = 2000,
    names: Sequence[str] | None = None,
    asked: NDArray[np.bool_] | None = None,
    candidates: int = 8,
    absent: float = 0.2,
) -> Calibration:
    """Fit on half of the sampled synonyms by maximum likelihood, measure on the other half.

    Equal names of the entity are taken out with the one that asks, since ``link`` knows them without a model.
    Where fewer than 20 synonyms can ask, the defaults come back, with nothing measured. O(sample n d).

    Args:
        entities: of each row [n].
        vectors: unit vectors [n, d], float32, in the space in which they will be searched.
        seed: of the sample.
        sample: how many synonyms ask at most.
        names: of the rows [n]; without them rows with a cosine above 0.995 count as equal.
        asked: which rows are names that one might write [n]; the others (definitions) are only found.
            None is all.
        candidates: k.
        absent: the share of questions to which nothing in the ontology is the answer. Assumed, not measured.

    Raises:
        InputError: when the arguments do not fit one another.
    """
    index = Index(entities, vectors)
    if not 0 < absent < 1 or candidates < 1:
        raise InputError(f"absent must be in (0, 1) and candidates positive: {absent}, {candidates}")
    for part in (names, asked):
        if part is not None and len(part) != len(vectors):
            raise InputError(f"there must be one name for each vector: {len(part)}, {len(vectors)}")
    keys = None if names is None else _keys(names)[index.rows]
    may_ask = np.ones(len(vectors), bool) if asked is None else np.asarray(asked, bool)[index.rows]
    queries = _sample(index, keys, may_ask, seed, sample)
    exact = Calibration.exact if keys is None else _exact_rate(keys, index.entity_of)
    width = min(candidates, len(index) - 1)
    if len(queries) < _FEWEST or width < 1:
        return Calibration(exact=exact, candidates=candidates)
    present, missing = _ask(index, keys, queries, width)
    weight = absent / (1 - absent)
    theta = _maximise(_half(present, missing, weight, 0))
    scale, offset, slope = theta.tolist()
    fitted = Calibration(scale, offset, slope, exact, candidates)
    return _measured(fitted, _half(present, missing, weight, 1), len(queries))


def _keys(names: Sequence[str]) -> Codes:
    return np.unique([normalise(name) for name in names], return_inverse=True)[1].astype(np.int64)


def _sample(index: Index, keys: Codes | None, may_ask: NDArray[np.bool_], seed: int, sample: int) -> Codes:
    """Rows that can ask: their entity has another row with another key."""
    distinct = index.entity_of.astype(np.int64) if keys is None else keys
    low, high = (f.reduceat(distinct, index.starts) for f in (np.minimum, np.maximum))
    counts = np.bincount(index.entity_of, minlength=len(index))
    several = counts > 1 if keys is None else low < high
    rows = np.flatnonzero(several[index.entity_of] & may_ask)
    return np.random.default_rng(seed).permutation(rows)[:sample].astype(np.int64)


def _exact_rate(keys: Codes, entity_of: Codes) -> float:
    """How often a name that another row has too is that row's entity: add-one estimate, at most 0.99."""
    pairs = keys * (int(entity_of.max()) + 1) + entity_of
    _, pair, together = np.unique(pairs, return_inverse=True, return_counts=True)
    repeated = np.bincount(keys)[keys] > 1
    hits = int((repeated & (together[pair] > 1)).sum())
    # The default stands for a hundred observations, so that a small ontology does not claim certainty.
    prior = 100
    return min(0.99, (hits + prior * Calibration.exact) / (int(repeated.sum()) + prior))


def _ask(index: Index, keys: Codes | None, queries: Codes, width: int) -> tuple[_Cases, _Cases]:
    """The questions with the right entity there, and the same questions with it taken out."""
    found = [_ask_block(index, keys, queries[i : i + _BLOCK], width) for i in range(0, len(queries), _BLOCK)]
    numbers, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
    own = numbers == index.entity_of[queries][:, None]
    place = np.where(own.any(axis=1), own.argmax(axis=1), width)
    without = np.argsort(own, axis=1, kind="stable")[:, :width]
    ones = np.ones(len(queries))
    present = _Cases(values[:, :width], place.astype(np.int64), ones)
    nothing = np.full(len(queries), width, np.int64)
    return present, _Cases(np.take_along_axis(values, without, axis=1), nothing, ones)


def _ask_block(index: Index, keys: Codes | None, rows: Codes, width: int) -> tuple[Codes, Floats]:
    similarities = index.similarities(index.vectors[rows])
    if keys is None:
        similarities[similarities > 0.995] = _HIDDEN
    else:
        same, start = np.argsort(keys, kind="stable"), np.searchsorted(np.sort(keys), keys[rows])
        end = np.searchsorted(np.sort(keys), keys[rows], side="right")
        for i, (first, last) in enumerate(zip(start, end, strict=True)):
            similarities[i, same[first:last]] = _HIDDEN
    similarities[np.arange(len(rows)), rows] = _HIDDEN
    return nearest(index.per_entity(similarities), width + 1)


def _half(present: _Cases, missing: _Cases, weight: float, start: int) -> _Cases:
    return _Cases(
        np.concatenate([present.similarities[start::2], missing.similarities[start::2]]),
        np.concatenate([present.right[start::2], missing.right[start::2]]),
        np.concatenate([present.weight[start::2], weight * missing.weight[start::2]]),
    )


def _features(similarities: Floats) -> Floats:
    """What the three parameters multiply: [m, k + 1, 3]."""
    m, k = similarities.shape
    phi = np.zeros((m, k + 1, 3))
    phi[:, :k, 0] = similarities
    phi[:, k, 1] = 1.0
    phi[:, k, 2] = similarities[:, 0]
    return phi


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _maximise(cases: _Cases) -> Floats:
    """Newton's method on the concave log posterior; a wide normal prior keeps separable cases finite."""
    phi = _features(cases.similarities)
    prior = np.array([Calibration.scale, Calibration.none_offset, Calibration.none_slope])
    theta, precision = prior.copy(), np.full(3, 1 / 20.0**2)
    value = _log_posterior(theta, phi, cases, prior, precision)
    for _ in range(50):
        p = _softmax(phi @ theta)
        mean = np.einsum("ck,ckf->cf", p, phi)
        chosen = phi[np.arange(len(phi)), cases.right]
        gradient = cases.weight @ (chosen - mean) - precision * (theta - prior)
        second = np.einsum("c,ck,ckf,ckg->fg", cases.weight, p, phi, phi)
        curvature = second - (mean * cases.weight[:, None]).T @ mean + np.diag(precision)
        step, size = np.linalg.solve(curvature, gradient), 1.0
        while size > 1e-6 and _log_posterior(theta + size * step, phi, cases, prior, precision) < value:
            size /= 2
        theta = theta + size * step
        before, value = value, _log_posterior(theta, phi, cases, prior, precision)
        if value - before < 1e-9 * abs(value):
            break
    return theta


def _log_posterior(theta: Floats, phi: Floats, cases: _Cases, prior: Floats, precision: Floats) -> float:
    logits = phi @ theta
    top = logits.max(axis=1)
    chosen = logits[np.arange(len(logits)), cases.right]
    likelihood = cases.weight @ (chosen - top - np.log(np.exp(logits - top[:, None]).sum(axis=1)))
    return float(likelihood - 0.5 * precision @ (theta - prior) ** 2)


def _measured(fitted: Calibration, held: _Cases, queries: int) -> Calibration:
    p = fitted.probabilities(held.similarities)
    present = np.arange(len(held.right)) < len(held.right) // 2
    width = held.similarities.shape[1]
    parameters = {**fitted.to_dict(), "queries": queries}
    parameters["ece"] = expected_error(p.max(axis=1), p.argmax(axis=1) == held.right, held.weight)
    parameters["top1"] = float((held.right[present] == 0).mean())
    parameters["topk"] = float((held.right[present] < width).mean())
    return Calibration.from_dict(parameters)


def expected_error(confidence: Floats, hit: NDArray[np.bool_], weight: Floats) -> float:
    """Expected calibration error: over ten equal bins of confidence, the mean of |accuracy - confidence|.

    Source: Guo, Pleiss, Sun and Weinberger (2017). Args [m] each; returns in [0, 1].
    """
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    gap = np.bincount(bins, weight * (hit - confidence), minlength=_BINS)
    return float(np.abs(gap).sum() / weight.sum())


def _number(data: Mapping[str, object], name: str) -> float:
    value = data[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        raise DataError(f"a calibration's {name} must be a number, not {value!r}")
    return float(value)


def _optional(data: Mapping[str, object], name: str) -> float | None:
    return None if data[name] is None else _number(data, name)
