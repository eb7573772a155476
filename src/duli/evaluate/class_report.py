"""Figures of ``classification`` as lines for a terminal, and as a page that needs no network."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

from duli.evaluate import plots
from duli.evaluate.metrics import shown

NAMES = {
    "accuracy": ("accuracy", "准确率"),
    "macro_f1": ("macro-F1", "宏平均 F1"),
    "brier": ("Brier score", "Brier 分数"),
    "log_loss": ("log-loss", "对数损失"),
    "ece": ("ECE", "校准误差"),
    "aurc": ("risk-coverage area", "风险–覆盖面积"),
}
ABLATION = {
    "without": ("without knowledge", "没有知识"),
    "given": ("with knowledge", "有知识"),
    "shuffled": ("with shuffled knowledge", "知识打乱"),
    "gain": ("due to the knowledge", "知识带来的"),
}
_WORDS = {
    "title": ("Evaluation", "评测"),
    "none": ("no labels", "无标签"),
    "few": ("labels a class", "每类标签数"),
    "baselines": ("Baselines on the same encoder", "同一编码器上的基线"),
    "reliability": ("Reliability of the likeliest label", "最可能标签的可靠性"),
    "risk": ("Share wrong among the most confident texts", "按把握从高到低，答错的比例"),
    "note": (
        "Intervals are 95 %, by bootstrap over texts; with few labels, figures are means over draws of these labels.",
        "区间为 95 %，对文本自助重采样；少量标签时，数字是多次抽取标签的平均。",
    ),
    "transductive": (
        "The texts that are asked about are among those that were learned from, without their labels.",
        "被询问的文本不带标签地参与了学习。",
    ),
    "inductive": (
        "The texts that are asked about were not learned from.",
        "被询问的文本没有参与学习。",
    ),
}


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield f"{report['n']:,} texts, {report['classes']:,} classes, {report['model']['encoder']}"
    yield f"{'':30}" + "".join(f"{name:24}" for name, _ in NAMES.values()).rstrip()
    for name, way in report["ways"].items():
        cells = "".join(f"{shown(way['figures'][key]):24}" for key in NAMES)
        yield f"{_label(name):30}{cells}".rstrip()
    for name, reached in report["baselines"].items():
        yield f"{name:30}{shown(reached['accuracy'])}"
    for name, words in ABLATION.items():
        if "ablation" in report:
            yield f"{words[0]:30}{shown(report['ablation'][name])}"


def to_html(report: Mapping[str, Any], title: str, more: str = "") -> str:
    """The report as one page in English and Chinese, with more figures behind the baselines."""
    head = "".join(f"<th>{plots.both(words)}</th>" for words in NAMES.values())
    rows = "".join(
        f"<tr><th>{_both_label(name)}</th>"
        + "".join(f"<td>{shown(way['figures'][key])}</td>" for key in NAMES)
        + "</tr>"
        for name, way in report["ways"].items()
    )
    others = "".join(
        f"<tr class='baseline'><td>{html.escape(name)}</td><td>{shown(reached['accuracy'])}</td></tr>"
        for name, reached in report["baselines"].items()
    )
    known = "".join(
        f"<tr class='baseline'><td>{plots.both(words)}</td><td>{shown(report['ablation'][name])}</td></tr>"
        for name, words in ABLATION.items()
        if "ablation" in report
    )
    kind = "inductive" if report["inductive"] else "transductive"
    about = f"n = {report['n']}, K = {report['classes']}, {html.escape(report['model']['encoder'])}"
    return plots.page(
        title,
        f"{plots.both(_WORDS['title'])}: {html.escape(title)}",
        f"<p>{about}</p><p>{plots.both(_WORDS['note'])}</p><p>{plots.both(_WORDS[kind])}</p>"
        f"<table><tr><th></th>{head}</tr>{rows}</table><h2>{plots.both(_WORDS['baselines'])}</h2>"
        f"<table><tr><th></th><th>{plots.both(NAMES['accuracy'])}</th></tr>{others}{known}</table>{more}"
        + "".join(_section(name, way) for name, way in report["ways"].items()),
    )


def _section(name: str, way: Mapping[str, Any]) -> str:
    points = [(b["probability"], b["accuracy"], b["n"]) for b in way["reliability"]]
    return (
        f"<section><h2>{_both_label(name)}</h2><div class='plots'>"
        f"<figure>{plots.reliability(points, way['isotonic'])}"
        f"<figcaption>{plots.both(_WORDS['reliability'])}</figcaption></figure>"
        f"<figure>{plots.curve(way['risk_coverage'])}<figcaption>{plots.both(_WORDS['risk'])}</figcaption></figure>"
        "</div></section>"
    )


def _label(shots: str) -> str:
    return _WORDS["none"][0] if shots == "0" else f"{shots} {_WORDS['few'][0]}"


def _both_label(shots: str) -> str:
    return plots.both(_WORDS["none"]) if shots == "0" else f"{shots} {plots.both(_WORDS['few'])}"
