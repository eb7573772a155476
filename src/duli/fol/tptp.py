"""A reader of TPTP problems: FOF, CNF, and of TFF what has one sort of numbers (Sutcliffe 2017)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from duli.errors import DataError, InputError
from duli.fol.grammar import parse, place
from duli.fol.problem import Problem
from duli.fol.rewrite import FALSE, free
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

if TYPE_CHECKING:
    from lark import Token, Tree

    Node: TypeAlias = Tree[Any] | Token

GRAMMAR = r"""
start: (annotated | include)*
include: "include" "(" QUOTED ("," "[" name ("," name)* "]")? ")" "."
annotated: KIND "(" name "," ROLE "," (formula | typing) ("," source)* ")" "."
source: term | list
list: "[" (source ("," source)*)? "]"
typing: (name | DEFINED) ":" type | "(" typing ")"
?type: atomic_type | product ">" atomic_type | "(" type ")" | atomic_type ">" atomic_type
product: "(" product ")" | atomic_type ("*" atomic_type)+
atomic_type: DEFINED | name

?formula: or_formula | or_formula IFF or_formula -> chain
or_formula: and_formula ("|" and_formula)*
and_formula: unit ("&" unit)*
?unit: "~" unit -> negation
    | QUANTIFIER "[" variable ("," variable)* "]" ":" unit -> quantified
    | "(" formula ")"
    | atom
variable: UPPER (":" atomic_type)?
atom: term | term EQUAL term
?term: UPPER -> var
    | (name | DEFINED) ("(" term ("," term)* ")")? -> apply
    | NUMBER -> number
    | DISTINCT -> distinct
name: LOWER | QUOTED | ROLE | INTEGER | KIND

