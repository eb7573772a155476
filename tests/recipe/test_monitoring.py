from __future__ import annotations

from pathlib import Path

import pytest

from duli.errors import RecipeError
from duli.recipe import find, read
from duli.recipe.monitoring import seconds


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = (find("monitor") / "recipe.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "recipe.toml").write_text(text.replace(old, new, 1), "utf-8")
    (tmp_path / "rules.dl").write_text("query(risk(T, C)). risk(0, x).", "utf-8")
    return tmp_path


def test_what_is_watched_is_read() -> None:
    watch = read("monitor").watch
    assert watch is not None
    assert (watch.window, watch.lateness, watch.false_alarms) == (3_600, 600, 0.1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('window = "1h"', 'window = "soon"', "window must be a span of time"),
        ('window = "1h"', 'window = "0h"', "window must be a span of time"),
        ('window = "1h"', 'window = "60d"', "memory must not be shorter"),
        ("false_alarms = 0.1", "false_alarms = 0", "false_alarms must be a number from"),
        ("false_alarms = 0.1", "false_alarms = true", "false_alarms must be a number from"),
        ('topic = "topic"', 'topic = "theme"', r"there is no \[\[classify\]\] of 'theme'"),
        ('bad = "negative"', 'bad = "awful"', "'awful' is no label of mood"),
        ('names = "called"', "names = 3", 'needs names = "a text"'),
        ('names = "called"', 'named = "called"', "did you mean names"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as error:
        read(changed(tmp_path, old, new))
    assert "recipe.toml" in str(error.value)


def test_spans_of_time() -> None:
    assert [seconds(text) for text in ("0s", "10m", "2d", "-1h", "1 h", "")] == [
        0,
        600,
        172_800,
        None,
        None,
        None,
    ]
