"""``duli watch``: streams of texts watched; ``duli trends``: what was said of whom."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from duli.errors import InputError
from duli.service import terminal

EPILOG = """Examples:\n
    duli watch monitor news.jsonl --once                     (read a file, and stop)\n
    duli watch monitor inbox/ --alerts https://example.org/hook --alerts alerts.jsonl\n
    tail -f posts.txt | duli watch monitor - --state posts.sqlite\n
    DULI_WATCH_TOKEN=… duli watch monitor listen:8700 kafka://localhost:9092/news --json"""


def watch(
    recipe: Annotated[
        str,
        typer.Argument(
            help="A recipe with [monitor]: built in (monitor), or its folder.",
            autocompletion=terminal.recipe_names,
        ),
    ],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE…",
            help="A file, a folder, - for standard input, listen:PORT, https://…, kafka://host:port/topic.",
        ),
    ],
    state: Annotated[Path, typer.Option(help="The file in which everything is kept.")] = Path(
        "monitor.sqlite"
    ),
    alerts: Annotated[
        list[str] | None,
        typer.Option(help="Where alerts go: https://…, mailto:who@where, or a file; may be given again."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when all has been read.")] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Other machines may send texts to listen:HOST:PORT.")
    ] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between questions to a feed.")] = 60.0,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder whose files replace those that the recipe takes from packages."),
    ] = None,
    fitted: Annotated[Path | None, typer.Option(help="A folder that duli fit wrote.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON lines: alerts, then what was done.")
    ] = False,
) -> int:
    """Watch streams: topic, mood toward each company, trends, and an alert when bad news surges."""
    from duli.reason import load
    from duli.recipe import read as read_recipe
    from duli.stream.reading import Reader
    from duli.stream.sources import source
    from duli.stream.watching import Watching

    made = [source(address, follow=not once, public=public, every=every) for address in sources]
    folder = read_recipe(recipe).folder
    files = sorted(path for path in folder.iterdir() if path.is_file())
    with terminal.progress() as progress:
        watching = Watching(
            lambda: Reader(load(recipe, data=data, fitted=fitted, progress=progress)),
            files,
            state,
            made,
            alerts or (),
            terminal.print_json if as_json else _print,
        )
    stop = threading.Event()
    before = [signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        tally = watching.run(stop=stop)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    if as_json:
        terminal.print_json({**vars(tally), "seconds": round(tally.seconds, 2)})
    else:
        print(
            f"{tally.texts:,} texts, {tally.repeated:,} repeated, {tally.refused:,} refused, {tally.late:,} late, "
            f"{tally.alerts:,} alerts, {tally.delivered:,} delivered, in {tally.seconds:,.1f} s; kept in {state}"
        )
    return 0


def trends(
    state: Annotated[Path, typer.Argument(help="The file that duli watch keeps.")] = Path("monitor.sqlite"),
    of: Annotated[str, typer.Option("--of", help="company or topic.")] = "company",
    last: Annotated[str, typer.Option(help="Over how long, up to the newest text: 24h, 7d.")] = "24h",
    name: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """How many texts, and in what mood, about each company or topic, window by window."""
    found = trend(state, of, last, name)
    if as_json:
        terminal.print_json(found)
        return 0
    shown = [(r["name"], r["time"], r["texts"], f"{r['mood']:+.2f}", r["bad"]) for r in found["trends"]]
    terminal.table((of, "window from", "texts", "mood", "bad"), shown, right=(2, 3, 4))
    return 0


def trend(state: Path, of: str, last: str, name: str | None = None) -> dict[str, Any]:
    """The trends of a file that ``duli watch`` keeps, as JSON.

    Raises:
        InputError: there is no such file, or no such trend.
    """
    from duli.recipe.monitoring import seconds
    from duli.stream.alert import moment
    from duli.stream.ledger import Ledger

    span = seconds(last)
    if of not in ("company", "topic") or span is None:
        raise InputError(
            "trends are of a company or a topic, over a span of time", hint="--of topic --last 7d"
        )
    if not state.is_file():
        raise InputError("the state is not there", where=str(state), hint="duli watch makes it")
    ledger = Ledger(state)
    window = float((ledger.get("surges") or {"window": 3_600.0})["window"])
    newest = float(ledger.get("newest") or time.time())
    rows: list[dict[str, Any]] = [
        {"name": found, "time": moment(bucket * window), "texts": texts, "mood": round(mood, 3), "bad": bad}
        for found, bucket, texts, mood, bad in ledger.trend(of, newest - span, window)
        if name in (None, found)
    ]
    ledger.close()
    return {"of": of, "window_seconds": window, "trends": rows}


def _print(alert: dict[str, Any]) -> None:
    """An alert for people."""
    print(f"ALERT {alert['text']}", flush=True)
    for each in alert["exposed"][:3]:
        print(f"  exposed: {each['label']} {each['probability']:.2f}", flush=True)
    sys.stdout.flush()
