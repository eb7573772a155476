from pathlib import Path

import pytest

from duli import load, recipe
from duli.errors import InputError, ModelError, Place, RecipeError


def test_a_recipe_is_read(plants: Path) -> None:
    read = recipe.read(plants)
    assert (read.name, read.model["name"], read.notice) == ("plants", "fake", "Ask a gardener.")
    assert read.changing == {"there": 3, "gone": 3, "hidden": 2}
    assert read.answer.labels == ("plant_disease", "sign")
    assert [s.relation for s in read.sources] == ["sign", "plant_disease", "seen"]
    assert recipe.read(plants / "recipe.toml") == read


def test_the_built_in_recipes_can_be_read() -> None:
    assert {"diagnosis", "law", "monitor", "prove", "support"} <= set(recipe.built_in())
    assert recipe.read("diagnosis").notice.startswith("Not a medical device")


@pytest.mark.parametrize(
    ("name", "hint"), [("diagnosys", "did you mean diagnosis?"), ("zzz", "there are: converse, diagnosis")]
)
def test_a_recipe_that_is_not_there(name: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe.read(name)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("[link]", "[links]", "'links' is not a table", 7),
        ("present =", "presence =", "'presence' is not a key of [link]", 9),
        ('encoder = "fake"', 'encode = "fake"', "'encode' is not a key of [model]", 6),
        ('encoder = "fake"', "encoder = 3", "[model] needs encoder", 6),
        ('names = "called"', "", "[link] needs names", None),
        ('predicate = "ails"', "", "[answer] needs predicate", None),
        ("[recipe]", "[recipe", "this is not TOML", None),
        ('notice = "Ask a gardener."', 'rules = "others.dl"', "the rules others.dl are not there", None),
    ],
)
def test_a_recipe_with_a_mistake(plants: Path, old: str, new: str, message: str, line: int | None) -> None:
    file = plants / "recipe.toml"
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(RecipeError) as caught:
        recipe.read(plants)
    assert caught.value.message.startswith(message)
    where = caught.value.where
    assert line is None or (isinstance(where, Place) and where.line == line)


def test_the_model_is_told_with_what_it_needs(plants: Path) -> None:
    file = plants / "recipe.toml"
    table = 'encoder = "openai"\nurl = "http://127.0.0.1:1/v1"\nmodel = "m"\nkey = "DULI_KEY_A"\nfolder = "models/m"'
    file.write_text(file.read_text("utf-8").replace('encoder = "fake"', table), "utf-8")
    assert recipe.read(plants).model == {
        "name": "openai",
        "url": "http://127.0.0.1:1/v1",
        "model": "m",
        "key": "DULI_KEY_A",
        "folder": plants / "models" / "m",
    }


@pytest.mark.parametrize("encoder", ["bert", "hf", "openai"])
def test_a_model_that_cannot_be_made_names_the_line(encoder: str, plants: Path) -> None:
    file = plants / "recipe.toml"
    file.write_text(file.read_text("utf-8").replace('"fake"', f'"{encoder}"'), "utf-8")
    with pytest.raises(ModelError) as caught:
        _ = load(plants).encoder
    assert isinstance(caught.value.where, Place)
    assert caught.value.where.line == 6


def test_a_recipe_that_is_not_utf8(plants: Path) -> None:
    (plants / "recipe.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match=r"not UTF-8"):
        recipe.read(plants)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no text"),
        (" \n", "there is no text"),
        ("a" * 100_001, "100,000 is the limit"),
        ("a\0b", "not text"),
    ],
)
def test_what_is_no_question(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        recipe.text_of(text)


def test_texts_in_any_script_are_text() -> None:
    for text in ("发热，没有皮疹", "حمى", "лихорадка", "fever\n\ttab 🙂"):
        assert recipe.text_of(text) == text


def test_rules_that_are_not_utf8(plants: Path) -> None:
    (plants / "rules.dl").write_bytes(b"% \xff\n")
    with pytest.raises(RecipeError, match="not UTF-8") as caught:
        recipe.read(plants)
    assert str(caught.value.where).endswith("rules.dl")
