"""Aggregates over the bindings of a body: one row a group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duli.logic.arithmetic import Numbers, from_codes, to_codes
from duli.logic.rules import Rule
from duli.logic.syntax import Aggregate, Constant, HeadTerm, Variable
from duli.logic.table import Table
from duli.logic.values import Symbols, encode, encode_ints
from duli.types import Codes, Floats

Ints = NDArray[np.int64]


def binding_names(rule: Rule) -> tuple[str, ...]:
    """The variables whose distinct bindings an aggregate is over: all but ``_``."""
    return tuple(name for name in rule.names if not name.startswith("_#"))


def aggregate(rule: Rule, names: tuple[str, ...], rows: Ints, symbols: Symbols) -> Ints:
    """The head's rows [groups, arity], one for each combination of its plain variables.

    Args:
        rule: has aggregates in its head.
        names: the variable of each column.
        rows: distinct bindings [n, len(names)].
        symbols: get the head's constants.

    Raises:
        ProgramError: a value that is summed or compared is no number.
    """
    if not len(rows):
        return np.empty((0, len(rule.head.terms)), np.int64)
    plain = [names.index(t.name) for t in rule.head.terms if isinstance(t, Variable)]
    groups = Table(len(plain))
    ids = groups.insert(rows[:, plain], ids=True)
    out = np.empty((groups.n, len(rule.head.terms)), np.int64)
    keys = iter(groups.rows.T)
    for column, term in enumerate(rule.head.terms):
        if isinstance(term, Variable):
            out[:, column] = next(keys)
        else:
            out[:, column] = _column(rule, term, names, rows, ids, groups.n, symbols)
    return out


def _column(
    rule: Rule, term: HeadTerm, names: tuple[str, ...], rows: Ints, ids: Ints, n: int, symbols: Symbols
) -> Codes:
    if isinstance(term, Constant):
        return np.full(n, encode(term.value, symbols))
    assert isinstance(term, Aggregate)  # noqa: S101
    if term.function == "count":
        return encode_ints(np.bincount(ids, minlength=n))
    codes = np.ascontiguousarray(rows[:, names.index(term.variable.name)])
    return to_codes(reduce(term.function, from_codes(codes, str(term.variable), rule.place), ids, n))


def reduce(function: str, numbers: Numbers, ids: Ints, n: int) -> Numbers:
    """``sum``, ``avg``, ``min``, ``max`` or ``logsumexp`` of the numbers [m] of each group [n]; no group is empty.

    logsumexp is max + log Σ exp(x - max), which neither overflows nor vanishes.
    """
    values = numbers.values
    whole = np.bincount(ids, ~numbers.whole, minlength=n) == 0
    if function == "sum":
        return Numbers(np.bincount(ids, values, minlength=n).astype(np.float64), whole)
    if function == "avg":
        total = np.bincount(ids, values, minlength=n).astype(np.float64)
        return Numbers(total / np.bincount(ids, minlength=n), np.zeros(n, np.bool_))
    if function == "min":
        low = np.full(n, np.inf)
        np.minimum.at(low, ids, values)
        return Numbers(low, whole)
    high = np.full(n, -np.inf)
    np.maximum.at(high, ids, values)
    if function == "max":
        return Numbers(high, whole)
    shifted: Floats = np.exp(values - np.where(np.isfinite(high), high, 0.0)[ids])
    with np.errstate(divide="ignore"):
        total = np.log(np.bincount(ids, shifted, minlength=n))
    return Numbers(np.where(np.isfinite(high), high, 0.0) + total, np.zeros(n, np.bool_))
