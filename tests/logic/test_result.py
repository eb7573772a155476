import numpy as np
import pytest

from duli import logic
from duli.errors import InputError
from duli.explain.tree import walk
from duli.logic.values import Symbols, encode_rows
from duli.types import Atom, Relation

TEXT = """0.4::rain(mon).
0.9::rain(tue).
wet(D) :- rain(D).
wet(D) :- sprinkler(D).
days(count<D>) :- day(D).
total(sum<N>) :- amount(D, N).
day(mon). day(tue).
amount(mon, 2). amount(tue, -7). amount(wed, 1).
dry(D) :- day(D), \\+ wet(D).
query(wet(D)).
"""


@pytest.fixture(scope="module")
def result() -> logic.Result:
    symbols = Symbols()
    codes = encode_rows([("mon",), ("wed",)], 1, symbols)
    cited = encode_rows([("PMID:1",), ("PMID:2",)], 1, symbols)[:, 0]
    relation = Relation((np.ascontiguousarray(codes[:, 0]),), np.array([0.5, 1.0]), cited, "a.tsv")
    return logic.compile(TEXT, name="w.dl", inputs={"sprinkler": 1}).run({"sprinkler": relation}, symbols)


def test_probabilities_rows_and_top(result: logic.Result) -> None:
    assert {str(a): round(p, 12) for a, p in result.probabilities.items()} == {
        "wet(mon)": 0.7,
        "wet(tue)": 0.9,
        "wet(wed)": 1.0,
    }
    assert result.top("wet", 1) == [(Atom("wet", ("wed",)), 1.0)]
    dry = dict(zip(result.rows("dry"), result.probability("dry"), strict=True))
    assert dry == pytest.approx({("mon",): 0.3, ("tue",): 0.1})
    assert result.matching("amount", {0: "tue"}) == [("tue", -7)]
    assert result.matching("amount", {0: "never"}) == []
    assert result.matching("amount", {1: 1}) == [("wed", 1)]
    relation = result.relation("wet")
    assert len(relation) == 3
    assert relation.probabilities is not None


def test_the_proof_takes_the_most_probable_way_and_cites_it(result: logic.Result) -> None:
    proof = result.proof(Atom("wet", ("mon",)))
    assert proof.place is not None
    assert (proof.kind, proof.place.line, proof.place.text) == ("rule", 4, "wet(D) :- sprinkler(D).")
    (fact,) = proof.premises
    assert (fact.atom, fact.kind, fact.probability, fact.source) == ("sprinkler(mon)", "fact", 0.5, "PMID:1")
    assert result.proof(Atom("wet", ("tue",))).premises[0].atom == "rain(tue)"


def test_the_proof_of_an_aggregate_shows_the_largest_first(result: logic.Result) -> None:
    proof = result.proof(Atom("total", (-4,)), max_premises=2)
    assert (proof.kind, proof.omitted) == ("aggregate", 1)
    assert [p.atom for p in proof.premises] == ["amount(tue,-7)", "amount(mon,2)"]


def test_the_proof_of_an_absence_has_its_probability(result: logic.Result) -> None:
    steps = list(walk(result.proof(Atom("dry", ("mon",)))))
    assert [(s.atom, s.kind, round(s.probability, 12)) for s in steps][-1] == ("\\+ wet(mon)", "absent", 0.3)


def test_opaque_predicates_are_stated(result: logic.Result) -> None:
    proof = result.proof(Atom("wet", ("mon",)), opaque=["sprinkler"])
    assert (proof.premises[0].kind, proof.premises[0].premises) == ("stated", ())


def test_what_cannot_be_asked(result: logic.Result) -> None:
    with pytest.raises(InputError, match=r"no predicate wett") as caught:
        result.rows("wett")
    assert caught.value.hint == "did you mean wet?"
    with pytest.raises(InputError, match=r"wet\(never\) does not hold"):
        result.proof(Atom("wet", ("never",)))
    with pytest.raises(InputError, match=r"arguments"):
        result.proof(Atom("wet", ()))
