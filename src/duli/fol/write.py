"""Formulas as people write them: ``∀X (cat(X) → ¬red(X))``."""

from __future__ import annotations

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

_SIGNS = {"=": "=", "<": "<", "<=": "≤"}


def write_term(term: Term) -> str:
    """A term in the notation of logic.

    >>> write_term(Function("+", (Constant("a"), Variable("X"))))
    'a + X'
    """
    match term:
        case Variable(name) | Constant(name):
            return name
        case Number(value):
            return str(value)
        case Function("+" | "-" | "*" | "/" as sign, (left, right)):
            return f"{_operand(left)} {sign} {_operand(right)}"
        case Function(name, inner):
            return f"{name}({', '.join(map(write_term, inner))})"


def _operand(term: Term) -> str:
    inner = isinstance(term, Function) and term.name in ("+", "-", "*", "/") and len(term.terms) == 2
    return f"({write_term(term)})" if inner else write_term(term)


def write(formula: Formula) -> str:
    """A formula in the notation of logic.

    >>> x = Variable("X")
    >>> write(ForAll((x,), Implies(Predicate("cat", (x,)), Not(Predicate("red", (x,))))))
    '∀X (cat(X) → ¬red(X))'
    """
    match formula:
        case Predicate(name, ()):
            return name
        case Predicate(name, terms):
            return f"{name}({', '.join(map(write_term, terms))})"
        case Compare(operator, left, right):
            return f"{write_term(left)} {_SIGNS[operator]} {write_term(right)}"
        case Not(Compare("=", left, right)):
            return f"{write_term(left)} ≠ {write_term(right)}"
        case Not(body):
            return f"¬{_inside(body)}"
        case And(parts):
            return " ∧ ".join(map(_inside, parts)) or "⊤"
        case Or(parts):
            return " ∨ ".join(map(_inside, parts)) or "⊥"
        case Xor(left, right):
            return f"{_inside(left)} ⊕ {_inside(right)}"
        case Implies(left, right):
            return f"{_inside(left)} → {_inside(right)}"
        case Iff(left, right):
            return f"{_inside(left)} ↔ {_inside(right)}"
        case ForAll(variables, body):
            return f"∀{', '.join(v.name for v in variables)} {_inside(body)}"
        case Exists(variables, body):
            return f"∃{', '.join(v.name for v in variables)} {_inside(body)}"


def _inside(formula: Formula) -> str:
    plain = isinstance(formula, (Predicate, Not, ForAll, Exists)) or formula in (And(()), Or(()))
    return write(formula) if plain else f"({write(formula)})"
