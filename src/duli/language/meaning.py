"""From what a sentence is made of to its formula: quantifiers, conditionals, pronouns, denial; for each language.

The stated rules:
- Red things, people, all N, each N, any N: for all. A N, N (in the singular): for all where N is what things are or are
  said to be somewhere in the text; else one thing, whatever N it is.
- In a condition someone, something, a N and plurals are variables for the whole sentence: if someone …, then they ….
- A pronoun is the variable of the condition if there is one, else the last subject.
- X, Y, Z are variables of the whole sentence where its condition, or for every and for some, brings them in.
- The N and that N are the variable that a N brought in, if one did; else the one thing of that name.
- Every N is not A: no N is A.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from duli.fol.syntax import (
    And,
    Constant,
    Exists,
    ForAll,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Variable,
    Xor,
)
from duli.language.phrases import (
    GAP,
    Clause,
    Clauses,
    Denied,
    Does,
    Done,
    If,
    Is,
    Joined,
    Joint,
    Noun,
    Nouns,
    Own,
    Said,
    Scene,
    Sentence,
    There,
    Whole,
    Words,
)
from duli.language.scope import Scope, Uses
from duli.language.walk import definite


class Phrases(Protocol):
    """What a language does with the words of a phrase."""

    kinds: set[str]
    """Nouns that were spoken of."""

    def head(self, words: Words) -> str:
        """The noun that a phrase is about, in the singular."""
        ...

    def is_name(self, words: Words) -> bool:
        """Whether the words name one thing."""
        ...

    def is_past(self, said: Does) -> bool:
        """Whether a verb tells what happened: a N is then some N."""
        ...

    def is_many(self, words: Words) -> bool:
        """Whether the words speak of several things of a kind."""
        ...

    def names_kind(self, words: Words) -> bool:
        """Whether words after a copula say of which kind a thing is."""
        ...

    def constant(self, words: Words) -> Constant:
        """The thing that the words name."""
        ...

    def uncounted(self, words: Words) -> Words:
        """The kind alone, without how many and where: five books on a shelf."""
        ...

    def kind(
        self, words: Words, thing: Term, scope: Scope, *, loose: bool = False, said: bool = False
    ) -> Formula:
        """That a thing is what the words of a noun phrase say; loosely: without the noun, if more is said."""
        ...

    def owned(self) -> set[tuple[str, str]]:
        """Things that are named by whose they are, each with its kind: Bob's cat, cat."""
        ...

    def wider(self) -> set[tuple[str, str]]:
        """Kinds that were spoken of, each with a wider one that its words name: rock band, band."""
        ...

    def is_(self, words: Words, thing: Term, scope: Scope) -> Formula:
        """That a thing is what the words after a copula say."""
        ...

    def does(self, said: Does, thing: Term, scope: Scope) -> Formula:
        """That a thing does what the words say."""
        ...


@dataclass(frozen=True)
class Choice:
    """What a sentence leaves open, and how it is taken.

    Args:
        first: "not tall and thin" denies the first alone; else both together.
        loose: a noun that says more than its kind (students who sing, red cars) is taken without the kind, as
            where a text is about students or cars alone.
        some: "a student sings" is said of some student; else of all.
        defines: "a poet is a person who writes" says who is a poet; else only that poets write.
    """

    first: bool = False
    loose: bool = False
    some: bool = False
    defines: bool = False

    @property
    def taken(self) -> set[str]:
        """The names of what is taken the other way."""
        return {name for name in ("first", "loose", "some", "defines") if getattr(self, name)}


CHOICES = (
    Choice(),
    Choice(first=True),
    Choice(loose=True),
    Choice(some=True),
    Choice(defines=True),
)
"""The first is how sentences are read; an answer on which the others disagree depends on more than the text says."""


def joined(joint: Joint, parts: Sequence[Formula]) -> Formula:
    """Formulas joined; either … or … is one of the two."""
    if joint == "and":
        return And(tuple(parts))
    if joint == "xor" and len(parts) == 2:
        return Xor(parts[0], parts[1])
    return Not(Or(tuple(parts))) if joint == "nor" else Or(tuple(parts))


