"""A persona that talks: what it says follows from what it knows, or it says that it does not know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from duli import lm, logic, recipe
from duli.dialogue import changes
from duli.dialogue.grounds import Checker, Claim, Found, Grounds
from duli.dialogue.intents import Intents
from duli.dialogue.memory import Memory
from duli.dialogue.persons import Meant, meant, spoken
from duli.errors import DuliError, InputError, RecipeError
from duli.files import warn_once
from duli.language.texts import LANGUAGES, Language, pieces
from duli.reason import Reasoner, voting
from duli.reason.classes import Classified
from duli.recipe import questions
from duli.recipe.converse import GUEST
from duli.recipe.labels import Labels

SENTENCES = 5
"""Sentences of a message that are answered."""
HALF = 0.5

_PROMPT = """Say the following so that it reads well, in the same language. Add nothing, leave nothing out.

{reply}
"""


@dataclass(frozen=True)
class Told:
    """What a persona replies.

    Args:
        claims: its sentences, each with what it stands on.
        notice: what the reader must be told beside it.
        text: the reply as it is said.
        remembered: sentences that were added to the user's memory.
        seconds: wall-clock time.
    """

    claims: tuple[Claim, ...]
    notice: str = ""
    text: str = ""
    remembered: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def abstained(self) -> bool:
        """Whether it says that it does not know."""
        return any(claim.status == "unknown" for claim in self.claims)

    def __str__(self) -> str:
        return self.text

    def lines(self, *, why: bool = False) -> Iterator[str]:
        """For people: what is said, and if wanted what each claim follows from."""
        yield self.text
        for claim in self.claims if why else ():
            yield f"  [{claim.status}] {claim.sentence}"
            yield from (f"    {reason}" for reason in claim.because)

    def to_dict(self, *, proof: bool = False) -> dict[str, Any]:
        """The reply in the one JSON shape of duli."""
        answers = [
            {
                "value": claim.sentence,
                "label": claim.status,
                "probability": 1.0,
                "kind": "exact",
                "interval": [1.0, 1.0],
                "calibrated": False,
                "proof": list(claim.because) if proof else None,
                "sources": [],
            }
            for claim in self.claims
            if claim.status == "proved"
        ]
        return {
            "query": "what is true",
            "answers": answers,
            "reply": self.text,
            "claims": [vars(claim) for claim in self.claims],
            "remembered": list(self.remembered),
            "abstained": self.abstained,
            "reason": "it is not known" if self.abstained else None,
            "notice": self.notice,
            "seconds": round(self.seconds, 4),
        }


class Converse:
    """A recipe with ``[converse]``, ready to talk.

    Args:
        reasoner: of the recipe.
        load: loads a tool's recipe, by name.
        generator: makes replies fluent; None: the recipe's, if it names one.
        again: makes the reasoner anew, when a file of the recipe has changed; None: it stays as it is.

    Raises:
        RecipeError: a sentence of the persona is not read; or an answer claims what does not follow from it.
    """

    def __init__(
        self,
        reasoner: Reasoner,
        load: Callable[[str], Any],
        *,
        generator: lm.Generator | None = None,
        again: Callable[[], Reasoner] | None = None,
    ) -> None:
        self._load, self._again, self._tools = load, again, dict[str, Any]()
        self._take(reasoner)
        named = self.settings.generator
        self.generator = generator or (lm.generator(**named) if named else None)

    def _take(self, reasoner: Reasoner) -> None:
        if reasoner.recipe.converse is None:
            raise RecipeError(f"the recipe {reasoner.recipe.name} has no [converse]")
        self.reasoner, self.settings = reasoner, reasoner.recipe.converse
        self._key = changes.key(reasoner.recipe)
        self.__dict__.pop("intents", None)
        self._check()

    def _refresh(self) -> None:
        """Take what changed in the recipe's files; where that cannot be used, go on with what was."""
        old = self.reasoner
        self._key, made = changes.taken(self._again, self.recipe, self._key)
        if made is not None:
            try:
                self._take(made)
            except RecipeError as error:
                self.reasoner, self.settings = old, old.recipe.converse or self.settings
                warn_once(f"the persona has changed and cannot be used: {error}; going on with the old one")

    def _check(self) -> None:
        """The persona is read, and what the answers say follows from it."""
        for language in LANGUAGES:
            mistakes = self._grounds(language, None).mistakes
            if mistakes:
                raise RecipeError(
                    f"a sentence of the persona is not read: {mistakes[0]}", hint="duli read FILE"
                )
        checker = self.checker(None)
        answers = [entry for entry in self.settings.entries if entry.answer]
        if not checker.unfounded(
            "\n".join(entry.answer.replace("{user}", GUEST) for entry in answers), GUEST
        ):
            return
        for entry in answers:
            for wrong in checker.unfounded(entry.answer.replace("{user}", GUEST), GUEST):
                raise RecipeError(
                    f"the answer {entry.intent!r} claims what the persona does not: {wrong}",
                    where=entry.place,
                    hint="write it into the persona's sentences, or, where it claims nothing, into phrases",
                )

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
        """What people say."""
        return next(t for t in self.recipe.tables if t.file and questions.holds(self.recipe.folder / t.file))

    @cached_property
    def intents(self) -> Intents:
        """How likely each of these is."""
        return Intents(self.reasoner, self.table, None, self.settings.outside)

    def checker(self, memory: Memory | None) -> Checker:
        """What holds replies to a user against what is known."""
        said = [text for own in self.settings.say.values() for text in own.values()]
        frames = [text for text in said if "{" in text]
        user = GUEST if memory is None else memory.user
        phrases = [text.replace("{user}", user) for text in self.settings.phrases]
        phrases += [text for text in said if "{" not in text]
        grounds = {language: self._grounds(language, memory) for language in LANGUAGES}
        return Checker(grounds, self.settings.names, phrases, frames)

    def ask(self, text: str, *, memory: Memory | None = None) -> Told:
        """Reply to a message.

        Args:
            text: what somebody says.
            memory: of who says it, which takes up what he tells about himself; None: nobody's, and gone afterwards.

        Raises:
            InputError: there is no text, or it is none, or too long; or the memory is full.
        """
        begun = time.perf_counter()
        recipe.text_of(text)
        self._refresh()
        memory = memory or Memory(GUEST)
        if memory.user.casefold() in {name.casefold() for name in self.settings.names.values()}:
            raise InputError(
                f"{memory.user} is the persona's own name", hint="talk under another: --user Ann"
            )
        before = list(memory.sentences)
        claims: list[Claim] = []
        for piece in list(pieces(text))[:SENTENCES]:
            claims += self._replied(piece.text, piece.language, memory)
        # Emoji and the like have no sentence.
        unread = Claim(self.settings.say[_language(text)]["unread"], "unknown")
        made = tuple(dict.fromkeys(claims)) or (unread,)
        own = _joined(made, _language(text))
        told = Told(made, self.recipe.notice, self._fluent(own, memory))
        new = tuple(s for s in memory.sentences if s not in before)
        return replace(told, remembered=new, seconds=time.perf_counter() - begun)

    def _replied(self, text: str, language: Language, memory: Memory) -> list[Claim]:
        """The reply to one sentence: what must not be done, what is read, what people usually say, a tool."""
        p, scope = self.intents.probabilities(text)
        denied = self._denied(text, Classified(self.table, (p * scope)[None]))
        if denied:
            return self._template(denied, language, memory)
        me = self.settings.names[language]
        said = meant(text, language, i=memory.user, you=me)
        best = self.table.names[int(p.argmax())]
        sure = float(p.max()) * scope
        tool = next((tool for tool in self.settings.tools if tool.intent == best), None)
        if tool is not None and sure >= self.settings.sure:
            return self._called(tool.name, tool.recipe, text, language)
        if said is not None:
            (found,) = self._grounds(language, memory).find(said.sentence)
            own = said.subject == memory.user or (said.subject and not said.asked)
            usual = found.answer == "unknown" and sure >= self.settings.sure and not own
            if found.answer is not None and not usual:
                return self._answered(said, found, language, memory)
        if sure < self.settings.sure:
            return [Claim(self.settings.say[language]["unread"], "unknown")]
        return self._template(best, language, memory)

    def _denied(self, text: str, given: Classified) -> str:
        """The answer that the rules want in place of what was asked; empty where they want none."""
        if self.settings.deny not in self.reasoner.program.predicates:
            return ""
        facts = {recipe.WORD: voting.words([text])} if recipe.WORD in self.recipe.changing else {}
        result = self.reasoner.run(facts, self.reasoner.classify([text], [given]))
        best = result.top(self.settings.deny, 1)
        return str(best[0][0].arguments[-1]) if best and best[0][1] > HALF else ""

    def _answered(self, said: Meant, found: Found, language: Language, memory: Memory) -> list[Claim]:
        """The reply to a statement or a question that was read."""
        say = self.settings.say[language]

        def phrase(key: str) -> Claim:
            return Claim(say[key], "phrase")

        proved = self._proved(found, language)
        if said.asked or said.subject != memory.user:
            if found.answer == "true":
                return [phrase("yes"), *proved]
            if found.answer == "false":
                return [phrase("no"), *proved]
            unknown = Claim(say["unknown"].format(sentence=said.sentence), "unknown")
            return [unknown] if said.asked else [unknown, phrase("keep")]
        if found.answer == "true":
            return [phrase("known"), Claim(said.sentence, "proved", found.because)]
        if found.answer != "unknown":
            return [phrase("against"), *proved]
        if any(name in said.sentence for name in self.settings.names.values()):
            # What speaks of the persona would change who it is: "I am you".
            return [Claim(say["unknown"].format(sentence=said.sentence), "unknown"), phrase("keep")]
        memory.add(said.sentence)
        return [phrase("noted"), Claim(said.sentence, "proved", (said.sentence,))]

    def _proved(self, found: Found, language: Language) -> list[Claim]:
        """What holds, and the sentences that it follows from, as the persona says them."""
        me = self.settings.names[language]
        claims = [Claim(spoken(found.claim, language, i=me), "proved", found.because)] if found.claim else []
        if not found.because:
            return claims
        reasons = [Claim(spoken(text, language, i=me), "proved", (text,)) for text in found.because]
        return [*claims, Claim(self.settings.say[language]["why"], "phrase"), *reasons]

    def _template(self, name: str, language: Language, memory: Memory) -> list[Claim]:
        """An answer of the recipe; what it claims was proved when the recipe was loaded."""
        known = {e.language: e.answer for e in self.settings.entries if e.intent == name and e.answer}
        text = known.get(language) or next(iter(known.values()))
        checker = self.checker(memory)
        return [
            Claim(piece.text, "phrase" if piece.text in checker.known else "proved")
            for piece in pieces(text.replace("{user}", memory.user))
        ]

    def _called(self, name: str, source: str, text: str, language: Language) -> list[Claim]:
        """What a tool says; one that fails says nothing."""
        say = self.settings.say[language]
        try:
            if source not in self._tools:
                self._tools[source] = self._load(source)
            found = self._tools[source].ask(text).to_dict()
        except DuliError as error:
            return [
                Claim(say["unread"], "unknown"),
                Claim(say["tool"].format(tool=name, sentence=error.message), "tool"),
            ]
        best: dict[str, Any] = next(iter(found.get("answers", ())), {})
        said = found.get("reply") or best.get("label") or best.get("value") or found.get("reason") or ""
        return [Claim(say["tool"].format(tool=name, sentence=" ".join(str(said).split())), "tool")]

    def _fluent(self, own: str, memory: Memory) -> str:
        """The reply in the words of the generator, where each of its sentences stands the check; else our own."""
        if self.generator is None:
            return own
        try:
            text = "".join(lm.generate(self.generator, _PROMPT.format(reply=own))).strip()
        except DuliError:
            return own
        return text if text and not self.checker(memory).unfounded(text, memory.user) else own

    def _grounds(self, language: Language, memory: Memory | None) -> Grounds:
        told = [s for s in memory.sentences if _language(s) == language] if memory is not None else []
        known = (self.settings.persona[language], self.settings.knowledge[language], *told)
        return Grounds(" ".join(text for text in known if text), language)


def _joined(claims: tuple[Claim, ...], language: Language) -> str:
    """Sentences as one text; what is marked as not known or another's stands on a line of its own."""
    text = ""
    for before, claim in zip((None, *claims), claims, strict=False):
        alone = {"unknown", "tool"} & {claim.status, before.status if before else ""}
        text += ("" if not text else "\n" if alone else "" if language == "zh" else " ") + claim.sentence
    return text


def _language(text: str) -> Language:
    return "zh" if questions.language(text) == "zh" else "en"
