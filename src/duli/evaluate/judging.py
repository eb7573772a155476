"""How well cases are decided from their facts: whether an atom holds, and amounts."""

from __future__ import annotations

import html
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from duli.errors import DataError, DuliError
from duli.evaluate import plots, sara, slots
from duli.evaluate.metrics import proportion, shown
from duli.files import Progress, silent
from duli.reason.cases import Judge
from duli.types import Atom, Value

_SECTION = re.compile(r"s\d+")
_FIGURES = {
    "accuracy": ("right", "正确"),
    "entailment": ("does it hold", "是否成立"),
    "amount": ("amounts, to the dollar", "金额（精确到元）"),
    "within_dollar": ("amounts, within 1 dollar", "金额（相差不到 1 元）"),
    "within_tenth": ("amounts, within 10 %", "金额（相差不到 10 %）"),
}
_WORDS = {
    "title": ("Cases decided from their facts", "由事实判案"),
    "baseline": ("the commonest answer", "最常见的答案"),
    "sections": ("By section", "按条"),
    "text": ("read from the sentences alone", "仅由句子读出"),
    "wrong": ("Wrong", "错误"),
    "note": ("Intervals are 95 % (Wilson).", "区间为 95 %（Wilson）。"),
}


read = sara.read


@dataclass(frozen=True)
class Outcome:
    """One case decided.

    Args:
        case: which.
        holds: whether the atom holds.
        amount: what was found, where an amount is asked for; None for none, or several.
        read: whether its facts were read.
        proofs: how many findings were proved.
        seconds: how long it took.
    """

    case: sara.Case
    holds: bool
    amount: float | None
    read: bool
    proofs: int
    seconds: float

    def right(self, within: float = 0.0, part: float = 0.0) -> bool:
        """Whether the answer is right; an amount, when it is off by no more than a sum, or than a part of it."""
        if self.case.amount is None:
            return self.read and self.holds == self.case.holds
        return self.amount is not None and abs(self.amount - self.case.amount) <= max(
            within, part * self.case.amount
        )


def decide(judge: Judge, reader: sara.Reader, case: sara.Case, *, text: bool = False) -> Outcome:
    """Decide a case from its facts, or from its text; whatever is found to hold is proved, and the proof checked."""
    begun = time.perf_counter()
    said = judge.cases.conclusions.get(case.predicate)
    found: list[tuple[Value, ...]] = []
    try:
        facts = reader.of_text(case, judge) if text else reader.facts(case)
        if facts is None:
            raise DataError("the text is not read", where=case.place)
        result = judge.decide(facts)
        if said is not None:
            rows = result.rows(case.predicate)
            found = slots.matching(said.arguments, case.arguments, rows, slots.names(facts))
        shown = found if case.amount is not None else found[:1]
        proofs = [result.proof(Atom(case.predicate, row)) for row in shown]
    except DuliError:
        return Outcome(case, False, None, False, 0, time.perf_counter() - begun)
    amounts = {float(row[-1]) for row in found} if case.amount is not None else set()
    amount = amounts.pop() if len(amounts) == 1 else None
    return Outcome(case, bool(found), amount, True, len(proofs), time.perf_counter() - begun)


