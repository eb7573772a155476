"""The store on both databases; PostgreSQL is one server for all tests, in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from duli.store import Store

# Without the extra there is nothing to test.
collect_ignore_glob = [] if find_spec("sqlalchemy") and find_spec("alembic") else ["test_*.py"]


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def _unprivileged() -> dict[str, object]:
    """How a program is started that refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for user in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(user)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return {}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running server."""
    pytest.importorskip("psycopg")
    initdb, server = _program("initdb"), _program("postgres")
    if initdb is None or server is None:
        pytest.skip("there is no PostgreSQL here: apt-get install postgresql")
    how = _unprivileged()
    # Not pytest's folder: the other user may not enter it; and the socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="duli-pg-", dir="/tmp"))
    try:
        if how:
            os.chown(folder, int(str(how["user"])), int(str(how["group"])))
        data = folder / "data"
        made = subprocess.run(
            [initdb, "-D", str(data), "-U", "duli", "-A", "trust", "-N", "-E", "UTF8", "--no-locale"],
            capture_output=True,
            text=True,
            cwd=folder,
            **how,  # type: ignore[call-overload]
        )
        if made.returncode != 0:
            pytest.skip(f"PostgreSQL makes no database here: {made.stderr.strip()[-300:]}")
        command = [server, "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)  # type: ignore[call-overload]
        try:
            _wait(folder)
            yield f"postgresql://duli@/postgres?host={folder}"
        finally:
            running.send_signal(signal.SIGQUIT)  # at once: the folder goes
            running.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(folder: Path) -> None:
    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(f"host={folder} user=duli dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.skip("PostgreSQL does not start here")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    import psycopg

    server = str(request.getfixturevalue("postgres"))
    with psycopg.connect(server) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return server


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    from duli.store import Store

    with Store(url) as made:
        yield made
