"""A reply: what is said, why, and what is known afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from duli.dialogue.passages import Citation
from duli.dialogue.state import State
from duli.explain import lines, to_dict
from duli.types import Proof, Ranked

Action = Literal["answer", "ask", "choose", "search", "person"]
"""A template; a slot asked for; which of two was meant; sentences of documents; over to a person."""


@dataclass(frozen=True)
class Reply:
    """What is replied to a message.

    Args:
        text: what is said.
        action: what kind of reply it is.
        ranked: replies that the rules allow, the most probable first.
        citations: the passages that the text is made of.
        state: of the dialogue afterwards.
        reason: why it is given to a person, or why something is asked; None for an answer.
        notice: what the reader must be told beside it.
        seconds: wall-clock time.
        prove: finds the proof of the best reply.
    """

    text: str
    action: Action
    ranked: tuple[Ranked, ...] = ()
    citations: tuple[Citation, ...] = ()
    state: State = field(default_factory=State)
    reason: str | None = None
    notice: str = ""
    seconds: float = field(default=0.0, compare=False)
    prove: Callable[[], Proof] | None = field(default=None, repr=False, compare=False)

    @property
    def abstained(self) -> bool:
        """Whether there is no answer: it is given to a person, or asked back."""
        return self.action not in ("answer", "search")

    @cached_property
    def proof(self) -> Proof | None:
        """Of the best reply, found when asked for; None where rules gave none."""
        return self.prove() if self.prove is not None else None

    def __str__(self) -> str:
        return self.text

    def lines(self, *, why: bool = False) -> Iterator[str]:
        """For people: what is said, the passages that it cites, and if wanted the proof."""
        yield self.text
        for each in self.citations:
            yield f"  [{each.number}] {each.file}:{each.line}{', ' if each.heading else ''}{each.heading}"
        if why and self.reason:
            yield f"({self.reason})"
        if why and self.proof is not None:
            yield from lines(self.proof, depth=1)

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """The reply in the one JSON shape of duli."""
        answers: list[dict[str, Any]] = [
            {
                "value": each.value,
                "label": each.label,
                "probability": each.probability,
                "kind": each.kind,
                "interval": list(each.interval),
                "calibrated": each.calibrated,
                "proof": None,
                "sources": [],
            }
            for each in self.ranked
        ]
        if proof and answers and self.proof is not None:
            answers[0]["proof"] = to_dict(self.proof)
        return {
            "query": "reply(Text, Template)",
            "answers": answers,
            "reply": self.text,
            "action": self.action,
            "citations": [each.to_dict() for each in self.citations],
            "state": self.state.to_dict(),
            "abstained": self.abstained,
            "reason": self.reason,
            "notice": self.notice,
            "seconds": round(self.seconds, 4),
        }
