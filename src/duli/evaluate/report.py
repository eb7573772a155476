"""Outcomes to figures, and figures to JSON, lines for a terminal, and a page that needs no network."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from duli.evaluate import plots
from duli.evaluate.metrics import proportion, shown, summary
from duli.evaluate.ranking import Outcome
from duli.files import write_atomic

WORDS = {
    "ids": ("findings by identifier", "按编号给出的表现"),
    "text": ("findings as free text", "自由文本"),
    "all": ("all annotations", "全部注释"),
    "left": ("own paper left out", "去掉患者自己的论文"),
    "clean": ("paper is no source", "论文不是注释来源"),
}
_HEAD = {
    "title": ("Evaluation", "评测"),
    "way": ("", ""),
    "reliability": ("Reliability of the first answer", "首个答案的可靠性"),
    "ranks": ("Cases with the disease among the first k", "前 k 个答案中含有该病的病例比例"),
    "times": ("Seconds per case", "每例用时（秒）"),
    "note": (
        "Ranks and probabilities are among the entries of the disease's own catalogue, since a case's diagnosis is "
        "given in one catalogue; rank of all is among all entries. Intervals are 95 %.",
        "名次与概率在该病所属目录的条目中计算，因为病例的诊断只用一个目录给出；"
        "“全部条目”一列在所有条目中计算。区间为 95 %。",
    ),
}
_FIGURES = ("top_1", "top_3", "top_10", "mrr")


def figures(outcomes: Sequence[Outcome], *, unknown: int = 0) -> dict[str, Any]:
    """All figures in the JSON shape of ``duli eval``.

    Args:
        outcomes: of ``Ranking.run``.
        unknown: cases that were left aside because nothing is known of their disease.
    """
    ways: dict[str, Any] = {}
    for mode in ("ids", "text"):
        for way, chosen in _by_way([o for o in outcomes if o.mode == mode]).items():
            ways[f"{mode}/{way}"] = _summary(chosen)
    flat = {
        f"{name}/{key}": value for name, way in ways.items() for key, value in way.items() if key in _FIGURES
    }
    return {
        "metrics": {
            **{key: value[0] for key, value in flat.items()},
            **{f"{name}/ece": way["ece"] for name, way in ways.items()},
        },
        "intervals": {key: value[1:] for key, value in flat.items()},
        "baselines": {name: way["baselines"] for name, way in ways.items() if way["baselines"]},
        "n": len({o.case for o in outcomes}),
        "unknown": unknown,
        "seconds": round(sum(o.seconds for o in outcomes), 2),
        "ways": ways,
    }


def _by_way(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    found = {
        "all": [o for o in outcomes if not o.hidden],
        "left": [o for o in outcomes if o.hidden],
        "clean": [o for o in outcomes if not o.hidden and o.clean],
    }
    return {way: chosen for way, chosen in found.items() if chosen}


def _summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    ranks = np.array([o.rank for o in outcomes])
    seconds = np.array([o.seconds for o in outcomes])
    names = outcomes[0].baselines
    return {
        **summary(ranks, np.array([o.probability for o in outcomes])),
        "of_all": {
            f"top_{k}": proportion(np.array([o.rank_of_all for o in outcomes]) <= k).to_list()
            for k in (1, 10)
        },
        "curve": [round(float((ranks <= k).mean()), 4) for k in range(1, 21)],
        "median_seconds": round(float(np.median(seconds)), 4),
        "p95_seconds": round(float(np.percentile(seconds, 95)), 4),
        "baselines": {
            name: {
                f"top_{k}": proportion(np.array([o.baselines[name] for o in outcomes]) <= k).to_list()
                for k in (1, 10)
            }
            for name in names
        },
    }


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield f"{report['n']} cases; {report['unknown']} more have a disease of which nothing is known"
    yield f"{'':34}{'n':>5}  {'top-1':22}{'top-3':22}{'top-10':22}{'MRR':22}{'ECE':>6}{'s/case':>8}"
    for name, way in report["ways"].items():
        mode, _, kind = name.partition("/")
        cells = "".join(f"{shown(way[key]):22}" for key in _FIGURES)
        label = f"{mode}: {WORDS[kind][0]}"
        yield f"{label:34}{way['n']:5}  {cells}{way['ece']:6.3f}{way['median_seconds']:8.3f}"
        if mode == "ids" and way["of_all"]:
            of = way["of_all"]
            yield f"  {'among all entries':32}{'':5}  {shown(of['top_1']):44}{shown(of['top_10'])}"
        for baseline, reached in way["baselines"].items():
            cell = f"{shown(reached['top_1']):44}{shown(reached['top_10'])}"
            yield f"  {'baseline ' + baseline:32}{'':5}  {cell}"


def write(report: Mapping[str, Any], text: str, folder: Path) -> tuple[Path, Path]:
    """Write ``report.html``, a page of this text, and ``report.json``; returns their paths."""
    page, data = folder / "report.html", folder / "report.json"
    write_atomic(page, text.encode())
    write_atomic(data, json.dumps(report, ensure_ascii=False, indent=1).encode())
    return page, data


def to_html(report: Mapping[str, Any], title: str) -> str:
    """The report as one page in English and Chinese: tables and plots, no script, nothing from elsewhere."""
    sections = "".join(_section(name, way) for name, way in report["ways"].items())
    return plots.page(
        title,
        f"{_both('title')}: {html.escape(title)}",
        f"<p>n = {report['n']} (+ {report['unknown']})</p><p>{_both('note')}</p>{_table(report)}{sections}",
    )


def _both(key: str) -> str:
    return plots.both(_HEAD.get(key) or WORDS[key])


def _table(report: Mapping[str, Any]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("", "n", "top-1", "top-3", "top-10", "MRR", "ECE", "s"))
    rows = []
    for name, way in report["ways"].items():
        mode, _, kind = name.partition("/")
        cells = "".join(f"<td>{shown(way[key])}</td>" for key in _FIGURES)
        label = f"{_both(mode)}: {_both(kind)}"
        rows.append(
            f"<tr><th>{label}</th><td>{way['n']}</td>{cells}<td>{way['ece']:.3f}</td>"
            f"<td>{way['median_seconds']:.3f}</td></tr>"
        )
        for baseline, reached in way["baselines"].items():
            one, ten = shown(reached["top_1"]), shown(reached["top_10"])
            rows.append(
                f"<tr class='baseline'><td>baseline {baseline}</td><td></td><td>{one}</td><td></td><td>{ten}</td>"
                "<td></td><td></td><td></td></tr>"
            )
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _section(name: str, way: Mapping[str, Any]) -> str:
    mode, _, kind = name.partition("/")
    bins = way["reliability"]
    points = [(b["probability"], b["accuracy"], b["n"]) for b in bins]
    rows = "".join(
        f"<tr><td>{b['low']:.1f}-{b['high']:.1f}</td><td>{b['n']}</td><td>{b['probability']:.3f}</td>"
        f"<td>{b['accuracy']:.3f}</td></tr>"
        for b in bins
    )
    curve = [((k + 1) / len(way["curve"]), y) for k, y in enumerate(way["curve"])]
    return (
        f"<section><h2>{_both(mode)}: {_both(kind)}</h2><div class='plots'>"
        f"<figure>{plots.reliability(points)}<figcaption>{_both('reliability')}</figcaption></figure>"
        f"<figure>{plots.curve(curve)}<figcaption>{_both('ranks')} (1-{len(curve)})</figcaption></figure></div>"
        f"<table><tr><th>p</th><th>n</th><th>mean p</th><th>right</th></tr>{rows}</table>"
        f"<p>{_both('times')}: median {way['median_seconds']:.3f}, 95 % {way['p95_seconds']:.3f}</p></section>"
    )
