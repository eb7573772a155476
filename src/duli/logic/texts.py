"""Built-ins that look at what a value is, or at the text of a symbol or a date: columns of codes in, a column out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from duli.logic import dates
from duli.logic.values import Symbols, decode, encode, is_integer, is_number, is_symbol
from duli.types import Codes, Value

Mask = NDArray[np.bool_]


def text(value: Value) -> str:
    """The text of a value as it stands in a program, without quotes."""
    return value if isinstance(value, str) else repr(value)


def number(value: Value) -> int | float | None:
    """The number that a text is; None when it is none."""
    if not isinstance(value, str):
        return value
    try:
        found = float(value)
    except ValueError:
        return None
    return int(found) if found.is_integer() else found if found - found == 0 else None


def order(a: Value, b: Value) -> str:
    """The standard order: numbers by value, a float before an equal integer, then symbols by their text."""
    left, right = _key(a), _key(b)
    return "=" if left == right else "<" if left < right else ">"


def _key(value: Value) -> tuple[bool, float, str, bool]:
    if isinstance(value, str):
        return True, 0.0, value, False
    return False, value, "", isinstance(value, int)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "atom_concat": lambda a, b: text(a) + text(b),
    "string_concat": lambda a, b: text(a) + text(b),
    "concat": lambda *parts: "".join(map(text, parts)),
    "atom_length": lambda a: len(text(a)),
    "string_length": lambda a: len(text(a)),
    "upcase_atom": lambda a: text(a).upper(),
    "string_upper": lambda a: text(a).upper(),
    "downcase_atom": lambda a: text(a).lower(),
    "string_lower": lambda a: text(a).lower(),
    "text_of": text,
    "number_of": lambda a: number(a) or 0,
    "compare": order,
    **dates.FUNCTIONS,
}
_ORDERS = {"@<": "<", "@>": ">", "@=<": "<=", "@>=": ">="}


def apply(name: str, given: Sequence[Codes], n: int, symbols: Symbols) -> Codes:
    """A function of values for n bindings: each distinct combination of them once."""
    if not given:
        return np.full(n, encode(FUNCTIONS[name](), symbols))
    rows, inverse = np.unique(np.column_stack(given), axis=0, return_inverse=True)
    function = FUNCTIONS[name]
    found = [encode(function(*(decode(c, symbols) for c in row)), symbols) for row in rows.tolist()]
    return np.array(found, np.int64)[inverse.reshape(-1)]


def test(name: str, given: Sequence[Codes], symbols: Symbols) -> Mask:
    """Where a test holds [n]: a type test of one column, or the standard order of two."""
    codes = given[0]
    if name in _ORDERS:
        rows, inverse = np.unique(np.column_stack(given), axis=0, return_inverse=True)
        pairs = [order(*(decode(c, symbols) for c in row)) in _ORDERS[name] for row in rows.tolist()]
        return np.array(pairs, np.bool_)[inverse.reshape(-1)]
    if name == "numeral":
        known, back = np.unique(codes, return_inverse=True)
        numerals = [number(decode(c, symbols)) is not None for c in known.tolist()]
        return np.array(numerals, np.bool_)[back.reshape(-1)]
    if name == "atom":
        return is_symbol(codes)
    if name == "integer":
        return is_integer(codes)
    if name == "number":
        return is_number(codes)
    if name == "float":
        return is_number(codes) & ~is_integer(codes)
    return np.ones(len(codes), np.bool_)
