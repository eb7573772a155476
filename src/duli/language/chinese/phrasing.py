"""Chinese phrases: which words name a thing, and what predicates are called: by the words that are said of a thing."""

from __future__ import annotations

import re
from fractions import Fraction

from duli.errors import InputError
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    ForAll,
    Formula,
    Function,
    Number,
    Or,
    Predicate,
    Term,
    Variable,
)
from duli.language.chinese.words import CLOSED, GRADED, THINGS, Evidence, unmeasured
from duli.language.phrases import Does, Words
from duli.language.scope import Scope

PLACE = "place"
_DIGITS = "零一二三四五六七八九十"
_NTH = r"第([一二三四五六七八九十\d]+)"
_SIDE = re.compile(rf"^(?:从)?(左|右|前|后|上|下)(?:边|面|数)?(?:起)?{_NTH}(?:个|名|位|本)?$")
_EDGE = re.compile(rf"^(?:{_NTH}(?:名|个|位)?|(最后)(?:一)?(?:名|个|位)?|最(左|右|前|后|上|下)(?:边|面)?)$")
_GRADE = re.compile(rf"^(?:{_NTH}|最)(.+)$")
_BESIDE = re.compile(r"^(.+?)(?:的)?(左|右|前|后|上|下)(?:边|面|方)$")
_LATER = frozenset("右后下")


