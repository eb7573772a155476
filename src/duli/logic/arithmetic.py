"""Arithmetic and comparisons over columns of codes. Integers stay integers where the result is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError, Place, ProgramError
from duli.logic import texts
from duli.logic.syntax import TESTS, Comparison, Constant, Expression, Operation, Variable, variables
from duli.logic.values import (
    INTEGER_LIMIT,
    Mask,
    Symbols,
    encode,
    encode_floats,
    encode_ints,
    is_integer,
    is_symbol,
    numeric,
)
from duli.types import Codes, Floats


@dataclass(frozen=True)
class Numbers:
    """Numbers [n], and which of them are integers [n]."""

    values: Floats
    whole: Mask


def _each(function: Callable[[float], float]) -> Callable[[Floats], Floats]:
    """A function of one number applied to columns; NaN where it has no value."""

    def safe(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return lambda values: np.fromiter(map(safe, values.tolist()), np.float64, len(values))


_UNARY: dict[str, Callable[[Floats], Floats]] = {
    "log": np.log,
    "log10": np.log10,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "float": np.positive,
    "erf": _each(math.erf),
    "erfc": _each(math.erfc),
    "gamma": _each(math.gamma),
    "lgamma": _each(math.lgamma),
}
_WHOLE: dict[str, Callable[[Floats], Floats]] = {
    "ceiling": np.ceil,
    "floor": np.floor,
    "round": np.rint,
    "truncate": np.trunc,
    "integer": np.trunc,
    "float_integer_part": np.trunc,
    "sign": np.sign,
}
_CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "epsilon": float(np.finfo(np.float64).eps)}
_BITS: dict[str, Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]] = {
    "/\\": np.bitwise_and,
    "\\/": np.bitwise_or,
    "xor": np.bitwise_xor,
    "#": np.bitwise_xor,
    "><": np.bitwise_xor,
}
_TEXTS = frozenset(texts.FUNCTIONS)
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


def codes(
    value: Expression, columns: Callable[[str], Codes], n: int, place: Place, symbols: Symbols
) -> Codes:
    """The codes [n] of an expression: of a number that it computes, or of a text."""
    if isinstance(value, Variable):
        return columns(value.name)
    if isinstance(value, Constant):
        return np.full(n, encode(value.value, symbols))
    if value.name in _TEXTS:
        given = [codes(operand, columns, n, place, symbols) for operand in value.operands]
        try:
            return texts.apply(value.name, given, n, symbols)
        except InputError as error:
            raise ProgramError(error.message, where=place, hint=error.hint) from error
    return to_codes(evaluate(value, columns, n, place, symbols))


def holds(goal: Comparison, columns: Callable[[str], Codes], n: int, symbols: Symbols) -> NDArray[np.bool_]:
    """For which of n bindings a comparison, or another test of the language, is true [n]."""
    if goal.operator in ("=", "==", "\\=", "\\==", "is"):
        left = codes(goal.left, columns, n, goal.place, symbols)
        right = codes(goal.right, columns, n, goal.place, symbols)
        same: NDArray[np.bool_] = (left == right) ^ goal.operator.startswith("\\")
        return same
    if isinstance(goal.left, Operation) and goal.left.name in TESTS:
        given = [codes(operand, columns, n, goal.place, symbols) for operand in goal.left.operands]
        return texts.test(goal.left.name, given, symbols)
    a = evaluate(goal.left, columns, n, goal.place, symbols)
    if goal.operator == "between":
        low, high = bounds(goal, columns, n, symbols)
        inside: NDArray[np.bool_] = a.whole & (a.values >= low) & (a.values <= high)
        return inside
    return compare(goal.operator, a, evaluate(goal.right, columns, n, goal.place, symbols))


def bounds(
    goal: Comparison, columns: Callable[[str], Codes], n: int, symbols: Symbols
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest and the highest value of ``between``, [n] each; what is no integer raises ProgramError."""
    assert isinstance(goal.right, Operation)  # noqa: S101
    low, high = (evaluate(side, columns, n, goal.place, symbols) for side in goal.right.operands)
    if not (low.whole.all() and high.whole.all()):
        raise ProgramError("between is for integers", where=goal.place, hint="between(1, 10, X)")
    return low.values.astype(np.int64), high.values.astype(np.int64)


