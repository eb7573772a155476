"""Sentences read by forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from duli import recipe
from duli.errors import InputError, RecipeError
from duli.recipe.forms import Form, Forms, read
from duli.recipe.tomlfile import TomlFile


@pytest.mark.parametrize(
    ("form", "says", "sentence", "expected"),
    [
        ("{a} died [on ]{day}.", "death('{a}', '{day}').", "Ann died on Feb 3rd, 2014.", "death('Ann', '2014-02-03')."),
        ("{a} died [on ]{day}.", "death('{a}', '{day}').", "Ann died Sept 13th, 2014.", "death('Ann', '2014-09-13')."),
        ("{a} died [on ]{day}.", "death('{a}', '{day}').", "Ann died on February 30th, 2014.", None),
        ("{a} died [on ]{day}.", "death('{a}', '{day}').", "Ann died on a Sunday.", None),
        ("{a}于{day}去世。", "death('{a}', '{day}').", "安于2014年7月9日去世。", "death('安', '2014-07-09')."),
        ("{a} <has|had> {amount}.", "p({n}, {amount}).", "Ann had $1,250.50.", "p(7, 1250.50)."),
        ("In {from}-{to}.", "p('{from}', '{to}').", "In 2004-2006.", "p('2004-01-01', '2006-12-31')."),
        ("Until {to}.", "p({to_year}).", "Until May 2nd, 2006.", "p(2006)."),
        ("{a} got {amount} and {amount2}.", "p({amount2}).", "Ann got 1 and 2.", "p(2)."),
        ("{a} met {a}.", "p.", "Ann met Ben.", None),
        ("{a} keeps {percent}% (as 152(c)(1) says).", "p({percent}).", "Ann keeps 40% (as 152(c)(1) says).", "p(40)."),
    ],
)  # fmt: skip
def test_a_form(form: str, says: str, sentence: str, expected: str | None) -> None:
    assert Form(form, says).read(sentence, 7) == expected


def test_what_has_no_form_is_told_and_not_read() -> None:
    forms = Forms(
        (Form("{a} died on {day}.", "death('{a}', '{day}')."),), (Form("Is {a} alive?", "alive('{a}')"),)
    )
    program, left = forms.read("Ann died on May 2nd, 2014. Ann sang. Ben died on May 3rd, 2014.")
    assert program == (
        "% Ann died on May 2nd, 2014.\ndeath('Ann', '2014-05-02').\n"
        "% Ben died on May 3rd, 2014.\ndeath('Ben', '2014-05-03').\n"
    )
    assert left == ("Ann sang.",)
    with pytest.raises(InputError, match="this sentence is not read: Ann dies on a Sunday") as caught:
        forms.program("Ann dies on a Sunday.", "case.txt")
    assert caught.value.hint == "the nearest form: {a} died on {day}."
    assert forms.question("Is Ann alive?") == "alive('Ann')"
    assert forms.question("alive(X)") == "alive(X)"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"{a} has {house}." = "p."', "is no slot"),
        ("\"{a} died.\" = \"death('{a}', '{day}').\"", "has no {day}"),
    ],
)
def test_a_form_that_is_wrong(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "forms.toml").write_text(f"[case]\n{line}\n")
    with pytest.raises(RecipeError, match=message):
        read(TomlFile(tmp_path / "forms.toml"))


def test_the_forms_of_law_are_read() -> None:
    cases = recipe.read("law").cases
    assert cases is not None
    assert len(cases.forms.case) > 50
