"""Text into statements: sentences are parted, read, and put into formulas; what is not read is told with its place."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

from duli.errors import InputError, Place
from duli.fol import Theory
from duli.fol.syntax import Constant, ForAll, Function, Implies, Predicate, Statement, Variable, terms
from duli.fol.theory import World
from duli.language.meaning import CHOICES, Choice, Meaning, Phrases
from duli.language.path import Stuck
from duli.language.phrases import Clause, Is, Noun, Scene, Sentence, There, Word
from duli.language.scope import Uses
from duli.language.texts import LANGUAGES, Language, Piece, pieces, place
from duli.language.tongue import Tongue
from duli.language.walk import nouns, said_of

BY_WORDS = "words"
"""The name of a statement that no sentence says, but the words of two kinds: every rock band is a band."""

_ASKS = re.compile(r"([?？]|吗)[\"”』」]?\s*$")
_TOPIC_RULES = 3
_TOPIC_SHARE = 0.6
"""A kind that so many of the rules speak of, and nothing is said to be, is what the text is about."""


@dataclass(frozen=True)
class Problem:
    """A sentence that is not read.

    Args:
        place: where, and the line.
        message: what stopped the reading.
        near: the nearest form that would be read.
    """

    place: Place
    message: str
    near: str = ""

    def error(self) -> InputError:
        """As an error that says the same."""
        return InputError(
            self.message, where=self.place, hint=f"this form is read: {self.near}" if self.near else None
        )


@dataclass(frozen=True)
class Reading:
    """What a text says.

    Args:
        statements: in the order of the text; each holds its sentence.
        problems: sentences that are not read.
        asked: of each question its statement, or why it is not read.
        ranges: functions that order things, with the least and the greatest place.
        notes: what was understood that no sentence says.
        kinds: predicates that are nouns.
    """

    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()
    asked: tuple[Statement | Problem, ...] = ()
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()

    def theory(self, world: World = "open") -> Theory:
        """What a reasoner takes."""
        return Theory(self.statements, world=world, ranges=self.ranges, different=frozenset(self.ranges))


@dataclass
class _Part:
    """A sentence on its way."""

    piece: Piece
    text: str
    file: str
    words: list[Word] = field(default_factory=list)
    sentence: Sentence | None = None
    problem: Problem | None = None

    def told(self, message: str, at: int = 0, near: str = "") -> Problem:
        return Problem(place(self.text, self.piece.start + at, self.file), message, near)


def read(
    text: str, language: Language | None = None, *, ask: Sequence[str] = (), name: str = "text"
) -> Reading:
    """Read a text, and questions about it.

    Args:
        text: sentences in English or Chinese.
        language: the one language that is read; None for either, sentence by sentence.
        ask: statements that are asked about, a sentence each; their words are understood by those of the text.
        name: of the text, for places.

    Raises:
        InputError: the language is not one of those that are read.
    """
    return _Text(text, language, ask, name).reading(CHOICES[0])


def readings(
    text: str, language: Language | None = None, *, ask: Sequence[str] = (), name: str = "text"
) -> tuple[Reading, ...]:
    """As `read`, and after it the other readings that sentences leave open (`duli.language.meaning.CHOICES`)."""
    parsed = _Text(text, language, ask, name)
    first = parsed.reading(CHOICES[0])
    others = (parsed.reading(choice) for choice in CHOICES[1:] if choice.taken & parsed.open)
    return (first, *(other for other in others if other != first))


@dataclass(frozen=True)
class _Group:
    """The sentences of one language, parsed, and how they use their words."""

    tongue: Tongue
    known: Any
    parts: Sequence[_Part]
    topic: str | None
    subjects: set[str]


class _Text:
    """A text and questions, parsed once; their formulas depend on how what they leave open is taken."""

    def __init__(self, text: str, language: Language | None, ask: Sequence[str], name: str) -> None:
        if language is not None and language not in LANGUAGES:
            raise InputError(f"the language {language!r} is not read", hint=f"known: {', '.join(LANGUAGES)}")
        self.parts = [_Part(piece, text, name) for piece in pieces(text)]
        self.asked = [_asked(question) for question in ask]
        self.uses = Uses()
        self.open: set[str] = set()
        self.groups: list[_Group] = []
        for tongue in LANGUAGES:
            own = [part for part in self.parts if part.piece.language == tongue]
            questions = [p for p in self.asked if p.piece.language == tongue and p.problem is None]
            if language is not None and tongue != language:
                for part in (*own, *questions):
                    part.problem = part.told(f"this is not of the language {language}")
            elif own or questions:
                self.groups.append(self._group(tongue_of(tongue), own, questions))

    def _group(self, tongue: Tongue, own: Sequence[_Part], questions: Sequence[_Part]) -> _Group:
        every = [*own, *questions]
        for part in own:
            part.words = tongue.split(part.piece.text)
        text = [part.words for part in own]
        for part in questions:
            _state(part, tongue, text)
        known = tongue.evidence([part.words for part in every])
        for part in every:
            _parse(part, tongue, known)
        subjects: set[str] = set()
        topic = _topic(
            [part.sentence for part in own if part.sentence], tongue.phrases(known, subjects, None)
        )
        phrases = tongue.phrases(known, subjects, topic)
        for part in every:
            if part.sentence is not None:
                _collect(part.sentence, phrases, self.uses, subjects)
        return _Group(tongue, known, every, topic, subjects)

    def reading(self, choice: Choice) -> Reading:
        """What it says."""
        uses = replace(self.uses)
        found: dict[int, Statement | Problem] = {}
        added: list[Statement] = []
        kinds = set(uses.kinds)
        for group in self.groups:
            phrases = group.tongue.phrases(group.known, group.subjects, group.topic)
            meaning = Meaning(phrases, uses, choice)
            for part in group.parts:
                if part.sentence is not None:
                    found[id(part)] = _stated(part, part.sentence, meaning)
            self.open |= meaning.open
            added += _wider(phrases, group.tongue)
            kinds |= phrases.kinds
        told = [found.get(id(part)) or part.problem for part in (*self.parts, *self.asked)]
        own, asked = told[: len(self.parts)], told[len(self.parts) :]
        statements = tuple(each for each in own if isinstance(each, Statement))
        said = {statement.formula for statement in statements}
        statements += tuple(statement for statement in added if statement.formula not in said)
        answers = tuple(each for each in asked if each is not None)
        ranges: dict[str, tuple[int, int]] = {}
        if uses.things is not None:
            ranges = dict.fromkeys(_measures((*statements, *answers)), (1, uses.things))
        problems = tuple(each for each in own if isinstance(each, Problem))
        notes = tuple(group.topic for group in self.groups if group.topic is not None)
        return Reading(statements, problems, answers, ranges, notes, frozenset(kinds))


def _stated(part: _Part, sentence: Sentence, meaning: Meaning) -> Statement | Problem:
    try:
        return Statement(meaning.formula(sentence), part.piece.text)
    except InputError as error:
        return part.told(error.message, near=error.hint or "")


def _wider(phrases: Phrases, tongue: Tongue) -> list[Statement]:
    """What words alone say: every rock band is a band, Bob's cat is a cat."""
    x = Variable("X")
    return [
        Statement(Predicate(kind, (Constant(thing),)), tongue.owned(thing, kind), BY_WORDS)
        for thing, kind in sorted(phrases.owned())
    ] + [
        Statement(
            ForAll((x,), Implies(Predicate(kind, (x,)), Predicate(of, (x,)))),
            tongue.wider(kind, of),
            BY_WORDS,
        )
        for kind, of in sorted(phrases.wider())
    ]


