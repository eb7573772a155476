"""The application from a user's name or a description to items with reasons and proofs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import duli
from duli import recipe
from duli.errors import DataError, InputError, ModelError
from duli.lm import FakeEncoder
from duli.neural import search
from duli.recommend import Recommender, load, model, saving
from duli.service import cli
from tests.recommend.conftest import write


def values(made: Recommender, text: str, top: int = 26) -> list[str]:
    return [str(ranked.value) for ranked in made.ask(text, top=top).answer.ranked]


def test_the_next_part_of_a_series_goes_first_and_what_was_returned_never_comes(films: Recommender) -> None:
    # Ann took two parts of Northlight and the first of Harbour Street, and gave Cold Ink back.
    found = values(films, "ann")
    assert found[:2] == ["northlight-3", "harbour-2"] or found[:2] == ["harbour-2", "northlight-3"]
    assert not {"cold-ink", "harbour-3", "harbour-1", "northlight-1", "hedgehog-2"} & set(found)


def test_each_recommendation_says_why(films: Recommender) -> None:
    made = films.ask("ann", top=5, why=5)
    first = made.answer.reasons[0]
    assert first[0].phrase == "the next part of a series that was begun"
    assert first[0].ground.label == "a rule"
    taken = {films.items.titles[row] for row in films.log.of(films.log.users.index("ann")).items}
    assert any(reason.phrase in taken and reason.log_ratio > 0 for reason in first)
    assert all(
        reason.phrase in taken
        for each in made.answer.reasons
        for reason in each
        if reason.ground.label == "taken"
    )


def test_the_probability_is_what_the_rules_make_of_the_chance(films: Recommender) -> None:
    past = films.log.of(films.log.users.index("ann"))
    liked = past.items[~past.returned]
    rows = films.model.candidates(past)
    from duli.recommend.log import History

    p = films.model.probabilities(
        History(liked, past.times[~past.returned], np.zeros(len(liked), bool)), rows
    )
    chance = dict(zip((films.items.names[row] for row in rows), p, strict=True))
    found = {r.value: r.probability for r in films.ask("ann", top=26).answer.ranked}
    assert p.sum() == pytest.approx(1)
    assert found["tin-garden"] == pytest.approx(chance["tin-garden"])
    assert found["harbour-2"] == pytest.approx(1 - 0.4 * (1 - chance["harbour-2"]))


def test_the_proof_names_the_rule_and_what_was_taken(films: Recommender) -> None:
    told = json.dumps(films.ask("ann").to_dict(proof=True)["answers"][0]["proof"])
    assert "next_part(" in told
    assert "taken(" in told
    assert "rules.dl:" in told


def test_a_new_user_is_told_so(films: Recommender) -> None:
    made = films.ask("user77")
    assert made.user is None
    assert "no user 'user77' is known" in made.cold
    assert len(made.answer.ranked) == 10
    assert made.to_dict()["cold_start"] == made.cold


def test_a_description_alone_finds_what_it_describes(films: Recommender) -> None:
    made = films.ask("a lighthouse on a frozen moon")
    assert made.answer.best == "northlight-1"
    assert made.cold.startswith("from the description alone")
    assert any(reason.ground.label == "the description" for reason in made.answer.reasons[0])


def test_chinese_items_and_descriptions(shop: Path) -> None:
    rows = [
        {"item": "灯塔", "title": "冰月灯塔", "description": "一艘勘测船在冰冻的月球上发现了一座灯塔。"},
        {"item": "蜂蜜", "title": "蜂蜜之夏", "description": "面包师和养蜂人在夏天共用一家店。"},
        {"item": "刺猬", "title": "刺猬与大雨", "description": "一只刺猬为花园里的动物造方舟。"},
        {"item": "账本", "title": "港口街：账本", "description": "账本里的每个名字都有秘密。"},
    ]
    write(shop / "items.jsonl", rows)
    write(shop / "taken.jsonl", [{"user": "小王", "item": item} for item in ("灯塔", "蜂蜜")])
    made = load(recipe.read(shop))
    assert made.ask("刺猬为花园里的动物做的事").answer.best == "刺猬"
    assert set(values(made, "小王")) == {"刺猬", "账本"}
    assert made.ask("小王").answer.reasons[0]


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_001, "a\x00b"])
def test_what_is_no_question(films: Recommender, text: str) -> None:
    with pytest.raises(InputError):
        films.ask(text)


def test_who_has_taken_everything_gets_nothing_and_is_told_so(shop: Path) -> None:
    names = [json.loads(line)["item"] for line in (shop / "items.jsonl").read_text("utf-8").splitlines()]
    write(shop / "taken.jsonl", [{"user": "all", "item": name, "time": n} for n, name in enumerate(names)])
    made = load(recipe.read(shop)).ask("all").answer
    assert made.abstained
    assert made.reason == "the rules leave nothing that could be recommended"


def test_again_recommends_what_was_taken_but_not_what_was_returned(shop: Path) -> None:
    file = shop / "recipe.toml"
    file.write_text(file.read_text("utf-8").replace("diversity = 0.3", "again = true"), "utf-8")
    found = values(load(recipe.read(shop)), "ann")
    assert "orbit-cafe" in found
    assert "cold-ink" not in found


def test_what_was_fitted_is_saved_and_answers_the_same(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fitted"
    assert cli.run(["fit", str(shop), str(shop), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == 26
    made, again = duli.load(shop), duli.load(out)
    assert [r.value for r in made.ask("chen").answer.ranked] == [
        r.value for r in again.ask("chen").answer.ranked
    ]
    one, other = (m.ask("chen").answer.probability for m in (made, again))
    assert one == pytest.approx(other, rel=1e-5)
    assert cli.run(["fit", str(shop), str(shop), "--out", str(out)]) == 2
    assert cli.run(["fit", str(out), str(out), "--out", str(out), "--fresh"]) == 0
    assert cli.run(["ask", str(out), "ann", "--why"]) == 0
    assert "next_part(" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["weights", "config", "items", "encoder", "infinite"])
def test_what_is_damaged_or_of_something_else_is_refused(shop: Path, films: Recommender, damage: str) -> None:
    from dataclasses import replace

    encoder = films.reasoner.encoder
    kept = films.model
    if damage == "infinite":
        kept = replace(kept, weights=kept.weights * np.inf)
    saving.save(shop, kept, films.items, encoder, {})
    if damage == "weights":
        (shop / saving.WEIGHTS).write_bytes(b"no tensors")
    if damage == "config":
        (shop / saving.CONFIG).write_text('{"format": 9}', "utf-8")
    if damage == "items":
        rows = (shop / "items.jsonl").read_text("utf-8")
        (shop / "items.jsonl").write_text(rows.replace("Northlight: Thaw", "Thaw"), "utf-8")
    other = FakeEncoder(64) if damage == "encoder" else None
    with pytest.raises(ModelError if damage in ("items", "encoder") else DataError):
        load(recipe.read(shop), encoder=other)


def test_among_very_many_items_the_nearest_are_candidates(
    films: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "MANY", 10)
    monkeypatch.setattr(model, "FOUND", 3)
    made = films.model
    past = films.log.of(0)
    rows = made.candidates(past)
    near = search.Exact(made.centred).nearest(made.interest(past)[None], 3)[0][0]
    wanted = set(made.known.tolist()) | set(near.tolist())
    assert set(rows.tolist()) == wanted - set(past.items.tolist())
    assert np.isfinite(made.scores(past, rows)).all()


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert cli.run(["fit", "recommend", str(tmp_path / "nothing"), "--out", str(tmp_path / "o")]) == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert cli.run(["fit", "recommend", str(empty), "--out", str(tmp_path / "o")]) == 2
    assert not (tmp_path / "o").exists()
