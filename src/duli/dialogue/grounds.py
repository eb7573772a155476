"""What is known, as sentences of the grammar; what follows from it; and the checker of what is said.

Each sentence of a reply is a claim that is proved, a phrase that claims nothing, or marked as not known. The checker
reads a reply anew and knows nothing of how it was made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from duli.dialogue.persons import meant
from duli.errors import DuliError
from duli.fol import prepare
from duli.fol.decide import Prepared
from duli.fol.syntax import And, Formula, Not, Predicate, Statement, parts
from duli.language import read
from duli.language.explain import Teller
from duli.language.texts import Language, pieces
from duli.language.verbalise import same

SECONDS = 10.0
"""For one question."""

Status = Literal["proved", "unknown", "phrase", "tool"]


@dataclass(frozen=True)
class Claim:
    """A sentence of a reply.

    Args:
        sentence: as it is said.
        status: proved; marked as not known; a phrase that claims nothing; what a tool said.
        because: the sentences that it follows from.
    """

    sentence: str
    status: Status
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What is known of a statement.

    Args:
        answer: true, false, unknown, contradiction; None where it is not read.
        claim: the statement that holds: itself or its opposite; empty where neither is known.
        because: the sentences that it follows from, without itself.
    """

    answer: str | None
    claim: str = ""
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grounds:
    """Sentences of one language that are held to be true.

    Args:
        text: the sentences.
        language: of them.
    """

    text: str
    language: Language

    def find(self, *statements: str) -> list[Found]:
        """Of each statement whether it follows, or its opposite, or neither; they are read together."""
        try:
            reading = read(self.text, self.language, ask=statements)
        except DuliError:
            return [Found(None) for _ in statements]
        theory = reading.theory()
        prepared, teller = prepare(theory), Teller(theory, self.language, reading.kinds)
        found = []
        for statement, asked in zip(statements, reading.asked, strict=True):
            if reading.problems or not isinstance(asked, Statement) or _empty(asked.formula):
                found.append(Found(None))
            else:
                found.append(self._found(prepared, statement, asked.formula, teller))
        return found

    def _found(self, prepared: Prepared, statement: str, formula: Formula, teller: Teller) -> Found:
        opposite = formula.body if isinstance(formula, Not) else Not(formula)
        for said in teller.theory.statements:
            # What stands there as it is, is said in its own words.
            if same(said.formula, formula):
                return Found("true", said.text)
            if same(said.formula, opposite):
                return Found("false", said.text)
        try:
            verdict = prepared.decide(formula, seconds=SECONDS)
        except DuliError:
            return Found(None)
        if verdict.answer not in ("true", "false") or verdict.proof is None:
            return Found("unknown" if verdict.limit else verdict.answer)
        claim = statement if verdict.answer == "true" else teller.say(opposite)
        if claim != statement:
            again = read(claim, self.language).statements
            claim = claim if len(again) == 1 and same(again[0].formula, opposite) else ""
        used = [teller.theory.statements[number].text for number in verdict.proof.statements()]
        return Found(verdict.answer, claim, tuple(text for text in dict.fromkeys(used) if text != claim))

    @property
    def mistakes(self) -> list[str]:
        """Sentences of its own that are not read."""
        return [f"{p.place.text or p.place}: {p.message}" for p in read(self.text, self.language).problems]


def _empty(formula: Formula) -> bool:
    """Whether a part of a formula says nothing at all, as "is a thing" does."""
    if isinstance(formula, And) and not formula.parts:
        return True
    return not isinstance(formula, Predicate) and any(map(_empty, parts(formula)))


@dataclass(frozen=True)
class Checker:
    """Holds replies against what is known.

    Args:
        grounds: by language.
        names: of the persona, by language.
        phrases: sentences that claim nothing.
        frames: sentences with ``{sentence}`` or ``{tool}``, which mark what follows as not known or another's.
    """

    grounds: Mapping[Language, Grounds]
    names: Mapping[str, str]
    phrases: Sequence[str]
    frames: Sequence[str]

    def contradictions(self, reply: str, user: str) -> list[str]:
        """The sentences of a reply whose opposite follows from what is known."""
        return [text for text, verdict in self.judged(reply, user) if verdict == "false"]

    def unfounded(self, reply: str, user: str) -> list[str]:
        """The sentences of a reply that do not follow from what is known, and are no phrases either."""
        return [text for text, verdict in self.judged(reply, user) if verdict != "true"]

    def judged(self, reply: str, user: str) -> list[tuple[str, str | None]]:
        """Each sentence of a reply that claims something, and true, false or unknown; None where it is not read."""
        told: list[tuple[str, Language, str]] = []
        for line in reply.splitlines():
            if any(pattern.match(line.strip()) for pattern in self._frames):
                continue
            for piece in pieces(line):
                if piece.text not in self.known:
                    said = meant(piece.text, piece.language, i=self.names[piece.language], you=user)
                    told.append((piece.text, piece.language, said.sentence if said else ""))
        found: list[tuple[str, str | None]] = [(text, None) for text, _, sentence in told if not sentence]
        for language, grounds in self.grounds.items():
            own = [(text, sentence) for text, tongue, sentence in told if sentence and tongue == language]
            answers = grounds.find(*(sentence for _, sentence in own)) if own else []
            found += [(text, each.answer) for (text, _), each in zip(own, answers, strict=True)]
        return found

    @cached_property
    def known(self) -> frozenset[str]:
        """The sentences that claim nothing."""
        return frozenset(piece.text for phrase in self.phrases for piece in pieces(phrase))

    @cached_property
    def _frames(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            re.compile(re.escape(frame).replace(r"\{sentence\}", ".+").replace(r"\{tool\}", ".+") + r"\Z")
            for frame in self.frames
        )