KIND.2: /(fof|cnf|tff|tcf)(?=\s*\()/
ROLE.1: /(axiom|hypothesis|definition|assumption|lemma|theorem|corollary|plain|type|unknown)(?![A-Za-z0-9_])/
    | /(negated_)?conjecture(?![A-Za-z0-9_])/
IFF: "<=>" | "<~>" | "=>" | "<=" | "~|" | "~&"
QUANTIFIER: "!" | "?"
EQUAL: "=" | "!="
UPPER: /[A-Z][A-Za-z0-9_]*/
LOWER: /[a-z][A-Za-z0-9_]*/
DEFINED: /\$\$?[a-z][A-Za-z0-9_]*/
QUOTED: /'(?:[^'\\]|\\.)+'/
DISTINCT: /"(?:[^"\\]|\\.)*"/
NUMBER.2: /[+-]?[0-9]+(\/[0-9]+|\.[0-9]+([eE][+-]?[0-9]+)?)?/
INTEGER: /[0-9]+/
COMMENT: /%[^\n]*/ | /\/\*(.|\n)*?\*\//
%ignore COMMENT
%ignore /\s+/
"""
_HINT = "a formula is written: fof(name, axiom, ! [X] : (p(X) => q(X)))."
_DENIED = "negated_conjecture"
_NUMBERS = ("$int", "$rat", "$real")
_FUNCTIONS = {"$sum": "+", "$difference": "-", "$product": "*", "$quotient": "/", "$uminus": "-"}
_ORDERS: dict[str, Callable[[Term, Term], Formula]] = {
    "$less": lambda a, b: Compare("<", a, b),
    "$lesseq": lambda a, b: Compare("<=", a, b),
    "$greater": lambda a, b: Compare("<", b, a),
    "$greatereq": lambda a, b: Compare("<=", b, a),
}


@dataclass(frozen=True)
class Annotated:
    """A formula of a problem with its name, its role, its words, and the kinds of numbers that it names."""

    name: str
    role: str
    formula: Formula
    text: str
    numbers: frozenset[str] = frozenset()


def read(path: Path) -> Problem:
    """A problem from a file; what it includes is looked for in the file's folder.

    Raises:
        DataError: it is not TPTP, or what it includes is not there.
        InputError: the file cannot be read.
    """
    return problem(list(_file(path, path.parent.resolve(), ())), str(path))


def read_text(text: str, file: str = "problem") -> Problem:
    """A problem from a text, which may include nothing.

    >>> found = read_text("fof(a, axiom, p(bob)). fof(c, conjecture, ? [X] : p(X)).")
    >>> found.theory.statements[0].name, found.question
    ('a', Exists(variables=(Variable(name='X'),), body=Predicate(name='p', terms=(Variable(name='X'),))))
    """
    return problem(list(_text(text, file, None, ())), file)


def problem(found: list[Annotated], file: str) -> Problem:
    """What is known and what is asked."""
    asked = [a for a in found if a.role == "conjecture"]
    denied = [a for a in found if a.role == _DENIED]
    if len(asked) > 1:
        raise DataError("there is more than one conjecture", where=file, hint="ask one at a time")
    known = [a for a in found if a.role not in ("conjecture", _DENIED)]
    numbers = frozenset(kind for a in found for kind in a.numbers)
    whole = "$int" in numbers
    if whole and len(numbers) > 1:
        raise DataError(
            "whole numbers and others are in one problem", where=file, hint="take $int, or $rat and $real"
        )
    known = [a for a in known if a.role != "type"]
    theory = Theory(tuple(Statement(a.formula, a.text, a.name) for a in known), integers=whole)
    if asked:
        return Problem(theory, asked[0].formula)
    if denied:
        return Problem(theory, Not(And(tuple(a.formula for a in denied))))
    return Problem(theory, FALSE)


def _file(path: Path, root: Path, inside: tuple[Path, ...]) -> Iterator[Annotated]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the file cannot be read: {error}", where=str(path)) from error
    yield from _text(text, str(path), root, (*inside, path.resolve()))


def _text(text: str, file: str, root: Path | None, inside: tuple[Path, ...]) -> Iterator[Annotated]:
    tree = parse(GRAMMAR, text, file, _HINT)
    for node in tree.children:
        where = place(text, file, node.meta.line, node.meta.column)
        if node.data == "include":
            name = str(node.children[0])[1:-1]
            path = None if root is None else (root / name).resolve()
            if root is None or path is None or not path.is_relative_to(root):
                raise DataError(
                    f"{name} is outside the problem's folder", where=where, hint="put it beside the problem"
                )
            if not path.is_file():
                raise DataError(
                    f"what is included is not there: {name}", where=where, hint=f"expected {path}"
                )
            if path in inside:
                raise DataError(f"{name} includes itself", where=where)
            wanted = {_name(child) for child in node.children[1:]}
            yield from (a for a in _file(path, root, inside) if not wanted or a.name in wanted)
            continue
        _, called, role, body = node.children[:4]
        kinds = frozenset(map(str, node.scan_values(_NUMBERS.__contains__)))
        if body.data == "typing":
            yield Annotated(_name(called), "type", And(()), "", kinds)
            continue
        words = " ".join(text[node.meta.start_pos : node.meta.end_pos].split())
        yield Annotated(_name(called), str(role), _closed(_formula(body)), words, kinds)


def _closed(formula: Formula) -> Formula:
    """The formula for all values of the variables that nothing binds, as CNF means it."""
    variables = tuple(map(Variable, dict.fromkeys(free(formula))))
    return ForAll(variables, formula) if variables else formula


def _formula(node: Any) -> Formula:
    inner = node.children
    match node.data:
        case "chain":
            return _chained(_formula(inner[0]), str(inner[1]), _formula(inner[2]))
        case "or_formula":
            return _formula(inner[0]) if len(inner) == 1 else Or(tuple(map(_formula, inner)))
        case "and_formula":
            return _formula(inner[0]) if len(inner) == 1 else And(tuple(map(_formula, inner)))
        case "negation":
            return Not(_formula(inner[0]))
        case "quantified":
            variables = tuple(Variable(str(v.children[0])) for v in inner[1:-1])
            kind = ForAll if inner[0] == "!" else Exists
            return kind(variables, _formula(inner[-1]))
    if len(inner) == 3:
        equal = Compare("=", _term(inner[0]), _term(inner[2]))
        return equal if inner[1] == "=" else Not(equal)
    return _atom(inner[0])


def _chained(left: Formula, sign: str, right: Formula) -> Formula:
    match sign:
        case "<=>":
            return Iff(left, right)
        case "<~>":
            return Xor(left, right)
        case "=>":
            return Implies(left, right)
        case "<=":
            return Implies(right, left)
        case "~|":
            return Not(Or((left, right)))
        case _:
            return Not(And((left, right)))


def _atom(node: Any) -> Formula:
    if node.data != "apply":
        raise DataError(f"this is a term, not a formula: {node.children[0]}", hint=_HINT)
    name, inner = _name(node.children[0]), tuple(map(_term, node.children[1:]))
    if name in ("$true", "$false"):
        return And(()) if name == "$true" else FALSE
    return _ORDERS[name](*inner) if name in _ORDERS else Predicate(name, inner)


def _term(node: Any) -> Term:
    first = node.children[0]
    match node.data:
        case "var":
            return Variable(str(first))
        case "number":
            return Number(Fraction(str(first)))
        case "distinct":
            return Constant(str(first))
    name, inner = _name(first), tuple(map(_term, node.children[1:]))
    return Function(_FUNCTIONS.get(name, name), inner) if inner else Constant(name)


def _name(node: Any) -> str:
    text = str(node if isinstance(node, str) else node.children[0])
    return text[1:-1] if text.startswith("'") else text
