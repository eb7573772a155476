import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.errors import InputError
from duli.logic.values import (
    INTEGER_LIMIT,
    Symbols,
    decode,
    decode_column,
    encode,
    encode_floats,
    encode_ints,
    encode_rows,
    find_code,
    is_integer,
    is_symbol,
    numeric,
)

INTEGERS = st.integers(-INTEGER_LIMIT + 1, INTEGER_LIMIT - 1)
FLOATS = st.floats(allow_nan=False)
VALUES = st.one_of(INTEGERS, FLOATS, st.text())


@given(st.lists(VALUES, max_size=100))
def test_a_code_is_one_value_and_a_value_one_code(values: list[str | int | float]) -> None:
    symbols = Symbols()
    codes = [encode(value, symbols) for value in values]
    decoded = [decode(code, symbols) for code in codes]
    assert [type(v) for v in decoded] == [type(v) for v in values]
    assert decoded == values
    assert decode_column(np.array(codes, np.int64), symbols) == values
    for (a, x), (b, y) in zip(
        zip(codes, values, strict=True), zip(codes[1:], values[1:], strict=True), strict=False
    ):
        assert (a == b) == (type(x) is type(y) and x == y)


@given(st.lists(INTEGERS), st.lists(FLOATS))
def test_columns_agree_with_single_values(integers: list[int], floats: list[float]) -> None:
    symbols = Symbols()
    whole, real = encode_ints(np.array(integers, np.int64)), encode_floats(np.array(floats))
    assert whole.tolist() == [encode(i, symbols) for i in integers]
    assert real.tolist() == [encode(x, symbols) for x in floats]
    assert is_integer(whole).all()
    assert not is_integer(real).any()
    assert not is_symbol(np.concatenate([whole, real])).any()
    assert numeric(whole).tolist() == [float(i) for i in integers]
    assert numeric(real).tolist() == floats


def test_what_has_no_code() -> None:
    for value in (INTEGER_LIMIT, -INTEGER_LIMIT, math.nan):
        with pytest.raises(InputError):
            encode(value, Symbols())
    with pytest.raises(InputError, match=r"1 values, 2 expected"):
        encode_rows([("a",)], 2, Symbols())


def test_symbols_laid_over_others() -> None:
    base = Symbols()
    base.add("a")
    over = Symbols(base)
    assert (over.add("b"), over.add("a"), over.added, len(base)) == (1, 0, ["b"], 1)
    assert (find_code("a", over), find_code("c", over)) == (0, None)
