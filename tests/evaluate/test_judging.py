"""Cases of the sara set's form, read and decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from duli import recipe
from duli.errors import DataError, InputError
from duli.evaluate import judging, sara, slots
from duli.reason.cases import Judge

EXAMPLES = Path(__file__).parents[1] / "examples" / "law" / "cases.jsonl"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(recipe.read("law"))


def test_cases_are_read_and_decided(judge: Judge) -> None:
    found = judging.run(judge, sara.read(EXAMPLES))
    assert found["n"] == 8
    assert found["read"] == 7
    assert [wrong["id"] for wrong in found["wrong"]] == ["wrong", "unread"]
    assert found["metrics"]["entailment"] == round(5 / 6, 4)
    assert found["metrics"]["amount"] == 0.5
    assert found["metrics"]["within_tenth"] == 0.5
    assert found["proofs"] == 6
    assert found["baselines"]["commonest"] == round(5 / 8, 4)
    assert found["sections"]["§3306"] == {"n": 1, "right": 1}
    assert found["text"]["n"] == 8
    assert found["text"]["read"] == 2
    assert found["text"]["right"][0] == 0.5
    assert [wrong["id"] for wrong in found["text"]["wrong"]] == ["wrong"]
    assert any("wrong: unread" in line and "not read" in line for line in judging.lines(found))
    assert "由事实判案" in judging.to_html(found, "law")


def test_the_amount_that_is_asked_for_is_not_given_away() -> None:
    case = next(case for case in sara.read(EXAMPLES) if case.id == "amount")
    assert case.arguments == ("ann", 2017, None)
    assert case.amount == 2684


def test_a_case_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        sara.read(tmp_path)
    (tmp_path / "dev.jsonl").write_text(
        '{"id": "x", "label": "perhaps", "goal": [":- p(a)."], "facts": []}\n'
    )
    with pytest.raises(DataError) as caught:
        sara.read(tmp_path)
    assert caught.value.where is not None
    assert "dev.jsonl:1" in str(caught.value.where)


KNOWN = slots.names({"service": [("job",)], "lives": [("ann", "house")]})


@pytest.mark.parametrize(
    ("arguments", "given", "expected"),
    [
        (("service", "employer", "year"), (None, "ann", 2017), [{1: "ann", 2: 2017}]),
        (("taxpayer", "year", "amount"), ("ann", 3000, 2017), [{0: "ann", 1: 2017, 2: 3000}]),
        (("taxpayer", "year"), ("ann", None, None, 2017), [{0: "ann", 1: 2017}]),
        (("taxpayer", "home", "year"), ("ann", None, "house", 2017), [{0: "ann", 1: "house", 2: 2017}]),
        (("employer", "employee"), ("job", "ann", "ben", "2017-01-01"), [{0: "ann", 1: "ben"}]),
        (("year", "amount"), (2000, 2018), [{0: 2000, 1: 2018}]),
        (("taxpayer", "year"), ("ann", "ben", 2017), [{0: "ann", 1: 2017}]),
    ],
)
def test_arguments_are_matched_by_what_they_are(
    arguments: tuple[str, ...], given: slots.Slots, expected: list[dict[int, object]]
) -> None:
    assert list(slots.places(arguments, given, KNOWN)) == expected


def test_what_a_fact_leaves_open_is_anything() -> None:
    names = ("child", "taxpayer", "from", "to", "year", "day")
    given = ("cy", "ann", slots.ANYBODY, slots.ANYBODY)
    found = list(slots.rows(names, given, {}, (2016, 2017), ("2017-01-01",)))
    always = ("0001-01-01", "9999-12-31")
    assert found == [("cy", "ann", *always, year, "2017-01-01") for year in (2016, 2017)]
    assert list(slots.rows(("taxpayer", "amount"), ("ann", slots.ANYBODY), {})) == []


def test_amounts_agree_to_the_dollar_and_years_exactly() -> None:
    rows: list[slots.Row] = [("ann", 2017, 2599.5)]
    names = ("taxpayer", "year", "tax")
    assert slots.matching(names, ("ann", 2017, 2600), rows, {}) == rows
    assert slots.matching(names, ("ann", 2017, 2601), rows, {}) == []
    assert slots.matching(names, ("ann", 2018, 2600), rows, {}) == []
