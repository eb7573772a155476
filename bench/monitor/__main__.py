"""A monitor on a replayed stream: texts a second, false alarms against what is stated, how soon a surge is noticed.

    python -m bench.monitor DATA [PART …] [--days 180] [--write]

DATA is the folder that holds agnews and financial_phrasebank. Texts are real and read by the recipe ``monitor`` as it
comes; when they arrive, and about whom, is drawn with a seed. "steady": the bad texts of each of 48 companies come at
its own rate, the volume has a daily course. "bursty": these rates also change from hour to hour (gamma), by 45 or
100 %. Beside it, the usual rule: an alarm where a count is 3 standard deviations above the mean of the last 14 days.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import duli
from duli.stream.files import File
from duli.stream.reading import Reader
from duli.stream.surge import Surges, threshold
from duli.stream.watching import Watching
from duli.types import Floats

HERE = Path(__file__).parent
SEED = 0
COMPANIES, WINDOWS, STEPS = 48, 24, 6
STATED = 0.1
ARRIVALS = {"steady": 0, "bursty, 45 %": 5, "bursty, 100 %": 1}
VOLUMES = (200, 2_000, 20_000)
"""Texts a day."""
FACTORS = (3, 5, 10)
"""How much faster bad news comes in a planted surge, which lasts a day."""
LEAST = 3
SURGES = 20
KEEP = 0.5 ** (1 / (14 * WINDOWS))
MEMORY = 14 * WINDOWS
LABELS = ("negative", "neutral", "positive")


def sentences(data: Path) -> list[dict[str, str]]:
    """financial_phrasebank."""
    lines = (data / "financial_phrasebank" / "dev.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def news(data: Path) -> list[str]:
    """agnews."""
    with gzip.open(data / "agnews" / "dev.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def counted_as_bad(reader: Reader, data: Path) -> dict[str, float]:
    """How often a sentence of each label counts as bad news about the company that it names."""
    rows = sentences(data)
    found: dict[str, list[bool]] = {label: [] for label in LABELS}
    for start in range(0, len(rows), 256):
        part = rows[start : start + 256]
        batch = reader.read([f"Tesla: {row['text']}" for row in part])
        for row, reading in zip(part, batch.readings, strict=True):
            found[row["label"]].append(reading.toward["tesla"].get("negative", 0.0) > 0.5)
    return {label: float(np.mean(flags)) for label, flags in found.items()}


def arrivals(
    days: int, volume: float, share: float, *, shape: float, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Texts in each step [T], bad texts of each company in it [T, K], and the companies' usual rates [K] a text."""
    drawn = np.random.default_rng(seed)
    steps = np.arange(days * WINDOWS * STEPS)
    course = 1 + 0.8 * np.sin(steps / (WINDOWS * STEPS) * 2 * np.pi)
    texts = drawn.poisson(volume / (WINDOWS * STEPS) * course).astype(float)
    weights = drawn.gamma(0.5, 1.0, COMPANIES)
    rates = share * weights / weights.sum()
    size = days * WINDOWS, COMPANIES
    hourly = drawn.gamma(shape, 1 / shape, size) if shape else np.ones(size)
    means = texts[:, None] * rates * np.repeat(hourly, STEPS, 0)
    return texts, drawn.poisson(means).astype(float), rates


