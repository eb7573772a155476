"""``duli store`` and ``duli audit``: what a server keeps, backed up, restored, and held against its log."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duli.errors import InputError, StoreError
from duli.files import content_key, write_atomic
from duli.service import terminal

if TYPE_CHECKING:
    from duli.store import Entry, Store

EPILOG = """Examples:\n
    duli store backup today.gz\n
    duli store restore today.gz --store postgresql://duli@db/duli\n
Settings: DULI_STORE (a file or a URL; else a file in your data folder)."""

AUDIT = """Examples:\n
    duli audit verify                          (prints an anchor: note it elsewhere)\n
    duli audit verify --anchor 41:5f0c…        (the log still goes on from there)"""

app = typer.Typer(
    help="What a server keeps: facts, labels, reviews, runs, alerts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
audit = typer.Typer(
    help="The log of all that was done, which shows tampering.", no_args_is_help=True, rich_markup_mode=None
)

_Where = Annotated[str | None, typer.Option("--store", help="A file or a URL; else DULI_STORE.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog=EPILOG)
def backup(
    file: Annotated[Path, typer.Argument(help="Where to: a new file, gzipped JSON lines.")],
    store: _Where = None,
    as_json: _Json = False,
) -> int:
    """Write the whole store, as it is at one moment, to a file; servers may go on meanwhile."""
    from duli.store.backup import backup as write

    with _opened(store) as opened:
        rows = write(opened, file)
        return _said(f"{rows:,} rows in {file}", {"file": str(file), "rows": rows}, as_json=as_json)


@app.command(epilog=EPILOG)
def restore(
    file: Annotated[Path, typer.Argument(help="What duli store backup wrote.")],
    store: _Where = None,
    replace: Annotated[bool, typer.Option("--replace", help="Delete what is in the store.")] = False,
    as_json: _Json = False,
) -> int:
    """Fill an empty store from a backup: all of it or, when anything is wrong, nothing."""
    from duli.store import Store
    from duli.store.backup import restore as read

    if not file.is_file():
        raise InputError("the backup is not there", where=str(file))
    with Store(store) as opened:
        rows = read(opened, file, by=getpass.getuser(), replace=replace)
        _remembered(opened).unlink(missing_ok=True)
        return _said(f"{rows:,} rows in {opened.url}", {"store": opened.url, "rows": rows}, as_json=as_json)


@audit.command(epilog=AUDIT)
def verify(
    url: Annotated[str | None, typer.Argument(help="A store's file or URL; else DULI_STORE.")] = None,
    anchor: Annotated[
        list[str] | None, typer.Option(help="An entry that must be in the log: NUMBER:HASH; may be repeated.")
    ] = None,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Do not hold the log against the last time it was looked at here."),
    ] = False,
    as_json: _Json = False,
) -> int:
    """Go over the log and all that it vouches for; exit code 2 where anything was changed behind it.

    The last entry is remembered, and must be there the next time. Who can write to both could still cut off the end:
    note the anchor that is printed on another machine.
    """
    from duli.store import Anchor

    given = [Anchor.parse(text) for text in anchor or ()]
    with _opened(url) as store:
        remembered = _remembered(store)
        if remembered.exists() and not forget:
            given.append(Anchor.parse(remembered.read_text("ascii")))
        found = store.verify(given)
        if found.problem is not None:
            good = f"good up to {found.anchor}" if found.anchor is not None else "no entry is good"
            hint = f"{good}; restore a backup. After a restore on purpose: --forget"
            raise StoreError(found.problem, where=store.url, hint=hint)
        if found.anchor is not None:
            write_atomic(remembered, str(found.anchor).encode())
    shown = None if found.anchor is None else str(found.anchor)
    said = f"{found.entries:,} entries, all as they were written\nanchor {shown or '(the log is empty)'}"
    return _said(said, {"ok": True, "entries": found.entries, "anchor": shown}, as_json=as_json)


@audit.command(epilog=AUDIT)
def show(
    url: Annotated[str | None, typer.Argument(help="A store's file or URL; else DULI_STORE.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this number.")] = 0,
    count: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1000,
    as_json: _Json = False,
) -> int:
    """Print the log's entries, in their order."""
    with _opened(url) as store:
        entries = store.entries(after=after, limit=count)
    for entry in entries:
        if as_json:
            terminal.print_json({**vars(entry)})
    if not as_json:
        terminal.table(("", "at", "by", "action", "about"), map(_row, entries), right=(0,))
    return 0


def _row(entry: Entry) -> tuple[object, ...]:
    about = entry.subject or ", ".join(f"{key} {value}" for key, value in entry.detail.items())
    return entry.id, entry.at, entry.by, entry.action, about


def _opened(url: str | None) -> Store:
    """A store that is there."""
    from duli.store import Store, default_url

    named = url or default_url()
    if "://" not in named and not Path(named).is_file():
        raise InputError("there is no store", where=named, hint="name it: a file, a URL, or DULI_STORE")
    return Store(named)


def _remembered(store: Store) -> Path:
    """Where the last entry that was looked at is noted: apart from the store."""
    import platformdirs

    named = os.environ.get("DULI_STATE") or platformdirs.user_state_dir("duli", appauthor=False)
    return Path(named) / "anchors" / content_key(store.url)


def _said(line: str, value: dict[str, object], *, as_json: bool) -> int:
    if as_json:
        terminal.print_json(value)
    else:
        print(line)
    return 0
