"""A recipe that summarises, ready to be asked: articles to sentences, facts, the best choice, and its proofs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from duli import lm, logic
from duli.errors import InputError, RecipeError
from duli.files import Progress, silent
from duli.recipe import Recipe
from duli.recipe.summaries import Summaries
from duli.summary import facts
from duli.summary.article import MOST, Article, Sentence, checked
from duli.summary.details import Detail, capitals, details
from duli.summary.event import groups, likeness, pairs
from duli.summary.facts import Row
from duli.summary.features import Features, features
from duli.summary.objective import Objective, Selection, maximise
from duli.summary.rewrite import rewritten
from duli.summary.summary import Dispute, Kept, Summary
from duli.summary.words import tokens
from duli.types import Atom, Codes, Floats

WORK = 2_000_000_000
"""Steps of the search's inner loop: about two seconds."""

_TOGETHER = ("coverage", "title", "repetition", "apart")
_NEEDED = {"worth": 2, "together": 2, "chosen": 1}
_PREDICATES = {**_NEEDED, "keep": 1, "leave": 1, "counts": 3, "same": 2, "repeats": 3, "contradicts": 5}


@dataclass(frozen=True, eq=False)
class Draft:
    """Articles as they were read, before anything is chosen.

    Args:
        titles: of each, empty where there is none.
        sentences: of all.
        features: of the sentences.
        details: who, what amount and when each names.
        alike: how far two sentences say the same [n, n].
        notes: what was left out.
        model: the encoder's name and revision.
    """

    titles: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    features: Features
    details: tuple[tuple[Detail, ...], ...]
    alike: Floats
    notes: tuple[str, ...]
    model: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen of a draft.

    Args:
        chosen: the sentences that the rules say are chosen, by number, in order.
        selection: the best choice, and how sure that is.
        objective: of which it is the best.
        result: what the rules say, knowing the best choice.
    """

    chosen: Codes
    selection: Selection
    objective: Objective
    result: logic.Result


@dataclass(frozen=True)
class Summariser:
    """Summarises articles by a recipe's rules.

    Args:
        recipe: with the table ``[summarise]``.
        encoder: in place of the recipe's, for all languages.
        progress: told how far encoding is.
    """

    recipe: Recipe
    encoder: lm.Encoder | None = None
    progress: Progress = field(default=silent, repr=False)

    @property
    def summaries(self) -> Summaries:
        """What the recipe says of summaries; RecipeError where it says nothing."""
        if self.recipe.summaries is None:
            raise RecipeError(
                f"the recipe {self.recipe.name} summarises nothing", hint="it has no table [summarise]"
            )
        return self.recipe.summaries

    @cached_property
    def program(self) -> logic.Program:
        """The rules, checked.

        Raises:
            ProgramError: they are no program, or lack a predicate that is read.
        """
        made = logic.compile(self.recipe.rules, name=self.recipe.rules_file, inputs=facts.INPUTS)
        for name, arity in _PREDICATES.items():
            found = made.predicates.get(name)
            if found != arity and (found is not None or name in _NEEDED):
                raise RecipeError(
                    f"the rules need {name} with {arity} arguments" + (f", not {found}" if found else ""),
                    where=str(self.recipe.folder / self.recipe.rules_file),
                    hint="begin with those of summarise: duli new mine --from summarise",
                )
        return made

    def ask(
        self, text: str | Article | Sequence[Article], *, words: int | None = None, rewrite: bool = True
    ) -> Summary:
        """The summary of an article, or of several on one event.

        Args:
            text: an article, or several.
            words: how many it may have, at least 1; None: as the recipe says.
            rewrite: whether the recipe's generator, if it has one, puts the sentences in its words.

        Raises:
            InputError: nothing can be read; there are too many sentences; words is less than 1.
        """
        begun = time.perf_counter()
        draft = self.draft([Article(text)] if isinstance(text, str) else text)
        choice = self.choose(draft, self.summaries.words if words is None else words)
        kept = self._kept(draft, choice)
        if rewrite and self.summaries.generator is not None:
            kept = rewritten(kept, lm.generator(**self.summaries.generator))
        numbers = {draft.sentences[i].place: i for i in choice.chosen.tolist()}
        return Summary(
            titles=draft.titles,
            kept=kept,
            disputes=tuple(self._disputes(draft, choice)),
            objective=_figures(choice),
            words=(sum(len(tokens(k.text)) for k in kept), sum(s.length for s in draft.sentences)),
            notes=(*draft.notes, *_over(draft, choice)),
            notice=self.recipe.notice,
            seconds=time.perf_counter() - begun,
            model=draft.model,
            prove=lambda k: choice.result.proof(Atom("chosen", (numbers[k.sentence.place],))),
        )

    def draft(self, given: Article | Sequence[Article]) -> Draft:
        """Articles, read: sentences and their features; raises as ``ask``."""
        articles, notes = checked([given] if isinstance(given, Article) else given)
        split = [article.split(number) for number, article in enumerate(articles, 1)]
        titles = tuple(title for title, _ in split)
        sentences = tuple(s for _, found in split for s in found)
        if not sentences:
            raise InputError(
                "there is no sentence", where=articles[0].source, hint="give running text, with full stops"
            )
        if len(sentences) > MOST:
            notes.append(f"only the first {MOST:,} of {len(sentences):,} sentences are read")
            sentences = sentences[:MOST]
        languages = {article.language for article in articles}
        for article in articles:
            if article.language is None:
                notes.append(
                    f"{article.source} is in neither English nor Chinese: its sentences are compared by their letters"
                )
        encoder = self._encoder("en" if languages == {"en"} else "zh")
        texts = [s.text for s in sentences] + [title or "-" for title in titles]
        vectors = lm.encode(encoder, texts, progress=self.progress).vectors
        found = features(sentences, vectors[: len(sentences)], titles, vectors[len(sentences) :])
        model = {"name": encoder.name, "revision": encoder.revision}
        known = capitals(s.text for s in sentences)
        named = tuple(details(s.text, known) for s in sentences)
        return Draft(titles, sentences, found, named, likeness(found), tuple(notes), model)

    def choose(self, draft: Draft, words: int) -> Choice:
        """The best sentences of a draft, of so many words together; InputError where these are less than 1."""
        if words < 1:
            raise InputError(f"a summary of {words} words is none", hint="ask for 1 word or more")
        alike = pairs(draft.sentences, draft.alike)
        given = facts.rows(draft.sentences, draft.features, draft.details, self.summaries.marks, alike, words)
        objective = self._objective(self._run(given, draft), draft, words)
        n, m = objective.covers.shape[1], len(objective.weights)
        selection = maximise(objective, nodes=max(50, WORK // (n * (m + n))))
        result = self._run({**given, "best": [(i,) for i in selection.chosen.tolist()]}, draft)
        return Choice(self._numbers(result, "chosen"), selection, objective, result)

    def _run(self, given: Mapping[str, Sequence[Row]], draft: Draft) -> logic.Result:
        relations, symbols = facts.relations(given, draft.sentences)
        return self.program.run(relations, symbols, goal_directed=False)

    def _objective(self, result: logic.Result, draft: Draft, words: int) -> Objective:
        """What the rules say, as numbers."""
        n = len(draft.sentences)
        worth = np.zeros(n)
        for i, value in result.rows("worth"):
            worth[int(i)] = float(value)
        rates = {str(name): float(value) for name, value in result.rows("together")}
        for name in rates:
            if name not in _TOGETHER:
                raise RecipeError(f"together({name}, …) is not known", hint=f"known: {', '.join(_TOGETHER)}")
        coverage, title, repetition, apart = (rates.get(name, 0.0) for name in _TOGETHER)
        weights = np.sqrt(draft.features.spread) * (1 + title * draft.features.titled)
        repeats = repetition * np.maximum(draft.alike - apart, 0.0)
        for i, j, extra in self._rows(result, "repeats"):
            repeats[[int(i), int(j)], [int(j), int(i)]] += float(extra)
        np.fill_diagonal(repeats, 0.0)
        must, never = self._numbers(result, "keep"), self._numbers(result, "leave")
        return Objective(
            worth=worth,
            covers=draft.features.covers.astype(np.float64),
            weights=coverage * weights / max(float(weights.sum()), 1e-9),
            repeats=repeats,
            lengths=np.array([s.length for s in draft.sentences], np.float64),
            budget=float(words),
            must=must,
            never=np.setdiff1d(never, must),
        )

    def _rows(self, result: logic.Result, predicate: str) -> list[Row]:
        """What holds; nothing where the recipe has no rule for it."""
        return result.rows(predicate) if predicate in self.program.predicates else []

    def _numbers(self, result: logic.Result, predicate: str) -> Any:
        return np.array(sorted(int(row[0]) for row in self._rows(result, predicate)), np.int64)

    def _encoder(self, language: str) -> lm.Encoder:
        if self.encoder is not None:
            return self.encoder
        return lm.encoder(self.summaries.chinese) if language == "zh" else lm.encoder(**self.recipe.model)

    def _kept(self, draft: Draft, choice: Choice) -> tuple[Kept, ...]:
        worth = choice.objective.worth
        counts: dict[int, list[tuple[str, float]]] = {i: [] for i in choice.chosen.tolist()}
        for i, name, value in self._rows(choice.result, "counts"):
            if i in counts:
                counts[int(i)].append((str(name), float(value)))
        same = [(int(i), int(j)) for i, j in self._rows(choice.result, "same")]
        with_others = {i: group for group in groups(len(draft.sentences), same) for i in group}
        return tuple(
            Kept(
                draft.sentences[i],
                float(worth[i]),
                tuple(sorted(reasons, key=lambda r: -abs(r[1]))),
                draft.details[i],
                tuple(draft.sentences[j] for j in with_others.get(i, ()) if j != i),
            )
            for i, reasons in counts.items()
        )

    def _disputes(self, draft: Draft, choice: Choice) -> Iterator[Dispute]:
        for row in self._rows(choice.result, "contradicts"):
            i, j, kind, one, other = row
            yield Dispute(
                str(kind),
                draft.sentences[int(i)],
                draft.sentences[int(j)],
                str(one),
                str(other),
                choice.result.proof(Atom("contradicts", row)),
            )


def _figures(choice: Choice) -> dict[str, Any]:
    """What was maximised, and how far."""
    worth, covered, repeated = choice.objective.parts(choice.selection.chosen)
    return {
        "value": round(choice.selection.value, 6),
        "bound": round(choice.selection.bound, 6),
        "optimal": choice.selection.optimal,
        "worth": round(worth, 6),
        "coverage": round(covered, 6),
        "repetition": round(repeated, 6),
        "nodes": choice.selection.nodes,
    }


def _over(draft: Draft, choice: Choice) -> Iterator[str]:
    used = sum(draft.sentences[i].length for i in choice.chosen.tolist())
    if used > choice.objective.budget:
        yield f"what must be kept has {used} words, more than the {choice.objective.budget:.0f} that are allowed"
