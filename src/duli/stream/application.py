"""The recipe that watches: asked about one text, it says what it would make of it in a stream."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from duli.explain import Answer, lines
from duli.reason import Reasoner
from duli.recipe import Recipe, text_of
from duli.stream.reading import Reader, Reading
from duli.types import Ranked


@dataclass(frozen=True)
class Told:
    """What a text says of companies.

    Args:
        answer: which are at risk, with proofs.
        reading: topic, moods, and the mood toward each company.
        labels: of companies.
    """

    answer: Answer
    reading: Reading
    labels: dict[str, str]

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """As ``Answer.to_dict``, with ``topics``, ``moods`` and ``companies``: see docs/monitor.md."""
        pieces = {piece.company: piece for piece in self.reading.pieces}
        companies = [
            {
                "company": company,
                "label": self.labels.get(company, company),
                "name": pieces[company].name,
                "said": pieces[company].text,
                "moods": dict(moods),
            }
            for company, moods in self.reading.toward.items()
        ]
        return {
            **self.answer.to_dict(proof=proof),
            "topics": dict(self.reading.topics),
            "moods": dict(self.reading.moods),
            "companies": companies,
        }

    def lines(self, *, why: bool = False) -> Iterator[str]:
        """For people."""
        topic = self.reading.topic
        yield f"topic   {topic} {self.reading.topics[topic]:.2f}"
        for company, moods in self.reading.toward.items():
            shares = ", ".join(f"{mood} {p:.2f}" for mood, p in sorted(moods.items(), key=lambda m: -m[1]))
            yield f"toward  {self.labels.get(company, company)}: {shares}"
        for each in self.answer.ranked:
            yield f"risk    {each.probability:.4f}  {each.label or each.value}"
        if self.answer.abstained:
            yield f"no answer: {self.answer.reason}"
        if why and self.answer.proof is not None:
            yield ""
            yield from lines(self.answer.proof)
        if self.answer.notice:
            yield self.answer.notice


class Monitor:
    """A recipe with ``[monitor]``, ready to be asked and to watch.

    Args:
        reasoner: of the recipe.
    """

    def __init__(self, reasoner: Reasoner) -> None:
        self.reasoner = reasoner

    @property
    def recipe(self) -> Recipe:
        """What it was made from."""
        return self.reasoner.recipe

    @cached_property
    def reader(self) -> Reader:
        """Reads many texts at once."""
        return Reader(self.reasoner)

    def ask(self, text: str, *, top: int = 10) -> Told:
        """What a text says: its topic, the mood toward each company, and which companies are at risk.

        Args:
            text: in any language whose names the knowledge has.
            top: how many companies at risk.

        Raises:
            InputError: there is no text.
        """
        begun = time.perf_counter()
        batch = self.reader.read([text_of(text)])
        (reading,), labels, source = batch.readings, dict(self.reader.companies), self.recipe
        ranked = [
            Ranked(company, labels.get(company), p, "exact", (p, p))
            for company, p in list(reading.risks.items())[:top]
        ]
        encoder, known = self.reasoner.encoder, self.reasoner.knowledge
        reason = None
        if not ranked:
            reason = (
                "no company of the knowledge is named" if not reading.pieces else "nobody is at risk by it"
            )
        answer = Answer(
            f"{source.answer.predicate}(X)",
            tuple(ranked),
            total=len(reading.risks),
            reason=reason,
            seconds=time.perf_counter() - begun,
            model={"encoder": encoder.name, "revision": encoder.revision},
            knowledge={"key": known.key, "facts": known.rows},
            notice=source.notice,
            prove=lambda company: batch.proof(0, str(company)),
        )
        return Told(answer, reading, labels)
