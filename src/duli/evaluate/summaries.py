"""How good summaries are: ROUGE against references, coverage and repetition, beside the usual ways, at one length."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from duli.errors import DuliError
from duli.evaluate import plots
from duli.evaluate.metrics import mean, shown
from duli.evaluate.rouge import NAMES, rouge
from duli.files import Progress, silent
from duli.language.texts import pieces
from duli.summary.features import Features
from duli.summary.ranking import GRAPHS, first, ranked
from duli.summary.reading import Told, told
from duli.summary.summariser import Draft, Summariser
from duli.summary.words import tokens
from duli.types import Codes, Floats

LEAD = 3
OURS = "duli"
WAYS = (OURS, "lead", *GRAPHS)
MEASURES = (*NAMES, "coverage", "repetition")
_JOINED = re.compile(r"([.!?][\"'”’]?)(?=[^\W\d_]|[\"“‘])")
_WORDS = {
    "title": ("Summaries", "摘要"),
    "way": ("way", "方法"),
    "rouge_1": ("ROUGE-1", "ROUGE-1"),
    "rouge_2": ("ROUGE-2", "ROUGE-2"),
    "rouge_l": ("ROUGE-L", "ROUGE-L"),
    "coverage": ("coverage", "覆盖"),
    "repetition": ("repetition", "重复"),
    "duli": ("duli", "duli"),
    "lead": ("the first sentences", "开头几句"),
    "textrank": ("TextRank", "TextRank"),
    "lexrank": ("LexRank", "LexRank"),
    "vectors": ("the walk over vectors", "向量图上的随机游走"),
    "note": (
        "F1 of ROUGE without stemming. Intervals are 95 % (bootstrap over articles). All ways have the same number of "
        "words for an article. Less repetition is better.",
        "ROUGE 为 F1，不取词干。区间为 95 %（对文章自助抽样）。同一篇文章各方法字数上限相同。重复越少越好。",
    ),
    "ahead": ("duli less the other, pairwise", "duli 减去对方（成对）"),
}


read = told
"""Articles with reference summaries, from files."""


@dataclass(frozen=True)
class Outcome:
    """One article summarised in all ways.

    Args:
        measures: of each way, in the order of ``WAYS`` and ``MEASURES`` [ways, measures].
        optimal: whether our choice was proved to be the best.
        seconds: how long reading and choosing took.
    """

    measures: Floats
    optimal: bool
    seconds: float


def run(
    summariser: Summariser, articles: Sequence[Told], *, words: int | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """The figures of articles with reference summaries.

    Args:
        summariser: makes ours.
        articles: n articles with references.
        words: how long all summaries may be; None: as long as the first three sentences of each article.
        progress: told how far it is.
    """
    outcomes, unread = [], []
    for number, each in enumerate(articles):
        progress("articles summarised", number, len(articles))
        try:
            outcomes.append(outcome(summariser, each, words))
        except DuliError as error:
            unread.append(f"{each.article.source}: {error.message}")
    return {**figures(outcomes), "unread": unread, "words": words or f"the first {LEAD} sentences"}


def outcome(summariser: Summariser, each: Told, words: int | None = None) -> Outcome:
    """Summarise one article in all ways; raises as ``Summariser.ask``."""
    begun = time.perf_counter()
    draft = summariser.draft(each.article)
    sentences = draft.sentences
    budget = words or sum(s.length for s in sentences[:LEAD])
    choice = summariser.choose(draft, budget)
    seconds = time.perf_counter() - begun
    chosen = {OURS: choice.chosen, "lead": first(sentences, budget)}
    chosen |= {name: ranked(name, sentences, draft.features, budget) for name in GRAPHS}
    wanted = reference(each.summary)
    found = [measures(draft, chosen[way], wanted) for way in WAYS]
    return Outcome(np.array(found), choice.selection.optimal, seconds)


def reference(summary: Sequence[str]) -> list[list[str]]:
    """The sentences of a reference as words; sentences that were joined without a space are parted."""
    return [tokens(p.text) for part in summary for p in pieces(_JOINED.sub(r"\1\n\n", part))]


def measures(draft: Draft, chosen: Codes, wanted: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """ROUGE-1, -2 and -L of some sentences, how much they cover, and how much they repeat."""
    said = [tokens(draft.sentences[i].text) for i in chosen.tolist()]
    return (*rouge(said, wanted), coverage(draft.features, chosen), repetition(draft.features, chosen))


def coverage(features: Features, chosen: Codes) -> float:
    """The share of an article's content words that also stand in the summary, each as often as sentences have it.

    A reader of the summary has met this much of what the article speaks of; it needs no reference.
    """
    if not len(chosen):
        return 0.0
    met = features.covers[:, chosen].any(1)
    return float(features.spread[met].sum() / max(features.spread.sum(), 1.0))


def repetition(features: Features, chosen: Codes) -> float:
    """The mean over sentences of the largest share of words that they have in common with another of the summary."""
    if len(chosen) < 2:
        return 0.0
    shared = features.shared[np.ix_(chosen, chosen)].copy()
    np.fill_diagonal(shared, 0.0)
    return float(shared.max(1).mean())


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Means with intervals of all ways, and by how much ours is ahead of each, article by article."""
    table = np.array([o.measures for o in outcomes]).reshape(len(outcomes), len(WAYS), len(MEASURES))
    means = {
        way: {name: mean(table[:, w, m]).to_list() for m, name in enumerate(MEASURES)}
        for w, way in enumerate(WAYS)
    }
    ahead = {
        way: {name: mean(table[:, 0, m] - table[:, w, m]).to_list() for m, name in enumerate(MEASURES)}
        for w, way in enumerate(WAYS)
        if way != OURS
    }
    ours = means.pop(OURS)
    return {
        "metrics": {name: value[0] for name, value in ours.items()},
        "intervals": {name: value[1:] for name, value in ours.items()},
        "baselines": means,
        "ahead": ahead,
        "optimal": round(float(np.mean([o.optimal for o in outcomes])), 4) if outcomes else 0.0,
        "n": len(outcomes),
        "seconds": round(float(np.median([o.seconds for o in outcomes])), 4) if outcomes else 0.0,
    }


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield (
        f"{report['n']} articles, at most as many words as: {report['words']}; "
        f"{report['optimal']:.1%} of the choices proved best; {report['seconds']} s an article"
    )
    yield f"{'':24}" + "".join(f"{_WORDS[name][0]:22}" for name in MEASURES)
    for way, row in _rows(report):
        yield f"{_WORDS[way][0]:24}" + "".join(f"{shown(row[name]):22}" for name in MEASURES)
    yield f"{_WORDS['ahead'][0]}:"
    for way, row in report["ahead"].items():
        yield f"{_WORDS[way][0]:24}" + "".join(f"{shown(row[name]):22}" for name in MEASURES)
    yield from (f"not read: {reason}" for reason in report["unread"])


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Sequence[float]]]]:
    yield OURS, {name: (report["metrics"][name], *report["intervals"][name]) for name in MEASURES}
    yield from report["baselines"].items()


def to_html(report: Mapping[str, Any], title: str) -> str:
    """The report as one page in English and Chinese."""
    head = "".join(f"<th>{plots.both(_WORDS[name])}</th>" for name in ("way", *MEASURES))

    def table(rows: Iterator[tuple[str, Mapping[str, Sequence[float]]]]) -> str:
        body = "".join(
            f"<tr><th>{plots.both(_WORDS[way])}</th>"
            + "".join(f"<td>{shown(row[name])}</td>" for name in MEASURES)
            + "</tr>"
            for way, row in rows
        )
        return f"<table><tr>{head}</tr>{body}</table>"

    return plots.page(
        title,
        f"{plots.both(_WORDS['title'])}: {html.escape(title)}",
        f"<p>n = {report['n']}. {plots.both(_WORDS['note'])}</p>{table(_rows(report))}"
        f"<h2>{plots.both(_WORDS['ahead'])}</h2>{table(iter(report['ahead'].items()))}",
    )
