"""The real thing: the packaged model, the whole ontology, zero labels."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import duli
from duli.explain.tree import walk
from duli.reason import Reasoner

TEXT = "seizures, white patches on the skin, bumps on the face, kidney tumors; no fever"

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def diagnosis(shared_cache: Path) -> Iterator[Reasoner]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DULI_CACHE", str(shared_cache))
        yield duli.load("diagnosis")


def test_tuberous_sclerosis_is_in_front_with_its_reasons(diagnosis: Reasoner) -> None:
    answer = diagnosis.ask(TEXT)
    assert {r.value for r in answer.ranked[:2]} == {"OMIM:191100", "OMIM:613254"}
    assert answer.total > 12_000
    assert [(m.span.text, m.negated) for m in answer.mentions][-1] == ("fever", True)
    reasons = {r.phrase: r for r in answer.reasons[0]}
    assert reasons["seizures"].ground.entity == "HP:0001250"
    assert all(r.log_ratio > 1 and r.ground.sources for r in reasons.values())
    assert any(len(path) > 1 for path in reasons["kidney tumors"].ground.paths)
    assert answer.proof is not None
    assert any(step.source and step.source.startswith("PMID:") for step in walk(answer.proof))


def test_all_posterior_probabilities_sum_to_one(diagnosis: Reasoner) -> None:
    result = diagnosis.run(diagnosis.facts(diagnosis.read(TEXT)))
    assert result.probability("disease").sum() == pytest.approx(1)


def test_an_absent_finding_counts_against(diagnosis: Reasoner) -> None:
    def of(text: str) -> float:
        result = diagnosis.run(diagnosis.facts(diagnosis.read(text)))
        p = dict(zip((r[0] for r in result.rows("disease")), result.probability("disease"), strict=True))
        return float(p["OMIM:191100"])

    assert of("fever; no seizures") < of("fever") < of("fever; seizures")


def test_a_hidden_reference_does_not_speak(diagnosis: Reasoner) -> None:
    plain = diagnosis.ask(TEXT).probability
    every = {
        (row[0], row[2]) for row in diagnosis.prepared.run({}).matching("annotation", {0: "OMIM:191100"})
    }
    hidden = diagnosis.ask(TEXT, facts={"hidden": sorted(every)}, top=12_000, why=0)
    left = {r.value: r.probability for r in hidden.ranked}["OMIM:191100"]
    assert left < plain / 5


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("arachnodactyly, ectopia lentis, tall stature, dilated aortic root", "Marfan syndrome"),
        (
            "muscle weakness in a boy, enlarged calves, very high creatine kinase",
            "Muscular dystrophy",
        ),
        ("steatorrhea, chronic lung infections, salty sweat", "Cystic fibrosis"),
    ],
)
def test_textbook_cases(text: str, name: str, diagnosis: Reasoner) -> None:
    labels = [str(r.label).lower() for r in diagnosis.ask(text, why=0).ranked]
    assert any(name.lower() in label for label in labels), labels


def test_other_scripts_are_reported_and_not_guessed_at(diagnosis: Reasoner) -> None:
    answer = diagnosis.ask("癫痫，发热")
    assert answer.abstained
    assert [m.span.text for m in answer.mentions] == ["癫痫", "发热"]
    assert all(m.note for m in answer.mentions)


def test_the_command_says_the_same(diagnosis: Reasoner, shared_cache: Path) -> None:
    assert diagnosis.linker
    out = subprocess.run(
        [sys.executable, "-m", "duli", "ask", "diagnosis", TEXT, "--explain", "1"],
        capture_output=True,
        env={"DULI_CACHE": str(shared_cache), "PYTHONUTF8": "1", "PATH": ""},
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert "Tuberous sclerosis" in out.stdout
    assert "Not a medical device" in out.stdout