def by_evidence(texts: Floats, bad: Floats, since: int = 0) -> Iterator[tuple[int, int]]:
    """(step, company) of the alarms of duli; before the step ``since`` only at the end of windows."""
    level = threshold(COMPANIES, WINDOWS, STATED)
    surges = Surges.start(COMPANIES, KEEP)
    for window in range(len(texts) // STEPS):
        held: set[int] = set()
        here = slice(window * STEPS, (window + 1) * STEPS)
        n, x = np.cumsum(texts[here]), np.cumsum(bad[here], 0)
        now = surges
        for step in range(0 if window * STEPS >= since else STEPS - 1, STEPS):
            now = surges.after(x[step], n[step] + x[step].sum())
            due = np.flatnonzero((now.total >= level) & (now.bad >= LEAST) & (x[step] > 0))
            for company in set(due.tolist()) - held:
                held.add(company)
                yield window * STEPS + step, company
        surges = now.restarted(sorted(held)) if held else now


def by_deviation(texts: Floats, bad: Floats, since: int = 0) -> Iterator[tuple[int, int]]:
    """(step, company) of the alarms of the usual rule: once a day and company at most."""
    hourly = bad.reshape(-1, STEPS, COMPANIES).sum(1)
    sums, squares = (np.cumsum(np.vstack([np.zeros(COMPANIES), a]), 0) for a in (hourly, hourly**2))
    last = np.full(COMPANIES, -WINDOWS)
    for window in range(WINDOWS, len(hourly)):
        start = max(0, window - MEMORY)
        mean = (sums[window] - sums[start]) / (window - start)
        spread = np.sqrt(np.maximum((squares[window] - squares[start]) / (window - start) - mean**2, 1e-9))
        due = (hourly[window] > mean + 3 * spread) & (hourly[window] >= LEAST) & (window - last >= WINDOWS)
        for company in np.flatnonzero(due).tolist():
            last[company] = window
            yield (window + 1) * STEPS - 1, company


RULES = {"duli": by_evidence, "3 deviations": by_deviation}


def false_alarms(days: int, share: float) -> Iterator[str]:
    """Rows of a table: where nothing is planted, every alarm is false."""
    for name, shape in ARRIVALS.items():
        for volume in VOLUMES:
            texts, bad, _ = arrivals(days, volume, share, shape=shape, seed=SEED)
            cells = [f"{sum(1 for _ in rule(texts, bad)) / days:.3f}" for rule in RULES.values()]
            yield f"| {name} | {volume:,} | {STATED} | {' | '.join(cells)} |"


def delays(share: float, missed: float) -> Iterator[str]:
    """Rows of a table: surges of each strength, one at a time, each after 14 days.

    Args:
        share: of the texts that count as bad.
        missed: share of bad texts that do not count as such.
    """
    days, ahead = 15, 14 * WINDOWS * STEPS
    for volume in VOLUMES:
        for factor in FACTORS:
            told: dict[str, list[float]] = {name: [] for name in RULES}
            for seed in range(SURGES):
                texts, bad, rates = arrivals(days, volume, share, shape=0, seed=1_000 + seed)
                company = int(np.argsort(-rates)[seed % 10])
                drawn = np.random.default_rng(seed)
                more = drawn.poisson(texts[ahead:] * rates[company] * (factor - 1))
                bad[ahead:, company] += drawn.binomial(more, 1 - missed)
                for name, rule in RULES.items():
                    first = next((s for s, c in rule(texts, bad, ahead) if c == company and s >= ahead), None)
                    told[name].append(np.inf if first is None else (first + 1 - ahead) / STEPS)
            cells = [f"{np.isfinite(t).mean():.0%}, {_hours(np.median(t))}" for t in told.values()]
            yield f"| {volume:,} | {factor} | {' | '.join(cells)} |"


def _hours(value: float) -> str:
    return f"{value:.1f} h" if np.isfinite(value) else "later"


def whole(reader: Reader, data: Path) -> tuple[list[tuple[float, float]], list[str]]:
    """Speed, also of the encoder alone, and alerts: two days of agnews with two surges, from a file to the state."""
    drawn = np.random.default_rng(SEED)
    texts = news(data)
    start = 1_760_054_400
    rows: list[dict[str, Any]] = [
        {"id": f"n{n}", "time": start + when, "text": text}
        for n, (when, text) in enumerate(
            zip(np.sort(drawn.uniform(0, 172_800, len(texts))), texts, strict=True)
        )
    ]
    bad = [row["text"] for row in sentences(data) if row["label"] == "negative"]
    onsets = {"Toyota": 100_000, "Boeing": 150_000}
    for who, onset in onsets.items():
        picked = drawn.choice(len(bad), 20, replace=False)
        rows += [
            {"id": f"{who}{n}", "time": start + onset + 180 * n, "text": f"{who}: {bad[int(row)]}"}
            for n, row in enumerate(picked)
        ]
    rows.sort(key=lambda row: row["time"])
    alerts: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "news.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        watching = Watching(
            lambda: reader, [], Path(folder) / "s.sqlite", [File(path, follow=False)], [], alerts.append
        )
        begun = time.perf_counter(), time.process_time()
        tally = watching.run()
        spent = time.perf_counter() - begun[0], time.process_time() - begun[1]
    begun = time.perf_counter(), time.process_time()
    reader.reasoner.encoder.encode(texts)
    alone = time.perf_counter() - begun[0], time.process_time() - begun[1]
    speed = [(tally.texts / mine, len(texts) / bare) for mine, bare in zip(spent, alone, strict=True)]
    found = []
    for alert in alerts:
        planted = onsets.get(str(alert["label"]).split()[0])
        kind = "planted" if planted is not None else "not planted"
        found.append(f"{alert['label']} ({kind}): {alert['bad']} bad texts, {alert['usual']} usual")
    return speed, found


