"""Stops, settings and JSON, with a generator that says what it is told to say."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from duli import lm
from duli.errors import InputError, ModelError
from duli.lm.generation import Schema


class Says:
    """One answer a question, in pieces; remembers how it was asked and whether it was closed."""

    name = "says"
    revision = "0" * 32

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, lm.Settings, Schema | None]] = []
        self.closed = False

    def stream(
        self, prompt: str, settings: lm.Settings, schema: Schema | None = None
    ) -> Generator[str, None, None]:
        self.asked.append((prompt, settings, schema))
        try:
            yield from self.answers[len(self.asked) - 1]
        finally:
            self.closed = True


@pytest.mark.parametrize(
    ("pieces", "stop", "found"),
    [
        (["ab", "cd"], (), ["ab", "cd"]),
        (["ab", "cd"], ("x",), ["ab", "cd"]),
        (["ab", "cd"], ("bc",), ["a"]),
        (["ab", "cd", "ef"], ("de", "c"), ["a", "b"]),
        (["a", "b", "a", "b", "c"], ("abc",), ["a", "b"]),
        (["a", "b", "a"], ("abc",), ["a", "ba"]),
        (["ab"], ("ab",), []),
        ([], ("ab",), []),
        (["肾囊", "肿。病"], ("。",), ["肾囊", "肿"]),
    ],
)
def test_stops(pieces: list[str], stop: tuple[str, ...], found: list[str]) -> None:
    says = Says(pieces)
    assert list(lm.generate(says, "q", lm.Settings(stop=stop))) == found
    assert says.closed


def test_who_wants_no_more_stops_the_model() -> None:
    says = Says(["a"] * 1000)
    answer = lm.generate(says, "q")
    assert next(iter(answer)) == "a"
    assert not says.closed
    answer.close()
    assert says.closed


@pytest.mark.parametrize(
    "wrong",
    [{"max_tokens": 0}, {"temperature": -1.0}, {"temperature": float("nan")}, {"stop": ("",)}, {"stop": "x"}],
)
def test_settings_that_are_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        lm.Settings(**wrong)


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.fixture
def _schemas() -> None:
    pytest.importorskip("jsonschema", reason="needs the extra json")


@pytest.mark.usefixtures("_schemas")
def test_json_is_tried_again() -> None:
    says = Says(["no"], ['{"a": "text"}'], ['{"a"', ": 1}"])
    assert lm.generate_json(says, "q", SCHEMA, lm.Settings(seed=5)) == {"a": 1}
    assert [settings.seed for _, settings, _ in says.asked] == [5, 6, 7]
    assert [settings.temperature for _, settings, _ in says.asked] == [0, 0.7, 0.7]
    assert all(schema == SCHEMA and prompt.startswith("q") for prompt, _, schema in says.asked)
    assert '"integer"' in says.asked[0][0]


@pytest.mark.usefixtures("_schemas")
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("no", "not JSON"),
        ('{"a": 1', "not JSON"),
        ('{"a": "text"}', r"\$\.a: 'text' is not of type 'integer'"),
        ("{}", "required"),
        ('{"a": NaN}', "no number of JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_json_that_never_fits(answer: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        lm.generate_json(Says([answer], [answer]), "q", SCHEMA, tries=2)


@pytest.mark.usefixtures("_schemas")
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nothing"},
        {"properties": 3},
        {"$ref": "https://schemas.example/a.json"},
        {"properties": {"a": {"items": [{"$ref": "file:///etc/passwd"}]}}},
        {"enum": [{1, 2}]},
    ],
)
def test_schemas_that_are_none(schema: dict[str, Any]) -> None:
    says = Says(["1"])
    with pytest.raises(InputError, match="schema"):
        lm.generate_json(says, "q", schema)
    assert says.asked == []


@pytest.mark.usefixtures("_schemas")
def test_a_reference_within_the_schema() -> None:
    schema = {"$defs": {"n": {"type": "integer"}}, "items": {"$ref": "#/$defs/n"}}
    assert lm.generate_json(Says(["[1, 2]"]), "q", schema) == [1, 2]
    with pytest.raises(ModelError, match="not of type"):
        lm.generate_json(Says(['["a"]']), "q", schema, tries=1)
