"""Recipes with [[extract]]: relations between the entities that a text names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import duli
from duli.errors import InputError, RecipeError
from duli.neural.relations import located, names_in, pairs, sentence
from duli.service.cli import run
from duli.types import Example, Span

Capture = pytest.CaptureFixture[str]

RECIPE = """[recipe]
name = "firms"
[model]
encoder = "fake"
[link]
names = "firm"
present = "named"
absent = "denied"
[[extract]]
predicate = "said"
none = ["{head} and {tail} are both firms", "{head}和{tail}都来了"]
[extract.relations]
supplies = ["{head} supplies goods to {tail}", "{tail} is supplied with goods by {head}", "{head}向{tail}供货"]
owns = ["{head} owns all shares of {tail}", "{tail} is owned by {head}"]
[answer]
predicate = "exposed"
[[knowledge]]
format = "csv"
path = "firms.csv"
relation = "firm"
columns = [{ name = "id" }, { name = "name" }]
"""
RULES = """exposed(Who) :- supplies(Who, _).
query(exposed(Who)).
query(supplies(Head, Tail)).
query(owns(Head, Tail)).
"""
FIRMS = "id,name\nf1,Acme Works\nf2,Bolt\nf3,Crane Ltd\nf4,长江钢铁\nf5,东风汽车\n"


@pytest.fixture
def firms(tmp_path: Path) -> Path:
    folder = tmp_path / "firms"
    folder.mkdir()
    for name, text in (("recipe.toml", RECIPE), ("rules.dl", RULES), ("firms.csv", FIRMS)):
        (folder / name).write_text(text, "utf-8")
    return folder


def facts(folder: Path, text: str) -> dict[str, float]:
    found = duli.load(folder).about([text]).probabilities
    return {str(atom): p for atom, p in found.items()}


@pytest.mark.parametrize(
    ("text", "wanted", "not_so"),
    [
        ("Today Acme Works supplies goods to Bolt.", "supplies(f1,f2)", "supplies(f2,f1)"),
        ("Today Bolt is supplied with goods by Acme Works.", "supplies(f1,f2)", "supplies(f2,f1)"),
        ("Crane Ltd owns all shares of Bolt.", "owns(f3,f2)", "supplies(f3,f2)"),
        ("昨天长江钢铁向东风汽车供货。", "supplies(f4,f5)", "supplies(f5,f4)"),
    ],
)
def test_templates_alone_say_what_is_related(firms: Path, text: str, wanted: str, not_so: str) -> None:
    found = facts(firms, text)
    assert found[wanted] == max(found.values())
    assert found[wanted] > 2 * found.get(not_so, 0)


def test_what_is_extracted_is_a_probability_that_rules_use(firms: Path) -> None:
    text = "Acme Works supplies goods to Bolt; Crane Ltd and Bolt are both firms."
    reasoner = duli.load(firms)
    mentions = reasoner.read(text)
    assert [m.span.text for m in mentions] == ["Acme Works", "Bolt", "Crane Ltd", "Bolt"]
    (said,) = reasoner.extract(text, mentions)
    assert list(said.pairs) == [(0, 1), (2, 3)]
    assert (said.probabilities.sum(1) <= 1 + 1e-9).all()
    found = reasoner.about([text]).probabilities
    by_name = {str(atom): p for atom, p in found.items()}
    linked = [{entity: p for entity, _, p in m.candidates} for m in mentions]
    supplies = said.probabilities[0, 0] * linked[0]["f1"] * linked[1]["f2"]
    assert by_name["supplies(f1,f2)"] >= supplies * (1 - 1e-9)
    answer = reasoner.ask(text)
    assert {row.value for row in answer.ranked} == {"f1", "f2", "f3"}
    assert answer.proof is not None


def test_alternatives_of_two_names_exclude_one_another(firms: Path) -> None:
    with (firms / "rules.dl").open("a") as file:
        file.write("both :- supplies(f1, f2), owns(f1, f2).\nquery(both).\n")
    assert facts(firms, "Acme Works supplies goods to Bolt")["both"] == 0


def test_few_labels_teach_other_words(firms: Path, tmp_path: Path) -> None:
    made: list[Example] = []
    labels: list[str] = []
    for n in range(8):
        for said, label in (
            ("{0} ships {2} crates off to {1}", "supplies"),
            ("{0} swallowed {1} whole in year {2}", "owns"),
            ("{1} unpacks {2} crates that {0} sent", "supplies"),
            ("{0} plays {1} at football on day {2}", "none"),
        ):
            made.append((said.format("Acme Works", "Bolt", n), "Acme Works", "Bolt"))
            labels.append(label)
    reasoner = duli.load(firms)
    before = reasoner.score(made, labels)
    reasoner.fit(made, labels)
    assert reasoner.score(made, labels) > max(0.9, before)
    text = "Bolt unpacks 9 crates that Crane Ltd sent"
    (found,) = reasoner.extract(text, reasoner.read(text))
    assert found.probabilities[0].argmax() == 2
    assert reasoner.classes_.tolist() == ["supplies", "owns", "none"]
    assert reasoner.predict_proba(made[:3]).sum(1) == pytest.approx(1)
    reasoner.save_pretrained(tmp_path / "out")
    again = duli.load(firms, fitted=tmp_path / "out")
    np.testing.assert_array_equal(again.predict_proba(made), reasoner.predict_proba(made))


def test_the_command_line_learns_and_measures_relations(firms: Path, tmp_path: Path, capsys: Capture) -> None:
    rows = [
        {"text": f"第{n}天{one}{said}{other}", "head": one, "tail": other, "label": label}
        for n in range(4)
        for one, other in (("长江钢铁", "东风汽车"), ("东风汽车", "长江钢铁"))
        for said, label in (("供货给", "supplies"), ("收购了", "buys"))
    ]
    data = tmp_path / "data.jsonl"
    data.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert run(["fit", str(firms), str(data), "--out", str(tmp_path / "f")]) == 2
    assert "'buys' is not described" in capsys.readouterr().err
    text = (firms / "recipe.toml").read_text("utf-8")
    (firms / "recipe.toml").write_text(
        text.replace("[extract.relations]", 'called = { owns = "buys" }\n[extract.relations]')
    )
    assert (
        run(["eval", str(firms), str(data), "--shots", "0,2", "--draws", "1", "--out", str(tmp_path / "e")])
        == 0
    )
    assert "nearest description" in capsys.readouterr().out
    assert run(["fit", str(firms), str(data), "--out", str(tmp_path / "f")]) == 0
    assert "16 texts, 16 of them labelled" in capsys.readouterr().out
    assert run(["check", str(firms)]) == 0
    assert "extract 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{tail} is owned by {head}", "it is owned by {head}", "must have {head} and {tail}, each once"),
        ('none = ["{head} and {tail} are both firms", "{head}和{tail}都来了"]', "", "needs none"),
        ("owns = [", "Owns = [", "'Owns' must be the name of a predicate"),
        ("owns = [", "named = [", "'named' is filled twice"),
        ("[extract.relations]", "[extract.labels]", "'labels' is not a key"),
        ('predicate = "said"', "", "needs predicate"),
        ('predicate = "said"', 'predicate = "owns"', "'owns' is filled twice"),
        ('[answer]\npredicate = "exposed"\n', "", r"the table \[answer\] is missing"),
        (
            '[link]\nnames = "firm"\npresent = "named"\nabsent = "denied"\n',
            "",
            r"\[\[extract\]\] needs \[link\]",
        ),
    ],
)
def test_recipes_that_cannot_extract(firms: Path, old: str, new: str, message: str) -> None:
    text = (firms / "recipe.toml").read_text("utf-8")
    assert old in text
    (firms / "recipe.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(RecipeError, match=message):
        duli.load(firms)


def test_what_is_no_example_of_a_relation(firms: Path) -> None:
    reasoner = duli.load(firms)
    for wrong, message in (
        ("a text", "reads a text, a head and a tail"),
        (("Acme met Bolt", "Acme", "Crane"), "does not name 'Crane'"),
        (("Acme met Bolt", "Acme", "Acme"), "must be two places"),
    ):
        with pytest.raises(InputError, match=message):
            reasoner.fit([wrong], ["owns"])
    assert reasoner.ask("nobody is named here").reason == "nothing in the text links to the knowledge"


def test_names_are_found_whole_and_in_order() -> None:
    known = {"new york", "york", "钢铁", "长江钢铁"}.__contains__
    found = names_in("york and New York, 长江钢铁", lambda text: known(text.lower()))
    assert [p.span.text for p in found] == ["york", "New York", "长江钢铁"]
    assert all("york and New York, 长江钢铁"[p.span.start : p.span.end] == p.span.text for p in found)


def test_only_names_in_one_sentence_are_related() -> None:
    text = "A b. C d, E f! G"
    spans = [Span(text.index(c), text.index(c) + 1, c) for c in "ECAG"]
    assert list(pairs(text, spans)) == [(1, 0)]
    assert [span.start for span in located("Acme; Bolt sold Acme", "acme", "bolt")] == [0, 6]


def test_a_sentence_is_cut_to_what_is_near() -> None:
    text = "x " * 100 + "Acme owns Bolt " + "y " * 100
    first, second = located(text, "Acme", "Bolt")
    said = sentence(text, first, second)
    assert "A owns B" in said
    assert len(said) < 140
