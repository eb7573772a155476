"""A reader of formulas as people write them: ``∀x (Cat(x) → ¬Red(x))``, and the same without signs.

A line is a formula; one that begins with ``?`` or ``⊢`` is asked. A name that a quantifier binds is a variable, every
other one is of a thing. What `duli.fol.write` writes is read back as the same formula.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from duli.errors import DataError, InputError
from duli.fol.grammar import parse, place
from duli.fol.problem import Problem
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
    Statement,
    Term,
    Variable,
    Xor,
)
from duli.fol.theory import Theory

GRAMMAR = r"""
start: iff
?iff: implies | implies IFF iff -> equal_truth
?implies: either | either THEN implies -> implication
?either: some | either XOR some -> exclusive
?some: every | every (OR every)+ -> disjunction
?every: unit | unit (AND unit)+ -> conjunction
?unit: NOT unit -> negation
    | QUANTIFIER NAME ("," NAME)* ":"? unit -> quantified
    | "(" iff ")" | "[" iff "]" | "{" iff "}"
    | compare | truth | predicate
truth: TRUE | FALSE
compare: sum SIGN sum
predicate: NAME ("(" sum ("," sum)* ")")?
?sum: product | sum PLUS product -> arithmetic
?product: term | product TIMES term -> arithmetic
?term: NUMBER -> number | NAME ("(" sum ("," sum)* ")")? -> apply | "(" sum PLUS product ")" -> arithmetic
    | "(" product TIMES term ")" -> arithmetic

IFF.2: "↔" | "<->" | "<=>" | "⇔" | "≡"
THEN.2: "→" | "->" | "=>" | "⇒" | "⊃"
XOR.2: "⊕" | "<~>" | "⊻" | "^" | /xor(?!\w)/
OR.2: "∨" | "||" | "|" | "\\/" | /or(?!\w)/
AND.2: "∧" | "&&" | "&" | "/\\" | /and(?!\w)/
NOT.2: "¬" | "~" | "!" | /not(?!\w)/
QUANTIFIER.3: "∀" | "∃" | /forall(?!\w)/ | /exists(?!\w)/ | /all(?=\s+\w+\s*[\(:.¬~∀∃])/
TRUE.2: "⊤" | /true(?!\w)/
FALSE.2: "⊥" | /false(?!\w)/
SIGN.2: "=" | "≠" | "!=" | "<=" | "≤" | ">=" | "≥" | "<" | ">"
PLUS: "+" | "-" | "−"
TIMES: "*" | "×" | "/" | "÷"
NUMBER.2: /-?[0-9]+(\.[0-9]+|\/[0-9]+)?(?!\w)/
NAME: /'(?:[^'\\]|\\.)+'/ | /"[^"]+"/ | /(?!\d)[\w’.@$%]*[\w’]/ | /\d+[A-Za-z_]\w*/
%ignore /\s+/
"""
_HINT = "a formula is written: ∀x (Cat(x) → ¬Red(x)), or: forall x (Cat(x) -> ~Red(x))"
_ASKED = ("?", "⊢", "|-")


def read(path: Path) -> Problem:
    """A problem from a file of formulas, one a line.

    Raises:
        DataError: a line is no formula.
        InputError: the file cannot be read.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the file cannot be read: {error}", where=str(path)) from error
    return read_text(text, str(path))


def read_text(text: str, file: str = "problem") -> Problem:
    """A problem from lines of formulas; what follows a ``#`` is a comment.

    >>> found = read_text("∀x (Cat(x) → Red(x))\\nCat(tom)\\n? Red(tom)")
    >>> len(found.theory.statements), found.question
    (2, Predicate(name='Red', terms=(Constant(name='tom'),)))
    """
    statements: list[Statement] = []
    asked: list[Formula] = []
    for number, line in enumerate(text.splitlines(), 1):
        body = line.split("#", 1)[0].strip()
        mark = next((mark for mark in _ASKED if body.startswith(mark)), "")
        body = body.removeprefix(mark).strip().removesuffix(".")
        if not body:
            continue
        column = line.index(body) + 1
        try:
            found = formula(body, file)
        except DataError as error:
            here = getattr(error.where, "column", None) or 1
            error.where = place(text, file, number, column + here - 1)
            raise
        if mark:
            asked.append(found)
        else:
            statements.append(Statement(found, body))
    if len(asked) > 1:
        raise DataError("more than one formula is asked", where=file, hint="ask one at a time")
    return Problem(Theory(tuple(statements)), asked[0] if asked else None)


def formula(text: str, file: str = "formula") -> Formula:
    """One formula.

    Raises:
        DataError: it is none; with the place.

    >>> formula("not p and q")
    And(parts=(Not(body=Predicate(name='p', terms=())), Predicate(name='q', terms=())))
    """
    return _formula(parse(GRAMMAR, text, file, _HINT).children[0], frozenset())


def _formula(node: Any, bound: frozenset[str]) -> Formula:
    inner = node.children

    def parts(children: list[Any]) -> tuple[Formula, ...]:
        return tuple(_formula(child, bound) for child in children)

    match node.data:
        case "equal_truth":
            return Iff(*parts(inner[::2]))
        case "implication":
            return Implies(*parts(inner[::2]))
        case "exclusive":
            return Xor(*parts(inner[::2]))
        case "disjunction":
            return Or(parts(inner[::2]))
        case "conjunction":
            return And(parts(inner[::2]))
        case "negation":
            return Not(_formula(inner[1], bound))
        case "quantified":
            names = tuple(_name(name) for name in inner[1:-1])
            kind = ForAll if str(inner[0]) in ("∀", "forall", "all") else Exists
            return kind(tuple(map(Variable, names)), _formula(inner[-1], bound | set(names)))
        case "truth":
            return And(()) if str(inner[0]) in ("⊤", "true") else Or(())
        case "compare":
            return _compare(_term(inner[0], bound), str(inner[1]), _term(inner[2], bound))
    return Predicate(_name(inner[0]), tuple(_term(child, bound) for child in inner[1:]))


def _compare(left: Term, sign: str, right: Term) -> Formula:
    match sign:
        case "=":
            return Compare("=", left, right)
        case "≠" | "!=":
            return Not(Compare("=", left, right))
        case "<":
            return Compare("<", left, right)
        case ">":
            return Compare("<", right, left)
        case "≤" | "<=":
            return Compare("<=", left, right)
        case _:
            return Compare("<=", right, left)


def _term(node: Any, bound: frozenset[str]) -> Term:
    inner = node.children
    if node.data == "number":
        return Number(Fraction(str(inner[0])))
    if node.data == "arithmetic":
        sign = {"−": "-", "×": "*", "÷": "/"}.get(str(inner[1]), str(inner[1]))
        return Function(sign, (_term(inner[0], bound), _term(inner[2], bound)))
    name = _name(inner[0])
    if len(inner) > 1:
        return Function(name, tuple(_term(child, bound) for child in inner[1:]))
    return Variable(name) if name in bound else Constant(name)


def _name(token: Any) -> str:
    text = str(token)
    return text[1:-1] if text[0] in "'\"" else text