def run(judge: Judge, cases: Sequence[sara.Case], *, progress: Progress = silent) -> dict[str, Any]:
    """The figures of cases.

    Args:
        judge: decides them.
        cases: n of them.
        progress: told how far it is.
    """
    meaning = (judge.recipe.folder / judge.recipe.evaluate["facts"]).read_text("utf-8")
    reader = sara.Reader(meaning, judge.cases)
    outcomes, of_texts = [], []
    for number, case in enumerate(cases):
        progress("cases decided", number, len(cases))
        outcomes.append(decide(judge, reader, case))
        of_texts.append(decide(judge, reader, case, text=True))
    read = [o for o in of_texts if o.read]
    wrong = [_wrong(o) for o in read if not o.right()]
    share = proportion(np.array([o.right() for o in read], np.bool_)).to_list()
    return {**figures(outcomes), "text": {"n": len(cases), "read": len(read), "right": share, "wrong": wrong}}


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What outcomes amount to: shares that are right with intervals, baselines, sections, and what is wrong."""
    asked = {
        "accuracy": [o.right() for o in outcomes],
        "entailment": [o.right() for o in outcomes if o.case.amount is None],
        "amount": [o.right() for o in outcomes if o.case.amount is not None],
        "within_dollar": [o.right(1.0) for o in outcomes if o.case.amount is not None],
        "within_tenth": [o.right(part=0.1) for o in outcomes if o.case.amount is not None],
    }
    shares = {name: proportion(np.array(hits, np.bool_)) for name, hits in asked.items()}
    sections: dict[str, list[bool]] = defaultdict(list)
    for o in outcomes:
        match = _SECTION.match(o.case.predicate)
        sections[f"§{match[0][1:]}" if match else o.case.predicate].append(o.right())
    by_section = sorted(sections.items(), key=lambda item: (len(item[0]), item[0]))
    return {
        "metrics": {name: round(share.value, 4) for name, share in shares.items()},
        "intervals": {name: share.to_list()[1:] for name, share in shares.items()},
        "baselines": {"commonest": round(_commonest(outcomes), 4)},
        "sections": {name: {"n": len(hits), "right": sum(hits)} for name, hits in by_section},
        "wrong": [_wrong(o) for o in outcomes if not o.right()],
        "counts": {name: len(hits) for name, hits in asked.items()},
        "n": len(outcomes),
        "read": sum(o.read for o in outcomes),
        "proofs": sum(o.proofs for o in outcomes),
        "seconds": round(float(np.median([o.seconds for o in outcomes])), 4) if outcomes else 0.0,
    }


def _commonest(outcomes: Sequence[Outcome]) -> float:
    """The share right when the commonest answer is given: of yes and no, and of the amounts."""
    answers = Counter(o.case.holds if o.case.amount is None else o.case.amount for o in outcomes)
    best = [
        max((n for answer, n in answers.items() if isinstance(answer, bool) == kind), default=0)
        for kind in (True, False)
    ]
    return sum(best) / max(1, len(outcomes))


def _wrong(o: Outcome) -> dict[str, Any]:
    ours = o.amount if o.case.amount is not None else o.holds
    gold = o.case.amount if o.case.amount is not None else o.case.holds
    return {"id": o.case.id, "question": o.case.question, "found": ours, "right": gold, "read": o.read}


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield f"{report['n']} cases, {report['read']} read, {report['proofs']} proofs checked, {report['seconds']} s a case"
    for name, (words, _) in _FIGURES.items():
        if report["counts"][name]:
            yield f"{words:30}{_share(report, name)}  of {report['counts'][name]}"
    yield f"{_WORDS['baseline'][0]:30}{report['baselines']['commonest']:.3f}"
    yield from (f"  {name:8}{found['right']} of {found['n']}" for name, found in report["sections"].items())
    text = report["text"]
    yield f"{_WORDS['text'][0]}: {text['read']} of {text['n']}; of these right {shown(text['right'])}"
    for wrong in (*report["wrong"], *text["wrong"]):
        yield f"wrong: {wrong['id']}: {wrong['found']}, not {wrong['right']}" + (
            "" if wrong["read"] else " (not read)"
        )


def to_html(report: Mapping[str, Any], title: str) -> str:
    """The report as one page in English and Chinese."""
    text = report["text"]
    rows = "".join(
        f"<tr><th>{plots.both(words)}</th><td>{_share(report, name)}</td><td>{report['counts'][name]}</td></tr>"
        for name, words in _FIGURES.items()
    )
    rows += (
        f"<tr class='baseline'><th>{plots.both(_WORDS['baseline'])}</th>"
        f"<td>{report['baselines']['commonest']:.3f}</td><td>{report['n']}</td></tr>"
    )
    parts = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{found['right']}</td><td>{found['n']}</td></tr>"
        for name, found in report["sections"].items()
    )
    wrong = "".join(
        f"<li>{html.escape(w['id'])}: {html.escape(w['question'])} {w['found']} ({w['right']})</li>"
        for w in (*report["wrong"], *text["wrong"])
    )
    return plots.page(
        title,
        f"{plots.both(_WORDS['title'])}: {html.escape(title)}",
        f"<p>n = {report['n']}. {plots.both(_WORDS['note'])}</p><table>{rows}</table>"
        f"<h2>{plots.both(_WORDS['sections'])}</h2><table>{parts}</table>"
        f"<p>{plots.both(_WORDS['text'])}: {text['read']} / {text['n']}, {shown(text['right'])}</p>"
        f"<h2>{plots.both(_WORDS['wrong'])}</h2><ul>{wrong}</ul>",
    )


def _share(report: Mapping[str, Any], name: str) -> str:
    return shown([report["metrics"][name], *report["intervals"][name]])
