"""A picture, speech and a text say together what a table's labels are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from duli import recipe
from duli.errors import InputError, RecipeError
from duli.neural.fusion import fuse
from duli.reason import Reasoner, media
from duli.service import cli
from tests.lm.conftest import clip, wav2vec
from tests.lm.test_speech import recording

pytest.importorskip("PIL.Image", reason="needs the extra image")

RECIPE = """[recipe]
name = "damage"

[model]
encoder = "fake"

[image]
folder = "clip"

[speech]
folder = "wav2vec"

[[classify]]
predicate = "state"
inputs = ["text", "image", "speech"]

[classify.labels]
broken = ["the lamp is broken", "灯坏了"]
whole = ["all is well with it", "一切都好"]

[[classify]]
predicate = "shown"
inputs = ["image"]

[classify.labels]
cyst = ["renal cyst"]
seizure = ["seizure"]
"""


@pytest.fixture
def damage(tmp_path: Path) -> Path:
    folder = tmp_path / "damage"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    clip(folder / "clip")
    wav2vec(folder / "wav2vec")
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 256, (9, 12, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(folder / "lamp.png")
    (folder / "call.wav").write_bytes(recording(np.random.default_rng(2).normal(scale=0.1, size=8000)))
    return folder


def probabilities(answer: object) -> dict[str, float]:
    return {str(r.value): r.probability for r in answer.ranked}  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["the lamp is broken", "灯坏了，怎么办"])
def test_all_are_put_together_and_what_is_missing_is_no_evidence(damage: Path, text: str) -> None:
    reasoner = Reasoner(recipe.read(damage))
    table = reasoner.recipe.tables[0]
    alone = probabilities(reasoner.ask(text))
    picture = probabilities(reasoner.ask("", files={"image": damage / "lamp.png"}))
    speech = probabilities(reasoner.ask("", files={"speech": damage / "call.wav"}))
    files = {"image": damage / "lamp.png", "speech": damage / "call.wav"}
    together = probabilities(reasoner.ask(text, files=files))
    parts = [np.array([p[name] for name in table.names]) for p in (alone, picture, speech)]
    assert [together[name] for name in table.names] == pytest.approx(fuse(parts, 2), rel=1e-6)
    assert picture != speech != alone


def test_speech_counts_as_the_text_that_is_heard(damage: Path) -> None:
    reasoner = Reasoner(recipe.read(damage))
    heard = media._heard(reasoner, {"speech": damage / "call.wav"})
    assert heard
    said = reasoner.ask("", files={"speech": damage / "call.wav"})
    assert probabilities(said) == pytest.approx(probabilities(reasoner.ask(heard)))


def test_a_table_that_reads_pictures_alone_says_nothing_without_one(damage: Path) -> None:
    reasoner = Reasoner(recipe.read(damage))
    shown = {c.labels.predicate: c.probabilities for c in reasoner.classify(["one", "two"])}["shown"]
    assert shown == pytest.approx(np.full((2, 2), 0.5))


def test_the_command_takes_files(damage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, speech = str(damage / "lamp.png"), str(damage / "call.wav")
    assert cli.run(["ask", str(damage), "--image", image, "--speech", speech, "--json"]) == 0
    assert {a["value"] for a in json.loads(capsys.readouterr().out)["answers"]} == {"broken", "whole"}
    assert cli.run(["ask", str(damage), "it fell", "--image", str(damage / "none.png")]) == 2
    assert "the file is not there" in capsys.readouterr().err
    assert cli.run(["ask", str(damage), "it fell", "--image", speech]) == 2
    assert "this is no picture" in capsys.readouterr().err
    assert cli.run(["ask", "law", "--image", image]) == 2
    assert "reads no image" in capsys.readouterr().err


def test_a_recipe_that_reads_text_alone_takes_no_picture(plants: Path) -> None:
    with pytest.raises(InputError, match="the recipe reads no image"):
        Reasoner(recipe.read(plants)).ask("spots", files={"image": plants / "recipe.toml"})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["image"]', '["smell"]', "inputs must be a list of"),
        ('["image"]', '"image"', "inputs must be a list of"),
        (
            'inputs = ["image"]',
            'inputs = ["image"]\nexclusive = false\nnone = "other"',
            "labels that exclude",
        ),
        ('[image]\nfolder = "clip"\n', "", "the table [image] is missing"),
        ('folder = "clip"', 'model = "owner/name"', "[image] must name a model"),
        ('folder = "clip"', 'path = "clip"', "'path' is not a key of [image]"),
    ],
)
def test_a_mistake_in_the_recipe(damage: Path, old: str, new: str, message: str) -> None:
    file = damage / "recipe.toml"
    file.write_text(RECIPE.replace(old, new, 1), "utf-8")
    with pytest.raises(RecipeError) as caught:
        recipe.read(damage)
    assert message in caught.value.message
