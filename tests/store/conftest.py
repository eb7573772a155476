"""The store on both databases; PostgreSQL is one server for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.store import server

if TYPE_CHECKING:
    from duli.store import Store

# Without the extra there is nothing to test.
collect_ignore_glob = [] if find_spec("sqlalchemy") and find_spec("alembic") else ["test_*.py"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running server."""
    pytest.importorskip("psycopg")
    try:
        with server.postgres(durable=False) as url:
            yield url
    except server.NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return server.emptied(str(request.getfixturevalue("postgres")))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    from duli.store import Store

    with Store(url) as made:
        yield made
