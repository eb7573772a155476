"""Every value is one int64 code, so that a relation is a matrix of integers.

A code is the value's float64 bits with the bits of a quiet NaN flipped (NaN boxing): what would be a NaN's
payload becomes a small number, and a column of floats becomes codes by one XOR.

    [0, 2^31)              symbol, by its number
    [2^31, 2^32)           integer i, |i| < 2^30, at 2^31 + 2^30 + i
    2^50 + i               integer i, |i| < 2^50 - 2^33
    anything else          float64
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError
from duli.types import Codes, Floats, Value, Vocabulary

_FLIP = np.int64(0x7FF8000000000000)
_SMALL_ZERO = 2**31 + 2**30
_SMALL_LIMIT = 2**30
_LARGE_ZERO = 2**50
INTEGER_LIMIT = 2**50 - 2**33
SYMBOL_LIMIT = 2**31

Mask = NDArray[np.bool_]


class Symbols:
    """A vocabulary in memory, perhaps laid over another whose numbers come first and which is never written.

    >>> symbols = Symbols()
    >>> symbols.add("ann"), symbols.add("bob"), symbols.add("ann"), symbols.text(1)
    (0, 1, 0, 'bob')
    """

    def __init__(self, base: Vocabulary | None = None) -> None:
        self.base = base
        self._first = 0 if base is None else len(base)
        self._texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return self._first + len(self._texts)

    @property
    def added(self) -> list[str]:
        """The symbols that the base does not have, in order."""
        return list(self._texts)

    def find(self, text: str) -> int | None:
        """The number of a symbol, or None when it is not known."""
        number = self._numbers.get(text)
        if number is None and self.base is not None:
            return self.base.find(text)
        return number

    def text(self, number: int) -> str:
        """The symbol with this number."""
        if number < self._first and self.base is not None:
            return self.base.text(number)
        return self._texts[number - self._first]

    def add(self, text: str) -> int:
        """The number of a symbol, given one now when it has none."""
        number = self.find(text)
        if number is None:
            number = len(self)
            self._numbers[text] = number
            self._texts.append(text)
        return number

    def add_many(self, texts: Iterable[str]) -> Codes:
        """The codes [n] of n symbols."""
        return np.fromiter((self.add(text) for text in texts), np.int64)


def encode_ints(values: NDArray[np.int64]) -> Codes:
    """Codes [n] of integers [n], |i| < 2^50 - 2^33; larger ones raise InputError."""
    values = np.asarray(values, np.int64)
    if values.size and (values.max() >= INTEGER_LIMIT or values.min() <= -INTEGER_LIMIT):
        raise InputError("an integer is too large", hint=f"stay below {INTEGER_LIMIT} in size, or use floats")
    small = (values < _SMALL_LIMIT) & (values > -_SMALL_LIMIT)
    return np.where(small, values + _SMALL_ZERO, values + _LARGE_ZERO)


def encode_floats(values: Floats) -> Codes:
    """Codes [n] of floats [n]; NaN raises InputError, -0.0 becomes 0.0."""
    values = np.asarray(values, np.float64) + 0.0
    if np.isnan(values).any():
        raise InputError("NaN is not a value", hint="leave the row out")
    return values.view(np.int64) ^ _FLIP


def is_symbol(codes: Codes) -> Mask:
    """Which of the codes [n] are symbols."""
    return (codes >= 0) & (codes < SYMBOL_LIMIT)


def is_integer(codes: Codes) -> Mask:
    """Which of the codes [n] are integers."""
    large = (codes > _LARGE_ZERO - INTEGER_LIMIT) & (codes < _LARGE_ZERO + INTEGER_LIMIT)
    return ((codes >= SYMBOL_LIMIT) & (codes < 2**32)) | large


def is_number(codes: Codes) -> Mask:
    """Which of the codes [n] are integers or floats."""
    return ~is_symbol(codes)


def numeric(codes: Codes) -> Floats:
    """Codes [n] as float64 [n]; symbols become NaN."""
    codes = np.ascontiguousarray(codes)
    floats = (codes ^ _FLIP).view(np.float64)
    small = (codes >= SYMBOL_LIMIT) & (codes < 2**32)
    whole = is_integer(codes)
    if not whole.any():
        return floats
    return np.where(whole, codes - np.where(small, _SMALL_ZERO, _LARGE_ZERO), floats)


def encode(value: Value, symbols: Symbols) -> int:
    """The code of one value; its symbol is added when new."""
    if isinstance(value, str):
        return symbols.add(value)
    if isinstance(value, int):
        if abs(value) >= INTEGER_LIMIT:
            raise InputError(f"the integer {value} is too large", hint=f"stay below {INTEGER_LIMIT} in size")
        return value + (_SMALL_ZERO if abs(value) < _SMALL_LIMIT else _LARGE_ZERO)
    if math.isnan(value):
        raise InputError("NaN is not a value", hint="leave the row out")
    return int.from_bytes(struct.pack("<d", value + 0.0), "little", signed=True) ^ int(_FLIP)


def encode_rows(rows: Sequence[tuple[Value, ...]], arity: int, symbols: Symbols) -> NDArray[np.int64]:
    """Codes [n, arity] of n rows; a row of another length raises InputError."""
    out = np.empty((len(rows), arity), np.int64)
    for row in rows:
        if len(row) != arity:
            raise InputError(f"a row has {len(row)} values, {arity} expected: {row!r}")
    left = []
    for j, column in enumerate(zip(*rows, strict=True)):
        kinds = set(map(type, column))
        if kinds == {float}:
            out[:, j] = encode_floats(np.array(column))
        elif kinds == {int} and max(column) < INTEGER_LIMIT and min(column) > -INTEGER_LIMIT:
            out[:, j] = encode_ints(np.array(column))
        else:
            left.append(j)
    for i, row in enumerate(rows if left else ()):
        for j in left:
            out[i, j] = encode(row[j], symbols)
    return out


def decode(code: int, vocabulary: Vocabulary) -> Value:
    """The value of one code."""
    if 0 <= code < SYMBOL_LIMIT:
        return vocabulary.text(code)
    if SYMBOL_LIMIT <= code < 2**32:
        return code - _SMALL_ZERO
    if abs(code - _LARGE_ZERO) < INTEGER_LIMIT:
        return code - _LARGE_ZERO
    return float((np.array([code], np.int64) ^ _FLIP).view(np.float64)[0])


def decode_column(codes: Codes, vocabulary: Vocabulary) -> list[Value]:
    """The values of the codes [n]; a code that occurs often is decoded once."""
    if len(codes) < 64:
        return [decode(code, vocabulary) for code in codes.tolist()]
    known, inverse = np.unique(codes, return_inverse=True)
    values = [decode(code, vocabulary) for code in known.tolist()]
    return [values[i] for i in inverse.tolist()]


def find_code(value: Value, vocabulary: Vocabulary) -> int | None:
    """The code of one value, or None for a symbol that the vocabulary does not have."""
    if isinstance(value, str):
        return vocabulary.find(value)
    return encode(value, Symbols())
