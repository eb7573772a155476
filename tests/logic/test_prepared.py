from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli import logic
from duli.errors import DataError, InputError
from duli.logic.values import Symbols, encode_rows
from duli.types import Atom, Relation, Value

TEXT = """
above(X, X) :- node(X).
above(X, Z) :- above(X, Y), parent(Y, Z).
weight(X, count<Y>) :- above(Y, X).
hit(X, W) :- seen(Y), above(Y, X), weight(X, W).
best(max<W>) :- hit(X, W).
P::top(X) :- hit(X, W), best(W), P is 1 / W.
other(X) :- node(X), \\+ hit(X, _).
node(z).
query(top(X)).
"""
NAMES = [f"n{i}" for i in range(6)]


def relation(rows: list[tuple[Value, ...]], arity: int, symbols: Symbols) -> Relation:
    codes = encode_rows(rows, arity, symbols)
    return Relation(tuple(np.ascontiguousarray(c) for c in codes.T), origin="test")


def rows(result: logic.Result) -> dict[str, object]:
    found: dict[str, object] = {
        n: sorted(map(str, result.rows(n))) for n in ("hit", "best", "other", "above")
    }
    return {**found, "top": {str(a): p for a, p in result.probabilities.items()}}


PROGRAM = logic.compile(TEXT, inputs={"node": 1, "parent": 2, "seen": 1})
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=8)


@settings(max_examples=40, deadline=None)
@given(PAIRS, st.lists(st.lists(st.sampled_from([*NAMES, "new"]), max_size=3), min_size=1, max_size=3))
def test_prepared_runs_say_what_whole_runs_say(
    pairs: list[tuple[str, str]], questions: list[list[str]]
) -> None:
    symbols = Symbols()
    known = {
        "node": relation([(n,) for n in NAMES], 1, symbols),
        "parent": relation([(a, b) for a, b in pairs], 2, symbols),
    }
    prepared = PROGRAM.prepare(known, symbols, ["seen"])
    for question in questions:
        own = Symbols(prepared.vocabulary)
        seen = relation([(n,) for n in question], 1, own)
        whole_symbols = Symbols(symbols)
        again = relation([(n,) for n in question], 1, whole_symbols)
        whole = PROGRAM.run({**known, "seen": again}, whole_symbols)
        assert rows(prepared.run({"seen": seen}, own)) == rows(whole)


def made() -> tuple[logic.Prepared, dict[str, Relation], Symbols]:
    symbols = Symbols()
    known = {
        "node": relation([(n,) for n in NAMES], 1, symbols),
        "parent": relation([(NAMES[i], NAMES[i + 1]) for i in range(5)], 2, symbols),
    }
    return PROGRAM.prepare(known, symbols, ["seen"]), known, symbols


def asked(prepared: logic.Prepared) -> dict[str, object]:
    own = Symbols(prepared.vocabulary)
    return rows(prepared.run({"seen": relation([("n2",)], 1, own)}, own))


def test_saved_and_mapped(tmp_path: Path) -> None:
    prepared, known, symbols = made()
    prepared.save(tmp_path)
    loaded = logic.Prepared.load(tmp_path, PROGRAM, known, symbols)
    assert asked(loaded) == asked(prepared)
    proof = loaded.run({}).proof(Atom("above", ("n0", "n5")))
    assert proof.premises[1].source == "test"


def test_a_damaged_file_is_an_error_and_not_a_wrong_answer(tmp_path: Path) -> None:
    prepared, known, symbols = made()
    prepared.save(tmp_path)
    for file in sorted(tmp_path.iterdir()):
        whole = file.read_bytes()
        for cut in (whole[: len(whole) // 2], b"", whole + b"x"):
            file.write_bytes(cut)
            with pytest.raises(DataError):
                logic.Prepared.load(tmp_path, PROGRAM, known, symbols)
        file.unlink()
        with pytest.raises(DataError):
            logic.Prepared.load(tmp_path, PROGRAM, known, symbols)
        file.write_bytes(whole)


def test_what_belongs_to_another_program_is_refused(tmp_path: Path) -> None:
    prepared, known, symbols = made()
    prepared.save(tmp_path)
    other = logic.compile(TEXT.replace("1 / W", "1 / (W + 1)"), inputs=PROGRAM.inputs)
    with pytest.raises(DataError):
        logic.Prepared.load(tmp_path, other, known, symbols)


def test_what_does_not_fit_is_refused() -> None:
    symbols = Symbols()
    one = relation([("a",)], 1, symbols)
    with pytest.raises(InputError, match=r"parent"):
        PROGRAM.run({"parent": one}, symbols)
    with pytest.raises(InputError, match=r"said to change"):
        PROGRAM.prepare({"seen": one}, symbols, ["seen"])
    with pytest.raises(InputError, match=r"nothing is not an input"):
        PROGRAM.prepare({}, symbols, ["nothing"])
    with pytest.raises(InputError, match=r"the provenance x is not known"):
        PROGRAM.run(provenance="x")


def test_one_predicate_alone_is_evaluated_as_in_the_whole() -> None:
    text = "a(X) :- in(X), \\+ no(X). no(X) :- in(X), X > 2. b(X) :- a(X). c(Y) :- in(X), Y is X + 1."
    prepared = logic.compile(text, inputs={"in": 1}).prepare({}, None, ["in"])
    given = {"in": relation([(1,), (2,), (3,)], 1, Symbols(prepared.vocabulary))}
    whole, part = prepared.run(given), prepared.run(given, only="a")
    assert part.rows("a") == whole.rows("a") == [(1,), (2,)]
    assert prepared.run(given, only="b").rows("b") == whole.rows("b")
