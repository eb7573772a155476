"""Many texts read at once: topic, mood toward each company, who is at risk. One encoding and one run for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from duli import lm
from duli.errors import RecipeError
from duli.learn.functions import words
from duli.logic import Result
from duli.reason import Reasoner
from duli.recipe import WORD
from duli.recipe.monitoring import BETWEEN, MENTION, Watch
from duli.stream.names import Names
from duli.stream.pieces import Piece, between, pieces
from duli.types import Atom, Floats, Proof, Value

LONGEST = 2_000
"""Characters of a text that are read; news says in its first sentences what it is about."""


@dataclass(frozen=True)
class Reading:
    """What a text says.

    Args:
        topics: how likely each topic is.
        moods: how likely each mood of the text as a whole is.
        toward: of each company named, how likely each mood toward it is. What is missing to 1 is that it is not meant.
        risks: how likely each company is at risk by this text, the likeliest first.
        pieces: what is said of each company.
    """

    topics: Mapping[str, float]
    moods: Mapping[str, float]
    toward: Mapping[str, Mapping[str, float]]
    risks: Mapping[str, float]
    pieces: tuple[Piece, ...]

    @property
    def topic(self) -> str:
        """The likeliest topic."""
        return max(self.topics, key=self.topics.__getitem__)


@dataclass(frozen=True, eq=False)
class Batch:
    """Texts that were read together.

    Args:
        readings: of each text.
        result: what followed from all; texts have their numbers in it.
        answer: the predicate of the answer.
    """

    readings: tuple[Reading, ...]
    result: Result
    answer: str = field(repr=False)

    def proof(self, text: int, company: str) -> Proof:
        """Why a company is at risk by a text; checked. InputError where it is not."""
        return self.result.proof(Atom(self.answer, (text, company)), max_premises=3)


class Reader:
    """Reads texts by a recipe with ``[monitor]``.

    Args:
        reasoner: of the recipe.
        names: what companies are called; None takes them from the recipe's knowledge.
    """

    def __init__(self, reasoner: Reasoner, names: Names | None = None) -> None:
        self.reasoner = reasoner
        if names is not None:
            self.names = names

    @property
    def watch(self) -> Watch:
        """What the recipe watches; RecipeError where it watches nothing."""
        if self.reasoner.recipe.watch is None:
            raise RecipeError(
                f"the recipe {self.reasoner.recipe.name} watches nothing",
                hint="write [monitor] in recipe.toml",
            )
        return self.reasoner.recipe.watch

    @cached_property
    def names(self) -> Names:
        """What companies are called, by the knowledge and the rules."""
        called = self._known.rows(self.watch.names)
        common = self._known.rows(self.watch.common) if self.watch.common else []
        return Names([(str(c), str(n)) for c, n in called], {str(name) for (name,) in common})

    @cached_property
    def companies(self) -> Mapping[str, str]:
        """The label of each company that has a name."""
        found = {str(c): str(c) for c, _ in self._known.rows(self.watch.names)}
        labels = self._known.rows(self.watch.labels) if self.watch.labels else []
        return {**found, **{str(c): str(label) for c, label in labels if str(c) in found}}

    def read(self, texts: Sequence[str]) -> Batch:
        """What n texts say."""
        said = [text[:LONGEST] for text in texts]
        asked = list(said)
        mentions: list[tuple[Value, ...]] = []
        nearby: list[tuple[Value, ...]] = []
        found = []
        for number, text in enumerate(said):
            named = self.names.find(text)
            own = pieces(text, named)
            found.append(own)
            nearby += [(number, *row) for row in between(text, named)]
            for piece in own:
                place = number
                if piece.text != text:
                    place = len(asked)
                    asked.append(piece.text)
                mentions.append((number, place, piece.company, piece.name, piece.share))
        return self._batch(len(said), asked, mentions, nearby, found)

    def _batch(
        self,
        count: int,
        asked: list[str],
        mentions: list[tuple[Value, ...]],
        nearby: list[tuple[Value, ...]],
        found: list[tuple[Piece, ...]],
    ) -> Batch:
        reasoner, watch = self.reasoner, self.watch
        vectors = lm.encode(reasoner.encoder, asked, cache=False).vectors
        classified = {
            table.predicate: reasoner.trained(table).classified(vectors, reasoner.votes(table, asked))
            for table in reasoner.recipe.tables
        }
        facts: dict[str, Sequence[tuple[Value, ...]]] = {MENTION: mentions, BETWEEN: nearby}
        if WORD in reasoner.recipe.changing:
            facts[WORD] = [(n, word) for n in range(count) if found[n] for word in words(asked[n])]
        result = reasoner.run(facts, classified.values())
        toward: dict[int, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
        for (text, company, mood), p in _rows(result, watch.toward):
            toward[int(text)][str(company)][str(mood)] = p
        answer = reasoner.recipe.answer.predicate
        risks: dict[int, dict[str, float]] = defaultdict(dict)
        for (text, company), p in sorted(_rows(result, answer), key=lambda row: -row[1]):
            risks[int(text)][str(company)] = p
        topics, moods = classified[watch.topic], classified[watch.mood]
        readings = tuple(
            Reading(
                _named(topics.labels.names, topics.probabilities[n]),
                _named(moods.labels.names, moods.probabilities[n]),
                {**toward[n]},
                risks[n],
                found[n],
            )
            for n in range(count)
        )
        return Batch(readings, result, answer)

    @cached_property
    def _known(self) -> Result:
        return self.reasoner.prepared.run({})


def _rows(result: Result, predicate: str) -> list[tuple[tuple[Value, ...], float]]:
    return list(zip(result.rows(predicate), result.probability(predicate).tolist(), strict=True))


def _named(names: Sequence[str], p: Floats) -> dict[str, float]:
    return dict(zip(names, p.tolist(), strict=True))
