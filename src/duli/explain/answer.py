"""An answer: ranked values with probabilities, what was read in the text, and why."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from typing import Any

from duli.explain.tree import to_dict
from duli.types import Mention, Proof, Ranked, Value


@dataclass(frozen=True)
class Reason:
    """What one phrase counted for one answer: its natural log ratio, and the proof."""

    phrase: str
    log_ratio: float
    proof: Proof | None = None
    path: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a reasoner answers.

    Args:
        query: what was asked, as an atom.
        ranked: the best values, the most probable first.
        mentions: what was read in the text, what links to nothing included.
        reasons: for each ranked value, what counted, the heaviest first.
        total: how many values there were to choose from.
        reason: why there is no answer, when there is none.
        seconds: wall-clock time of the question.
        model: the encoder's name and revision.
        knowledge: what the knowledge is, with versions.
        notice: what the reader must be told beside the answer.
    """

    query: str
    ranked: tuple[Ranked, ...]
    mentions: tuple[Mention, ...] = ()
    reasons: tuple[tuple[Reason, ...], ...] = ()
    total: int = 0
    reason: str | None = None
    seconds: float = 0.0
    model: dict[str, str] = field(default_factory=dict)
    knowledge: dict[str, Any] = field(default_factory=dict)
    notice: str = ""

    @property
    def abstained(self) -> bool:
        """Whether there is no answer."""
        return not self.ranked

    @property
    def best(self) -> Value | None:
        """The most probable value; None when there is no answer."""
        return self.ranked[0].value if self.ranked else None

    @property
    def probability(self) -> float:
        """Of the best value; 0 when there is no answer."""
        return self.ranked[0].probability if self.ranked else 0.0

    @property
    def proof(self) -> Proof | None:
        """Of the best value."""
        return self.ranked[0].proof if self.ranked else None

    def table(self) -> str:
        """The answers as plain text, one a line."""
        if self.abstained:
            return f"no answer: {self.reason}"
        return "\n".join(f"{r.probability:8.4f}  {r.value}  {r.label or ''}".rstrip() for r in self.ranked)

    __str__ = table

    def to_dict(self) -> dict[str, Any]:
        """The answer in the one JSON shape of the command line and the server."""
        return {
            "query": self.query,
            "answers": [_ranked(r, w) for r, w in zip(self.ranked, self._all_reasons(), strict=True)],
            "mentions": [_mention(m) for m in self.mentions],
            "total": self.total,
            "abstained": self.abstained,
            "reason": self.reason,
            "seconds": round(self.seconds, 4),
            "model": self.model,
            "knowledge": self.knowledge,
            "notice": self.notice,
        }

    def to_json(self) -> str:
        """``to_dict`` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def _all_reasons(self) -> tuple[tuple[Reason, ...], ...]:
        return self.reasons or ((),) * len(self.ranked)

    def _repr_html_(self) -> str:
        if self.abstained:
            return f"<p>no answer: {html.escape(self.reason or '')}</p>"
        rows = "".join(
            f"<tr><td>{r.probability:.4f}</td><td>{html.escape(str(r.value))}</td>"
            f"<td>{html.escape(r.label or '')}</td><td>{html.escape('; '.join(map(_short, why)))}</td></tr>"
            for r, why in zip(self.ranked, self._all_reasons(), strict=True)
        )
        head = "<tr><th>probability</th><th>answer</th><th></th><th>because</th></tr>"
        return f"<table>{head}{rows}</table><p>{html.escape(self.notice)}</p>"


def _short(reason: Reason) -> str:
    return f"{reason.phrase} {reason.log_ratio:+.2f}"


def _ranked(ranked: Ranked, reasons: tuple[Reason, ...]) -> dict[str, Any]:
    return {
        "value": ranked.value,
        "label": ranked.label,
        "probability": ranked.probability,
        "kind": ranked.kind,
        "interval": list(ranked.interval),
        "calibrated": ranked.calibrated,
        "reasons": [
            {"phrase": r.phrase, "log_ratio": r.log_ratio, "path": list(r.path), "sources": list(r.sources)}
            for r in reasons
        ],
        "proof": None if ranked.proof is None else to_dict(ranked.proof),
        "sources": list(ranked.sources),
    }


def _mention(mention: Mention) -> dict[str, Any]:
    return {
        "text": mention.span.text,
        "start": mention.span.start,
        "end": mention.span.end,
        "negated": mention.negated,
        "candidates": [{"entity": e, "name": n, "probability": p} for e, n, p in mention.candidates],
        "nothing": mention.nothing,
    }
