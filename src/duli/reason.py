"""The one composition: text, frozen model, features, facts with probabilities, rules over knowledge, answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from duli import files, kb, lm, logic, recipe
from duli.errors import DataError, InputError
from duli.explain import Answer
from duli.explain.answer import Reason
from duli.explain.tree import sources, walk
from duli.files import Progress, silent
from duli.logic.values import Symbols, decode_column, encode_rows
from duli.neural.calibration import Calibration, calibrate
from duli.neural.link import Linker
from duli.neural.phrases import split
from duli.types import Atom, Mention, Proof, Ranked, Relation, Value

Rows = Sequence[tuple[Value, ...]]


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

    @cached_property
    def encoder(self) -> lm.Encoder:
        """The frozen model."""
        return self._encoder or lm.encoder(self.recipe.encoder)

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
        codes = self.prepared.run({}).codes(self.recipe.link.names)
        vocabulary = self.prepared.vocabulary
        names = [str(name) for name in decode_column(codes[:, 1], vocabulary)]
        entities = [str(entity) for entity in decode_column(codes[:, 0], vocabulary)]
        features = lm.encode(self.encoder, names, progress=self.progress)

        def fill(folder: Path) -> None:
            found = calibrate(entities, features.vectors, names=names)
            (folder / "calibration.json").write_text(json.dumps(found.to_dict()), "utf-8")

        folder = files.cached_folder("link/" + files.content_key("1", features.model, *names), fill)
        read: Mapping[str, object] = json.loads((folder / "calibration.json").read_text("utf-8"))
        return Linker(entities, names, features.vectors, Calibration.from_dict(read))

    def read(self, text: str) -> tuple[Mention, ...]:
        """What a text mentions, with what links to nothing; InputError where there is no text."""
        phrases = split(recipe.text_of(text), self.linker.known)
        if not phrases:
            return ()
        features = lm.encode(self.encoder, [p.span.text for p in phrases], cache=False)
        return self.linker.link(phrases, features)

    def facts(self, mentions: Iterable[Mention]) -> dict[str, Rows]:
        """The facts that mentions stand for: (number of the phrase, entity, probability)."""
        link = self.recipe.link
        rows: dict[str, list[tuple[Value, ...]]] = {link.present: [], link.absent: []}
        for number, mention in enumerate(mentions):
            place = rows[link.absent if mention.negated else link.present]
            place.extend((number, entity, float(p)) for entity, _, p in mention.candidates if p > 0)
        return dict(rows)

    def run(self, facts: Mapping[str, Rows]) -> logic.Result:
        """What follows from a question's facts."""
        symbols = Symbols(self.prepared.vocabulary)
        inputs = {}
        for name, rows in facts.items():
            arity = self.recipe.changing.get(name)
            if arity is None:
                known = ", ".join(self.recipe.changing)
                raise InputError(f"a question does not fill {name}", hint=f"it fills: {known}")
            codes = encode_rows(rows, arity, symbols)
            inputs[name] = Relation(
                tuple(np.ascontiguousarray(column) for column in codes.T), origin="the text"
            )
        return self.prepared.run(inputs, symbols)

    def ask(
        self, text: str, *, top: int = 10, why: bool = True, facts: Mapping[str, Rows] | None = None
    ) -> Answer:
        """Answer a text.

        Args:
            text: what is asked.
            top: how many answers.
            why: whether the best answer's proof and what each phrase counted are found.
            facts: further facts, for the recipe's ``inputs``.

        Raises:
            InputError: there is no text, or it is none.
        """
        begun = time.perf_counter()
        mentions = self.read(text)
        return self.answer(mentions, top=top, why=why, facts=facts, begun=begun)

    def answer(
        self,
        mentions: tuple[Mention, ...],
        *,
        top: int = 10,
        why: bool = True,
        facts: Mapping[str, Rows] | None = None,
        begun: float | None = None,
    ) -> Answer:
        """Answer what was read already."""
        begun = time.perf_counter() if begun is None else begun
        asked = self.recipe.answer
        about = {"query": f"{asked.predicate}(X)", "mentions": mentions, "model": self._model()}
        if not any(m.candidates for m in mentions):
            reason = "nothing in the text links to the knowledge"
            return Answer(**about, ranked=(), reason=reason, seconds=time.perf_counter() - begun)
        result = self.run({**self.facts(mentions), **(facts or {})})
        label = self.labeller(result)
        ranked, reasons = [], []
        for atom, p in result.top(asked.predicate, top):
            value = atom.arguments[0]
            proof = result.proof(atom) if why and not ranked else None
            because = self._reasons(result, value, mentions) if why and asked.counts else ()
            cited = tuple(dict.fromkeys(s for r in because for s in r.sources))
            ranked.append(Ranked(value, label(str(value)), p, "exact", (p, p), False, proof, cited))
            reasons.append(because)
        return Answer(
            **about,
            ranked=tuple(ranked),
            reasons=tuple(reasons),
            total=len(result.codes(asked.predicate)),
            seconds=time.perf_counter() - begun,
            knowledge={"key": self.knowledge.key, "rows": self.knowledge.rows},
            notice=self.recipe.notice,
        )

    def labeller(self, result: logic.Result) -> Callable[[str], str | None]:
        """A function from a value to its words."""
        made: dict[str, str] = {}
        for predicate in reversed(self.recipe.answer.labels):
            made.update((str(row[0]), str(row[1])) for row in result.rows(predicate))
        return made.get

    def _reasons(
        self, result: logic.Result, value: Value, mentions: tuple[Mention, ...]
    ) -> tuple[Reason, ...]:
        predicate = self.recipe.answer.counts
        assert predicate is not None
        found = []
        for phrase, who, ratio in result.rows(predicate):
            if who != value:
                continue
            proof = result.proof(Atom(predicate, (phrase, who, ratio)), max_premises=1)
            text = mentions[int(phrase)].span.text
            found.append(Reason(text, float(ratio), proof, _path(proof), sources(proof)))
        return tuple(sorted(found, key=lambda r: -abs(r.log_ratio)))

    def _model(self) -> dict[str, Any]:
        return {"encoder": self.encoder.name, "revision": self.encoder.revision}


def _path(proof: Proof) -> tuple[str, ...]:
    """The edges of the ontology in a proof, each once."""
    return tuple(dict.fromkeys(step.atom for step in walk(proof) if step.atom.startswith("is_a(")))


def load(name: str | Path, *, encoder: lm.Encoder | None = None, progress: Progress = silent) -> Reasoner:
    """A recipe, by the name of a built-in one or by its folder, ready to be asked."""
    return Reasoner(recipe.read(name), encoder=encoder, progress=progress)