def _asked(question: str) -> _Part:
    found = list(pieces(question))
    if len(found) == 1:
        return _Part(found[0], question, "question")
    part = _Part(Piece(question or " ", 0), question, "question")
    part.problem = part.told("a question is one sentence" if found else "the question is empty")
    return part


def _state(part: _Part, tongue: Tongue, text: Sequence[Sequence[Word]]) -> None:
    """The words of a question; if it asks whether something is so, in the order of the statement."""
    asks = _ASKS.search(part.piece.text)
    try:
        part.words = tongue.stated(part.piece.text, text) if asks else tongue.split(part.piece.text)
    except InputError as error:
        part.problem = part.told(error.message, near=error.hint or "")


def _parse(part: _Part, tongue: Tongue, known: object) -> None:
    if part.problem is not None:
        return
    if not part.words:
        part.problem = part.told("there is no word here")
        return
    vague = tongue.vague(part.words)
    if vague is not None:
        message = f"{vague.text!r} is not all, some or none: nothing follows from it for certain"
        part.problem = part.told(message, vague.start, tongue.forms[0])
        return
    words, kinds = tongue.kinds(part.words, known)
    if not words:
        part.problem = part.told("these words say nothing alone")
        return
    made = _parsed(part.piece.language, tuple(words), tuple(kinds))
    if isinstance(made, Stuck):
        at = min(made.at, len(words) - 1)
        end = made.at >= len(words)
        message = "the sentence ends too early" if end else f"no form has {words[at].text!r} here"
        near = _nearest(tuple(kind[0][0] for kind in kinds), part.piece.language)
        column = words[at].start + (len(words[at].text) if end else 0)
        part.problem = part.told(message, column, near)
    else:
        part.sentence = made


