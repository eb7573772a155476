"""Recipes about cases: their sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from duli import recipe
from duli.errors import RecipeError
from duli.recipe.cases import Cases, section

RECIPE = '[recipe]\nname = "mine"\n[case]\nsentences = "said.toml"\n'


def made(folder: Path, sentences: str) -> Cases:
    (folder / "recipe.toml").write_text(RECIPE)
    (folder / "rules.dl").write_text("late(X) :- paid(X, D), days(D) > days('2020-01-31').\n")
    (folder / "said.toml").write_text(sentences)
    found = recipe.read(folder).cases
    assert found is not None
    return found


def test_rows_are_told_in_both_languages(tmp_path: Path) -> None:
    cases = made(
        tmp_path,
        '[conclusions]\ns12_b_2 = ["who amount", "{who} owes {amount}", "{who}欠{amount}"]\n'
        '[facts]\npaid = ["who day", "{who} paid on {day}", "{who}于{day}付款"]\n',
    )
    assert cases.inputs == {"paid": 2, "s12_b_2": 2}
    assert cases.say("s12_b_2", ("ann", 1234.5)) == ("ann owes $1,234.50", "§12(b)(2)")
    assert cases.say("s12_b_2", ("安", 1200), "zh") == ("安欠$1,200", "§12(b)(2)")
    assert cases.say("\\+s12_b_2", ("ann", "_")) == ("nothing shows that ann owes any", "§12(b)(2)")
    assert cases.say("paid", ("ann", "9999-12-31")) == ("ann paid on …", "")
    assert cases.say("\\+paid", ("ann", "_")) is None
    assert cases.say("late", ("ann",)) is None


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ('[conclusions]\ns1 = ["who", "{who}"]\n', "needs its arguments"),
        ('[facts]\npaid = ["who", "{whom} paid", "{who}"]\n', "has no argument whom"),
        ('[fact]\npaid = ["who", "{who} paid", "{who}"]\n', "is not a table"),
    ],
)
def test_a_sentence_that_is_wrong(tmp_path: Path, sentences: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        made(tmp_path, sentences)


def test_sentences_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "rules.dl").write_text("p(a).\n")
    with pytest.raises(RecipeError, match="sentences"):
        recipe.read(tmp_path)


def test_sections_are_cited_by_name() -> None:
    assert section("s2_b_1_A_i_II") == "§2(b)(1)(A)(i)(II)"
    assert section("s151_c_applies") == "§151(c)"
    assert section("spouses") == ""