def evaluate(
    expression: Expression,
    columns: Callable[[str], Codes],
    n: int,
    place: Place,
    symbols: Symbols | None = None,
) -> Numbers:
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
    if expression.name in _CONSTANTS:
        return Numbers(np.full(n, _CONSTANTS[expression.name]), np.zeros(n, np.bool_))
    if expression.name in _TEXTS and symbols is not None:
        return from_codes(codes(expression, columns, n, place, symbols), str(expression), place)
    operands = [evaluate(operand, columns, n, place, symbols) for operand in expression.operands]
    with np.errstate(all="ignore"):
        result = _apply(expression, operands, place)
    known = np.all([np.isfinite(o.values) for o in operands], axis=0)
    bad = np.isnan(result.values) | (np.isinf(result.values) & known)
    if bad.any():
        at = int(bad.argmax())
        # What is infinite at 0 has no value there; what is so elsewhere went too far.
        large = np.isinf(result.values[at]) and all(o.values[at] for o in operands)
        raise _no_number(expression, at, columns, place, large=bool(large))
    if (result.whole & (np.abs(result.values) >= INTEGER_LIMIT)).any():
        raise ProgramError(
            f"{expression} is an integer beyond {INTEGER_LIMIT}", where=place, hint="use floats: 1.0*X"
        )
    return result


def _no_number(
    expression: Operation, at: int, columns: Callable[[str], Codes], place: Place, *, large: bool
) -> ProgramError:
    """The error of an expression that has no finite value for the binding `at`."""
    codes = {v.name: columns(v.name)[at : at + 1] for v in variables(expression)}
    given = ", ".join(f"{n} = {numeric(code)[0]:g}" for n, code in codes.items() if not is_symbol(code)[0])
    where = f" where {given}" if given else ""
    if not large:
        hint = "no number is the result; test what it is applied to beforehand, as X > 0 before log(X)"
        return ProgramError(f"{expression} has no value{where}", where=place, hint=hint)
    hint = "a number is below 1.8e308; compute with smaller ones, or with their logarithms"
    return ProgramError(f"{expression} is too large{where}", where=place, hint=hint)


def _apply(expression: Operation, operands: list[Numbers], place: Place) -> Numbers:
    name, a = expression.name, operands[0]
    nothing = np.zeros(len(a.values), np.bool_)
    if len(operands) == 1:
        if name in _UNARY:
            return Numbers(_UNARY[name](a.values), nothing)
        if name in _WHOLE:
            return Numbers(_WHOLE[name](a.values), ~nothing & np.isfinite(a.values))
        if name == "float_fractional_part":
            return Numbers(a.values - np.trunc(a.values), a.whole)
        if name == "\\":
            _integers(expression, a.whole, place)
            return Numbers(-a.values - 1, a.whole)
        return Numbers(-a.values if name == "neg" else np.abs(a.values), a.whole)
    b = operands[1]
    both = a.whole & b.whole
    if name in ("/", "//", "mod", "rem", "div"):
        return _divide(expression, a, b, both, place)
    if name in ("**", "^"):
        return Numbers(np.power(a.values, b.values), both & (b.values >= 0))
    if name in ("<<", ">>"):
        _integers(expression, both & (b.values >= 0), place)
        factor = np.power(2.0, b.values if name == "<<" else -b.values)
        return Numbers(np.floor(a.values * factor), both)
    if name in _BITS:
        _integers(expression, both, place)
        bits = _BITS[name](a.values.astype(np.int64), b.values.astype(np.int64))
        return Numbers(bits.astype(np.float64), both)
    if name == "exp":
        return Numbers(np.power(a.values, b.values), nothing)
    if name in ("atan", "atan2"):
        return Numbers(np.arctan2(a.values, b.values), nothing)
    if name in ("min", "max"):
        first = a.values <= b.values if name == "min" else a.values >= b.values
        return Numbers(np.where(first, a.values, b.values), np.where(first, a.whole, b.whole))
    operation = {"+": np.add, "-": np.subtract, "*": np.multiply}[name]
    return Numbers(operation(a.values, b.values), both)


def _integers(expression: Operation, fit: Mask, place: Place) -> None:
    if not fit.all():
        raise ProgramError(f"{expression} is for integers", where=place, hint="make them so: integer(X)")


def _divide(expression: Operation, a: Numbers, b: Numbers, both: Mask, place: Place) -> Numbers:
    if (b.values == 0).any():
        raise ProgramError(f"{expression} divides by zero", where=place, hint="guard it: X =\\= 0")
    if expression.name == "/":
        return Numbers(a.values / b.values, np.zeros(len(both), np.bool_))
    # Below 2^50 the integers are exact in float64, but their quotient may round up to the next one.
    remainder = np.mod(a.values, b.values)
    if expression.name in ("mod", "rem"):
        return Numbers(remainder, both)
    return Numbers(np.rint((a.values - remainder) / b.values), both)
