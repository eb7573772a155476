"""Learning through the program: what it says of its answers, and what must or cannot hold, teaches the labels beneath.

What it must do: labels of answers, and constraints without labels, train every table that they depend on; exactly, by
the program's own circuits; on features that were encoded once; never by what a text itself was told of (each text's
prior comes from folds that did not see it); and stop, without labels, where it would contradict what was sure before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from duli.errors import InputError, RecipeError
from duli.logic.result import Result
from duli.logic.worlds import choice_numbers, exact
from duli.reason.classes import Classified, Target, Trained, train
from duli.recipe import Labels
from duli.types import Atom, Codes, Example, Floats

if TYPE_CHECKING:
    from duli.reason import Reasoner

ROUNDS = 6
GAIN = 1e-3
"""A round that raises the mean log-probability of what was told by less than this is the last."""


@dataclass(frozen=True)
class Taught:
    """How it went.

    Args:
        answers: how many texts had a label of the program's answer.
        told: of how many texts anything was known: an answer, or what must or cannot hold.
        impossible: texts for which what must hold cannot, whatever their labels; nothing is learned from them.
        rounds: that were kept.
        before, after: the mean log-probability of what was told, by what did not see it.
        changed: the share of the labels that are another's now.
        sure: agreement with the start, chance taken away, on the half of the texts of which that was sure: the least
            of all tables.
        stopped: why there was no further round.
    """

    answers: int
    told: int
    impossible: int
    rounds: int
    before: float
    after: float
    changed: float
    sure: float
    stopped: str


class Lineages:
    """Probabilities of events as a circuit in those of the labels of n texts.

    Args:
        tables: of the recipe.
        count: n.
        result: of a run with every label of every text.
        tags: of the events [m], each of one text alone.
    """

    def __init__(self, tables: Sequence[Labels], count: int, result: Result, tags: Any) -> None:
        lineage, algebra = exact(result)
        self.tables, self.count = tables, count
        self.circuit = algebra.circuit(tags)
        self.chances = algebra.formula.chances.copy()
        self.places: dict[str, tuple[Codes, Codes]] = {}
        for table in tables:
            rows, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
            for origin in lineage.origins:
                if origin.predicate == result.rules.resolve(table.predicate) and origin.clauses is not None:
                    numbers = choice_numbers(algebra, origin)
                    rows.append(origin.clauses[numbers >= 0])
                    places.append(numbers[numbers >= 0])
            self.places[table.predicate] = np.concatenate(rows), np.concatenate(places)

    def evaluate(self, p: Mapping[str, Floats]) -> Floats:
        """How likely each event is [m], for labels as likely as p says: of each table [n, K or more]."""
        found: Floats = self.circuit.evaluate(self._weights(p)[None])[0]
        return found

    def slopes(self, p: Mapping[str, Floats], outer: Floats) -> dict[str, Floats]:
        """How the events' sum, weighed by ``outer`` [m], changes with each label of each text: of each table [n, K]."""
        slope = self.circuit.gradient(self._weights(p)[None], outer[None])[0]
        found = {}
        for table in self.tables:
            rows, places = self.places[table.predicate]
            steep = np.zeros(self.count * len(table.names))
            steep[rows] = slope[places]
            found[table.predicate] = steep.reshape(self.count, -1)
        return found

    def posterior(self, p: Mapping[str, Floats]) -> dict[str, Floats]:
        """How likely labels are, given that the events are: of each table as p.

        A probability P is linear in that of each label, so the label's is p (1 + P' / P - sum p P' / P), with P' =
        dP / dp: one evaluation and one gradient for all texts.
        """
        chances = self.evaluate(p)
        steep = self.slopes(p, np.where(chances > 0, 1 / np.maximum(chances, 1e-300), 0.0))
        found = {}
        for table in self.tables:
            own, slope = p[table.predicate][:, : len(table.names)], steep[table.predicate]
            spent = (own * slope).sum(1, keepdims=True) if table.exclusive else own * slope
            q = np.clip(own * (1 + slope - spent), 0, 1)
            found[table.predicate] = Classified(table, q).with_none if table.exclusive else q
        return found

    def _weights(self, p: Mapping[str, Floats]) -> Floats:
        weights = self.chances.copy()
        for table in self.tables:
            rows, places = self.places[table.predicate]
            weights[places] = p[table.predicate][:, : len(table.names)].ravel()[rows]
        return weights


