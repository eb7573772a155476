"""Settings come from what is given, the environment, a file, the defaults, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from duli.errors import DuliError
from duli.service.http import settings
from duli.service.http.settings import Settings

ROOT = Path(__file__).parents[3]


def test_what_is_given_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text('port = 1000\nqueue = 3\nrate = 5\nhost = "::1"\n', "utf-8")
    found = settings.read(file, {"DULI_SERVE_PORT": "2000", "DULI_SERVE_RATE": "0.5"}, host=None, queue=4)
    assert found == Settings(port=2000, queue=4, rate=0.5, host="::1")


def test_the_defaults_listen_to_this_machine_only() -> None:
    assert settings.read(None, {}).host == "127.0.0.1"


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        ("port = 'many'", {}, "port is a whole number"),
        ("port = true", {}, "port is a whole number"),
        ("host = 3", {}, "host is a text"),
        ("prot = 1", {}, "did you mean port?"),
        ("threads = 0", {}, "threads is at least 1"),
        ("port =", {}, "not TOML"),
        ("", {"DULI_SERVE_DEADLINE": "nan"}, "deadline is at least"),
        ("", {"DULI_SERVE_DEADLINE": "soon"}, "DULI_SERVE_DEADLINE"),
        ("", {"DULI_SERVE_LOG": "loud"}, "log is debug"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, environment: dict[str, str], told: str) -> None:
    file = tmp_path / "serve.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(DuliError) as caught:
        settings.read(file, environment)
    assert told in str(caught.value)


@pytest.mark.parametrize(("page", "language"), [("docs/serve.md", "en"), ("docs/zh/serve.md", "zh")])
def test_the_documentation_has_the_table_as_it_is(page: str, language: str) -> None:
    assert settings.table(language) in (ROOT / page).read_text("utf-8")