def counted(reader: Reader, data: Path) -> tuple[float, float]:
    """The share of sentences that count as bad news, and of the bad ones those that do not."""
    flagged, rows = counted_as_bad(reader, data), sentences(data)
    return sum(flagged[row["label"]] for row in rows) / len(rows), 1 - flagged["negative"]


def told_false(reader: Reader, data: Path, days: int) -> Iterator[str]:
    """How many alarms are false."""
    yield from (f"{days} days, {COMPANIES} companies.", "")
    yield from ("| arrival | texts a day | stated | duli | 3 deviations |", "|---|---|---|---|---|")
    yield from false_alarms(days, counted(reader, data)[0])


def told_soon(reader: Reader, data: Path, days: int) -> Iterator[str]:
    """How soon surges are noticed."""
    yield f"Of {SURGES} surges of a day each, the share that was found in it, and the median delay."
    yield from ("", "| texts a day | bad news × | duli | 3 deviations |", "|---|---|---|---|")
    yield from delays(*counted(reader, data))


def told_whole(reader: Reader, data: Path, days: int) -> Iterator[str]:
    """Alerts and speed on real texts."""
    speed, found = whole(reader, data)
    yield from (f"- alert: {each}" for each in found)
    for name, (mine, bare) in zip(("second", "second of processor time"), speed, strict=True):
        yield f"- texts a {name}: {mine:.0f} from file to state, {bare:.0f} the encoder alone, {mine / bare:.0%} of it"


def told_read(reader: Reader, data: Path, days: int) -> Iterator[str]:
    """How bad news is read."""
    flagged = counted_as_bad(reader, data)
    yield "Sentences of financial_phrasebank that count as bad news: " + ", ".join(
        f"{label} {p:.0%}" for label, p in flagged.items()
    )


PARTS = {
    "what counts as bad": told_read,
    "false alarms a day": told_false,
    "how soon": told_soon,
    "all of it": told_whole,
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="bench.monitor", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument(
        "--write", action="store_true", help="write these parts of RESULTS.md beside this file"
    )
    given = parser.parse_args()
    reader = Reader(duli.load("monitor").reasoner)
    for name in given.parts or PARTS:
        lines = [f"## {name.capitalize()}", ""]
        for line in PARTS[name](reader, given.data, given.days):
            lines.append(line)
            print(line, flush=True)
        if given.write:
            write(lines)


def write(lines: list[str]) -> None:
    """Put a part into RESULTS.md, in place of what was there under its head."""
    page = HERE / "RESULTS.md"
    versions = f"numpy {version('numpy')}, onnxruntime {version('onnxruntime')}, {platform.machine()}"
    about = f"# A monitor on a replayed stream\n\n`python -m bench.monitor DATA --write`; {versions}.\n\n"
    before = page.read_text("utf-8") if page.exists() else ""
    parts = {part.partition("\n")[0]: part.rstrip() + "\n\n" for part in before.split("## ")[1:]}
    parts[lines[0].removeprefix("## ")] = "\n".join(lines).removeprefix("## ") + "\n\n"
    order = [parts[name] for name in map(str.capitalize, PARTS) if name in parts]
    page.write_text((about + "".join(f"## {part}" for part in order)).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
