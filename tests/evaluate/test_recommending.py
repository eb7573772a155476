"""The measure of a recommender: what is held out, how ranks are taken, what it stands beside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from duli import recipe
from duli.evaluate import recommending, rivals
from duli.recommend import Recommender, load
from duli.recommend.log import of_rows
from duli.service import cli


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recommend") / "shop"
    shutil.copytree(recipe.find("recommend"), folder)
    file = folder / "recipe.toml"
    file.write_text(file.read_text("utf-8").replace('"embedded"', '"fake"'), "utf-8")
    return folder


@pytest.fixture(scope="module")
def films(shop: Path) -> Recommender:
    return load(recipe.read(shop))


def test_the_last_thing_of_each_user_is_asked_for(films: Recommender, shop: Path) -> None:
    past, asked = recommending._split(shop, films.items, films.log)
    for user in range(len(films.log)):
        whole = films.log.of(user).items
        assert past.of(user).items.tolist() == whole[:-1].tolist()
        assert asked[user] == whole[-1]


def test_what_is_asked_for_may_stand_in_a_file_of_its_own(
    films: Recommender, shop: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(shop, folder)
    (folder / "last.jsonl").write_text(
        '{"user": "ann", "item": "bread"}\n{"user": "new", "item": "bread"}\n', "utf-8"
    )
    past, asked = recommending._split(folder, films.items, films.log)
    assert past is films.log
    assert np.flatnonzero(asked >= 0).tolist() == [films.log.users.index("ann")]


def test_the_figures_of_ranks() -> None:
    figures = recommending._figures(np.array([1.0, 3.0, 11.0, 10.0]))
    assert figures["hit_10"][0] == 0.75
    assert figures["ndcg_10"][0] == pytest.approx((1 + 0.5 + 1 / np.log2(11)) / 4, abs=1e-4)


def test_the_rivals_are_what_they_are_called() -> None:
    log = of_rows(
        [
            (u, i, float(t), False)
            for t, (u, i) in enumerate([("a", 0), ("a", 1), ("b", 0), ("b", 1), ("c", 0)])
        ]
    )
    known = rivals.rivals(3)
    popular = known["popularity"][0][1](log)
    assert popular.tolist() == [[3, 2, 0]] * 3
    near = dict(known["item-kNN"])["shrink 0, k 3"](log)
    assert near[2] == pytest.approx([0, 2 / np.sqrt(6), 0])
    # Of EASE, that no other matrix without a diagonal does better than.
    x = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0]], float)
    ease = dict(known["EASE"])["ridge 30"](log)
    b = np.zeros((3, 3))
    for column in range(3):
        others = [i for i in range(3) if i != column]
        b[others, column] = np.linalg.solve(
            x[:, others].T @ x[:, others] + 30 * np.eye(2), x[:, others].T @ x[:, column]
        )
    assert ease == pytest.approx(x @ b)


def test_of_very_many_items_only_popularity_is_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "extra bench" in rivals.left_out(3) or rivals.left_out(3) == ""
    monkeypatch.setattr(rivals, "LARGEST", 2)
    assert list(rivals.rivals(3)) == ["popularity"]
    assert "only popularity" in rivals.left_out(3)


def test_the_command_prints_all_of_it(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["eval", str(shop), str(shop), "--out", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"popularity", "item-kNN", "EASE"} <= set(found["baselines"])
    assert found["n"] == 20
    assert found["metrics"]["ndcg_10"][0] > found["baselines"]["popularity"]["ndcg_10"][0]
    assert found["new_items"]["items"] == 5
    assert (tmp_path / "out" / "report.html").is_file()
    assert "\n".join(recommending.lines(found)).count("NDCG@10") >= 4
