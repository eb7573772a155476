"""fit, predict, score; saved and loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.utils import estimator_checks

import duli
from duli.errors import DataError, InputError, ModelError
from duli.lm import FakeEncoder
from duli.neural.posterior import Structure
from duli.reason import Reasoner

TEXTS = [
    *(f"the {who} scored in the match number {n}" for n in range(8) for who in ("striker", "keeper")),
    *(f"{what} fell at the exchange on day {n}" for n in range(8) for what in ("bonds", "oil")),
    *(f"明天{city}有{n}级大风" for n in range(8) for city in ("北京", "上海")),
]
LABELS = ["sport"] * 16 + ["trade"] * 16 + ["天气"] * 16


@pytest.fixture
def plain(topics: Path) -> Path:
    """The recipe of topics with one table."""
    text = (topics / "recipe.toml").read_text("utf-8")
    start, end = text.index('[[classify]]\npredicate = "mood"'), text.index("[answer]")
    (topics / "recipe.toml").write_text(text[:start] + text[end:], "utf-8")
    rules = (topics / "rules.dl").read_text("utf-8")
    (topics / "rules.dl").write_text("".join(r for r in rules.splitlines(True) if "mood" not in r), "utf-8")
    return topics


def test_labels_are_learned(plain: Path) -> None:
    reasoner = duli.load(plain)
    before = reasoner.predict_proba(TEXTS)
    assert reasoner.classes_.tolist() == ["sport", "trade", "天气", "none"]
    few: list[str | None] = [label if n % 4 == 0 else None for n, label in enumerate(LABELS)]
    assert reasoner.fit(TEXTS, few, seed=1) is reasoner
    after = reasoner.predict_proba(TEXTS)
    assert after.shape == (48, 4)
    assert after.sum(1) == pytest.approx(1)
    gold = np.arange(48), np.repeat(np.arange(3), 16)
    assert np.log(after[gold]).mean() > np.log(np.maximum(before[gold], 1e-12)).mean()
    assert reasoner.score(TEXTS, LABELS) > 0.95
    assert reasoner.record is not None
    assert (reasoner.record.config["labelled"], reasoner.record.seed) == (12, 1)


def test_predictions_are_the_programs_answers(plain: Path) -> None:
    with (plain / "rules.dl").open("a") as file:
        file.write("0.5::halved(D, T) :- topic(D, T).\n")
    text = (plain / "recipe.toml").read_text("utf-8")
    (plain / "recipe.toml").write_text(text.replace('"about"', '"halved"'), "utf-8")
    reasoner = duli.load(plain)
    (topic,) = reasoner.classify(TEXTS[:5])
    found = reasoner.predict_proba(TEXTS[:5])
    assert found[:, :3] == pytest.approx(topic.probabilities / 2)
    assert found.sum(1) == pytest.approx(1)


def test_many_texts_answer_as_one_does(plain: Path) -> None:
    reasoner = duli.load(plain).fit(TEXTS)
    together = reasoner.predict_proba(TEXTS[:6])
    alone = np.vstack([reasoner.predict_proba([text]) for text in TEXTS[:6]])
    assert together == pytest.approx(alone, abs=1e-6)
    asked = reasoner.ask(TEXTS[0])
    assert asked.probability == pytest.approx(together[0].max(), abs=1e-6)


def test_what_is_saved_answers_the_same(plain: Path, tmp_path: Path) -> None:
    reasoner = duli.load(plain).fit(TEXTS, LABELS)
    out = tmp_path / "out"
    reasoner.save_pretrained(out)
    assert {"config.json", "model.safetensors", "README.md", "recipe.toml"} <= {p.name for p in out.iterdir()}
    assert "48 texts, 48 of them labelled" in (out / "README.md").read_text("utf-8")
    expected = reasoner.predict_proba(TEXTS)
    for loaded in (duli.load(plain, fitted=out), duli.load(out), Reasoner.from_pretrained(out)):
        np.testing.assert_array_equal(loaded.predict_proba(TEXTS), expected)
    config = json.loads((out / "config.json").read_text("utf-8"))
    assert config["run"]["versions"]["numpy"] == np.__version__
    other = duli.load(plain).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(other.predict_proba(TEXTS), expected)


@pytest.mark.parametrize("structure", ["kronecker", "full"])
def test_what_few_labels_leave_open_goes_through_the_rules(
    plain: Path, tmp_path: Path, structure: Structure
) -> None:
    with (plain / "rules.dl").open("a") as file:
        file.write("0.5::halved(D, T) :- topic(D, T).\n")
    text = (plain / "recipe.toml").read_text("utf-8")
    (plain / "recipe.toml").write_text(text.replace('"about"', '"halved"'), "utf-8")
    few: list[str | None] = [label if n % 8 == 0 else None for n, label in enumerate(LABELS)]
    narrow, wide = duli.load(plain, encoder=FakeEncoder(16)), duli.load(plain, encoder=FakeEncoder(16))
    wide.fit(TEXTS, few, posterior=structure)
    low, high = wide.predict_interval(TEXTS[:4])
    mean = wide.predict_proba(TEXTS[:4])
    assert low.shape == high.shape == (4, 4)
    assert (low <= mean + 0.02).all()
    assert (mean - 0.02 <= high).all()
    assert (high[:, :3] <= 0.5 + 1e-9).all()
    assert (high - low).max() > 0.01
    narrow.fit(TEXTS, LABELS, posterior=structure)
    least, most = narrow.predict_interval(TEXTS[:4])
    assert (most - least).mean() < (high - low).mean()
    wide.save_pretrained(tmp_path / "saved")
    loaded = Reasoner.from_pretrained(tmp_path / "saved", encoder=FakeEncoder(16))
    np.testing.assert_allclose(loaded.predict_interval(TEXTS[:4]), (low, high), atol=1e-6)
    best = loaded.ask(TEXTS[0]).ranked[0]
    assert best.kind == "estimate"
    assert best.interval[0] <= best.probability <= best.interval[1]
    with pytest.raises(InputError, match="fitted without a posterior"):
        duli.load(plain, encoder=FakeEncoder(16)).fit(TEXTS, LABELS).predict_interval(TEXTS[:4])


def test_what_is_promised_is_kept(plain: Path, tmp_path: Path) -> None:
    """Half of the texts, by chance, are called sport or trade: nobody can know, so they are not answered."""
    odd = [f"the {who} was asked about it {n}" for n in range(60) for who in ("chairman", "captain")]
    labels = [*LABELS * 2, *np.random.default_rng(0).choice(["sport", "trade"], 120).tolist()]
    texts = [*TEXTS, *(f"{text} again" for text in TEXTS), *odd]
    reasoner = duli.load(plain).fit(texts, labels, risk=0.1)
    promise = reasoner.trained(reasoner.recipe.tables[0]).promise
    assert promise is not None
    assert 0.5 < promise.answer <= 1
    assert 0.2 < promise.answered < 0.6
    reasoner.save_pretrained(tmp_path / "saved")
    loaded = Reasoner.from_pretrained(tmp_path / "saved")
    assert loaded.trained(loaded.recipe.tables[0]).promise == promise
    new = [loaded.ask(f"the {who} was asked about it twice") for who in ("chairman", "captain", "coach")]
    unsure, sure = min(new, key=lambda answer: not answer.abstained), loaded.ask(TEXTS[0])
    assert unsure.abstained
    assert unsure.reason is not None
    assert "too unsure" in unsure.reason
    assert "10% of wrong answers" in unsure.reason
    assert sure.best == "sport"
    held = [label in found for label, found in zip(labels, loaded.predict_set(texts), strict=True)]
    assert np.mean(held) >= 0.88
    with pytest.raises(InputError, match="a promise needs texts with labels"):
        duli.load(plain).fit(texts, risk=0.1)
    with pytest.raises(InputError, match="nothing was promised"):
        duli.load(plain).predict_set(texts)


def test_several_tables_are_saved(topics: Path, tmp_path: Path) -> None:
    text = (topics / "recipe.toml").read_text("utf-8").replace('"about"', '"topic"')
    (topics / "recipe.toml").write_text(text, "utf-8")
    reasoner = duli.load(topics).fit(TEXTS, LABELS)
    reasoner.save_pretrained(tmp_path / "out")
    loaded = duli.load(tmp_path / "out")
    for one, other in zip(reasoner.classify(TEXTS), loaded.classify(TEXTS), strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_a_checkpoint_of_something_else(plain: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    duli.load(plain).fit(TEXTS).save_pretrained(out)
    with pytest.raises(ModelError, match="fitted on the model fake"):
        duli.load(plain, fitted=out, encoder=FakeEncoder(64))
    file = plain / "recipe.toml"
    text = file.read_text("utf-8")
    for old, new, message in (
        ("trade =", "commerce =", "for other labels of topic: commerce, trade"),
        ('none = "something else entirely"\n', "", "with none = True"),
        ('predicate = "topic"', 'predicate = "subject"', "fitted for topic, which the recipe does not fill"),
    ):
        file.write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(InputError, match=message):
            duli.load(plain, fitted=out)
    file.write_text(text, "utf-8")
    weights = (out / "model.safetensors").read_bytes()
    for damaged in (weights[:-10], b"", b"pickle"):
        (out / "model.safetensors").write_bytes(damaged)
        with pytest.raises(DataError, match="nothing that was fitted is here"):
            duli.load(plain, fitted=out)
    (out / "model.safetensors").write_bytes(weights)
    for config, message in (
        ("{}", "no fitted reasoner"),
        ("{", "nothing that was fitted"),
        ('{"format": 2, "kind": "reasoner"}', "damaged"),
    ):
        (out / "config.json").write_text(config, "utf-8")
        with pytest.raises(DataError, match=message):
            duli.load(plain, fitted=out)
    shutil.rmtree(out)
    with pytest.raises(DataError, match="nothing that was fitted is here"):
        duli.load(plain, fitted=out)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ([], None, "there is no text to learn from"),
        (["a"], ["sport", "trade"], "there are 1 texts and 2 labels"),
        (["a", " "], None, "row 2: there is no text"),
        (["a", 3], None, "row 2: this is a int"),
        (["a" * 100_001], None, "row 1: the text has 100,001 characters"),
        ("a", None, "one text was given where a list"),
        (["a"], ["sprot"], "the label 'sprot' of row 1 is not described"),
        (["a"], [float("nan")], "the label of row 1 must be a text, not nan"),
    ],
)
def test_what_cannot_be_learned_from(plain: Path, texts: list[str], labels: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        duli.load(plain).fit(texts, labels)


def test_recipes_that_predict_nothing(plants: Path, plain: Path) -> None:
    with pytest.raises(InputError, match="no labels to learn"):
        duli.load(plants).fit(TEXTS)
    with pytest.raises(InputError, match="does not say which labels"):
        duli.load(plants).predict(TEXTS)
    (plain / "rules.dl").write_text(
        "about(D, other) :- topic(D, _). vote(f, D, sport) :- word(D, goal).", "utf-8"
    )
    with pytest.raises(InputError, match="answers 'other', which is no label"):
        duli.load(plain).predict(TEXTS)


def test_labels_that_do_not_exclude_one_another(topics: Path) -> None:
    text = (topics / "recipe.toml").read_text("utf-8").replace('"about"', '"mood"')
    (topics / "recipe.toml").write_text(text, "utf-8")
    reasoner = duli.load(topics)
    assert reasoner.classes_.tolist() == ["glad", "angry"]
    texts, labels = (
        ["we are happy", "we are furious", "delighted, furious", "plain"] * 4,
        [["glad"], "angry", ["glad", "angry"], []] * 4,
    )
    reasoner.fit(texts, labels)
    assert reasoner.predict(texts[:4]) == [("glad",), ("angry",), ("glad", "angry"), ()]


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_valid_tag_types,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_mixin_order,
    ],
    ids=lambda check: check.__name__,
)
def test_scikit_learns_checks_that_need_no_numbers(plain: Path, check: Callable[..., None]) -> None:
    """The others fit on arrays of numbers; what is read here is text."""
    check("Reasoner", duli.load(plain))


def test_parameters_that_there_are_not(plain: Path) -> None:
    with pytest.raises(InputError, match="no parameter 'depth'"):
        duli.load(plain).set_params(depth=3)


def test_fitting_again_gives_the_same_and_changes_no_texts(plain: Path) -> None:
    texts, labels = [*TEXTS], [*LABELS]
    reasoner = duli.load(plain)
    first = reasoner.fit(texts, labels).predict_proba(texts)
    np.testing.assert_array_equal(reasoner.fit(texts, labels).predict_proba(texts), first)
    order = np.random.default_rng(0).permutation(len(texts))
    # The vectors are of single precision, and a matrix product rounds by the place of a row.
    np.testing.assert_allclose(reasoner.predict_proba([texts[row] for row in order]), first[order], rtol=1e-5)
    assert (texts, labels) == (TEXTS, LABELS)


def test_scikit_learn_cross_validates_it(plain: Path) -> None:
    scores = cross_val_score(duli.load(plain), TEXTS, LABELS, cv=2)
    assert scores.shape == (2,)
    assert scores.min() > 0.6


def test_nothing_is_sent_without_being_asked(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DULI_OFFLINE", raising=False)
    with pytest.raises(InputError, match="nothing is sent to the hub"):
        duli.load(plain).push_to_hub("me/mine")


def test_nothing_is_written_outside_the_folder(plain: Path, tmp_path: Path) -> None:
    (plain / "rules.dl").rename(plain.parent / "outside.dl")
    text = (plain / "recipe.toml").read_text("utf-8")
    (plain / "recipe.toml").write_text(
        text.replace("[recipe]", '[recipe]\nrules = "../outside.dl"', 1), "utf-8"
    )
    reasoner = duli.load(plain)
    out = tmp_path / "deep" / "out"
    with pytest.raises(InputError, match="lies outside its folder"):
        reasoner.save_pretrained(out)
    assert not (out.parent / "outside.dl").exists()
