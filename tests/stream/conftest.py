"""The built-in recipe read by the fake encoder: what words mean decides the mood."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from duli.lm import FakeEncoder
from duli.reason import load
from duli.recipe import find
from duli.stream.news import Source
from duli.stream.reading import Reader
from duli.stream.sources import source
from duli.stream.watching import Watching
from tests.stream.support import Watch


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipes") / "monitor"
    shutil.copytree(find("monitor"), folder)
    return folder


@pytest.fixture(scope="session")
def reader(recipe: Path) -> Reader:
    return Reader(load(recipe, encoder=FakeEncoder()))


@pytest.fixture
def watch(reader: Reader, tmp_path: Path) -> Watch:
    """Watches sources to their end, with one state; returns the tally and the alerts."""

    def run(*sources: str | Path | Source, addresses: Iterable[str] = ()) -> Any:
        alerts: list[dict[str, Any]] = []
        made = [source(str(s), follow=False) if isinstance(s, str | Path) else s for s in sources]
        state = tmp_path / "state.sqlite"
        watching = Watching(lambda: reader, [], state, made, list(addresses), alerts.append)
        return watching.run(), alerts

    return run
