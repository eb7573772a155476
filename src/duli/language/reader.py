"""Text into statements: sentences are parted, read, and put into formulas; what is not read is told with its place."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from duli.errors import InputError, Place
from duli.fol import Theory
from duli.fol.syntax import ForAll, Function, Implies, Predicate, Statement, Variable, terms
from duli.fol.theory import World
from duli.language.meaning import CHOICES, Choice, Meaning, Phrases, Uses
from duli.language.path import Stuck
from duli.language.phrases import Clause, Is, Noun, Scene, Sentence, There, Word
from duli.language.texts import LANGUAGES, Language, Piece, pieces, place
from duli.language.tongue import Tongue
from duli.language.walk import nouns, said_of

BY_WORDS = "words"
"""The name of a statement that no sentence says, but the words of two kinds: every rock band is a band."""

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
    found: Statement | Problem | None = None

    def problem(self, message: str, at: int = 0, near: str = "") -> Problem:
        return Problem(place(self.text, self.piece.start + at, self.file), message, near)


def read(
    text: str,
    language: Language | None = None,
    *,
    ask: Sequence[str] = (),
    name: str = "text",
    choice: Choice = CHOICES[0],
) -> Reading:
    """Read a text, and questions about it.

    Args:
        text: sentences in English or Chinese.
        language: the one language that is read; None for either, sentence by sentence.
        ask: statements that are asked about, a sentence each; their words are understood by those of the text.
        name: of the text, for places.
        choice: how what a sentence leaves open is taken.

    Raises:
        InputError: the language is not one of those that are read.
    """
    if language is not None and language not in LANGUAGES:
        raise InputError(f"the language {language!r} is not read", hint=f"known: {', '.join(LANGUAGES)}")
    parts = [_Part(piece, text, name) for piece in pieces(text)]
    asked = [_asked(question) for question in ask]
    uses, ranges, notes, added = Uses(), {}, list[str](), list[Statement]()
    for tongue_name in LANGUAGES:
        own = [part for part in parts if part.piece.language == tongue_name and part.found is None]
        questions = [part for part in asked if part.piece.language == tongue_name and part.found is None]
        if not own and not questions:
            continue
        if language is not None and tongue_name != language:
            for part in (*own, *questions):
                part.found = part.problem(f"this is not of the language {language}")
            continue
        topic, wider = _understand(own, questions, tongue_of(tongue_name), uses, choice)
        notes += [topic] if topic is not None else []
        added += wider
    statements = tuple(part.found for part in parts if isinstance(part.found, Statement))
    said = {statement.formula for statement in statements}
    statements += tuple(statement for statement in added if statement.formula not in said)
    answers = tuple(part.found for part in asked if part.found is not None)
    if uses.things is not None:
        ranges = dict.fromkeys(_measures((*statements, *answers)), (1, uses.things))
    problems = tuple(part.found for part in parts if isinstance(part.found, Problem))
    return Reading(statements, problems, answers, ranges, tuple(notes), frozenset(uses.kinds))


def _asked(question: str) -> _Part:
    found = list(pieces(question))
    if len(found) == 1:
        return _Part(found[0], question, "question")
    message = "a question is one sentence" if found else "the question is empty"
    part = _Part(Piece(question or " ", 0), question, "question")
    part.found = part.problem(message)
    return part


def _understand(
    own: list[_Part], questions: list[_Part], tongue: Tongue, uses: Uses, choice: Choice
) -> tuple[str | None, list[Statement]]:
    """Read the sentences of one language; returns what they are about, and what their words alone say."""
    every = [*own, *questions]
    for part in every:
        part.words = tongue.split(part.piece.text)
    known = tongue.evidence([part.words for part in every])
    for part in every:
        _parse(part, tongue, known)
    sentences = [part.sentence for part in own if part.sentence is not None]
    subjects: set[str] = set()
    topic = _topic(sentences, tongue.phrases(known, subjects, None))
    phrases = tongue.phrases(known, subjects, topic)
    for part in every:
        if part.sentence is not None:
            _collect(part.sentence, phrases, uses, subjects)
    meaning = Meaning(phrases, uses, choice)
    for part in every:
        if part.sentence is None:
            continue
        try:
            formula = meaning.formula(part.sentence)
        except InputError as error:
            part.found = part.problem(error.message, near=error.hint or "")
        else:
            part.found = Statement(formula, part.piece.text)
    x = Variable("X")
    wider = sorted(phrases.wider())
    rules = [ForAll((x,), Implies(Predicate(kind, (x,)), Predicate(of, (x,)))) for kind, of in wider]
    return topic, [
        Statement(rule, tongue.wider(*pair), BY_WORDS) for rule, pair in zip(rules, wider, strict=True)
    ]


def _parse(part: _Part, tongue: Tongue, known: object) -> None:
    if not part.words:
        part.found = part.problem("there is no word here")
        return
    words, kinds = tongue.kinds(part.words, known)
    if not words:
        part.found = part.problem("these words say nothing alone")
        return
    made = _parsed(part.piece.language, tuple(words), tuple(kinds))
    if isinstance(made, Stuck):
        at = min(made.at, len(words) - 1)
        end = made.at >= len(words)
        message = "the sentence ends too early" if end else f"no form has {words[at].text!r} here"
        near = _nearest(tuple(kind[0][0] for kind in kinds), part.piece.language)
        column = words[at].start + (len(words[at].text) if end else 0)
        part.found = part.problem(message, column, near)
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
        if isinstance(said, Is) and (said.words[0].low in ("a", "an") or phrases.is_many(said.words)):
            uses.kinds.add(phrases.head(said.words))


def _measures(found: Sequence[Statement | Problem]) -> list[str]:
    """The functions that the statements compare things by."""
    formulas = [each.formula for each in found if isinstance(each, Statement)]
    return sorted(
        {t.name for f in formulas for t in terms(f) if isinstance(t, Function) and len(t.terms) == 1}
    )