def teacher(
    reasoner: Reasoner, texts: Sequence[Example], answers: Sequence[str | None]
) -> tuple[Lineages, Codes]:
    """What was told of n texts, one event each, and the numbers of the texts of which something was told.

    Args:
        reasoner: whose recipe has tables, and links nothing.
        texts: n texts or pairs.
        answers: the answer to each [n], None where it is not known.

    Raises:
        InputError: the program cannot give an answer.
        RecipeError: what [learn] names is no predicate of the rules about a text.
    """
    source, count = reasoner.recipe, len(texts)
    result = reasoner.about(texts, [even(table, count) for table in source.tables])
    _, algebra = exact(result)
    tags: Any = np.full(count, algebra.certain, algebra.dtype)

    def add(number: int, tag: Any) -> None:
        tags[number : number + 1] = algebra.conjoin(tags[number : number + 1], tag)

    for row, answer in enumerate(answers):
        if answer is not None:
            atom = Atom(source.answer.predicate, (row, answer))
            if not len(result.numbers(atom)):
                raise InputError(
                    f"row {row + 1:,}: the program cannot answer {answer!r}",
                    hint="see its rules, or its labels",
                )
            add(row, _tags(result, atom))
    for name in source.never:
        for number, tag in _about(reasoner, result, name, "never"):
            add(number, algebra.negate(tag))
    for name in source.always:
        held = dict(_about(reasoner, result, name, "always"))
        absent: Any = np.full(1, algebra.absent, algebra.dtype)
        for number in range(count):
            add(number, held.get(number, absent))
    told: Codes = np.flatnonzero(tags != algebra.certain)
    return Lineages(source.tables, count, result, tags[told]), told


def fit(
    reasoner: Reasoner,
    texts: Sequence[Example],
    answers: Sequence[str | None],
    trained: Mapping[str, Trained],
    *,
    known: Mapping[str, Sequence[Target]] | None = None,
    seed: int = 0,
) -> dict[str, Trained]:
    """Every table's φ, taught by the program: expectation-maximisation, cross-validated.

    In each round the program says how likely each label of each text is, given what was told of it; the tables learn
    that as they learn labels; and what they say of texts whose fold they did not see is where the next round begins.

    Args:
        reasoner: of the recipe.
        texts: n texts.
        answers: of the program to each [n], None where not known.
        trained: where it begins.
        known: labels of tables, which stay.
        seed: of the folds.
    """
    from duli.learn.classify import LEAST
    from duli.reason.classes import known as as_numbers

    events, taught = teacher(reasoner, texts, answers)
    tables = events.tables
    votes = {table.predicate: reasoner.votes(table, texts) for table in tables}
    vectors = {table.predicate: reasoner.vectors(table, texts) for table in tables}
    fixed = {
        table.predicate: as_numbers(table, texts, known[table.predicate])
        for table in tables
        if known is not None and table.predicate in known
    }

    def held(p: dict[str, Floats]) -> dict[str, Floats]:
        return {n: np.where(np.isnan(fixed[n]), q, fixed[n]) if n in fixed else q for n, q in p.items()}

    kept = dict(trained)
    p = held({n: kept[n].probabilities(vectors[n], votes[n]) for n in vectors})
    first, chances = p, events.evaluate(p)
    possible = chances > 0
    before = after = _mean(chances[possible])
    rounds, sure, stopped = 0, 1.0, "nothing was told" if not len(taught) else "the rounds were over"
    for _ in range(ROUNDS if possible.any() else 0):
        wanted = held(events.posterior(p))
        made = {
            table.predicate: train(
                table,
                reasoner.encoder,
                texts,
                wanted[table.predicate],
                votes=votes[table.predicate],
                seed=seed,
                progress=reasoner.progress,
            )
            for table in tables
        }
        unseen = held({n: _held_out(each) for n, each in made.items()})
        reached = _mean(events.evaluate(unseen)[possible])
        agreed = (
            min(_agreement(first[t.predicate], unseen[t.predicate]) for t in tables if t.exclusive)
            if any(t.exclusive for t in tables)
            else 1.0
        )
        if agreed < LEAST and not any(answer is not None for answer in answers):
            stopped = f"it would contradict what was sure: agreement {agreed:.2f}"
            break
        if reached < after:
            stopped = "a further round would have told less"
            break
        gain, after, kept, p, sure, rounds = reached - after, reached, made, unseen, agreed, rounds + 1
        if gain < GAIN:
            stopped = "a further round told no more"
            break
    changed = float(
        np.mean([(first[t.predicate].argmax(1) != p[t.predicate].argmax(1)).mean() for t in tables])
    )
    told = sum(answer is not None for answer in answers)
    report = Taught(told, len(taught), int((~possible).sum()), rounds, before, after, changed, sure, stopped)
    return {name: _reported(each, asdict(report)) for name, each in kept.items()}


