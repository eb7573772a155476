"""The one composition: text, frozen model, features, facts with probabilities, rules, answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from duli import files, kb, lm, logic, recipe
from duli.classes import Classified, Trained, Votes, train
from duli.errors import DataError, InputError, ModelError, RecipeError
from duli.explain import Answer
from duli.explain.answer import Ground, Reason
from duli.explain.tree import sources, walk
from duli.files import Progress, silent
from duli.labels import Labels
from duli.logic.strata import dependents
from duli.logic.values import Symbols, decode_column, encode_rows
from duli.neural.link import Linker
from duli.neural.phrases import split
from duli.types import Atom, Mention, Proof, Ranked, Relation, Value

Rows = Sequence[tuple[Value, ...]]

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
        source: recipe.Recipe,
        *,
        encoder: lm.Encoder | None = None,
        data: Path | None = None,
        progress: Progress = silent,
    ) -> None:
        self.recipe = source
        self.data = data
        self.progress = progress
        self._encoder = encoder
        self._trained: dict[str, Trained] = {}

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
        codes = self.prepared.run({}).codes(self._link.names)
        vocabulary = self.prepared.vocabulary
        names = [str(name) for name in decode_column(codes[:, 1], vocabulary)]
        entities = [str(entity) for entity in decode_column(codes[:, 0], vocabulary)]

        def fill(folder: Path) -> None:
            vectors = lm.encode(self.encoder, names, progress=self.progress).vectors
            Linker.fit(entities, names, vectors).save(folder)

        key = files.content_key("3", self.encoder.revision, *entities, *names)
        return Linker.load(files.cached_folder(f"link/{key}", fill), entities, names)

    @property
    def _link(self) -> recipe.Link:
        if self.recipe.link is None:
            raise InputError(
                f"the recipe {self.recipe.name} links nothing", hint="write [link] in its recipe.toml"
            )
        return self.recipe.link

    def trained(self, table: Labels) -> Trained:
        """φ of a ``[[classify]]`` table: as it was fitted, or from the descriptions of its labels alone."""
        if table.predicate not in self._trained:
            votes = None
            if table.votes is not None:
                from duli.learn.functions import names

                functions = names(self.program, table.votes)
                votes = Votes(functions, np.empty((0, len(functions)), np.int64))
            self._trained[table.predicate] = train(table, self.encoder, votes=votes, progress=self.progress)
        return self._trained[table.predicate]

    def classify(self, texts: Sequence[str]) -> tuple[Classified, ...]:
        """How likely each label of each ``[[classify]]`` table is, for n texts."""
        if not self.recipe.classify:
            return ()
        many = len(texts) >= lm.features.ON_DISK
        vectors = lm.encode(self.encoder, texts, cache=many, progress=self.progress).vectors
        said = [(table, self.votes(table, texts)) for table in self.recipe.classify]
        return tuple(self.trained(table).classified(vectors, votes) for table, votes in said)

    def votes(self, table: Labels, texts: Sequence[str]) -> Votes | None:
        """What the program's labelling functions say of n texts; None where the table names none."""
        if table.votes is None:
            return None
        from duli.learn import functions

        if table.votes not in self.program.predicates or recipe.WORD not in self.recipe.changing:
            raise RecipeError(
                f"the rules have no {table.votes}(Function, Text, Label) about {recipe.WORD}(Text, Word)",
                where=self.recipe.place("votes"),
            )
        if table.votes in dependents(self.program.rules, {t.predicate for t in self.recipe.classify}):
            raise RecipeError(
                f"the votes of {table.votes} depend on labels, for which they vote",
                where=self.recipe.place("votes"),
            )
        found = self.run({recipe.WORD: self._words(texts)}).rows(table.votes)
        return Votes(*functions.table(found, len(texts), table.classes))

    def _words(self, texts: Sequence[str]) -> Rows:
        from duli.learn.functions import words

        return [(number, word) for number, text in enumerate(texts) for word in words(text)]

    def read(self, text: str) -> tuple[Mention, ...]:
        """What a text mentions, with what links to nothing; InputError where there is no text."""
        plain = recipe.text_of(text)
        if self.recipe.link is None:
            return ()
        phrases = split(plain, self.linker.known)
        if not phrases:
            return ()
        features = lm.encode(self.encoder, [p.span.text for p in phrases], cache=False)
        return self.linker.link(phrases, features)

    def facts(self, mentions: Iterable[Mention]) -> dict[str, Rows]:
        """The facts that mentions stand for: (number of the phrase, entity, probability)."""
        if self.recipe.link is None:
            return {}
        link = self.recipe.link
        rows: dict[str, list[tuple[Value, ...]]] = {link.present: [], link.absent: []}
        for number, mention in enumerate(mentions):
            place = rows[link.absent if mention.negated else link.present]
            place.extend((number, entity, float(p)) for entity, _, p in mention.candidates if p > 0)
        return {**rows}

    def run(self, facts: Mapping[str, Rows], classified: Iterable[Classified] = ()) -> logic.Result:
        """What follows from a question's facts, and from how likely labels are."""
        symbols = Symbols(self.prepared.vocabulary)
        inputs = {each.labels.predicate: each.relation(symbols, _TEXT) for each in classified}
        for name, rows in facts.items():
            arity = self.recipe.changing.get(name)
            if arity is None:
                known = ", ".join(self.recipe.changing)
                raise InputError(f"a question does not fill {name}", hint=f"it fills: {known}")
            codes = encode_rows(rows, arity, symbols)
            inputs[name] = Relation(tuple(np.ascontiguousarray(column) for column in codes.T), origin=_TEXT)
        return self.prepared.run(inputs, symbols)

    def ask(
        self, text: str, *, top: int = 10, why: int = 3, facts: Mapping[str, Rows] | None = None
    ) -> Answer:
        """Answer a text.

        Args:
            text: what is asked.
            top: how many answers.
            why: for how many of them it is said what each phrase counted.
            facts: further facts, for the recipe's ``inputs``.

        Raises:
            InputError: there is no text, or it is none.
        """
        begun = time.perf_counter()
        mentions, classified, words = self.read(text), self.classify([text]), dict(facts or {})
        if recipe.WORD in self.recipe.changing:
            words.setdefault(recipe.WORD, self._words([text]))
        answer = self.answer(mentions, classified, top=top, why=why, facts=words)
        return replace(answer, seconds=time.perf_counter() - begun)

    def answer(
        self,
        mentions: tuple[Mention, ...],
        classified: tuple[Classified, ...] = (),
        *,
        top: int = 10,
        why: int = 3,
        facts: Mapping[str, Rows] | None = None,
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
        label = self.labeller(result)
        found = result.top(asked.predicate, top)
        if not found:
            return replace(empty, reason="no answer follows from the text")
        best = [(atom.arguments[-1], p) for atom, p in found]
        atoms = {atom.arguments[-1]: atom for atom, _ in reversed(found)}
        return replace(
            empty,
            ranked=tuple(Ranked(value, label(str(value)), p, "exact", (p, p)) for value, p in best),
            reasons=tuple(self._reasons(result, value, mentions, label) for value, _ in best[:why]),
            total=len(result.codes(asked.predicate)),
            seconds=time.perf_counter() - begun,
            knowledge={"key": self.knowledge.key, "facts": self.knowledge.rows, "origins": self._origins},
            prove=lambda value: result.proof(atoms[value], max_premises=3),
        )

    def labeller(self, result: logic.Result) -> Callable[[str], str | None]:
        """A function from a value to its words."""

        @cache
        def label(value: str) -> str | None:
            for predicate in self.recipe.answer.labels:
                for row in result.matching(predicate, {0: value}):
                    return str(row[1])
            said = (table.described(value) for table in self.recipe.classify)
            return next((words for words in said if words is not None), None)

        return label

    def _reasons(
        self,
        result: logic.Result,
        value: Value,
        mentions: tuple[Mention, ...],
        label: Callable[[str], str | None],
    ) -> tuple[Reason, ...]:
        asked = self.recipe.answer
        if asked.counts is None:
            return ()

        def reason(row: tuple[Value, ...]) -> Reason:
            def find() -> Ground:
                return self._ground(result.proof(Atom(predicate, row), 1, asked.stated), label)

            return Reason(mentions[int(row[0])].span.text, float(row[2]), find)

        predicate = asked.counts
        found = [reason(row) for row in result.matching(predicate, {1: value})]
        return tuple(sorted(found, key=lambda r: -abs(r.log_ratio)))

    def _ground(self, proof: Proof, label: Callable[[str], str | None]) -> Ground:
        """Where a phrase and an answer meet, read from the proof of what it counted."""
        link = self._link
        met = [step.row for step in walk(proof) if step.row is not None]
        linked = (atom.arguments[1] for atom in met if atom.predicate in (link.present, link.absent))
        entity = next(linked, None)
        edges = [atom.arguments for atom in met if atom.predicate == self.recipe.answer.path]
        return Ground(
            entity,
            label(str(entity)),
            tuple(tuple(label(step) or step for step in path) for path in chains(edges, str(entity))),
            tuple(s for s in sources(proof) if s not in (*self._origins, _TEXT)),
            proof,
        )

    @cached_property
    def _origins(self) -> list[str]:
        return sorted({r.origin for r in self.knowledge.relations.values()})

    def _model(self) -> dict[str, str]:
        return {"encoder": self.encoder.name, "revision": self.encoder.revision}


def chains(edges: Iterable[Sequence[Value]], first: str) -> list[tuple[str, ...]]:
    """Edges (lower, upper) joined to chains, the one that begins with ``first`` before the others.

    >>> chains([("b", "c"), ("a", "b"), ("x", "c")], "x")
    [('x', 'c'), ('a', 'b', 'c')]
    """
    above = {str(lower): str(upper) for lower, upper in edges}
    found = []
    for start in above.keys() - set(above.values()):
        chain = [start]
        while chain[-1] in above and above[chain[-1]] not in chain:
            chain.append(above[chain[-1]])
        found.append(tuple(chain))
    return sorted(found, key=lambda chain: (chain[0] != first, chain))


def load(
    name: str | Path,
    *,
    encoder: lm.Encoder | None = None,
    data: str | Path | None = None,
    progress: Progress = silent,
) -> Reasoner:
    """A recipe, by the name of a built-in one or by its folder, ready to be asked; see ``Reasoner``."""
    folder = None if data is None else Path(data)
    return Reasoner(recipe.read(name), encoder=encoder, data=folder, progress=progress)
