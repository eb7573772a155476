"""A summary: sentences with their places and the reasons, what they name, and what articles dispute."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from duli.explain.tree import lines, to_dict
from duli.summary.article import Sentence
from duli.summary.details import Detail
from duli.types import Proof


@dataclass(frozen=True)
class Kept:
    """A sentence of a summary.

    Args:
        sentence: as it stands in its article.
        worth: what it is worth alone.
        reasons: what counted in its score, by name, the heaviest first.
        details: who, what amount and when it names.
        also: sentences of other articles that say the same.
        rewritten: in a model's words, where these say nothing else; else empty.
        refused: why a model's words were not taken; empty where they were, or where there is no model.
    """

    sentence: Sentence
    worth: float
    reasons: tuple[tuple[str, float], ...] = ()
    details: tuple[Detail, ...] = ()
    also: tuple[Sentence, ...] = ()
    rewritten: str = ""
    refused: str = ""

    @property
    def text(self) -> str:
        """What the summary says."""
        return self.rewritten or self.sentence.text

    def to_dict(self) -> dict[str, Any]:
        """As one of the answers in JSON."""
        return {
            "value": self.text,
            "label": self.sentence.place,
            "probability": 1.0,
            "kind": "exact",
            "interval": [1.0, 1.0],
            "calibrated": False,
            "worth": round(self.worth, 4),
            "reasons": [{"name": name, "counts": round(value, 4)} for name, value in self.reasons],
            "details": [vars(detail) for detail in self.details],
            "source": vars(self.sentence),
            "also": [sentence.place for sentence in self.also],
            "rewritten": bool(self.rewritten),
            "refused": self.refused or None,
            "proof": None,
            "sources": [self.sentence.place, *(sentence.place for sentence in self.also)],
        }


@dataclass(frozen=True)
class Dispute:
    """Two sentences of different articles that contradict each other.

    Args:
        kind: amount, date, denial.
        one, other: the sentences, the earlier article first.
        says, but: what each says.
        proof: that they do, by the recipe's rules.
    """

    kind: str
    one: Sentence
    other: Sentence
    says: str
    but: str
    proof: Proof | None = field(default=None, compare=False, repr=False)

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": self.kind,
            "says": self.says,
            "but": self.but,
            "sentences": [self.one.text, self.other.text],
            "sources": [self.one.place, self.other.place],
            "proof": to_dict(self.proof) if proof and self.proof is not None else None,
        }


@dataclass(frozen=True)
class Summary:
    """What a summariser answers.

    Args:
        titles: of the articles, empty where there is none.
        kept: the sentences, in the order of the articles.
        disputes: contradictions between articles.
        objective: value and upper bound of what was maximised, its parts, and how long the search was.
        words: how many the summary has, and how many all articles.
        notes: what was left out, and what could not be done.
        notice: what the reader must be told beside the answer.
        seconds: wall-clock time.
        model: the encoder's name and revision.
        prove: finds the proof that a sentence is chosen.
    """

    titles: tuple[str, ...]
    kept: tuple[Kept, ...]
    disputes: tuple[Dispute, ...] = ()
    objective: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
    notice: str = ""
    seconds: float = field(default=0.0, compare=False)
    model: Mapping[str, str] = field(default_factory=dict)
    prove: Callable[[Kept], Proof] | None = field(default=None, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The summary as running text."""
        return " ".join(kept.text for kept in self.kept)

    @property
    def abstained(self) -> bool:
        """Whether there is no summary."""
        return not self.kept

    def proof(self, number: int = 0) -> Proof | None:
        """Why a sentence of the summary, by number from 0, is in it."""
        return self.prove(self.kept[number]) if self.prove is not None and self.kept else None

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """In the JSON shape of duli, with the proofs if wanted."""
        answers = [kept.to_dict() for kept in self.kept]
        for number, answer in enumerate(answers if proof else ()):
            found = self.proof(number)
            answer["proof"] = None if found is None else to_dict(found)
        return {
            "query": "chosen(I)",
            "summary": self.text,
            "titles": list(self.titles),
            "answers": answers,
            "contradictions": [dispute.to_dict(proof=proof) for dispute in self.disputes],
            "objective": dict(self.objective),
            "words": {"summary": self.words[0], "articles": self.words[1]},
            "abstained": self.abstained,
            "reason": None if self.kept else "no sentence is worth the room that there is",
            "notes": list(self.notes),
            "notice": self.notice,
            "seconds": round(self.seconds, 4),
            "model": dict(self.model),
        }

    def to_json(self, *, proof: bool = False) -> str:
        """``to_dict`` as one line of JSON."""
        return json.dumps(self.to_dict(proof=proof), ensure_ascii=False)

    def lines(self, *, why: bool = False) -> Iterator[str]:
        """For people: the sentences with their places, what they name, what is disputed; and if wanted why each is in.

        Args:
            why: print the proof of each sentence.
        """
        yield from (title for title in self.titles if title)
        for number, kept in enumerate(self.kept):
            yield f"- {kept.text} [{'; '.join(s.place for s in (kept.sentence, *kept.also))}]"
            found = self.proof(number) if why else None
            yield from lines(found, depth=2) if found is not None else ()
            if kept.refused:
                yield f"    as it stands: {kept.refused}"
        for kind, words in (("name", "who"), ("amount", "how much"), ("date", "when")):
            said = dict.fromkeys(d.text for kept in self.kept for d in kept.details if d.kind == kind)
            if said:
                yield f"{words}: {', '.join(said)}"
        for dispute in self.disputes:
            yield f"contradiction ({dispute.kind}): {dispute.says} [{dispute.one.place}]"
            yield f"    but {dispute.but} [{dispute.other.place}]"
        yield from (f"note: {note}" for note in self.notes)
        if self.kept:
            state = "nothing better exists" if self.objective["optimal"] else "the search was stopped"
            most = f"objective {self.objective['value']:.4f}, at most {self.objective['bound']:.4f}: {state}"
            length = f"{self.words[0]:,} of {self.words[1]:,} words in {self.seconds:.2f} s"
            yield f"{length}; {most}. {self.notice}".rstrip()
        else:
            yield "no sentence is worth the room that there is"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li>{html.escape(kept.text)} <small>{html.escape(kept.sentence.place)}</small></li>"
            for kept in self.kept
        )
        disputed = "".join(
            f"<li>{html.escape(d.says)} <small>{html.escape(d.one.place)}</small> ≠ {html.escape(d.but)} "
            f"<small>{html.escape(d.other.place)}</small></li>"
            for d in self.disputes
        )
        return f"<ul>{items}</ul>" + (f"<ul>{disputed}</ul>" if disputed else "")
