"""The gallery shows every recipe that has a picture, and its pages are those that the command writes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from duli.recipe import built_in
from examples import gallery

PICTURES = sorted((gallery.DOCS / "gallery").glob("*.svg"))


def test_the_pages_are_those_that_the_command_writes() -> None:
    names = {path.stem for path in PICTURES}
    shown = [scene for scene in gallery.scenes() if scene["recipe"] in names]
    assert (gallery.DOCS / "gallery.md").read_text("utf-8") == gallery.page(shown, "en")
    assert (gallery.DOCS / "zh" / "gallery.md").read_text("utf-8") == gallery.page(shown, "zh")
    assert names <= set(built_in())


def test_each_recipe_has_five_lines_in_both_languages() -> None:
    assert all(len(scene["en"]) == len(scene["zh"]) == 5 for scene in gallery.scenes())


@pytest.mark.parametrize("path", PICTURES, ids=lambda p: p.stem)
def test_a_picture_needs_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    ET.fromstring(text)  # noqa: S314
    assert "@font-face" not in text
    assert "href" not in text


def test_a_command_is_run_and_its_times_are_left_out() -> None:
    scene = {"recipe": "prove", "command": "duli run reach.dl", "files": ["examples/reach.dl"], "lines": 20}
    printed = gallery.answer(scene)
    assert "reach(" in printed
    assert gallery.picture(scene, printed) == gallery.picture(scene, printed)
    assert "reach" in gallery.picture(scene, printed)
    assert gallery.TIMES.sub("…", "of 12,687 in 1.28 s. 14 ms") == "of 12,687 in … s. … ms"
    with pytest.raises(RuntimeError, match="failed"):
        gallery.answer({**scene, "command": "duli run nothing.dl"})
