"""The one composition: text, frozen model, features, facts with probabilities, rules, answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from duli import files, kb, lm, logic, recipe
from duli.errors import DataError, InputError, ModelError
from duli.explain import Answer
from duli.files import Progress, silent
from duli.logic.values import Symbols, encode_rows
from duli.neural.link import Linker
from duli.neural.phrases import split
from duli.neural.relations import names_in
from duli.reason import estimator, fitted, grounds, inputs, linking, media, voting
from duli.reason.classes import Classified, Extracted, Target, Trained, Votes, train
from duli.reason.fitted import saved
from duli.recipe import Recipe
from duli.recipe.labels import Labels
from duli.types import Example, Floats, Mention, Ranked, Relation, Value

if TYPE_CHECKING:
    from duli.learn.tracking import Run
    from duli.neural.posterior import Structure

Rows = Sequence[tuple[Value, ...]]
Facts = Mapping[str, Rows] | None
Files = Mapping[str, Path] | None

_TEXT = "the text"


class Reasoner:
    """A recipe that is ready to be asked. What can be prepared once is, on first use, and kept on disk.

    Args:
        source: a recipe.
        encoder: the frozen model; None takes the recipe's.
        data: a folder whose files are taken in place of those that the recipe finds in packages.
        progress: told how far long work is.
    """

    def __init__(
        self,
        source: Recipe,
        *,
        encoder: lm.Encoder | None = None,
        data: Path | None = None,
        progress: Progress = silent,
    ) -> None:
        self.source = source
        self.data = data
        self.progress = progress
        self._encoder = encoder
        self._trained: dict[str, Trained] = {}
        self._record: Run | None = None

    @property
    def recipe(self) -> Recipe:
        """What it composes."""
        return self.source

    @property
    def record(self) -> Run | None:
        """What it was fitted from, and how; None before."""
        return self._record

    @cached_property
    def encoder(self) -> lm.Encoder:
        """The frozen model."""
        if self._encoder is not None:
            return self._encoder
        try:
            return lm.encoder(**self.recipe.model)
        except ModelError as error:
            if error.where is None:
                error.where = self.recipe.place("encoder")
            raise

    @cached_property
    def knowledge(self) -> kb.KnowledgeBase:
        """What is known, as columns."""
        return kb.load(self.recipe.sources, data=self.data, progress=self.progress)

    @cached_property
    def program(self) -> logic.Program:
        """The rules, checked."""
        arities = {name: len(r.columns) for name, r in self.knowledge.relations.items()}
        return logic.compile(
            self.recipe.rules, name=self.recipe.rules_file, inputs={**arities, **self.recipe.changing}
        )

    @cached_property
    def prepared(self) -> logic.Prepared:
        """The rules, with all evaluated that no question changes."""
        known = self.knowledge
        relations = {n: r for n, r in known.relations.items() if n in self.program.predicates}

        def fill(folder: Path) -> None:
            self.progress("applying the rules", 0, 1)
            self.program.prepare(relations, known.vocabulary, self.recipe.changing).save(folder)
            self.progress("applying the rules", 1, 1)

        name = "program/" + files.content_key(
            "1", known.key, self.recipe.rules, repr(sorted(self.recipe.changing))
        )
        try:
            return logic.Prepared.load(
                files.cached_folder(name, fill), self.program, relations, known.vocabulary
            )
        except DataError as error:
            files.warn_once(f"{error.message}: made again")
            return self.program.prepare(relations, known.vocabulary, self.recipe.changing)

    @cached_property
    def linker(self) -> Linker:
        """What turns phrases into entities of the knowledge."""
        return linking.linker(self)

    @property
    def classes_(self) -> Any:
        """The classes that are predicted, in the order of the columns of ``predict_proba``."""
        table = estimator.target(self)
        return np.array(table.classes if table.exclusive else table.names)

    def fit(
        self,
        texts: Sequence[Example],
        labels: Sequence[Target] | None = None,
        *,
        unlabelled: Sequence[Example] = (),
        posterior: Structure | None = None,
        risk: float | None = None,
        seed: int = 0,
    ) -> Reasoner:
        """Learn φ from n texts (pairs of texts; texts with a head and a tail), with labels [n], None where one is not
        known, or without; returns itself.

        The arguments are those of ``estimator.fit``.

        Raises:
            InputError: there is nothing to learn, or a label is not described in the recipe.
            MissingExtraError: there are labels, and scipy is not installed.
        """
        self._trained, self._record = estimator.fit(
            self, texts, labels, unlabelled=unlabelled, posterior=posterior, risk=risk, seed=seed
        )
        return self

    def predict(self, texts: Sequence[Example]) -> Any:
        """The likeliest class of each text [n]; see ``estimator.predict``."""
        return estimator.predict(self, texts)

    def predict_proba(self, texts: Sequence[Example]) -> Floats:
        """How likely each of ``classes_`` is [n, K], by what the program answers; see ``estimator``."""
        return estimator.predict_proba(self, texts)

    def predict_interval(self, texts: Sequence[Example], *, level: float = 0.95) -> tuple[Floats, Floats]:
        """Bounds [n, K] of credible intervals, where it was fitted with a posterior; see ``estimator``."""
        return estimator.predict_interval(self, texts, level=level)

    def predict_set(self, texts: Sequence[Example]) -> list[tuple[str, ...]]:
        """The classes among which the right one is, where it was fitted with a risk; see ``estimator``."""
        return estimator.predict_set(self, texts)

    def score(self, texts: Sequence[Example], labels: Sequence[str]) -> float:
        """The share of texts whose likeliest class is their label."""
        return float(np.mean(self.predict(texts) == np.asarray(labels)))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What it was made with, as scikit-learn asks."""
        return {
            "source": self.source,
            "encoder": self._encoder,
            "data": self.data,
            "progress": self.progress,
        }

    def set_params(self, **params: Any) -> Reasoner:
        """As if it had been made with these, so not fitted; returns itself. InputError where one is unknown."""
        known = self.get_params()
        for name in params.keys() - known.keys():
            raise InputError(f"a reasoner has no parameter {name!r}", hint=f"it has {', '.join(known)}")
        self.__dict__.clear()
        type(self).__init__(self, **{**known, **params})
        return self

    def __sklearn_tags__(self) -> Any:
        return estimator.tags()

    def save_pretrained(self, folder: str | Path) -> None:
        """Write φ: ``config.json``, ``model.safetensors``, a model card, and the recipe without its knowledge."""
        trained = {table.predicate: self.trained(table) for table in self.recipe.tables}
        run = None if self.record is None else self.record.to_dict()
        fitted.save(Path(folder), self.recipe, self.encoder, trained, run)

    @classmethod
    def from_pretrained(cls, folder: str | Path, *, encoder: lm.Encoder | None = None) -> Reasoner:
        """What ``save_pretrained`` wrote; errors are those of ``fitted.load``."""
        return load(folder, encoder=encoder, fitted=folder)

    def take(self, folder: Path) -> None:
        """Use what was fitted and saved in a folder."""
        self._trained = fitted.load(folder, self.recipe, self.encoder)

    def push_to_hub(self, name: str) -> str:
        """Put it on the model hub under this name; returns its address. See ``fitted.push``."""
        return fitted.push(self.save_pretrained, name)

    def trained(self, table: Labels) -> Trained:
        """φ of a table of labels: as it was fitted, or from the descriptions of its labels alone."""
        if table.predicate not in self._trained:
            said = voting.none_yet(self, table)
            self._trained[table.predicate] = train(table, self.encoder, votes=said, progress=self.progress)
        return self._trained[table.predicate]

    def classify(self, texts: Sequence[Example], given: Sequence[Classified] = ()) -> tuple[Classified, ...]:
        """How likely each label of each table of texts or pairs is, for n of them; of some as it is ``given``."""
        given = (*given, *media.unread(self.recipe.tables, len(texts), given))
        known = {each.labels.predicate for each in given}
        tables = [t for t in self.recipe.tables if t.kind != "extract" and t.predicate not in known]
        said = [(table, self.votes(table, texts)) for table in tables]
        return (*given, *(self.trained(t).classified(self.vectors(t, texts), votes) for t, votes in said))

    def extract(self, text: str, mentions: Sequence[Mention]) -> tuple[Extracted, ...]:
        """How likely each relation of each ``[[extract]]`` table is between the entities that a text mentions."""
        return linking.extract(self, text, mentions)

    def vectors(self, table: Labels, texts: Sequence[Example]) -> lm.Vectors:
        """What the frozen model says of n examples, as a table reads them; see ``inputs.vectors``."""
        many = len(texts) >= lm.features.ON_DISK
        return inputs.vectors(table, self.encoder, texts, cache=many, progress=self.progress)

    def votes(self, table: Labels, texts: Sequence[Example]) -> Votes | None:
        """What the program's labelling functions say of n texts; None where the table names none."""
        return voting.votes(self, table, texts)

    def read(self, text: str) -> tuple[Mention, ...]:
        """What a text mentions, with what links to nothing; InputError where there is no text."""
        plain = recipe.text_of(text)
        if self.recipe.link is None:
            return ()
        named = any(table.kind == "extract" for table in self.recipe.tables)
        phrases = (names_in if named else split)(plain, self.linker.known)
        if not phrases:
            return ()
        features = lm.encode(self.encoder, [p.span.text for p in phrases], cache=False)
        return self.linker.link(phrases, features)

    def facts(self, mentions: Iterable[Mention]) -> dict[str, Rows]:
        """The facts that mentions stand for: (number of the phrase, entity, probability)."""
        if (link := self.recipe.link) is None:
            return {}
        rows: dict[str, list[tuple[Value, ...]]] = {link.present: [], link.absent: []}
        for number, mention in enumerate(mentions):
            place = rows[link.absent if mention.negated else link.present]
            place.extend((number, entity, float(p)) for entity, _, p in mention.candidates if p > 0)
        return {**rows}

    def run(
        self, facts: Mapping[str, Rows], classified: Iterable[Classified | Extracted] = (), only: str = ""
    ) -> logic.Result:
        """What follows from a question's facts, and from how likely labels are; of one predicate, or of all."""
        symbols = Symbols(self.prepared.vocabulary)
        given = {each.labels.predicate: each.relation(symbols, _TEXT) for each in classified}
        for name, rows in facts.items():
            arity = self.recipe.changing.get(name)
            if arity is None:
                hint = f"it fills: {', '.join(self.recipe.changing)}"
                raise InputError(f"a question does not fill {name}", hint=hint)
            codes = encode_rows(rows, arity, symbols)
            given[name] = Relation(tuple(np.ascontiguousarray(column) for column in codes.T), origin=_TEXT)
        return self.prepared.run(given, symbols, only=only or None)

    def about(self, texts: Sequence[Example], given: Sequence[Classified] = ()) -> logic.Result:
        """What follows from some texts together, each by its number; from one only where the recipe links.

        ``given`` is what some tables say of them, where that is known already.
        """
        if self.recipe.link is not None and len(texts) != 1:
            raise InputError("a recipe that links is asked about one text at a time")
        mentions: tuple[Mention, ...] = ()
        classified: tuple[Classified | Extracted, ...] = self.classify(texts, given)
        if self.recipe.link is not None:
            text = inputs.text_of(texts[0])
            mentions = self.read(text)
            classified += self.extract(text, mentions)
        facts = self.facts(mentions)
        if recipe.WORD in self.recipe.changing:
            facts[recipe.WORD] = voting.words(texts)
        return self.run(facts, classified)

    def ask(
        self, text: Example, *, top: int = 10, why: int = 3, facts: Facts = None, files: Files = None
    ) -> Answer:
        """Answer a text.

        Args:
            text: what is asked; where the recipe matches, two texts.
            top: how many answers.
            why: for how many of them it is said what each phrase counted.
            facts: further facts, for the recipe's ``inputs``.
            files: a picture, speech, or both, by medium; then the text may be empty. See ``media.evidence``.

        Raises:
            InputError: there is no text, or it is none; or the recipe is about cases.
        """
        begun = time.perf_counter()
        estimator.check_one(text, self.recipe, empty=bool(files))
        mentions, words = self.read(inputs.text_of(text)) if text else (), dict(facts or {})
        classified: tuple[Classified | Extracted, ...] = self.classify(
            [text], media.evidence(self, text, files or {})
        )
        classified += self.extract(inputs.text_of(text), mentions)
        if recipe.WORD in self.recipe.changing:
            words.setdefault(recipe.WORD, voting.words([text]))
        answer = self.answer(mentions, classified, top=top, why=why, facts=words)
        answer = estimator.promised(self, text, answer) if not (facts or files) else answer
        return replace(answer, seconds=time.perf_counter() - begun)

    def answer(
        self,
        mentions: tuple[Mention, ...],
        classified: tuple[Classified | Extracted, ...] = (),
        *,
        top: int = 10,
        why: int = 3,
        facts: Facts = None,
    ) -> Answer:
        """Answer what was read already, of one text; the other arguments are those of ``ask``."""
        begun = time.perf_counter()
        asked = self.recipe.answer
        empty = Answer(f"{asked.predicate}(X)", (), mentions, model=self._model(), notice=self.recipe.notice)
        if not classified and not any(m.candidates for m in mentions):
            return replace(empty, reason="nothing in the text links to the knowledge")
        likelier = [
            each for each in classified if each.labels.predicate == asked.predicate and each.none_leads
        ]
        if likelier:
            return replace(empty, reason="none of these, most likely")
        result = self.run({**self.facts(mentions), **(facts or {})}, classified)
        label, reasons = grounds.reasoner(self.recipe, result, mentions, (*self._origins, _TEXT))
        found = result.top(asked.predicate, top)
        if not found:
            return replace(empty, reason="no answer follows from the text")
        best = [(atom.arguments[-1], p) for atom, p in found]
        atoms = {atom.arguments[-1]: atom for atom, _ in reversed(found)}
        return replace(
            empty,
            ranked=tuple(Ranked(value, label(str(value)), p, "exact", (p, p)) for value, p in best),
            reasons=tuple(reasons(value) for value, _ in best[:why]),
            total=len(result.codes(asked.predicate)),
            seconds=time.perf_counter() - begun,
            knowledge={"key": self.knowledge.key, "facts": self.knowledge.rows, "origins": self._origins},
            prove=lambda value: result.proof(atoms[value], max_premises=3),
        )

    def labeller(self, result: logic.Result) -> Callable[[str], str | None]:
        """A function from a value to its words."""
        return grounds.labeller(self.recipe, result)

    @cached_property
    def _origins(self) -> list[str]:
        return sorted({r.origin for r in self.knowledge.relations.values()})

    def _model(self) -> dict[str, str]:
        return {"encoder": self.encoder.name, "revision": self.encoder.revision}


def load(
    name: str | Path | Recipe,
    *,
    encoder: lm.Encoder | None = None,
    data: str | Path | None = None,
    fitted: str | Path | None = None,
    progress: Progress = silent,
) -> Reasoner:
    """A recipe, by the name of a built-in one or by its folder, ready to be asked; see ``Reasoner``.

    Args:
        name: of a built-in recipe, or its folder; or a recipe that was read.
        encoder, data, progress: as of ``Reasoner``.
        fitted: a folder that ``duli fit`` or ``save_pretrained`` wrote; not needed where the recipe is that folder.

    Raises:
        RecipeError: there is no such recipe, or it has a mistake.
        DataError, ModelError, InputError: what was fitted is damaged, or of another model or other labels.
    """
    source = name if isinstance(name, Recipe) else recipe.read(name)
    reasoner = Reasoner(source, encoder=encoder, data=None if data is None else Path(data), progress=progress)
    if fitted is not None or saved(source.folder):
        reasoner.take(Path(fitted or source.folder))
    return reasoner
