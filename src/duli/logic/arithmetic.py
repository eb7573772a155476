"""Arithmetic and comparisons over columns of codes. Integers stay integers where the result is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import Place, ProgramError
from duli.logic.syntax import Constant, Expression, Operation, Variable
from duli.logic.values import INTEGER_LIMIT, Mask, encode_floats, encode_ints, is_integer, is_symbol, numeric
from duli.types import Codes, Floats

ARITHMETIC_COMPARISONS = ("<", ">", "=<", ">=", "=:=", "=\\=")


@dataclass(frozen=True)
class Numbers:
    """Numbers [n], and which of them are integers [n]."""

    values: Floats
    whole: Mask


_UNARY: dict[str, Callable[[Floats], Floats]] = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt}
_COMPARE: dict[str, Callable[[Floats, Floats], NDArray[np.bool_]]] = {
    "<": np.less,
    ">": np.greater,
    "=<": np.less_equal,
    ">=": np.greater_equal,
    "=:=": np.equal,
    "=\\=": np.not_equal,
}


def compare(operator: str, left: Numbers, right: Numbers) -> NDArray[np.bool_]:
    """Where a comparison of two columns of numbers holds [n]."""
    return _COMPARE[operator](left.values, right.values)


def to_codes(numbers: Numbers) -> Codes:
    """The codes [n] of numbers [n]."""
    if numbers.whole.all():
        return encode_ints(numbers.values.astype(np.int64))
    codes = encode_floats(numbers.values)
    if numbers.whole.any():
        codes[numbers.whole] = encode_ints(numbers.values[numbers.whole].astype(np.int64))
    return codes


def from_codes(codes: Codes, what: str, place: Place) -> Numbers:
    """The numbers in a column of codes [n]; a symbol raises ProgramError."""
    if is_symbol(codes).any():
        raise ProgramError(
            f"{what} is not always a number", where=place, hint="compare symbols with == or \\=="
        )
    return Numbers(numeric(codes), is_integer(codes))


def evaluate(expression: Expression, columns: Callable[[str], Codes], n: int, place: Place) -> Numbers:
    """The value of an expression for each of n bindings.

    Raises:
        ProgramError: a value is not a number, a division by zero, or a result that is no finite number.
    """
    if isinstance(expression, Variable):
        return from_codes(columns(expression.name), str(expression), place)
    if isinstance(expression, Constant):
        if isinstance(expression.value, str):
            raise ProgramError(
                f"{expression} is not a number", where=place, hint="compare symbols with == or \\=="
            )
        return Numbers(np.full(n, float(expression.value)), np.full(n, isinstance(expression.value, int)))
    operands = [evaluate(operand, columns, n, place) for operand in expression.operands]
    with np.errstate(all="ignore"):
        result = _apply(expression, operands, place)
    if not np.isfinite(result.values).all():
        raise ProgramError(f"{expression} is not always a finite number", where=place, hint="guard it: X > 0")
    if (result.whole & (np.abs(result.values) >= INTEGER_LIMIT)).any():
        raise ProgramError(
            f"{expression} is an integer beyond {INTEGER_LIMIT}", where=place, hint="use floats: 1.0*X"
        )
    return result


def _apply(expression: Operation, operands: list[Numbers], place: Place) -> Numbers:
    name, a = expression.name, operands[0]
    if name in _UNARY:
        return Numbers(_UNARY[name](a.values), np.zeros(len(a.values), np.bool_))
    if name in ("neg", "abs"):
        return Numbers(-a.values if name == "neg" else np.abs(a.values), a.whole)
    b = operands[1]
    both = a.whole & b.whole
    if name in ("/", "//", "mod"):
        return _divide(expression, a, b, both, place)
    if name == "**":
        return Numbers(np.power(a.values, b.values), both & (b.values >= 0))
    if name in ("min", "max"):
        first = a.values <= b.values if name == "min" else a.values >= b.values
        return Numbers(np.where(first, a.values, b.values), np.where(first, a.whole, b.whole))
    operation = {"+": np.add, "-": np.subtract, "*": np.multiply}[name]
    return Numbers(operation(a.values, b.values), both)


def _divide(expression: Operation, a: Numbers, b: Numbers, both: Mask, place: Place) -> Numbers:
    if (b.values == 0).any():
        raise ProgramError(f"{expression} divides by zero", where=place, hint="guard it: X =\\= 0")
    if expression.name == "/":
        return Numbers(a.values / b.values, np.zeros(len(both), np.bool_))
    if not both.all():
        raise ProgramError(f"{expression} is for integers", where=place, hint="divide floats with /")
    # Below 2^50 the integers are exact in float64, but their quotient may round up to the next one.
    x, y = a.values.astype(np.int64), b.values.astype(np.int64)
    whole = x // y if expression.name == "//" else x % y
    return Numbers(whole.astype(np.float64), both)
