"""How well a monitor reads: topics or moods of texts with labels, or the mood toward a company on a scale from -1 to 1.

A file of JSON lines. Labels: ``text`` and ``label``. Moods toward companies: ``title`` or ``text``, ``company`` and
``sentiment`` (SemEval 2017, task 5); or ``sentence`` and ``info`` with ``target`` and ``sentiment_score`` (FiQA 2018).
Nothing is learned from the labels. Texts are read as the recipe comes, and after it learned from them without labels.
"""

from __future__ import annotations

import html
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from duli import lm
from duli.errors import DataError, Place
from duli.evaluate import metrics, plots
from duli.evaluate.metrics import shown
from duli.files import Progress, silent
from duli.kb.table import objects
from duli.reason.inputs import described
from duli.recipe.labels import Labels
from duli.stream.application import Monitor
from duli.stream.names import Names
from duli.stream.reading import Reader, Reading
from duli.types import Codes, Floats

_BLOCK = 256
_SCALE = {
    "cosine": ("cosine", "余弦"),
    "correlation": ("correlation", "相关系数"),
    "error": ("mean error", "平均误差"),
}
_LABELS = {
    "accuracy": ("accuracy", "准确率"),
    "macro_f1": ("macro-F1", "宏平均 F1"),
    "ece": ("calibration error", "校准误差"),
}
_TITLE = ("A monitor's reading", "监测的阅读")
_NOTE = (
    "No labels were learned from. Intervals are 95 %, by bootstrap over texts.",
    "没有从标签学习。区间为 95 %，对文本自助重采样。",
)


@dataclass(frozen=True)
class Said:
    """A text and what is known of it: a label, or a company and the mood toward it in [-1, 1]."""

    text: str
    label: str = ""
    company: str = ""
    mood: float = 0.0


def read(path: Path) -> list[Said]:
    """The cases of a file, or of ``dev.jsonl`` or ``dev.jsonl.gz`` in a folder.

    Raises:
        DataError: with the line: it is of none of these forms.
    """
    if path.is_dir():
        there = [path / name for name in ("dev.jsonl", "dev.jsonl.gz") if (path / name).is_file()]
        if not there:
            raise DataError("the folder has no dev.jsonl", where=str(path))
        path = there[0]
    found = [case for place, row in objects(path) for case in _cases(row, place)]
    if not found or len({bool(case.label) for case in found}) > 1:
        raise DataError("there must be labels everywhere, or companies", where=str(path))
    return found


def _cases(row: Mapping[str, Any], place: Place) -> Iterator[Said]:
    text = row.get("text") or row.get("title") or row.get("sentence")
    try:
        if not isinstance(text, str):
            raise KeyError("text")
        if "info" in row:
            for each in row["info"]:
                yield Said(text, company=str(each["target"]), mood=float(each["sentiment_score"]))
        elif "sentiment" in row:
            yield Said(text, company=str(row["company"]), mood=float(row["sentiment"]))
        else:
            yield Said(text, label=str(row["label"]))
    except (KeyError, TypeError, ValueError) as error:
        hint = '{"text": …, "label": …} or {"title": …, "company": …, "sentiment": 0.3}'
        raise DataError(f"this row is no case: {error}", where=place, hint=hint) from error


def run(monitor: Monitor, cases: Sequence[Said], *, progress: Progress = silent) -> dict[str, Any]:
    """The figures of cases: of the recipe as it comes, and fitted to their texts without labels; and of baselines."""
    begun = time.perf_counter()
    made = _labelled(monitor, cases, progress) if cases[0].label else _toward(monitor, cases, progress)
    encoder = monitor.reasoner.encoder
    first = made["ways"]["as it comes"]
    return {
        "metrics": {name: value[0] for name, value in first.items()},
        "intervals": {name: value[1:] for name, value in first.items()},
        **made,
        "n": len(cases),
        "model": {"encoder": encoder.name, "revision": encoder.revision},
        "seconds": round(time.perf_counter() - begun, 2),
    }


def _ways(
    monitor: Monitor, cases: Sequence[Said], figures: Callable[[], dict[str, list[float]]]
) -> dict[str, dict[str, list[float]]]:
    found = {"as it comes": figures()}
    monitor.reasoner.fit([case.text for case in cases])
    found["fitted, no labels"] = figures()
    return found


def _labelled(monitor: Monitor, cases: Sequence[Said], progress: Progress) -> dict[str, Any]:
    reasoner = monitor.reasoner
    labels = [case.label for case in cases]
    table = _table_of(monitor, set(labels))
    numbers = {name: k for k, name in enumerate(table.names)}
    gold = np.array([numbers[table.called.get(label, label)] for label in labels])
    texts = [case.text for case in cases]
    progress("reading", 0, len(texts))
    vectors, votes = reasoner.vectors(table, texts), reasoner.votes(table, texts)

    def figures() -> dict[str, list[float]]:
        p = reasoner.trained(table).classified(vectors, votes).probabilities
        estimates = metrics.classification([p], gold)
        return {name: estimates[name].to_list() for name in _LABELS}

    ways = _ways(monitor, cases, figures)
    baselines: dict[str, Codes] = {
        "largest class": np.full(len(gold), Counter(gold.tolist()).most_common(1)[0][0]),
        "nearest description": _nearest(monitor, table, vectors),
    }
    if votes is not None:
        baselines["words alone"] = _by_words(votes.codes, numbers.get("neutral", 0), len(numbers))
    return {
        "kind": "labels",
        "ways": ways,
        "baselines": {
            name: {
                "accuracy": metrics.proportion(said == gold).to_list(),
                "macro_f1": metrics.bootstrap(_f1(gold, said), len(gold)).to_list(),
            }
            for name, said in baselines.items()
        },
        "table": table.predicate,
    }


