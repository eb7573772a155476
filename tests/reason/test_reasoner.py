import json
from pathlib import Path

import pytest

import duli
from duli.errors import DataError, InputError, ProgramError
from duli.explain.tree import walk
from duli.reason import Reasoner, load
from duli.reason.grounds import chains


@pytest.fixture
def reasoner(plants: Path) -> Reasoner:
    return load(plants)


def test_an_answer_with_probabilities_reasons_and_proof(reasoner: Reasoner) -> None:
    answer = reasoner.ask("brown spots; no wilting")
    assert answer.best == "D:1"
    assert answer.ranked[0].label == "Leaf rust"
    assert sum(r.probability for r in answer.ranked) == pytest.approx(1)
    assert [m.negated for m in answer.mentions] == [False, True]
    because = answer.reasons[0][0]
    ground = because.ground
    assert (because.phrase, ground.entity, ground.label, ground.sources) == (
        "brown spots",
        "s2",
        "brown spots",
        ("PMID:1",),
    )
    against = [
        r
        for why, ranked in zip(answer.reasons, answer.ranked, strict=True)
        if ranked.value == "D:2"
        for r in why
    ]
    assert (against[0].phrase, against[0].log_ratio < 0) == ("wilting", True)
    assert answer.proof is not None
    assert "PMID:1" in {step.source for step in walk(answer.proof)}
    assert answer.notice == "Ask a gardener."


def test_the_posterior_is_the_formula(reasoner: Reasoner) -> None:
    (mention,) = reasoner.read("brown spots")
    q = {entity: p for entity, _, p in mention.candidates}
    answer = reasoner.ask("brown spots")
    share = {"D:1": (0.9, "s2", 0.2, "s1"), "D:2": (0.9, "s3"), "D:3": (0.8, "s4", 0.8, "s1")}
    weight = {}
    for disease, pairs in share.items():
        weight[disease] = 1.0
        for f, s in zip(pairs[::2], pairs[1::2], strict=True):
            weight[disease] *= 1 + 9 * q.get(str(s), 0.0) * float(f)
    total = sum(weight.values())
    assert {str(r.value): r.probability for r in answer.ranked} == pytest.approx(
        {d: w / total for d, w in weight.items()}
    )


def test_chinese_is_read(reasoner: Reasoner) -> None:
    answer = reasoner.ask("叶子发黄")
    assert (answer.best, answer.ranked[0].label) == ("D:3", "缺铁")
    assert answer.mentions[0].span.text == "叶子发黄"


def test_a_script_that_no_name_is_written_in(reasoner: Reasoner) -> None:
    answer = reasoner.ask("жёлтые листья")
    assert answer.abstained
    assert answer.reason == "nothing in the text links to the knowledge"
    assert answer.mentions[0].note == "in a script that none of the names is written in"


def test_a_reference_can_be_hidden(reasoner: Reasoner) -> None:
    plain = reasoner.ask("brown spots", facts={})
    hidden = reasoner.ask("brown spots", facts={"hidden": [("D:1", "PMID:1")]})
    before = {r.value: r.probability for r in plain.ranked}["D:1"]
    after = {r.value: r.probability for r in hidden.ranked}["D:1"]
    assert after < before / 2


def test_what_a_question_may_not_fill(reasoner: Reasoner) -> None:
    with pytest.raises(InputError, match=r"a question does not fill seen") as caught:
        reasoner.ask("brown spots", facts={"seen": [("a",)]})
    assert caught.value.hint == "it fills: there, gone, hidden"
    with pytest.raises(InputError, match=r"there is no text"):
        reasoner.ask("  ")


def test_what_is_prepared_is_prepared_once(plants: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_CACHE", str(plants / "cache"))
    told: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        told.append(what)

    first = duli.load(plants, progress=progress).ask("wilting")
    assert "applying the rules" in told
    told.clear()
    second = duli.load(plants, progress=progress).ask("wilting")
    assert [w for w in told if w != "encoding names"] == []
    assert second.table() == first.table()


def test_a_mistake_in_the_rules_is_told_with_its_place(plants: Path) -> None:
    with (plants / "rules.dl").open("a") as file:
        file.write("ails(D) :- sean(D, _, _, _, _).\n")
    with pytest.raises(ProgramError) as caught:
        duli.load(plants).ask("wilting")
    assert "rules.dl:" in str(caught.value)
    assert "seen" in str(caught.value)


def test_data_of_a_folder_replaces_the_package(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        duli.load("diagnosis", data=str(tmp_path)).ask("fever")
    assert caught.value.hint == "the folder must hold hp.obo"


def test_the_answer_as_json_and_html(reasoner: Reasoner) -> None:
    answer = reasoner.ask("brown spots", top=2, why=1)
    data = json.loads(answer.to_json(proof=True))
    assert data["query"] == "ails(X)"
    assert len(data["answers"]) == 2
    best = data["answers"][0]
    assert best["kind"] == "exact"
    assert best["interval"] == [best["probability"]] * 2
    assert best["reasons"][0]["sources"] == ["PMID:1"]
    assert best["proof"]["atom"] == "ails('D:1')"
    assert data["answers"][1]["proof"] is None
    assert data["knowledge"]["facts"] == 12
    assert "<td>Leaf rust</td>" in answer._repr_html_()


def test_chains() -> None:
    assert chains([("b", "c"), ("a", "b"), ("x", "c")], "x") == [("x", "c"), ("a", "b", "c")]
    assert chains([], "x") == []
    assert chains([("a", "b"), ("b", "a")], "a") == []
