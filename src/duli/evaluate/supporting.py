"""Customer service on messages whose intents are known: what is out of scope, and whether answers stand in documents.

How well intents are told apart is measured as for every recipe with labels: ``duli.evaluate.classification``.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli import lm
from duli.dialogue import Support
from duli.dialogue.passages import cited, unsupported
from duli.dialogue.scope import Scope
from duli.evaluate import metrics, plots
from duli.evaluate.classification import Trial
from duli.evaluate.metrics import shown
from duli.evaluate.parts import Parts
from duli.files import Progress, silent
from duli.types import Floats

PRECISION = 0.95
OUTSIDE = "oos"
"""What data call messages that are about nothing that is known."""
_NAMES = {
    "scope": ("scope times confidence", "范围 × 把握"),
    "scope alone": ("scope alone", "只看范围"),
    "confidence": ("confidence (largest probability)", "把握（最大概率）"),
    "cosine": ("cosine of the nearest example", "最近例子的余弦"),
}
_WORDS = {
    "scope": (
        "Out of scope: area under the curve, recall at 95 % precision",
        "范围之外：曲线下面积、95 % 精确率下的召回",
    ),
    "composed": ("Sentences that stand in the passage they cite", "确实出自所引段落的句子"),
}


def parted(read: Parts, outside: str = OUTSIDE) -> tuple[Parts, list[str]]:
    """The parts without messages that are out of scope, and these."""
    apart = [
        text
        for text, label in zip(read.asked.plain, read.asked.labels or (), strict=False)
        if label == outside
    ]
    kept = []
    for part in (read.shown, read.asked):
        rows = [row for row, label in enumerate((part and part.labels) or ()) if label != outside]
        kept.append(part.rows(rows) if part is not None and part.labels else part)
    assert kept[1] is not None  # noqa: S101
    return replace(read, shown=kept[0], asked=kept[1]), apart


def run(
    trial: Trial,
    support: Support,
    outside: Sequence[str],
    shots: Sequence[int],
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """The figures of scope and of composed answers, for the report.

    Args:
        trial: messages in scope.
        support: whose documents are searched.
        outside: messages out of scope; none: scope is not measured.
        shots: labels a class, one way after another.
        seed: of their draw.
        progress: told how far it is.
    """
    ways = {str(count): _scope(trial, outside, count, seed) for count in shots} if outside else {}
    asked = [*outside, *(str(trial.texts[row]) for row in trial.asked[:500])]
    return {"outside": len(outside), "scope": ways, "composed": _composed(support, asked, progress)}


def _scope(trial: Trial, outside: Sequence[str], shots: int, seed: int) -> dict[str, Any]:
    table, encoder = trial.table, trial.reasoner.encoder
    targets = trial.targets(shots, seed)
    inside = trial.predict(targets, seed).max(1)
    strange = trial.reasoner.predict_proba(list(outside)).max(1)
    said = trial.reasoner.vectors(table, table.descriptions)
    of, told = np.array(table.of), np.flatnonzero(targets >= 0)
    known = of < len(table.names)
    examples = np.vstack([said[known], trial.vectors[told]])
    scope = Scope.fit(examples, np.append(of[known], targets[told]), strange=said[~known], seed=seed)
    vectors = np.vstack([trial.vectors[trial.asked], lm.encode(encoder, list(outside), cache=False).vectors])
    p, confidence = scope.probabilities(vectors), np.append(inside, strange)
    cosine = (vectors @ examples.T).max(1).astype(np.float64)
    wrong = np.arange(len(vectors)) >= len(trial.asked)
    scores = {"scope": p * confidence, "scope alone": p, "confidence": confidence, "cosine": cosine}
    return {name: _figures(-score, wrong) for name, score in scores.items()}


def _figures(scores: Floats, wanted: NDArray[np.bool_]) -> dict[str, list[float]]:
    def area(rows: NDArray[np.int64]) -> float:
        return metrics.auroc(scores[rows], wanted[rows])

    def recall(rows: NDArray[np.int64]) -> float:
        return metrics.recall_at_precision(scores[rows], wanted[rows], PRECISION)

    return {
        "auroc": metrics.bootstrap(area, len(scores)).to_list(),
        "recall_at_95": metrics.bootstrap(recall, len(scores)).to_list(),
    }


def _composed(support: Support, asked: Sequence[str], progress: Progress) -> dict[str, Any]:
    """Answers to all messages, also where the recipe would rather not give one: the more sentences are checked."""
    held: list[bool] = []
    answered = 0
    for number, text in enumerate(asked):
        made = support.passages.answer(text, -1.0)
        if made is not None:
            wrong = set(unsupported(made, support.recipe.folder))
            held += [sentence not in wrong for sentence, _ in cited(made.text)]
            answered += made.score >= support.settings.found
        progress("composing answers", number + 1, len(asked))
    return {
        "messages": len(asked),
        "answered": answered,
        "sentences": len(held),
        "supported": metrics.proportion(np.array(held, bool)).to_list(),
    }


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    for shots, way in report["scope"].items():
        yield f"{report['outside']:,} texts out of scope, {shots} labels a class{'':6}AUROC{'':19}recall at 95 %"
        for name, (words, _) in _NAMES.items():
            yield f"{words:46}{shown(way[name]['auroc']):24}{shown(way[name]['recall_at_95'])}"
    made = report["composed"]
    stand = shown(made["supported"])
    yield f"{made['sentences']:,} sentences of composed answers stand in what they cite: {stand}"


def to_html(report: Mapping[str, Any]) -> str:
    """The figures as a part of a page, in English and Chinese."""
    rows = "".join(
        f"<tr><td>{html.escape(shots)}</td><th>{plots.both(words)}</th><td>{shown(way[name]['auroc'])}</td>"
        f"<td>{shown(way[name]['recall_at_95'])}</td></tr>"
        for shots, way in report["scope"].items()
        for name, words in _NAMES.items()
    )
    made = report["composed"]
    return (
        f"<h2>{plots.both(_WORDS['scope'])}</h2><p>n = {report['outside']}</p><table>{rows}</table>"
        f"<h2>{plots.both(_WORDS['composed'])}</h2><p>{made['sentences']:,}: {shown(made['supported'])}</p>"
    )