def _toward(monitor: Monitor, cases: Sequence[Said], progress: Progress) -> dict[str, Any]:
    watch = monitor.reader.watch
    gold = np.array([case.mood for case in cases])
    reader = Reader(monitor.reasoner, Names({(case.company, case.company) for case in cases}))
    table = next(t for t in monitor.recipe.tables if t.predicate == watch.mood)
    worth = np.array([{watch.good: 1.0, watch.bad: -1.0}.get(name, 0.0) for name in table.names])

    def readings() -> list[Reading]:
        found: list[Reading] = []
        for start in range(0, len(cases), _BLOCK):
            found += reader.read([case.text for case in cases[start : start + _BLOCK]]).readings
            progress("reading", len(found), len(cases))
        return found

    def mean(moods: Mapping[str, float]) -> float:
        return moods.get(watch.good, 0.0) - moods.get(watch.bad, 0.0)

    def figures() -> dict[str, list[float]]:
        said = [
            mean(reading.toward.get(case.company, reading.moods))
            for reading, case in zip(readings(), cases, strict=True)
        ]
        return _scale(gold, np.array(said))

    first = readings()
    linked = float(np.mean([case.company in r.toward for r, case in zip(first, cases, strict=True)]))
    texts = [case.text for case in cases]
    vectors, votes = monitor.reasoner.vectors(table, texts), monitor.reasoner.votes(table, texts)
    nearest = worth[_nearest(monitor, table, vectors)]
    whole = np.array([mean(reading.moods) for reading in first])
    baselines = {
        "constant": np.ones(len(gold)),
        "nearest description": nearest,
        "mood of the whole text": whole,
    }
    if votes is not None:
        said = _by_words(
            votes.codes, table.names.index("neutral") if "neutral" in table.names else 0, len(worth)
        )
        baselines["words alone"] = worth[said]
    return {
        "kind": "scale",
        "ways": _ways(monitor, cases, figures),
        "baselines": {name: _scale(gold, said) for name, said in baselines.items()},
        "linked": round(linked, 4),
    }


def _table_of(monitor: Monitor, labels: set[str]) -> Labels:
    """The table that describes all labels."""
    tables = [t for t in monitor.recipe.tables if t.kind == "classify"]
    for table in tables:
        if all(table.called.get(label, label) in table.names for label in labels):
            return table
    known = "; ".join(f"{t.predicate}: {', '.join(t.names)}" for t in tables)
    raise DataError(f"no table has all of the labels {', '.join(sorted(labels)[:10])}", hint=known)


def _nearest(monitor: Monitor, table: Labels, vectors: lm.Vectors) -> Codes:
    """The label of each text whose descriptions are nearest on average [n]."""
    said = described(table)
    each = monitor.reasoner.vectors(table, said.descriptions)
    sums = np.zeros((len(said.classes), each.shape[1]))
    np.add.at(sums, said.of, each)
    found: Codes = (vectors @ (sums / np.linalg.norm(sums, axis=1, keepdims=True)).T).argmax(1)
    return found


def _by_words(votes: Codes, neutral: int, count: int) -> Codes:
    """The label that most functions vote for [n]; where they are split, the neutral one."""
    tally = np.stack([(votes == k).sum(1) for k in range(count)], 1)
    split = (tally == tally.max(1, keepdims=True)).sum(1) > 1
    return np.where(split, neutral, tally.argmax(1))


def _scale(gold: Floats, said: Floats) -> dict[str, list[float]]:
    measures: dict[str, Callable[[Codes], float]] = {
        "cosine": lambda rows: _cosine(gold[rows], said[rows]),
        "correlation": lambda rows: _cosine(gold[rows] - gold[rows].mean(), said[rows] - said[rows].mean()),
        "error": lambda rows: float(np.abs(gold[rows] - said[rows]).mean()),
    }
    return {name: metrics.bootstrap(measure, len(gold)).to_list() for name, measure in measures.items()}


def _cosine(a: Floats, b: Floats) -> float:
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths > 1e-12 else 0.0


def _f1(gold: Codes, said: Codes) -> Callable[[Codes], float]:
    return lambda rows: metrics.macro_f1(gold[rows], said[rows])


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    names = _SCALE if report["kind"] == "scale" else _LABELS
    linked = f", the company found in {report['linked']:.0%}" if "linked" in report else ""
    yield f"{report['n']:,} texts{linked}, {report['model']['encoder']}, {report['seconds']} s"
    yield f"{'':26}" + "".join(f"{words:24}" for words, _ in names.values()).rstrip()
    for name, found in {**report["ways"], **report["baselines"]}.items():
        yield f"{name:26}" + "".join(f"{shown(found[key]):24}" for key in names if key in found).rstrip()


def to_html(report: Mapping[str, Any], title: str) -> str:
    """The report as one page in English and Chinese."""
    names = _SCALE if report["kind"] == "scale" else _LABELS
    head = "".join(f"<th>{plots.both(words)}</th>" for words in names.values())
    rows = "".join(
        f"<tr{'' if name in report['ways'] else ' class=baseline'}><th>{html.escape(name)}</th>"
        + "".join(f"<td>{shown(found[key]) if key in found else ''}</td>" for key in names)
        + "</tr>"
        for name, found in {**report["ways"], **report["baselines"]}.items()
    )
    return plots.page(
        title,
        f"{plots.both(_TITLE)}: {html.escape(title)}",
        f"<p>n = {report['n']}. {plots.both(_NOTE)}</p><table><tr><th></th>{head}</tr>{rows}</table>",
    )
