"""``duli prove``: the recipe's examples are really proved; problems, questions and mistakes from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duli.recipe import examples
from duli.service.cli import run

ANSWERS = {
    "ages": "true",
    "barber": "contradiction",
    "cases": "true",
    "group-commutes": "unknown",
    "group-inverse": "true",
    "group-squares": "true",
    "order-greatest": "true",
    "parity-next": "true",
    "parity-sum": "true",
    "sets-distributive": "true",
    "sets-subset": "true",
    "school": "true",
    "school.zh": "false",
}
ASKED = {"school": "Ann is happy.", "school.zh": "石头是动物。"}
CLASSICAL = {"school.zh"}


def test_each_example_is_tried() -> None:
    assert set(examples("prove")) == set(ANSWERS)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--ask", ASKED[name]] if name in ASKED else []
    more += ["--logic", "classical"] if name in CLASSICAL else []
    assert run(["prove", name, *more, "--seconds", "60", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["answer"] == ANSWERS[name]
    assert (told["proof"] is None) == (told["answer"] == "unknown")
    if name == "group-commutes":
        assert len(told["countermodel"]["things"]) == 6


def test_a_proof_names_what_it_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", "group-squares", "--why"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("true\nroute: classical")
    assert "[squares]" in shown
    assert shown.rstrip().endswith("]")


def test_a_question_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = tmp_path / "猫.fol"
    problem.write_text("∀x (猫(x) → 活(x))\n猫(咪咪)\n? 活(咪咪)\n", "utf-8")
    asked = [(["--ask", "∃x 活(x)"], "true"), (["--ask", "活(石头)"], "unknown"), ([], "true")]
    for more, answer in (*asked, (["--ask", "活(石头)", "--world", "closed"], "false")):
        assert run(["prove", str(problem), *more, "--why"]) == 0
        assert capsys.readouterr().out.splitlines()[0] == answer


def test_time_over_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", "group-commutes", "--seconds", "0", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["answer"], told["limit"]) == ("unknown", True)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.p", "include('b.ax').", "what is included is not there: b.ax"),
        ("a.p", "fof(a, axiom, p(X).", "does not go on"),
        ("a.fol", "P(a) →", "ends in the middle"),
        ("a.fol", "P(a)", "nothing is asked"),
        ("a.fol", "", "nothing is asked"),
    ],
)
def test_mistakes(
    tmp_path: Path, name: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = tmp_path / name
    problem.write_text(text, "utf-8")
    assert run(["prove", str(problem)]) == 2
    assert message in capsys.readouterr().err


def test_an_unknown_problem_names_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", "group-sqares"]) == 2
    assert "group-squares" in capsys.readouterr().err
