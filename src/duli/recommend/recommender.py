"""The application: a user, or a description of what is liked, to items with probabilities and reasons."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from duli import lm
from duli.errors import InputError
from duli.explain import Answer, lines
from duli.explain.answer import Ground, Reason
from duli.files import Progress, silent
from duli.logic import Result
from duli.reason import Reasoner
from duli.recipe import Recipe
from duli.recipe.folder import text_of
from duli.recipe.recommend import BECAUSE, Recommend
from duli.recommend import learn, saving, sources
from duli.recommend.choose import choose
from duli.recommend.items import Items
from duli.recommend.log import History, Log
from duli.recommend.model import CURRENT, POPULAR, TEXT, TOGETHER, Model
from duli.types import Codes, Floats, Ranked

LOOKED_AT = 200
"""So many of the likeliest items go to the rules, beside those that ``follow`` ties to what was taken."""

_REASONS, _LONGEST_NAME = 4, 64
_A_NAME = re.compile(r"[\w.@:+-]*\d[\w.@:+-]*\Z")
_OF = {POPULAR: "of all people", CURRENT: "of all people", TEXT: "the description", TOGETHER: "its like"}
_NOBODY = History(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, bool))


@dataclass(frozen=True)
class Recommendation:
    """What is recommended.

    Args:
        answer: items with probabilities, reasons and proofs.
        user: whose histories it came from; None where there are none.
        cold: why it came from no history; empty where it did.
    """

    answer: Answer
    user: str | None
    cold: str = ""

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """The shape of all answers, with the user and the reason for a cold start."""
        return {**self.answer.to_dict(proof=proof), "user": self.user, "cold_start": self.cold or None}

    def lines(self, *, why: bool = False) -> Iterator[str]:
        """For people: items with probabilities and why; with ``why`` the proof of the first."""
        if self.cold:
            yield f"{self.cold}\n"
        if self.answer.abstained:
            yield f"no answer: {self.answer.reason}"
        for place, ranked in enumerate(self.answer.ranked):
            yield f"{ranked.probability:.4f}  {ranked.value}  {ranked.label}"
            reasons = self.answer.reasons[place] if place < len(self.answer.reasons) else ()
            for reason in reasons:
                yield f"        {reason.log_ratio:+.2f}  {reason.phrase}  ({reason.ground.label})"
        if why and self.answer.proof is not None:
            yield ""
            yield from lines(self.answer.proof)
        yield f"\nof {self.answer.total:,} in {self.answer.seconds:.2f} s. {self.answer.notice}".rstrip()


@dataclass(frozen=True, eq=False)
class Recommender:
    """A recipe with ``[recommend]``, its items and histories, and what was learned from them."""

    reasoner: Reasoner
    items: Items
    log: Log
    model: Model

    @property
    def recipe(self) -> Recipe:
        """What it was made from."""
        return self.reasoner.recipe

    @property
    def table(self) -> Recommend:
        """What the recipe says."""
        found = self.recipe.recommend
        assert found is not None  # noqa: S101
        return found

    def ask(self, text: str, *, top: int = 10, why: int = 3) -> Recommendation:
        """Recommend to a user, by name; or to whoever wrote a description of what is liked.

        A name that is not known (one word with a digit in it) is a new user's: what is popular is recommended, and
        that is said.

        Args:
            text: the name or the description.
            top: how many items.
            why: for how many of them it is said why.

        Raises:
            InputError: there is no text, or it is none.
        """
        begun = time.perf_counter()
        plain = text_of(text).strip()
        user = self.log.find(plain)
        if user is not None:
            made = Recommendation(self.answer(self.log.of(user), plain, top=top, why=why), plain)
        elif len(plain) <= _LONGEST_NAME and _A_NAME.match(plain):
            cold = f"no user {plain!r} is known: what is popular and what the rules say"
            made = Recommendation(self.answer(_NOBODY, plain, top=top, why=why), None, cold)
        else:
            vector = self.model.describe(lm.encode(self.reasoner.encoder, [plain], cache=False).vectors[0])
            cold = "from the description alone, without a history"
            made = Recommendation(self.answer(_NOBODY, "", top=top, why=why, toward=vector), None, cold)
        seconds = time.perf_counter() - begun
        return replace(made, answer=replace(made.answer, seconds=seconds))

    def answer(
        self, past: History, user: str, *, top: int = 10, why: int = 3, toward: lm.Vectors | None = None
    ) -> Answer:
        """Recommend after a history, or toward a description's vector; the other arguments are those of ``ask``."""
        if top < 1:
            raise InputError("at least one item must be asked for", hint="top=10")
        liked = History(*(part[~past.returned] for part in (past.items, past.times, past.returned)))
        rows = self.model.candidates(liked if self.table.again else past, toward=toward)
        if self.table.again:
            rows = np.union1d(rows, past.items)
        p = self.model.probabilities(liked, rows, toward=toward) if len(rows) else np.zeros(0)
        looked = self._looked_at(rows, p, past)
        result = self.reasoner.run(self._facts(rows[looked], p[looked], past, user))
        predicate = self.recipe.answer.predicate
        numbers = self._numbers
        found = {
            numbers[str(atom.arguments[-1])]: (atom, q)
            for atom, q in result.top(predicate, len(looked))
            if q > 0
        }
        empty = Answer(
            f"{predicate}(X)",
            (),
            total=len(self.items),
            model={"encoder": self.reasoner.encoder.name, "revision": self.reasoner.encoder.revision},
            knowledge={"items": len(self.items), "users": len(self.log), "taken": len(self.log.items)},
            notice=self.recipe.notice,
        )
        if not found:
            return replace(empty, reason="the rules leave nothing that could be recommended")
        allowed = np.array(list(found))
        odds = np.array([q for _, q in found.values()])
        order = allowed[
            choose(odds, self.model.centred[allowed], top, diversity=self.table.diversity)
        ].tolist()
        atoms = {self.items.names[item]: found[item][0] for item in order}
        said = _because(result)
        return replace(
            empty,
            ranked=tuple(self._ranked(item, found[item][1]) for item in order),
            reasons=tuple(
                self._reasons(liked, rows, p, item, found[item][1], said, toward) for item in order[:why]
            ),
            prove=lambda value: result.proof(atoms[str(value)], max_premises=3),
        )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return self.items.by_name

    @cached_property
    def _by_value(self) -> dict[tuple[str, Any], list[int]]:
        """The items of each value of the facts that the recipe follows."""
        found: dict[tuple[str, Any], list[int]] = {}
        for predicate in self.table.follow:
            for item, value in self.items.facts[predicate]:
                found.setdefault((predicate, value), []).append(item)
        return found

    @cached_property
    def _of_item(self) -> list[list[tuple[str, Any]]]:
        """The facts of each item."""
        found: list[list[tuple[str, Any]]] = [[] for _ in self.items.names]
        for predicate, pairs in self.items.facts.items():
            for item, value in pairs:
                found[item].append((predicate, value))
        return found

    def _tied(self, past: History) -> set[int]:
        """The items that share a value, of those that the recipe follows, with something taken."""
        values = {fact for item in past.items.tolist() for fact in self._of_item[item]}
        return {item for fact in values for item in self._by_value.get(fact, ())}

    def _looked_at(self, rows: Codes, p: Floats, past: History) -> Codes:
        """Places in ``rows`` of the items that go to the rules."""
        best = np.argsort(-p, kind="stable")[:LOOKED_AT]
        tied = np.flatnonzero(np.isin(rows, list(self._tied(past))))
        return np.union1d(best, tied)

    def _facts(
        self, rows: Codes, p: Floats, past: History, user: str
    ) -> dict[str, Sequence[tuple[Any, ...]]]:
        names = self.items.names
        about = np.union1d(rows, past.items).tolist()
        facts: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self.table.facts}
        for item in about:
            for predicate, value in self._of_item[item]:
                facts[predicate].append((names[item], value))
        return {
            **facts,
            "chance": [(names[item], float(q)) for item, q in zip(rows.tolist(), p.tolist(), strict=True)],
            "taken": [(names[item],) for item in past.items.tolist()],
            "returned": [(names[item],) for item in past.items[past.returned].tolist()],
            "user": [(user,)] if user else [],
        }

    def _ranked(self, item: int, probability: float) -> Ranked:
        return Ranked(
            self.items.names[item], self.items.titles[item], probability, "exact", (probability, probability)
        )

    def _reasons(
        self,
        liked: History,
        rows: Codes,
        p: Floats,
        item: int,
        probability: float,
        said: dict[str, list[str]],
        toward: lm.Vectors | None,
    ) -> tuple[Reason, ...]:
        """Why an item: what the rules say, which things taken count most, and the other signals; the heaviest first."""
        before = float(p[np.flatnonzero(rows == item)[0]])
        moved = _logit(probability) - _logit(before)
        ruled = [_reason(words, moved, "a rule") for words in said.get(self.items.names[item], ())]
        counted = self.model.counted(liked, rows, item)
        heaviest = np.argsort(-counted, kind="stable")[:_REASONS]
        taken = [
            _reason(
                self.items.titles[liked.items[row]],
                float(counted[row]),
                "taken",
                self.items.names[liked.items[row]],
            )
            for row in heaviest.tolist()
            if counted[row] > 0
        ]
        rest = [
            _reason(name, value, _OF.get(name, "near what was taken"))
            for name, value in self.model.beside(liked, rows, item, toward=toward).items()
            if value > 0
        ]
        return (*ruled, *sorted([*taken, *rest], key=lambda reason: -reason.log_ratio)[:_REASONS])


