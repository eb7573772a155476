"""English phrases: which words are the noun, which name a thing, and what predicates are called.

A predicate is called by the words that are said of one thing in the present, the copula and a/an left away: ``kind``,
``student``, ``in`` (Bob is in Rome), ``sees``, ``regularly drinks coffee``, ``can swim``. Tense is not told apart. Its
second term is the last thing that the phrase names: ``gives the bone to(dog, cat)``; all words between are its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Function,
    Implies,
    Not,
    Predicate,
    Term,
)
from duli.language.english import amounts, order
from duli.language.english import words as forms
from duli.language.english.closed import ARTICLES, ONES, PREPOSITIONS, QUANTIFIERS, word_set
from duli.language.english.evidence import Evidence
from duli.language.english.naming import (
    bare,
    bases,
    canonical,
    is_doing,
    low_words,
    named,
    said_with_is,
    verb_name,
    without_adverbs,
)
from duli.language.phrases import Does, Quantifier, Words
from duli.language.scope import Scope

THINGS = word_set("thing person one individual somebody everybody people object entity")
_OBJECTS: Mapping[str, Quantifier] = {
    "every": "every",
    "each": "every",
    "all": "every",
    "any": "every",
    "some": "some",
    "no": "no",
}
_NOT_ALL = word_set("former fake false future alleged possible potential toy mock would-be so-called only")
"""A former student is no student."""
_SELVES = word_set("himself herself itself themselves themself")
_PRONOUNS = word_set("it him her them he she they")


class Phrasing:
    """Phrases of one text.

    Args:
        known: how the text uses its words.
        subjects: names of things that something is said of; "is Bob" is equality for these.
        topic: a kind that all things of the text are of, as they are of person and thing.
    """

    def __init__(self, known: Evidence, subjects: set[str], topic: str | None = None) -> None:
        self.known, self.subjects = known, subjects
        self.kinds: set[str] = set()
        self.spoken: set[str] = set()
        self._heads: dict[Words, str] = {}
        self._parted: dict[Words, tuple[Words, Words, Words]] = {}
        self._things = THINGS if topic is None else THINGS | {topic}

    def head(self, words: Words) -> str:
        """The noun, in the singular, with what makes it a kind: rock band."""
        found = self._heads.get(words)
        if found is None:
            found = self._heads[words] = self._head(words)
        return found

    def _head(self, words: Words) -> str:
        before, noun, _ = self._parts(bare(words))
        return (
            " ".join(canonical(word) for word in (*before, *noun)) if not self._is_domain(noun) else "thing"
        )

    def is_name(self, words: Words) -> bool:
        """Whether the words name one thing: the first is written as a name is, and no plural is."""
        if not words or words[0].low in ARTICLES:
            return False
        if not (words[0].name or words[0].text[0].isdigit()):
            return False
        return (
            len(words) == 1
            or not (not words[-1].name and forms.is_plural(words[-1].low))
            or "of" in low_words(words)
        )

    def is_past(self, said: Does) -> bool:
        """Whether a verb tells what happened."""
        last = said.verb[-1].low
        return forms.is_past(last) and forms.base(last) != last

    def is_many(self, words: Words) -> bool:
        """Whether the noun is a plural."""
        _, noun, _ = self._parts(bare(words))
        return forms.is_plural(noun[-1].low.lower()) if noun else False

    def names_kind(self, words: Words) -> bool:
        """Whether words after a copula say of which kind a thing is: a student, students."""
        return words[0].low in ("a", "an") or self.is_many(words)

    def constant(self, words: Words) -> Constant:
        """The thing, by the words without their article."""
        name = " ".join(word.text if word.name else word.low for word in bare(words))
        self.spoken.add(name)
        return Constant(name)

    def uncounted(self, words: Words) -> Words:
        """The kind alone, without how many and where: five books on a shelf."""
        _, noun, _ = self._parts(bare(words))
        return noun[1:] if len(noun) > 1 and order.number(noun[0].low) is not None else noun

    def kind(
        self, words: Words, thing: Term, scope: Scope, *, loose: bool = False, said: bool = False
    ) -> Formula:
        """The noun, what stands before it where that is said of things, and what comes after: red things in Rome."""
        before, noun, after = self._parts(bare(words))
        parts: list[Formula] = []
        if loose and (said or before or after):
            parts += [Predicate(canonical(word), (thing,)) for word in before if word.low not in (",", "and")]
        elif self._is_domain(noun):
            parts += [Predicate(canonical(word), (thing,)) for word in before if word.low not in (",", "and")]
            parts += [Predicate(canonical(word), (thing,)) for word in noun[:-1]]
        else:
            parts += [Predicate(canonical(word), (thing,)) for word in before if word.low not in (",", "and")]
            parts.append(self._plain(noun, thing, scope))
            self.kinds.add(named(noun))
        if after:
            parts.append(self.is_(after, thing, scope))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def owned(self) -> set[tuple[str, str]]:
        """Things that are named by whose they are, each with its kind: Bob's cat, cat."""
        split = ((name, name.rpartition("'s ")[2]) for name in self.spoken if "'s " in name)
        return {(name, kind) for name, kind in split if kind in self.kinds}

    def wider(self) -> set[tuple[str, str]]:
        """Kinds that were spoken of, each with a wider one that its words name: rock band, band."""
        found = set()
        for kind in self.kinds:
            first, *rest = kind.split(" ")
            if first not in _NOT_ALL and "of" not in rest:
                while rest and " ".join(rest) not in self.kinds:
                    rest = rest[1:]
                if rest:
                    found.add((kind, " ".join(rest)))
        return found

    def is_(self, words: Words, thing: Term, scope: Scope) -> Formula:
        """What is said with a copula: older than Bob, the oldest, a student, in Rome, kind, Bob."""
        if len(words) > 1 and words[0].low == "not":
            return Not(self.is_(words[1:], thing, scope))
        found = self._ordered(words, thing, scope) or amounts.said(words, thing)
        if found is not None:
            return found
        if self.is_name(words) and self.constant(words).name in self.subjects:
            return Compare("=", thing, self._thing(words, scope))
        low = words[0].low
        if forms.is_participle(low) and len(words) > 2:
            counted = amounts.counted(low, words[1:], thing)
            if counted is not None:
                return counted
        if low in ("a", "an", "the") or (low not in PREPOSITIONS and self.is_many(words)):
            if low == "the" and self.constant(words).name in self.subjects:
                return Compare("=", thing, self.constant(words))
            return self.kind(words, thing, scope)
        _, noun, after = self._parts(words)
        if after and noun and forms.is_participle(after[0].low) and not forms.is_participle(low):
            return self.kind(words, thing, scope)
        return self._relation(words, thing, scope)

    def does(self, said: Does, thing: Term, scope: Scope) -> Formula:
        """What is said with a verb."""
        words = said.rest
        if bases(said.verb) == ["finish"] or bases(said.verb) in (["come"], ["place"], ["rank"]):
            found = self._ordered(words, thing, scope)
            if found is not None:
                return found
        found = amounts.counted(verb_name(said.verb), words, thing)
        if found is not None:
            return found
        words, adverbs = without_adverbs(words)
        verb = verb_name((*adverbs, *said.verb))
        return self._with_object(verb, words, thing, scope, passive=None)

    def _ordered(self, words: Words, thing: Term, scope: Scope) -> Formula | None:
        ranked = order.ranked(words)
        if ranked is not None:
            name, rank, from_end = ranked
            return order.at_rank(thing, name, rank, from_end, scope.uses.things)
        beside = order.beside(words)
        if beside is not None:
            later, at = beside
            return self._object(words[at:], scope, lambda other: order.after(other, thing, later=later))
        compared = order.compared(words)
        if compared is None:
            return None
        adjective, less, at = compared
        amount = amounts.amount(words[at:])
        if amount is not None:
            value, unit = amount
            name, turned = order.measure(adjective)
            own = Function(f"{name} in {unit}" if unit else name, (thing,))
            return Compare("<", own, value) if less != turned else Compare("<", value, own)
        return self._object(words[at:], scope, lambda other: order.more(adjective, other, thing, less=less))

    def _object(self, words: Words, scope: Scope, said: Callable[[Term], Formula]) -> Formula:
        """What is said of an object: of one thing, of something, of every N."""
        quantifier: Quantifier
        if words[0].low in ONES:
            quantifier, rest = QUANTIFIERS[words[0].low], words[1:]
        elif len(words) > 1 and words[0].low in _OBJECTS:
            quantifier, rest = _OBJECTS[words[0].low], words[1:]
        else:
            return said(self._thing(words, scope))
        if scope.condition and quantifier == "some" and words[0].low in ONES:
            variable = scope.fresh()
            return said(variable) if not rest else And((said(variable), self.is_(rest, variable, scope)))
        inner = Scope(scope.uses, counter=scope.counter, subject=scope.subject)
        variable = inner.fresh()
        kind: Formula = And(())
        if rest:
            kind = (
                self.is_(rest, variable, scope) if words[0].low in ONES else self.kind(rest, variable, scope)
            )
        if quantifier == "every":
            return ForAll((variable,), said(variable) if kind == And(()) else Implies(kind, said(variable)))
        found = Exists((variable,), said(variable) if kind == And(()) else And((kind, said(variable))))
        return Not(found) if quantifier == "no" else found

    def _thing(self, words: Words, scope: Scope) -> Term:
        if len(words) == 1 and words[0].low in _PRONOUNS:
            return scope.pronoun(obj=True)
        return scope.variable(self.head(words)) or self.constant(words)

    def _relation(self, words: Words, thing: Term, scope: Scope) -> Formula:
        """A noun, an adjective or a phrase with a preposition, of one thing or of two."""
        if len(words) > 2 and forms.is_participle(words[0].low) and words[1].low == "by":
            verb = verb_name(words[:1])
            return self._with_object(verb, words[2:], thing, scope, passive=said_with_is(named(words)))
        if len(words) > 2 and words[0].low in ("located", "situated") and words[1].low in PREPOSITIONS:
            words = words[1:]
        first = words[0]
        if len(words) > 1 and first.low in ("with", "without"):
            having = self._with_object("has", words[1:], thing, scope, passive=None)
            return having if first.low == "with" else Not(having)
        if len(words) > 1 and is_doing(words):
            base = first._replace(low=forms.of_participle(first.low))
            return self.does(Does((base,), words[1:]), thing, scope)
        return self._plain(words, thing, scope)

    def _plain(self, words: Words, thing: Term, scope: Scope) -> Formula:
        """Words as they are; of two things where they end with one after a preposition."""
        at = self._argument(words, 1)
        if at is None or words[at - 1].low not in PREPOSITIONS:
            return Predicate(said_with_is(named(words)), (thing,))
        return self._of_two(said_with_is(named(words[:at])), words[at:], thing, scope)

    def _with_object(
        self, verb: str, words: Words, thing: Term, scope: Scope, *, passive: str | None
    ) -> Formula:
        """A verb and what comes after it; in the passive the thing is what it is done to."""
        if passive is not None:
            at = self._argument(words, 0)
            if at != 0:
                return Predicate(passive, (thing,))
            return self._of_two(verb, words, thing, scope, turned=True)
        if len(words) == 1 and words[0].low in _SELVES and passive is None:
            return Predicate(verb, (thing, thing))
        at = self._argument(words, 0)
        if at is None or (
            at and words[at - 1].low not in PREPOSITIONS and words[at].low not in (*_OBJECTS, *ONES, "the")
        ):
            return Predicate(f"{verb} {named(words)}".strip(), (thing,))
        name = f"{verb} {named(words[:at])}".strip()
        return self._of_two(name, words[at:], thing, scope)

    def _of_two(self, name: str, words: Words, thing: Term, scope: Scope, *, turned: bool = False) -> Formula:
        return self._object(words, scope, lambda o: Predicate(name, (o, thing) if turned else (thing, o)))

    def _argument(self, words: Words, least: int) -> int | None:
        """Where the last thing begins that a phrase names, if the phrase ends with it."""
        if len(words) == 1 and words[0].low in ("it", "him", "her", "them") and least == 0:
            return 0
        if words and words[-1].low in ("it", "him", "her", "them") and len(words) > least:
            return len(words) - 1
        for at in range(least, len(words)):
            word = words[at]
            opens = word.low in ("the", "this") or word.low in ONES or word.name
            opens = opens or (word.low in _OBJECTS and at + 1 < len(words))
            if word.low in _OBJECTS and at and words[at - 1].low not in PREPOSITIONS:
                opens = False
            if opens and all(self._goes_on(words, at, after) for after in range(at + 1, len(words))):
                return at
        return None

    def _goes_on(self, words: Words, start: int, at: int) -> bool:
        """Whether a thing's name goes on at a word: not past a preposition but of, nor past a comma or a joint."""
        low = words[at].low
        following = words[at + 1].name if at + 1 < len(words) else False
        if low == "of" or (low in (",", "de") and following and words[start].name):
            return True
        if low == "the":
            return words[at - 1].low == "of"
        return (
            low not in PREPOSITIONS
            and low not in (",", "and", "or", "who", "every")
            and not low.endswith("ly")
        )

    def _parts(self, words: Words) -> tuple[Words, Words, Words]:
        """What stands before the noun, the noun, and what comes after it."""
        found = self._parted.get(words)
        if found is None:
            found = self._parted[words] = self._part(words)
        return found

    def _part(self, words: Words) -> tuple[Words, Words, Words]:
        end = len(words)
        for at in range(1, len(words)):
            if self._ends_noun(words, at):
                end = at
                break
        inner = words[:end]
        after = words[end:]
        if "of" in low_words(inner):
            first = low_words(inner).index("of")
            return (), inner, after
        first = max((at + 1 for at, word in enumerate(inner[:-1]) if word.low == ","), default=0)
        while first < len(inner) - 1 and inner[first].low in self.known.said:
            first += 1
        if self._is_domain(inner[-1:]):
            first = len(inner) - 1
        return inner[:first], inner[first:], after

    def _is_domain(self, noun: Words) -> bool:
        """Whether a noun is thing, person or the like, which all things are."""
        return bool(noun) and forms.singular(noun[-1].low) in self._things

    def _ends_noun(self, words: Words, at: int) -> bool:
        low, before = words[at].low, words[at - 1].low
        if low in PREPOSITIONS:
            return low != "of"
        if low in ("not",):
            return True
        if before in (",", "and"):
            return False
        if forms.is_plural(before) and not words[at - 1].name and low not in (",", "and", "of"):
            rest = [w.low for w in words[at:]]
            stop = next(
                (k for k, w in enumerate(rest) if w in PREPOSITIONS or w.endswith("ing") or w == "not"),
                len(rest),
            )
            ended = low.endswith("ing") or forms.is_participle(low) or low in self.known.said
            return ended or (stop < len(rest) and not any(forms.is_plural(w) for w in rest[:stop]))
        following = words[at + 1].low if at + 1 < len(words) else ""
        if forms.is_participle(low) or (low.endswith("ing") and following):
            return following in PREPOSITIONS or (low.endswith("ing") and before in self.known.nouns)
        return low in self.known.said and following in PREPOSITIONS