class Phrasing:
    """Phrases of one text.

    Args:
        known: how the text uses its words.
        subjects: names of things that something is said of.
        topic: a kind that all things of the text are of.
    """

    def __init__(self, known: Evidence, subjects: set[str], topic: str | None = None) -> None:
        self.known, self.subjects = known, subjects
        self.kinds: set[str] = set()
        self.things: set[str] = set()
        self._things = THINGS if topic is None else THINGS | {topic}

    def head(self, words: Words) -> str:
        """The noun."""
        text = _text(words)
        return "thing" if text in self._things else text

    def is_name(self, words: Words) -> bool:
        """Whether the words name one thing: Chinese does not show it, so the uses of the noun decide."""
        return False

    def is_past(self, said: Does) -> bool:
        """Whether a verb tells what happened."""
        return said.verb[-1].text.endswith("了")

    def is_many(self, words: Words) -> bool:
        """Whether the noun is a plural."""
        return words[-1].text.endswith("们")

    def names_kind(self, words: Words) -> bool:
        """Whether words after 是 say of which kind a thing is: no quality, nor a comparison."""
        return _text(words) not in self.known.qualities and CLOSED.get(words[0].text) != "BI"

    def constant(self, words: Words) -> Constant:
        """The thing, by its words without a word of measure."""
        return self._named(_text(words))

    def _named(self, text: str) -> Constant:
        self.things.add(text)
        return Constant(text)

    def uncounted(self, words: Words) -> Words:
        """The kind alone, without how many."""
        return words

    def kind(
        self, words: Words, thing: Term, scope: Scope, *, loose: bool = False, said: bool = False
    ) -> Formula:
        """That a thing is of a kind; all are things."""
        text = _text(words)
        self.kinds.add(text)
        return And(()) if not text or text in self._things or (loose and said) else Predicate(text, (thing,))

    def owned(self) -> set[tuple[str, str]]:
        """Things that are named by whose they are, each with its kind: 鲍勃的猫, 猫."""
        return {(name, kind) for name in self.things if (kind := name.partition("的")[2]) in self.kinds}

    def wider(self) -> set[tuple[str, str]]:
        """Kinds whose words name a wider one; Chinese compounds are not taken apart."""
        return set()

    def is_(self, words: Words, thing: Term, scope: Scope) -> Formula:
        """What is said with 是, 很, 比, or alone."""
        if CLOSED.get(words[0].text) == "BI":
            return self._compared(_text(words[1:]), thing, scope)
        text = _text(words)
        ranked = self._ranked(text, thing, scope)
        if ranked is not None:
            return ranked
        if text in self._things:
            return And(())
        if text in self.subjects and text not in scope.uses.kinds:
            return Compare("=", thing, Constant(text))
        return Predicate(text, (thing,))

    def does(self, said: Does, thing: Term, scope: Scope) -> Formula:
        """What is said with a verb; an object that is a thing of the text, or a pronoun, is the second term."""
        verb = "".join(word.text for word in said.verb)
        if not said.rest:
            return Predicate(verb, (thing,))
        text = _text(said.rest)
        if verb in ("在", "排", "排在", "位于"):
            placed = self._placed(text, thing, scope)
            if placed is not None:
                return placed
        if text in ("自己", "他自己", "她自己", "它自己"):
            return Predicate(verb, (thing, thing))
        other = self._thing(text, scope)
        known = (
            isinstance(other, Variable)
            or CLOSED.get(text) == "PRONOUN"
            or text in self.subjects
            or text.partition("的")[0] in self.known.names
        )
        return Predicate(verb, (thing, other)) if known else Predicate(f"{verb}{text}", (thing,))

    def _thing(self, text: str, scope: Scope) -> Term:
        if CLOSED.get(text) == "PRONOUN":
            return scope.pronoun(obj=True)
        if CLOSED.get(text) == "SOMEONE" and scope.condition:
            return scope.fresh()
        if CLOSED.get(text) in ("SOMEONE", "EVERYONE", "NOONE"):
            raise InputError(
                f"{text} is read as an object in conditions alone", hint="如果猫看见某人，那么他是善良的。"
            )
        return scope.variable(text) or self._named(text)

    def _compared(self, text: str, thing: Term, scope: Scope) -> Formula:
        for size in (2, 1):
            if text[-size:] in GRADED and len(text) > size:
                name, turned = GRADED[text[-size:]]
                own, theirs = Function(name, (thing,)), Function(name, (self._thing(text[:-size], scope),))
                return Compare("<", own, theirs) if turned else Compare("<", theirs, own)
        raise InputError(f"what is compared in {text!r} is not known", hint=f"known: {'、'.join(GRADED)}")

    def _placed(self, text: str, thing: Term, scope: Scope) -> Formula | None:
        ranked = self._ranked(text, thing, scope)
        found = _BESIDE.match(text)
        if ranked is not None or found is None:
            return ranked
        left, right = Function(PLACE, (thing,)), Function(PLACE, (self._thing(found[1], scope),))
        return Compare("<", right, left) if found[2] in _LATER else Compare("<", left, right)

    def _ranked(self, text: str, thing: Term, scope: Scope) -> Formula | None:
        side, edge, grade = _SIDE.match(text), _EDGE.match(text), _GRADE.match(text)
        if side:
            return _at(thing, PLACE, _number(side[2]), side[1] in _LATER, scope.uses.things)
        if edge:
            end = bool(edge[2]) or edge[3] in _LATER if not edge[1] else False
            return _at(thing, PLACE, _number(edge[1]) if edge[1] else 1, end, scope.uses.things)
        if grade and grade[2] in GRADED:
            name, turned = GRADED[grade[2]]
            return _at(thing, name, _number(grade[1]) if grade[1] else 1, not turned, scope.uses.things)
        return None


def _text(words: Words) -> str:
    """The words as one, without numeral, word of measure, and 的 at the end."""
    return unmeasured("".join(word.text.strip("「」") for word in words))


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    return _DIGITS.index(text) if text in _DIGITS else 10 + _DIGITS.index(text[-1])


def _at(thing: Term, name: str, rank: int, from_end: bool, things: int | None) -> Formula:
    """That a thing has a rank among all."""
    value = Function(name, (thing,))
    if things is not None or (not from_end and name == PLACE):
        return Compare("=", value, Number(Fraction((things or 0) + 1 - rank if from_end else rank)))
    if rank != 1:
        raise InputError("how many there are is not said", hint="有三本书：…、…和…。")
    other = Variable("O")
    theirs = Function(name, (other,))
    less = Compare("<", theirs, value) if from_end else Compare("<", value, theirs)
    return ForAll((other,), Or((Compare("=", other, thing), less)))
