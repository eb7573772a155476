"""A database by its URL: opened, brought up to date, and used in transactions that either read or write.

Writers take turns: on SQLite by its lock, on PostgreSQL by an advisory lock, so that numbers and the audit log have one
order. A transaction that ended well is on the disk (SQLite: WAL, synchronous FULL).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs

from duli.errors import InputError, MissingExtraError, StoreError

try:
    import sqlalchemy as sa
except ImportError as error:
    raise MissingExtraError("sqlalchemy", "store") from error

from duli.store.schema import SCHEMA

_LOCK = 0x64756C69  # "duli"
_WAIT = 30.0
_HINT = "give sqlite:///FILE, postgresql://USER@HOST/NAME, or the path of a file"


def default_url() -> str:
    """DULI_STORE, else a file in the user's data folder."""
    named = os.environ.get("DULI_STORE")
    if named:
        return named
    return str(Path(platformdirs.user_data_dir("duli", appauthor=False)) / "store.db")


def connect(url: str) -> sa.Engine:
    """The database at a URL or path, up to date.

    Raises:
        InputError: the URL is none.
        StoreError: it cannot be opened, or a newer duli made it.
    """
    engine = _engine(url)
    try:
        with reading(engine) as connection:
            found = _version(connection)
        if found != SCHEMA:
            with writing(engine) as connection:
                _migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one moment of the store and changes nothing."""
    with _told(engine), engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction of the one writer of the moment; when the block ends, what it wrote is on the disk."""
    with (
        _told(engine),
        engine.connect() as connection,
        connection.execution_options(duli_writes=True).begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


@contextmanager
def _told(engine: sa.Engine) -> Iterator[None]:
    """What goes wrong with the database, as StoreError."""
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        raise StoreError(
            f"the store cannot be used: {str(cause).strip() or type(cause).__name__}",
            where=shown(engine),
            hint="look at its disk, its rights and its server; what was acknowledged is kept",
        ) from error


def shown(engine: sa.Engine) -> str:
    """The URL without its password."""
    return str(engine.url.render_as_string(hide_password=True))


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url) if "://" in url else sa.URL.create("sqlite", database=url)
    except sa.exc.ArgumentError as error:
        raise InputError("this is no URL of a store", hint=_HINT) from error
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        try:
            return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except ImportError as error:
            raise MissingExtraError("psycopg", "store") from error
    if kind != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise InputError(f"a store is no {kind} database of this kind", hint=_HINT)
    path = Path(str(parsed.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder cannot be made: {error.strerror}", where=str(path.parent)) from error
    engine = sa.create_engine(parsed.set(drivername="sqlite"), connect_args={"timeout": _WAIT})
    sa.event.listen(engine, "connect", _sqlite_opened)
    sa.event.listen(engine, "begin", _sqlite_begun)
    return engine


def _sqlite_opened(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where ``_sqlite_begun`` says so
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _sqlite_begun(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("duli_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: sa.Connection) -> str | None:
    """The migration that a store is at; None of a new one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _migrate(connection: sa.Connection) -> None:
    """Bring the tables up to date, inside the writer's transaction: other processes wait, and see all or nothing."""
    found = _version(connection)
    if found is not None and found > SCHEMA:
        raise StoreError(
            f"the store is of schema {found}, and this duli knows {SCHEMA}",
            where=shown(connection.engine),
            hint="install a newer duli, or give another store",
        )
    from alembic.command import upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    upgrade(config, "head")
