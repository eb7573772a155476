"""Customer service: a message, and the dialogue so far, to a reply that rules allow and that says why."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from duli import logic, recipe
from duli.dialogue import changes, slots
from duli.dialogue.intents import Intents
from duli.dialogue.passages import Passages, unsupported
from duli.dialogue.reply import Action, Reply
from duli.dialogue.slots import Finder
from duli.dialogue.state import Pending, State
from duli.errors import RecipeError
from duli.reason import Reasoner, voting
from duli.reason.classes import Classified
from duli.recipe import questions
from duli.recipe.labels import Labels
from duli.types import Atom, Floats, Ranked, Value

ASKED = 2
"""How often a slot is asked for before a person is."""
HALF = 0.5

_SLOT = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\D*(\d{1,2})\D*\Z")


@dataclass(frozen=True)
class _Turn:
    """What is known of one message: how likely each intent is, and what the rules make of it."""

    text: str
    state: State
    p: Floats
    scope: float
    result: logic.Result
    intent: str

    @property
    def sure(self) -> float:
        """P(the likeliest intent)."""
        return float(self.p.max())


class Support:
    """A recipe with ``[support]``, ready to reply.

    Args:
        reasoner: of the recipe.
        corrections: the file of corrections; None: the recipe's.
        again: makes the reasoner anew, when a file of the recipe has changed; None: it stays as it is.
    """

    def __init__(
        self,
        reasoner: Reasoner,
        *,
        corrections: Path | None = None,
        again: Callable[[], Reasoner] | None = None,
    ) -> None:
        if reasoner.recipe.support is None:
            raise RecipeError(f"the recipe {reasoner.recipe.name} has no [support]")
        self.corrections = corrections or reasoner.recipe.folder / reasoner.recipe.support.corrections
        self._again = again
        self._take(reasoner)

    def _take(self, reasoner: Reasoner) -> None:
        assert reasoner.recipe.support is not None  # noqa: S101
        for name in ("finders", "intents"):
            self.__dict__.pop(name, None)
        self.reasoner, self.settings = reasoner, reasoner.recipe.support
        self._key = changes.key(reasoner.recipe)
        self.passages = Passages(reasoner.recipe.folder, self.settings.documents, reasoner.encoder)

    @property
    def recipe(self) -> recipe.Recipe:
        """What it is made of."""
        return self.reasoner.recipe

    @property
    def program(self) -> logic.Program:
        """Its rules, checked."""
        return self.reasoner.program

    @property
    def table(self) -> Labels:
        """The intents."""
        folder = self.recipe.folder
        return next(t for t in self.recipe.tables if t.file and questions.holds(folder / t.file))

    @cached_property
    def intents(self) -> Intents:
        """How likely each is."""
        return Intents(self.reasoner, self.table, self.corrections, self.settings.outside)

    @cached_property
    def finders(self) -> tuple[Finder, ...]:
        """What finds the slots; RecipeError where the rules do not have the names that a slot looks for."""
        result = self.reasoner.run(State().facts(date.today().isoformat()))
        found = []
        for slot in self.settings.slots:
            if slot.names and slot.names not in self.reasoner.program.predicates:
                raise RecipeError(
                    f"the rules have no {slot.names}(Value, Name), where {slot.name} looks",
                    where=self.recipe.place("names"),
                )
            rows = result.rows(slot.names) if slot.names else []
            found.append(Finder.of(slot, [(str(row[0]), str(row[-1])) for row in rows]))
        return tuple(found)

    def ask(
        self, text: str, *, state: State | None = None, today: date | None = None, top: int = 10
    ) -> Reply:
        """Reply to a message.

        Args:
            text: what the customer writes.
            state: the dialogue so far; None begins one.
            today: the day; None is today.
            top: how many of the replies that the rules allow are listed.

        Raises:
            InputError: there is no text, or it is none, or too long.
        """
        begun = time.perf_counter()
        recipe.text_of(text)
        self._refresh()
        made = self._reply(self._turn(text, state or State(), today or date.today()), top)
        return replace(made, notice=self.recipe.notice, seconds=time.perf_counter() - begun)

    def _refresh(self) -> None:
        """Take what changed in the recipe's files; where that cannot be read, go on with what was."""
        self.passages = self.passages.fresh()
        self._key, made = changes.taken(self._again, self.recipe, self._key)
        if made is not None:
            self._take(made)

    def _turn(self, text: str, before: State, today: date) -> _Turn:
        """Read a message: slots, the intent that it speaks of or was asked for, and what follows."""
        told = dict(slots.found(self.finders, text, today))
        state = before.told(told, questions.language(text))
        p, scope = self.intents.probabilities(text)
        p = p * scope
        named = self._named(text, before.pending, told, p)
        given = self.intents.certain(named) if named else Classified(self.table, p[None])
        facts: dict[str, Sequence[tuple[Value, ...]]] = state.facts(today.isoformat())
        if recipe.WORD in self.recipe.changing:
            facts[recipe.WORD] = voting.words([text])
        result = self.reasoner.run(facts, self.reasoner.classify([text], [given]))
        p = given.probabilities[0]
        return _Turn(
            text, state, p, 1.0 if named else scope, result, named or self.table.names[int(p.argmax())]
        )

    def _named(self, text: str, pending: Pending | None, told: Mapping[str, str], p: Floats) -> str:
        """The intent that the customer meant by an answer to what he was asked; empty where he asks for himself."""
        if pending is None:
            return ""
        best = self.table.names[int(p.argmax())]
        if pending.slot:
            moved = p.max() >= self.settings.sure and best != pending.intent
            return pending.intent if pending.slot in told or not moved else ""
        number = _number(text)
        if 1 <= number <= len(pending.options):
            return pending.options[number - 1]
        among = [float(p[self.table.names.index(option)]) for option in pending.options]
        lead = max(among) * self.settings.tie > sorted(among)[-2] and max(among) >= self.settings.sure * HALF
        return pending.options[among.index(max(among))] if lead and p.max() <= max(among) else ""

    def _reply(self, turn: _Turn, top: int) -> Reply:
        names, say = self.settings.predicates, self.settings.say[turn.state.language]
        found = (
            turn.result.top(names["reply"], top) if names["reply"] in self.reasoner.program.predicates else []
        )
        ranked = tuple(Ranked(a.arguments[-1], self._label(a, turn), p, "exact", (p, p)) for a, p in found)
        asked = replace(turn, state=replace(turn.state, pending=None))

        def reply(
            text: str, action: Action, reason: str | None, atom: Atom | None = None, **more: object
        ) -> Reply:
            made = Reply(text, action, ranked, (), asked.state, reason)
            prove = (lambda: turn.result.proof(atom)) if atom is not None else None
            return replace(made, prove=prove, **more)  # type: ignore[arg-type]

        before = turn.state.pending
        if before is not None and before.options and _number(turn.text) == len(before.options) + 1:
            return reply(say["person"], "person", "none of what was offered was meant")
        wanted = self._probable(turn.result, names["person"])
        if wanted is not None:
            return reply(say["person"], "person", "the rules want a person", wanted)
        tied = self._tied(turn)
        if tied:
            return self._choose(turn, tied, ranked)
        best = found[0] if found else None
        if turn.sure >= self.settings.sure:
            for slot in self._needed(turn):
                return self._ask(turn, slot, ranked)
        if best is not None and best[1] >= self.settings.sure:
            text, missing = self._filled(str(best[0].arguments[-1]), turn)
            if missing in {slot.name for slot in self.settings.slots}:
                return self._ask(turn, missing, ranked)
            if text and not missing:
                state = replace(asked.state, tried=(*turn.state.tried, turn.intent))
                return reply(text, "answer", None, best[0], state=state)
            return reply(say["person"], "person", "the answer has a slot that nothing fills", best[0])
        composed = self.passages.answer(turn.text, self.settings.found)
        if composed is not None and not unsupported(composed, self.recipe.folder):
            return reply(f"{say['found']} {composed.text}", "search", None, citations=composed.citations)
        return reply(say["person"], "person", f"too unsure: {turn.sure:.2f}, and no document is like it")

    def _label(self, atom: Atom, turn: _Turn) -> str:
        return next(iter(self._template(str(atom.arguments[-1]), turn.state.language)), "")

    def _template(self, name: str, language: str) -> list[str]:
        own = self.settings.answers.get(name, {})
        return [own[key] for key in (language, *own) if key in own][:1]

    def _filled(self, name: str, turn: _Turn) -> tuple[str, str]:
        """The answer of a template, and the first slot that nothing fills, if any."""
        template = next(iter(self._template(name, turn.state.language)), "")
        values = {**turn.state.said, **self._fills(turn)}
        missing = next((slot for slot in _SLOT.findall(template) if slot not in values), "")
        return ("" if missing else _SLOT.sub(lambda m: values[m[1]], template)), missing

    def _fills(self, turn: _Turn) -> dict[str, str]:
        name = self.settings.predicates["fill"]
        if name not in self.reasoner.program.predicates:
            return {}
        return {str(row[0]): str(row[1]) for row in sorted(turn.result.rows(name), key=str)}

    def _needed(self, turn: _Turn) -> list[str]:
        """The slots that the rules need for the intent and that nobody told."""
        name = self.settings.predicates["need"]
        if name not in self.reasoner.program.predicates:
            return []
        rows = turn.result.matching(name, {0: turn.intent})
        return [
            slot.name
            for slot in self.settings.slots
            if (turn.intent, slot.name) in rows and slot.name not in turn.state.said
        ]

    def _probable(self, result: logic.Result, name: str) -> Atom | None:
        """The likeliest row of a predicate, where it is likelier than not."""
        best = result.top(name, 1) if name in self.reasoner.program.predicates else []
        return best[0][0] if best and best[0][1] > HALF else None

    def _ask(self, turn: _Turn, name: str, ranked: tuple[Ranked, ...]) -> Reply:
        before, say = turn.state.pending, self.settings.say[turn.state.language]
        times = before.times + 1 if before is not None and before.slot == name else 1
        if times > ASKED:
            state = replace(turn.state, pending=None)
            return Reply(say["person"], "person", ranked, (), state, f"{name} was asked for {ASKED} times")
        slot = next(slot for slot in self.settings.slots if slot.name == name)
        text = slot.ask.get(turn.state.language) or say["ask"].format(slot=name)
        state = replace(turn.state, pending=Pending(turn.intent, name, times=times))
        return Reply(text, "ask", ranked, (), state, f"{turn.intent} needs {name}")

    def _tied(self, turn: _Turn) -> tuple[str, ...]:
        """The intents that are as likely as each other and together sure."""
        one, other = turn.p.argsort()[::-1][:2].tolist()
        close = turn.p[other] >= self.settings.tie * turn.p[one] > 0
        together = float(turn.p[one] + turn.p[other]) >= self.settings.sure
        pending = turn.state.pending
        again = pending is not None and bool(pending.options)
        return (self.table.names[one], self.table.names[other]) if close and together and not again else ()

    def _choose(self, turn: _Turn, options: tuple[str, ...], ranked: tuple[Ranked, ...]) -> Reply:
        language = turn.state.language
        say = self.settings.say[language]
        each = [*(self.settings.question(option, language) for option in options), say["neither"]]
        text = "\n".join([say["choose"], *(f"{n}. {line}" for n, line in enumerate(each, 1))])
        state = replace(turn.state, pending=Pending(options=options))
        return Reply(
            text, "choose", ranked, (), state, f"{' and '.join(options)} are as likely as each other"
        )


def _number(text: str) -> int:
    """The one number of a text; 0 where there is none, or several."""
    match = _CHOICE.match(text)
    return int(match[1]) if match else 0
