"""Formulas as Chinese sentences that the grammar reads as the same formulas. What stands in 「」 names a thing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from duli.errors import InputError
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Predicate,
    Term,
    Variable,
    Xor,
)
from duli.language.chinese.words import CLOSED, GRADED, known_verb
from duli.language.formal import UNSAID as _UNSAID
from duli.language.formal import Formal, Joints, ways
from duli.language.phrases import LETTER

_JOINTS = Joints(
    and_="并且", or_="或者", either="要么{}，要么{}", not_="并非（{}）", if_="如果{}，那么{}",
    exactly_if="{}当且仅当{}", every="对所有{}，{}", some="对某个{}，{}", letters="、", brackets="（{}）",
)  # fmt: skip
_DIGITS = "零一二三四五六七八九十"


def _of(formula: Formula, thing: Term) -> bool:
    """Whether a formula is a literal that is said of a thing, and of it alone."""
    literal = formula.body if isinstance(formula, Not) else formula
    return isinstance(literal, Predicate) and literal.terms[:1] == (thing,) and thing not in literal.terms[1:]


class Writer:
    """Sentences.

    Args:
        kinds: predicates that are nouns.
        things: how many things there are, where an order is described.
    """

    def __init__(self, kinds: Collection[str] = (), things: int | None = None) -> None:
        self.kinds, self.things = kinds, things

    def sentences(self, formula: Formula) -> Iterator[str]:
        """Sentences that should be read as a formula, the most natural first."""
        formal = Formal(_JOINTS, lambda literal: self._literal(literal, None, ""))
        for text in ways(formula, (self._top, formal.rule, formal.said)):
            yield f"{text}。"

    def _top(self, formula: Formula) -> str:
        match formula:
            case ForAll((variable,), Implies(Predicate(name, (thing,)), conclusion)) if (
                thing == variable and name in self.kinds and _of(conclusion, variable)
            ):
                return f"所有{name}都{self._literal(conclusion, variable, '')}"
            case ForAll((variable,), Implies(condition, conclusion)):
                first = self._clauses(condition, variable, "有人")
                return f"如果{first}，那么{self._clauses(conclusion, variable, '他')}"
            case ForAll((variable,), body):
                return self._literal(body, variable, "每个人都")
            case Exists((variable,), And((Predicate(name, (thing,)), *others))) if (
                thing == variable and name in self.kinds and others
            ):
                said = (self._literal(part, variable, "") for part in others)
                return f"有些{name}{'并且'.join(said)}"
            case Exists((variable,), body):
                return f"有一个{self._relative(body, variable)}的人"
            case Implies(condition, conclusion):
                return f"如果{self._clauses(condition)}，那么{self._clauses(conclusion)}"
            case And((Predicate(name, (_,)), *_) as parts) if len(parts) == self.things:
                return self._scene(name, parts)
            case Iff(left, right):
                return f"{self._clauses(left)}当且仅当{self._clauses(right)}"
        return self._clauses(formula)

    def _scene(self, name: str, parts: Sequence[Formula]) -> str:
        """有三个…：…、…和…: all that an order is of."""
        things = [part.terms[0] for part in parts if isinstance(part, Predicate) and part.name == name]
        if not len(parts) == len(things) <= 10:
            raise InputError(_UNSAID)
        *others, last = (self._term(thing, None, "") for thing in things)
        return f"有{_DIGITS[len(parts)]}个{name}：{'、'.join(others)}和{last}"

    def _relative(self, body: Formula, variable: Variable) -> str:
        match body:
            case Not(Predicate(name, (thing,))) if thing == variable and not known_verb(name):
                return f"不{name}"
            case Predicate(name, (thing, *_)) | Not(Predicate(name, (thing, *_))) if thing == variable:
                return self._literal(body, variable, "").removeprefix("是").removesuffix("的")
        raise InputError(_UNSAID)

    def _clauses(self, formula: Formula, variable: Variable | None = None, first: str = "") -> str:
        match formula:
            case And(parts) | Or(parts) if parts:
                word = "并且" if isinstance(formula, And) else "或者"
                inner = (Or, Xor, And) if isinstance(formula, And) else (Or, Xor)
                if len(parts) < 2 or any(isinstance(part, inner) for part in parts):
                    raise InputError(_UNSAID)
                names = [first, *["他"] * (len(parts) - 1)]
                return word.join(self._clauses(p, variable, n) for p, n in zip(parts, names, strict=True))
            case Xor(left, right) if not isinstance(left, Xor | Or) and not isinstance(right, Xor | Or):
                return (
                    f"要么{self._clauses(left, variable, first)}，要么{self._clauses(right, variable, '他')}"
                )
        return self._literal(formula, variable, first)

    def _literal(self, formula: Formula, variable: Variable | None, first: str) -> str:
        match formula:
            case Not(Predicate(name, terms)):
                return self._said(name, terms, variable, first, "不")
            case Predicate(name, terms):
                return self._said(name, terms, variable, first, "")
            case Not(Compare() as compared):
                return self._compared(compared, variable, first, "不")
            case Compare():
                return self._compared(formula, variable, first, "")
        raise InputError(_UNSAID)

    def _said(
        self, name: str, terms: tuple[Term, ...], variable: Variable | None, first: str, no: str
    ) -> str:
        if not 1 <= len(terms) <= 2 or (len(terms) == 2) > known_verb(name):
            raise InputError(_UNSAID)
        subject = self._term(terms[0], variable, first)
        if not known_verb(name):
            return f"{subject}{no}是{name}" if name in self.kinds else f"{subject}{no}是{name}的"
        no = "没" if no and name.startswith("有") else no
        return f"{subject}{no}{name}" + (
            self._term(terms[1], variable, self._next(terms[0], first), named=True) if len(terms) == 2 else ""
        )

    def _term(self, term: Term, variable: Variable | None, first: str, *, named: bool = False) -> str:
        match term:
            case Variable() if term == variable:
                return first
            case Constant(name) if name not in CLOSED:
                return f"「{name}」" if named and not LETTER.fullmatch(name) else name
        raise InputError(_UNSAID)

    def _next(self, subject: Term, first: str) -> str:
        """What the variable is called after the subject."""
        if not isinstance(subject, Constant) or not first:
            return "他"
        return "某人" if first == "有人" else first

    def _compared(self, formula: Compare, variable: Variable | None, first: str, no: str) -> str:
        match formula:
            case Compare("<", Function("place", (low,)), Function("place", (high,))) if not no:
                other = self._term(high, variable, self._next(low, first))
                return f"{self._term(low, variable, first)}在{other}的左边"
            case Compare("<", Function(name, (low,)), Function(same, (high,))) if (
                name == same and name in GRADED
            ):
                other = self._term(low, variable, self._next(high, first))
                return f"{self._term(high, variable, first)}{no}比{other}{name}"
            case Compare("=", Function("place", (thing,)), Number(value)) if not no and 1 <= value <= 10:
                return f"{self._term(thing, variable, first)}在左边第{_DIGITS[int(value)]}"
        raise InputError(_UNSAID)