def effects(reasoner: Reasoner, texts: Sequence[Example], table: Labels, p: Mapping[str, Floats]) -> Floats:
    """How far the program's answers to each text are expected to move when its label is told [n], in [0, 2].

    sum_k p_k sum_a |P(a | k) - P(a)|, exact: answers a are linear in the probabilities of labels.

    Args:
        reasoner: of a recipe whose answers are (text, answer).
        texts: n texts.
        table: whose label would be told.
        p: of every table, as of ``Trained.probabilities``.
    """
    result = reasoner.about(texts, [even(each, len(texts)) for each in reasoner.recipe.tables])
    _, algebra = exact(result)
    asked, values = reasoner.recipe.answer.predicate, answers_of(reasoner)
    tags: Any = np.full(len(values) * len(texts), algebra.absent, algebra.dtype)
    for row in result.rows(asked):
        if str(row[1]) in values:
            at = values.index(str(row[1])) * len(texts) + int(row[0])
            tags[at : at + 1] = _tags(result, Atom(asked, row))
    events = Lineages(reasoner.recipe.tables, len(texts), result, tags)
    own = p[table.predicate][:, : len(table.names)]
    none = np.clip(1 - own.sum(1), 0, 1)
    moved = np.zeros(len(texts))
    for number in range(len(values)):
        outer = np.repeat(np.arange(len(values)) == number, len(texts)).astype(np.float64)
        steep = events.slopes(p, outer)[table.predicate]
        centre = (own * steep).sum(1, keepdims=True)
        moved += (own * np.abs(steep - centre)).sum(1) + none * np.abs(centre[:, 0])
    return moved


def even(table: Labels, count: int) -> Classified:
    """All labels of a table alike, and none of them as likely as each."""
    share = 1 / (len(table.names) + 1) if table.exclusive else 0.5
    return Classified(table, np.full((count, len(table.names)), share))


def answers_of(reasoner: Reasoner) -> list[str]:
    """What the program may answer to a text, sorted; nothing where its answers are not (text, answer)."""
    asked = reasoner.recipe.answer.predicate
    if reasoner.recipe.link is not None or reasoner.program.predicates.get(asked) != 2:
        return []
    example: Example = ("-", "-") if reasoner.recipe.pairs else "-"
    result = reasoner.about([example], [even(table, 1) for table in reasoner.recipe.tables])
    return sorted({str(row[1]) for row in result.rows(asked)})


def _about(reasoner: Reasoner, result: Result, name: str, key: str) -> list[tuple[int, Any]]:
    """The number of each text of which a predicate may hold, and the tag [1] of that."""
    if not reasoner.program.predicates.get(name):
        raise RecipeError(
            f"the rules have no {name}(Text, …)",
            where=reasoner.recipe.place(key),
            hint="[learn] names predicates whose first argument is the text",
        )
    rows = [row for row in result.rows(name) if isinstance(row[0], int)]
    return [(int(row[0]), _tags(result, Atom(name, row))) for row in rows]


def _tags(result: Result, atom: Atom) -> Any:
    """The tag [1] of a row that may hold."""
    lineage, algebra = exact(result)
    predicate = result.rules.resolve(atom.predicate)
    if predicate not in lineage.run.uncertain:
        return np.full(1, algebra.certain, algebra.dtype)
    return lineage.tags(predicate, result.numbers(atom))


def _held_out(trained: Trained) -> Floats:
    assert trained.held_out is not None  # noqa: S101
    return trained.held_out


def _mean(chances: Floats) -> float:
    return float(np.log(np.maximum(chances, 1e-300)).mean()) if len(chances) else 0.0


def _agreement(first: Floats, now: Floats) -> float:
    """Cohen's kappa of two readings on the half of the texts where the first one's margin is largest."""
    from duli.learn.classify import kappa

    ordered = np.sort(first, 1)
    margin = ordered[:, -1] - ordered[:, -2]
    half = margin >= np.median(margin)
    return kappa(first[half].argmax(1), now[half].argmax(1), first.shape[1])


def _reported(trained: Trained, report: dict[str, Any]) -> Trained:
    return replace(trained, report=tuple({**each, "program": report} for each in trained.report))
