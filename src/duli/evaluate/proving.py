"""How well questions about texts are answered by reading and proving: no labels, no model.

One JSON object a line: ``context``, ``question``, ``options`` ("A) True", …) and ``answer`` (a letter), as in the files
of Logic-LM (Pan et al. 2023): ProofWriter, PrOntoQA, LogicalDeduction, FOLIO. Where the options are true, false and
unknown, the statement after the last question mark is asked about; else each option is, and one alone must be true.
"""

from __future__ import annotations

import html
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import DataError, InputError
from duli.evaluate import plots
from duli.evaluate.metrics import proportion
from duli.files import Progress, silent
from duli.fol.theory import Logic
from duli.kb.table import objects
from duli.language.trust import Answered, answer
from duli.types import Application

_OPTION = re.compile(r"\s*([A-Z])\s*[).:]\s*(.+)", re.DOTALL)
_OUTCOMES = {"true": "true", "false": "false", "unknown": "unknown", "uncertain": "unknown"}
_ABOUT_TEXTS = re.compile(r"^\s*The following paragraphs? .*?\n\s*\n", re.DOTALL)
_SHOWN = 8
_TIMES = ("milliseconds", "milliseconds_cpu")
_WORDS = {
    "title": ("Questions about texts, read and proved", "读文本，证明问题"),
    "accuracy": ("right, of all", "答对（占全部）"),
    "read": ("read", "读懂"),
    "accuracy_read": ("right, of what is read", "答对（占读懂的）"),
    "proved": ("right, of what is proved true or false", "答对（占证明为真或假的）"),
    "milliseconds": ("milliseconds from text to answer, median", "从文本到答案的毫秒数（中位数）"),
    "milliseconds_cpu": ("of them of the processor, median", "其中处理器用时（中位数）"),
    "unread": ("Why not read", "为什么没读懂"),
    "note": ("Intervals are 95 % (Wilson).", "区间为 95 %（Wilson）。"),
}


@dataclass(frozen=True)
class Question:
    """A question.

    Args:
        context: the text.
        asked: statements that are asked about.
        letters: the option that each outcome ("true", …) or each statement stands for.
        gold: the right option.
        logic: what "follows" means: of FOLIO, whose third answer is "uncertain", all that is entailed; else rules that
            are applied forwards are enough where the text holds no more.
    """

    context: str
    asked: tuple[str, ...]
    letters: Mapping[str, str]
    gold: str
    logic: Logic = "auto"


@dataclass(frozen=True)
class Outcome:
    """A question answered.

    Args:
        said: the option; None where it is not read.
        gold: the right one.
        proved: whether the answer has a proof.
        why: of what is not read.
        seconds: from text to answer.
        cpu: seconds that the processor worked for it, whatever else the machine does.
    """

    said: str | None
    gold: str
    proved: bool
    why: str
    seconds: float
    cpu: float


def read(path: Path) -> list[Question]:
    """The questions of a file.

    Raises:
        InputError: it is not there.
        DataError: with file and line: a row is not of this form.
    """
    if not path.is_file():
        raise InputError("there are no questions", where=str(path), hint="give a .jsonl or .jsonl.gz file")
    found = []
    for place, row in objects(path):
        try:
            found.append(_question(row))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            hint = "a question has context, question, options and answer"
            raise DataError(f"this is no question: {error!r}", where=place, hint=hint) from error
    return found


def _question(row: Mapping[str, Any]) -> Question:
    context, options = _ABOUT_TEXTS.sub("", row["context"]), row["options"]
    pairs = [match.groups() for option in options if (match := _OPTION.fullmatch(option))]
    if len(pairs) != len(options) or not pairs:
        raise ValueError("options are written as A) True")
    outcomes = {_OUTCOMES.get(text.strip().lower().rstrip("."), ""): letter for letter, text in pairs}
    if "" not in outcomes:
        entailed = any(text.strip().lower() == "uncertain" for _, text in pairs)
        asked = (row["question"].split("?")[-1].strip(),)
        return Question(context, asked, outcomes, row["answer"], "classical" if entailed else "auto")
    texts = tuple(text.strip() for _, text in pairs)
    return Question(context, texts, {text: letter for letter, text in pairs}, row["answer"])


