"""A browser, and a server of small recipes for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("playwright.sync_api")

from playwright.sync_api import sync_playwright

from tests.service.http.conftest import SECRETS, TOPIC_RULES, TOPICS, Running, running, write

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium, Debian's."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_playwright() as made:
        found = made.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A recipe of texts, and the ones that need no model."""
    folder = tmp_path_factory.mktemp("page")
    topics = write(folder / "topics", TOPICS, TOPIC_RULES)
    kept = f"sqlite:///{folder / 'store.db'}"
    with running([topics, Path("prove"), Path("law")], rate=1000, burst=1000, store=kept) as made:
        yield made


@pytest.fixture
def page(browser: Any, served: Running) -> Iterator[Any]:
    """The page, entered with a token; the test fails where its script does, or asks another server."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, locale="en-GB")
    made, mistakes, requests = context.new_page(), list[str](), list[str]()
    made.set_default_timeout(60_000)
    made.on("pageerror", lambda error: mistakes.append(str(error)))
    made.on("request", lambda sent: requests.append(sent.url))
    made.goto(f"{served.address}/#token={SECRETS['all']}")
    made.wait_for_selector("#recipe")
    yield made
    context.close()
    assert mistakes == []
    assert [url for url in requests if not url.startswith((served.address, "data:"))] == []
