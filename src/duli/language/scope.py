"""What a text, and a sentence of it, has named so far: what nouns and pronouns then stand for."""

from __future__ import annotations

from dataclasses import dataclass, field

from duli.errors import InputError
from duli.fol.syntax import Term, Variable
from duli.language.phrases import LETTER


@dataclass
class Uses:
    """How a text uses its nouns, which decides what a N means.

    Args:
        kinds: nouns that things are said to be, or that all or no things of are spoken of.
        single: nouns that stand alone as the subject of a fact.
        subjects: names of things that something is said of.
        things: how many things there are in the order that the text describes; None where it describes none.
        last: the last subject of a fact, for pronouns of the next sentence.
    """

    kinds: set[str] = field(default_factory=set)
    single: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    things: int | None = None
    last: Term | None = None


@dataclass
class Scope:
    """What a sentence has named so far."""

    uses: Uses
    condition: bool = False
    variables: list[tuple[str, Term]] = field(default_factory=list)
    named_again: frozenset[str] = frozenset()
    subject: Term | None = None
    counter: int = 0

    def fresh(self, noun: str = "") -> Variable:
        """A variable of its own, remembered for the N."""
        name = "XYZUVW"[self.counter] if self.counter < 6 else f"X{self.counter}"
        self.counter += 1
        variable = Variable(name)
        if self.condition:
            self.variables.append((noun, variable))
        return variable

    def variable(self, noun: str) -> Term | None:
        """What a N brought in; a letter in a condition brings itself in."""
        found = next((v for name, v in reversed(self.variables) if name == noun and noun), None)
        return self.fresh(noun) if found is None and self.condition and LETTER.fullmatch(noun) else found

    def pronoun(self, *, obj: bool = False) -> Term:
        """Whom he, she, it, they stands for."""
        if self.variables:
            return self.variables[0][1]
        found = self.subject if self.subject is not None and not obj else self.uses.last or self.subject
        if found is None:
            raise InputError("a pronoun stands for nothing that was named before", hint="name it")
        return found
