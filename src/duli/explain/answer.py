"""An answer: ranked values with probabilities, what was read in the text, and why."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from duli.explain.tree import to_dict
from duli.types import Mention, Proof, Ranked, Value


@dataclass(frozen=True)
class Ground:
    """Where a phrase and an answer meet in the knowledge.

    Args:
        entity: what the phrase was taken for, where it counted most.
        label: that in words.
        paths: chains of labels over the knowledge, from the phrase's entity and from the answer's.
        sources: what the facts are cited by.
        proof: of the log ratio, as far as the recipe shows it.
    """

    entity: Value | None = None
    label: str | None = None
    paths: tuple[tuple[str, ...], ...] = ()
    sources: tuple[str, ...] = ()
    proof: Proof | None = None


@dataclass(frozen=True)
class Reason:
    """What one phrase counted for one answer.

    Args:
        phrase: its words.
        log_ratio: natural log of how much likelier the answer became.
        find: finds the ground.
    """

    phrase: str
    log_ratio: float
    find: Callable[[], Ground] = field(default=Ground, repr=False, compare=False)

    @cached_property
    def ground(self) -> Ground:
        """Why, found when asked for."""
        return self.find()


@dataclass(frozen=True)
class Answer:
    """What a reasoner answers.

    Args:
        query: what was asked, as an atom.
        ranked: the best values, the most probable first.
        mentions: what was read in the text, what links to nothing included.
        reasons: of the first ranked values, what counted, the heaviest first.
        total: how many values there were to choose from.
        reason: why there is no answer, when there is none.
        seconds: wall-clock time of the question.
        model: the encoder's name and revision.
        knowledge: what the knowledge is, with versions.
        notice: what the reader must be told beside the answer.
        prove: finds the proof of one of the values.
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
    prove: Callable[[Value], Proof] | None = field(default=None, repr=False, compare=False)

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

    @cached_property
    def proof(self) -> Proof | None:
        """Of the best value, found when asked for; None when there is no answer."""
        return self.prove(self.ranked[0].value) if self.prove and self.ranked else None

    def table(self) -> str:
        """The answers as plain text, one a line."""
        if self.abstained:
            return f"no answer: {self.reason}"
        return "\n".join(f"{r.probability:8.4f}  {r.value}  {r.label or ''}".rstrip() for r in self.ranked)

    __str__ = table

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """The answer in the one JSON shape of duli; with the best one's proof if wanted."""
        answers = [_ranked(r, why) for r, why in zip(self.ranked, self._all_reasons(), strict=True)]
        if proof and self.proof is not None:
            answers[0]["proof"] = to_dict(self.proof)
        return {
            "query": self.query,
            "answers": answers,
            "mentions": [_mention(m) for m in self.mentions],
            "total": self.total,
            "abstained": self.abstained,
            "reason": self.reason,
            "seconds": round(self.seconds, 4),
            "model": self.model,
            "knowledge": self.knowledge,
            "notice": self.notice,
        }

    def to_json(self, *, proof: bool = False) -> str:
        """``to_dict`` as one line of JSON."""
        return json.dumps(self.to_dict(proof=proof), ensure_ascii=False)

    def _all_reasons(self) -> tuple[tuple[Reason, ...], ...]:
        return self.reasons + ((),) * (len(self.ranked) - len(self.reasons))

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
        "reasons": [_reason(reason) for reason in reasons],
        "proof": None,
        "sources": list(dict.fromkeys(s for reason in reasons for s in reason.ground.sources)),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "phrase": reason.phrase,
        "log_ratio": reason.log_ratio,
        "entity": reason.ground.entity,
        "label": reason.ground.label,
        "paths": [list(path) for path in reason.ground.paths],
        "sources": list(reason.ground.sources),
    }


def _mention(mention: Mention) -> dict[str, Any]:
    return {
        "text": mention.span.text,
        "start": mention.span.start,
        "end": mention.span.end,
        "negated": mention.negated,
        "candidates": [{"entity": e, "name": n, "probability": p} for e, n, p in mention.candidates],
        "nothing": mention.nothing,
        "note": mention.note,
    }
