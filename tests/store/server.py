"""A PostgreSQL server of one's own, in a temporary folder, as long as a block runs."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class NoServerError(Exception):
    """Why there is none."""


@contextmanager
def postgres(*, durable: bool) -> Iterator[str]:
    """The URL of a running server.

    Args:
        durable: whether it waits for the disk, as it does by default.

    Raises:
        NoServerError: it is not installed, or does not run here.
    """
    initdb, server, how = _program("initdb"), _program("postgres"), _unprivileged()
    # Not a folder that only this user may enter; and the socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="duli-pg-", dir="/tmp"))
    try:
        if how:
            os.chown(folder, how["user"], how["group"])
        data = str(folder / "data")
        command = [initdb, "-D", data, "-U", "duli", "-A", "trust", "-N", "-E", "UTF8", "--no-locale"]
        made = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, **how)
        if made.returncode != 0:
            raise NoServerError(f"PostgreSQL makes no database here: {made.stderr.strip()[-300:]}")
        command = [server, "-D", data, "-k", str(folder), "-c", "listen_addresses="]
        command += [] if durable else ["-c", "fsync=off"]
        running = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **how
        )
        try:
            _wait(folder)
            yield f"postgresql://duli@/postgres?host={folder}"
        finally:
            running.send_signal(signal.SIGQUIT)  # at once: the folder goes
            running.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def emptied(url: str) -> str:
    """The same database without any table."""
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        raise NoServerError("there is no PostgreSQL here: apt-get install postgresql")
    return found


def _unprivileged() -> dict[str, Any]:
    """How a program is started that refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for user in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(user)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise NoServerError("PostgreSQL does not run as root, and there is no other user")


def _wait(folder: Path) -> None:
    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(f"host={folder} user=duli dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise NoServerError("PostgreSQL does not start here")