def load(
    source: Recipe,
    *,
    encoder: lm.Encoder | None = None,
    data: str | Path | None = None,
    fitted: str | Path | None = None,
    progress: Progress = silent,
) -> Recommender:
    """A recipe that recommends, ready to be asked. What was not fitted before is fitted now.

    Args:
        source: the recipe.
        encoder: the frozen model; None takes the recipe's.
        data: a folder with items and histories in place of the recipe's own.
        fitted: a folder that ``duli fit`` wrote; not needed where the recipe is that folder.
        progress: told how far it is.

    Raises:
        DataError, ModelError, InputError: see ``sources.read``, ``saving.load`` and ``learn.fit``.
    """
    reasoner = Reasoner(source, encoder=encoder, progress=progress)
    table = source.recommend
    assert table is not None  # noqa: S101
    folder = Path(fitted or source.folder)
    items, log = sources.read(Path(data or folder), table)
    vectors = lm.encode(reasoner.encoder, items.texts, progress=progress).vectors
    if saving.saved(folder) and data is None:
        return Recommender(reasoner, items, log, saving.load(folder, items, vectors, reasoner.encoder))
    return Recommender(reasoner, items, log, learn.fit(items, vectors, log, progress=progress))


def _because(result: Result) -> dict[str, list[str]]:
    """What the rules say of items, by name."""
    found: dict[str, list[str]] = {}
    if BECAUSE in result.rules.arities:
        for item, words in result.rows(BECAUSE):
            found.setdefault(str(item), []).append(str(words))
    return found


def _reason(phrase: str, log_ratio: float, label: str, entity: str | None = None) -> Reason:
    return Reason(phrase, log_ratio, lambda: Ground(entity, label))


def _logit(p: float) -> float:
    kept = min(max(p, 1e-9), 1 - 1e-9)
    return float(np.log(kept / (1 - kept)))