class Meaning:
    """Formulas of one text's sentences."""

    def __init__(self, phrases: Phrases, uses: Uses, choice: Choice = CHOICES[0]) -> None:
        self.phrases, self.uses, self.choice = phrases, uses, choice
        self.open: set[str] = set()

    def formula(self, sentence: Sentence) -> Formula:
        """The formula of a sentence.

        Raises:
            InputError: a pronoun stands for nothing, or a place is counted where no order is described.
        """
        scope = Scope(self.uses)
        made = self._sentence(sentence, scope)
        if scope.subject is not None and not isinstance(scope.subject, Variable):
            self.uses.last = scope.subject
        return made

    def _sentence(self, sentence: Sentence, scope: Scope) -> Formula:
        match sentence:
            case Clause(subject, said):
                return self._clause(subject, said, scope)
            case Clauses("nor", (body,)):
                return Not(self._sentence(body, scope))
            case Clauses(joint, parts):
                return joined(joint, [self._sentence(part, scope) for part in parts])
            case There(noun, denied):
                return self._there(noun, scope, denied=denied or noun.quantifier == "no")
            case If(condition, conclusion, both, after):
                return self._if(condition, conclusion, scope, both=both, after=after)
            case Whole(body, quantifier, letters):
                return self._whole(body, quantifier, letters, scope)
            case Scene(things, kind):
                kind = self.phrases.uncounted(kind)
                return And(
                    tuple(self.phrases.kind(kind, self.phrases.constant(thing), scope) for thing in things)
                )

    def _if(
        self, condition: Sentence, conclusion: Sentence, scope: Scope, *, both: bool, after: bool
    ) -> Formula:
        scope.condition, outer = True, len(scope.variables)
        scope.named_again = frozenset(definite(conclusion, self.phrases.head))
        if after:
            right, left = self._sentence(conclusion, scope), self._sentence(condition, scope)
            scope.condition = False
        else:
            left = self._sentence(condition, scope)
            scope.condition = False
            right = self._sentence(conclusion, scope)
        variables = tuple(term for _, term in scope.variables[outer:] if isinstance(term, Variable))
        del scope.variables[outer:]
        body = Iff(left, right) if both else Implies(left, right)
        return ForAll(variables, body) if variables else body

    def _whole(
        self,
        body: Sentence,
        quantifier: Literal["every", "some"] | None,
        letters: Sequence[str],
        scope: Scope,
    ) -> Formula:
        outer, condition, scope.condition = len(scope.variables), scope.condition, True
        variables = tuple(scope.fresh(letter) for letter in letters)
        scope.condition = condition
        made = self._sentence(body, scope)
        if quantifier is None:
            return made
        del scope.variables[outer:]
        return ForAll(variables, made) if quantifier == "every" else Exists(variables, made)

    def _there(self, noun: Noun, scope: Scope, *, denied: bool) -> Formula:
        if scope.condition and not denied:
            variable = scope.fresh(self.phrases.head(noun.words))
            return self._restricted(noun, variable, scope)
        variable = scope.fresh()
        made = Exists((variable,), self._restricted(noun, variable, scope))
        return Not(made) if denied else made

    def _clause(self, subject: Noun | Nouns, said: Said, scope: Scope) -> Formula:
        if isinstance(subject, Nouns):
            return joined(subject.joint, [self._clause(part, said, scope) for part in subject.parts])
        quantifier = self._quantifier(subject, scope)
        past = self.choice.some or (isinstance(said, Does) and self.phrases.is_past(said))
        if quantifier == "every" and subject.quantifier == "a" and not scope.condition:
            self.open |= {"some", "defines"}
            quantifier = "some" if past else "every"
        if quantifier == "pronoun":
            return self._said(said, scope.pronoun(), scope)
        if quantifier == "the":
            head = self.phrases.head(subject.words)
            term: Term | None = scope.variable(head)
            if term is None:
                anybody = head == "thing" and scope.variables
                term = scope.pronoun() if anybody else self.phrases.constant(subject.words)
            if not isinstance(term, Variable):
                scope.subject = term
            made = self._said(said, term, scope)
            return (
                made if subject.relative is None else And((self._said(subject.relative, term, scope), made))
            )
        if scope.condition and quantifier in ("a", "some"):
            variable = scope.fresh(self.phrases.head(subject.words))
            return _and(self._restricted(subject, variable, scope), self._said(said, variable, scope))
        return self._quantified(quantifier, subject, said, scope)

    def _quantified(self, quantifier: str, subject: Noun, said: Said, scope: Scope) -> Formula:
        inside = Scope(scope.uses, counter=scope.counter, subject=scope.subject)
        inside.condition = True
        variable = inside.fresh(self.phrases.head(subject.words))
        inside.condition = False
        inside.variables += scope.variables
        restricted = self._restricted(subject, variable, inside)
        made = self._said(said, variable, inside)
        scope.counter = inside.counter
        if quantifier == "some":
            return Exists((variable,), _and(restricted, made))
        if quantifier == "only":
            return ForAll((variable,), Implies(made, restricted))
        if quantifier == "no":
            made = Not(made)
        if (
            self.choice.defines
            and subject.quantifier == "a"
            and isinstance(said, Is)
            and said.relative is not None
        ):
            return ForAll((variable,), Iff(restricted, made))
        return ForAll((variable,), made if restricted == And(()) else Implies(restricted, made))

    def _quantifier(self, noun: Noun, scope: Scope) -> str:
        """What a noun's quantifier comes to: for all, none, some, a variable, or one thing."""
        phrases, quantifier = self.phrases, noun.quantifier
        if quantifier in ("bare", "a"):
            if quantifier == "bare" and phrases.is_name(noun.words):
                return "the"
            head = phrases.head(noun.words)
            if scope.variable(head) is not None and quantifier == "a" and not scope.condition:
                return "the"
            if phrases.is_many(noun.words):
                return "a" if scope.condition else "every"
            if scope.condition and quantifier == "a":
                return "the" if head in self.uses.single and head not in self.uses.kinds else "a"
            return (
                "every" if head in self.uses.kinds or noun.relative is not None or head == "thing" else "the"
            )
        if quantifier == "every" and scope.condition:
            return "a"
        return quantifier

    def _restricted(self, noun: Noun, thing: Term, scope: Scope) -> Formula:
        loose = self.choice.loose
        if (noun.relative is not None or len(noun.words) > 1) and self.phrases.head(noun.words) != "thing":
            self.open.add("loose")
        kind = self.phrases.kind(noun.words, thing, scope, loose=loose, said=noun.relative is not None)
        return kind if noun.relative is None else _and(kind, self._said(noun.relative, thing, scope))

    def _said(self, said: Said, thing: Term, scope: Scope) -> Formula:
        match said:
            case Does():
                return self.phrases.does(said, thing, scope)
            case Is(words, relative):
                made = self.phrases.is_(words, thing, scope)
                return made if relative is None else _and(made, self._said(relative, thing, scope))
            case Denied(_, listed=True) if not self.choice.first:
                self.open.add("first")
                return Not(self._said(said.body, thing, scope))
            case Denied(Joined(joint, parts), listed=True):
                return self._said(Joined(joint, (Denied(parts[0]), *parts[1:])), thing, scope)
            case Denied(body):
                return Not(self._said(body, thing, scope))
            case Own(body):
                return self._said(body, thing, scope)
            case Done(subject, body):
                scope.variables.append((GAP, thing))
                made = self._clause(subject, body, scope)
                scope.variables.remove((GAP, thing))
                return made
            case Joined(joint, parts):
                return joined(joint, [self._said(part, thing, scope) for part in parts])


def _and(left: Formula, right: Formula) -> Formula:
    """Both, without what says nothing."""
    if left == And(()):
        return right
    if right == And(()):
        return left
    return And(
        (
            *(left.parts if isinstance(left, And) else (left,)),
            *(right.parts if isinstance(right, And) else (right,)),
        )
    )