@lru_cache(maxsize=20_000)
def _parsed(
    language: Language, words: tuple[Word, ...], kinds: tuple[tuple[tuple[str, int], ...], ...]
) -> Sentence | Stuck:
    tongue = tongue_of(language)
    return tongue.grammar().parse(words, kinds, doubtful=tongue.doubtful)


@cache
def tongue_of(language: Language) -> Tongue:
    """The words and the grammar of a language."""
    if language == "en":
        from duli.language.english import English

        return English()
    from duli.language.chinese import Chinese

    return Chinese()


def _nearest(kinds: tuple[str, ...], language: Language) -> str:
    """The sentence, of one of each form, whose kinds of words are the most alike."""
    wanted = _shape(kinds)

    def alike(shape: list[str]) -> float:
        opens = 0.25 if shape[:1] == wanted[:1] else 0.0
        return opens + difflib.SequenceMatcher(None, wanted, shape, autojunk=False).ratio()

    scores = [alike(shape) for shape in _shapes(language)]
    return tongue_of(language).forms[scores.index(max(scores))]


@cache
def _shapes(language: Language) -> list[list[str]]:
    tongue = tongue_of(language)
    split = [tongue.split(form) for form in tongue.forms]
    known = tongue.evidence(split)
    return [_shape([kind[0][0] for kind in tongue.kinds(words, known)[1]]) for words in split]


def _shape(kinds: Sequence[str]) -> list[str]:
    return [kind for at, kind in enumerate(kinds) if kind != "W" or at == 0 or kinds[at - 1] != "W"]


def _topic(sentences: Sequence[Sentence], phrases: Phrases) -> str | None:
    """The kind that the text is about, where most of its rules speak of it and nothing is said to be of it."""
    heads = Counter[str]()
    for sentence in sentences:
        heads.update({phrases.head(noun.words) for noun, _ in nouns(sentence) if _general(noun, phrases)})
    if not heads:
        return None
    (best, count), total = heads.most_common(1)[0], sum(heads.values())
    if best == "thing" or count < _TOPIC_RULES or count < _TOPIC_SHARE * total:
        return None
    said = {phrases.head(s.words) for sentence in sentences for s in said_of(sentence) if isinstance(s, Is)}
    return None if best in said else best


def _general(noun: Noun, phrases: Phrases) -> bool:
    if noun.quantifier in ("every", "no", "some"):
        return True
    return noun.quantifier == "bare" and not phrases.is_name(noun.words) and phrases.is_many(noun.words)


def _collect(sentence: Sentence, phrases: Phrases, uses: Uses, subjects: set[str]) -> None:
    """Note how a sentence uses its nouns."""
    if isinstance(sentence, Scene):
        uses.things = len(sentence.things)
        subjects.update(phrases.constant(thing).name for thing in sentence.things)
    for noun, in_condition in nouns(sentence):
        head = phrases.head(noun.words)
        if _general(noun, phrases) or isinstance(sentence, There):
            uses.kinds.add(head)
        elif (noun.quantifier == "bare" and phrases.is_name(noun.words)) or noun.quantifier == "the":
            subjects.add(phrases.constant(noun.words).name)
        elif noun.quantifier in ("bare", "a") and not in_condition and isinstance(sentence, Clause):
            uses.single.add(head)
    for said in said_of(sentence):
        if isinstance(said, Is) and phrases.names_kind(said.words):
            uses.kinds.add(phrases.head(said.words))


def _measures(found: Sequence[Statement | Problem]) -> list[str]:
    """The functions that the statements compare things by."""
    formulas = [each.formula for each in found if isinstance(each, Statement)]
    return sorted({t.name for f in formulas for t in terms(f) if isinstance(t, Function) and _orders(t)})


def _orders(term: Function) -> bool:
    """Whether a function orders things, and has no unit."""
    return len(term.terms) == 1 and " in " not in term.name