def settle(question: Question) -> Outcome:
    """Answer a question."""
    begun, worked = time.perf_counter(), time.process_time()
    found = answer(question.context, question.asked, logic=question.logic)
    said, why = _said(question, found)
    proved = said is not None and any(each.answer in ("true", "false") for each in found)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    return Outcome(said, question.gold, proved, why, seconds, cpu)


def _said(question: Question, found: Sequence[Answered]) -> tuple[str | None, str]:
    for each in found:
        if each.problems:
            return None, f"no form: {each.problems[0].message}"
        if each.doubts:
            return None, each.doubts[0].split(" '")[0]
    if len(found) == 1:
        answered = found[0].answer or ""
        return question.letters.get(
            answered
        ), "the text contradicts itself" if answered == "contradiction" else ""
    true = [text for text, each in zip(question.asked, found, strict=True) if each.answer == "true"]
    letters = list(question.letters.values())
    return (
        (letters[question.asked.index(true[0])], "") if len(true) == 1 else (None, "not one option is true")
    )


def run(_: Application, questions: Sequence[Question], *, progress: Progress = silent) -> dict[str, Any]:
    """The figures of questions, which are read by the grammar and decided."""
    outcomes = []
    for number, question in enumerate(questions):
        progress("questions", number, len(questions))
        outcomes.append(settle(question))
    return figures(outcomes)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Shares that are right with intervals, what is not read and why, the time."""
    done = [o for o in outcomes if o.said is not None]
    shares = {
        "accuracy": [o.said == o.gold for o in outcomes],
        "read": [o.said is not None for o in outcomes],
        "accuracy_read": [o.said == o.gold for o in done],
        "proved": [o.said == o.gold for o in done if o.proved],
    }
    counts = Counter(o.why for o in outcomes if o.said is None)
    return {
        "metrics": {name: proportion(np.array(hits, np.bool_)).value for name, hits in shares.items()},
        "intervals": {
            name: [(e := proportion(np.array(hits, np.bool_))).low, e.high] for name, hits in shares.items()
        },
        "counts": {name: len(hits) for name, hits in shares.items()},
        "n": len(outcomes),
        "said": {
            f"{said or '-'}{gold}": n
            for (said, gold), n in Counter((o.said, o.gold) for o in outcomes).items()
        },
        "unread": dict(counts.most_common(_SHOWN)),
        "milliseconds": 1000 * float(np.median([o.seconds for o in outcomes] or [0.0])),
        "milliseconds_cpu": 1000 * float(np.median([o.cpu for o in outcomes] or [0.0])),
        "seconds": sum(o.seconds for o in outcomes),
    }


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield f"{found['n']:,} questions"
    for name, value in found["metrics"].items():
        low, high = found["intervals"][name]
        yield f"{_WORDS[name][0]:42} {value:.3f} [{low:.3f}, {high:.3f}]  of {found['counts'][name]:,}"
    for name in _TIMES:
        yield f"{_WORDS[name][0]:42} {found[name]:.1f}"
    for why, n in found["unread"].items():
        yield f"  {n:5,} {why}"


def to_html(found: Mapping[str, Any], title: str) -> str:
    """The figures as one page in English and Chinese."""
    rows = "".join(
        f"<tr><th>{plots.both(_WORDS[name])}</th><td>{value:.3f} "
        f"[{found['intervals'][name][0]:.3f}, {found['intervals'][name][1]:.3f}]</td></tr>"
        for name, value in found["metrics"].items()
    )
    unread = "".join(
        f"<tr><td>{n}</td><td>{html.escape(why)}</td></tr>" for why, n in found["unread"].items()
    )
    times = "".join(
        f"<tr><th>{plots.both(_WORDS[name])}</th><td>{found[name]:.1f}</td></tr>" for name in _TIMES
    )
    return plots.page(
        title,
        f"{plots.both(_WORDS['title'])}: {html.escape(title)}",
        f"<p>n = {found['n']}</p><p>{plots.both(_WORDS['note'])}</p><table>{rows}{times}</table>"
        f"<h2>{plots.both(_WORDS['unread'])}</h2><table>{unread}</table>",
    )
