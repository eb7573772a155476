"""Text to clauses, queries and evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from duli.errors import Place, ProgramError
from duli.logic import builtins
from duli.logic.formula import All, Any, Formula, Translator, inside
from duli.logic.inhibition import NOT, without_negated_heads
from duli.logic.lexer import Lines, skip, tokenize
from duli.logic.normal import Normaliser, with_names
from duli.logic.pause import paused
from duli.logic.projection import projected
from duli.logic.reader import Node, Reader
from duli.logic.syntax import (
    Aggregate,
    Clause,
    Constant,
    Expression,
    Head,
    HeadTerm,
    Literal,
    Neural,
    Operation,
    Source,
    Utility,
    Variable,
    variables,
)
from duli.logic.values import INTEGER_LIMIT

# Facts of plain values are most of a large program, and need no tree.
_FACT = re.compile(
    r"(?:([0-9]+(?:\.[0-9]+)?)\s*::\s*)?([^\W\d_]\w*)(?:\(([\w\-., ]*)\))?\.(?=\s|%|\Z)(?:[^\S\n]*\n)?[^\S\n]*"
)
_WORD = re.compile(r"[^\W\d_]\w*\Z")
_INTEGER = re.compile(r"-?[0-9]{1,15}\Z")
_FLOAT = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}\Z")
LARGE = 100_000
_ASKED = ("query", "evidence", "utility")


def parse(text: str, name: str = "program", watch: Callable[[], None] = lambda: None) -> Source:
    """The clauses and queries of a program's text; a mistake raises ProgramError with its place.

    Args:
        text, name: the program, and what its places call it.
        watch: called for each clause; what it raises stops the reading.

    >>> source = parse("0.3::edge(a,b). query(edge(a,X)).")
    >>> len(source.clauses), str(source.queries[0])
    (1, 'edge(a,X)')
    """
    with paused(len(text) > LARGE):
        return _Parser(Lines(name, text), watch).source()


class _Parser:
    def __init__(self, lines: Lines, watch: Callable[[], None]) -> None:
        self.lines, self.watch = lines, watch
        self.defined: set[tuple[str, int]] = set()
        self.translator = Translator(lines, lambda name, n: (name, n) in self.defined)
        self.normal = Normaliser(self.translator)
        self.constants: dict[str, Constant | None] = {}
        self.queries: list[Literal] = []
        self.evidence: list[Literal] = []
        self.query_domains: dict[int, Literal] = {}
        self.evidence_domains: dict[int, Literal] = {}
        self.utilities: list[Utility] = []
        self.neural: list[Neural] = []
        self.absences: list[Clause] = []
        self.unknown_fails = False

    def source(self) -> Source:
        clauses = self.clauses()
        for clause in clauses:
            if isinstance(clause, Node):
                for head in _heads(clause):
                    self.defined.add((str(head.value), len(head.inner)))
        for clause in clauses:
            if isinstance(clause, Node):
                self.watch()
                self.statement(clause)
            else:
                self.normal.clauses.append(clause)
        return Source(
            projected((*without_negated_heads(self.normal.clauses), *self.absences)),
            tuple(self.queries),
            tuple(self.evidence),
            self.query_domains,
            self.evidence_domains,
            tuple(self.utilities),
            tuple(self.neural),
            self.normal.hidden,
            self.unknown_fails,
        )

    def clauses(self) -> list[Node | Clause]:
        """Every clause: a plain fact ready, any other as a node."""
        found: list[Node | Clause] = []
        text, offset = self.lines.text, skip(self.lines, 0)
        while offset < len(text):
            self.watch()
            match = _FACT.match(text, offset)
            fact = self.fact(match, offset) if match is not None else None
            if match is not None and fact is not None:
                found.append(fact)
                offset = match.end()
            else:
                tokens = tokenize(self.lines, offset)
                found.append(Reader(self.lines, tokens).clause())
                offset = tokens[-1].stop
            if offset < len(text) and not text[offset].isalnum():
                offset = skip(self.lines, offset)
        return found

    def fact(self, match: re.Match[str], offset: int) -> Clause | None:
        """The clause of a fact whose arguments are plain values; None when it is more than that."""
        chance, name, inner = match.groups()
        if name in _ASKED or name[0].isupper() or name == "nn":
            return None
        terms = []
        for part in () if inner is None else inner.split(","):
            term = self.constants.get(part)
            if term is None:
                term = self.constants[part] = _plain(part.strip())
                if term is None:
                    return None
            terms.append(term)
        if _taken(name, len(terms)):
            return None
        place = self.lines.place(offset)
        head_place = place if chance is None else self.lines.place(match.start(2))
        head = Head(name, tuple(terms), head_place)
        self.defined.add((name, len(terms)))
        return Clause(head, (), None if chance is None else Constant(float(chance)), place)

    def fail(self, offset: int, message: str, hint: str | None = None) -> NoReturn:
        self.lines.fail(offset, message, hint)

    def statement(self, node: Node) -> None:
        """A clause, a directive, or what is asked or known."""
        self.translator.lists = _lists(node)
        if node.operator(":-") and len(node.inner) == 1:
            self.directive(node.inner[0])
            return
        body: Formula = All()
        head = node
        if node.operator(":-", "<-") and len(node.inner) == 2:
            head = node.inner[0]
        if (
            head.called
            and head.kind == "name"
            and head.value in _ASKED
            and (len(head.inner) == 1 or head.value != "query")
        ):
            self.asked(head, self.translator.body(node.inner[1]) if head is not node else None)
            return
        if head is not node:
            body = self.translator.body(node.inner[1])
        alternatives = [self.alternative(n) for n in (head.inner if head.operator(";") else (head,))]
        if any(isinstance(a, Neural) for a in alternatives):
            if len(alternatives) > 1 or head is not node:
                hint = "name the raw predicate: nn(...)::raw(X, Y). p(X, Y) :- body, raw(X, Y)."
                self.fail(head.offset, "a neural predicate has no body and no alternatives", hint)
            self.neural += [a for a in alternatives if isinstance(a, Neural)]
            return
        made = [a for a in alternatives if isinstance(a, tuple)]
        others = []
        for (chance, other), n in zip(made[1:], (head.inner if head.operator(";") else ())[1:], strict=False):
            if chance is None or made[0][0] is None:
                self.fail(n.offset, "every alternative of a head needs a probability", "write 0.5::a; 0.5::b")
            others.append((chance, other))
        self.unlisted((made[0][1], *(h for _, h in others)), body)
        self.normal.clause(made[0][1], made[0][0], tuple(others), body, self.lines.place(node.offset))

    def unlisted(self, heads: tuple[Head, ...], body: Formula) -> None:
        """Refuse a list of findall that leaves its clause."""
        lists = self.translator.lists
        parts: tuple[Head | Literal, ...] = (*heads, *_literals(body)) if lists else ()
        for part in parts:
            for variable in variables(part):
                if variable.name in lists:
                    raise ProgramError(
                        f"lists are not part of the language: {variable} is one",
                        where=variable.place,
                        hint="use it beside its findall: length, sum_list, max_list, min_list or member",
                    )

    def directive(self, node: Node) -> None:
        """``:- use_module(library(lists)).`` and ``:- unknown(fail).``"""
        if node.value == "unknown" and [n.value for n in node.inner] == ["fail"]:
            self.unknown_fails = True
            return
        library = node.inner[0] if node.inner else None
        if (
            node.value != "use_module"
            or library is None
            or library.value != "library"
            or len(library.inner) != 1
        ):
            shown = str(node.value) if str(node.value).isidentifier() else "of this kind"
            self.fail(
                node.offset, f"the directive {shown} is not known", "only :- use_module(library(...)) is"
            )
        named = library.inner[0]
        if named.value not in builtins.LIBRARIES:
            known = f"known: {', '.join(builtins.LIBRARIES)}"
            self.fail(named.offset, f"the library {named.value} is not part of the language", known)

    def asked(self, node: Node, body: Formula | None) -> None:
        """``query(p(X))``, ``evidence(p)``, ``evidence(\\+ p)``, ``evidence(p, false)``, ``utility(p, 3)``."""
        inner, translator = node.inner[0], self.translator
        negated = _negated(inner)
        literal = translator.literal(inner.inner[0] if negated else inner, negated=negated)
        if negated and node.value == "query":
            literal = with_names(literal)  # the absence of each row is asked for, not that of any
        place = self.lines.place(node.offset)
        if len(node.inner) > 2:
            self.fail(node.offset, f"{node.value} has too many arguments")
        if node.value == "evidence" and len(node.inner) == 2:
            truth = node.inner[1]
            if truth.value not in ("true", "false") or truth.kind != "name":
                self.fail(truth.offset, f"expected true or false, found {truth.value}")
            if truth.value == "false":
                literal = Literal(literal.predicate, literal.terms, not literal.negated, literal.place)
        domain = self.domain(literal, body, place, negated or node.value != "query")
        if node.value == "query":
            if negated:
                absent = replace(literal, predicate=NOT + literal.predicate, negated=False)
                head = Head(absent.predicate, absent.terms, literal.place)
                self.absences.append(Clause(head, (literal,), None, place))
                literal = absent
            if domain is not None:
                self.query_domains[len(self.queries)] = domain
            self.queries.append(literal)
        elif node.value == "evidence":
            if domain is not None:
                self.evidence_domains[len(self.evidence)] = domain
            self.evidence.append(literal)
        else:
            if len(node.inner) != 2:
                self.fail(node.offset, "a utility is of an atom and a number", "utility(p, 3)")
            value = translator.expression(node.inner[1])
            self.utilities.append(Utility(literal, value, domain, place))

    def domain(self, literal: Literal, body: Formula | None, place: Place, ground: bool) -> Literal | None:
        """The literal whose rows give the variables of what is asked their values."""
        if body is None and (not ground or not any(True for _ in variables(literal))):
            return None
        positive = Literal(literal.predicate, literal.terms, False, literal.place)
        if body is None:
            return positive
        named = {v.name: v for v in variables(literal)}
        if ground and not named.keys() <= {v.name for v in inside(body)}:
            body = All((body, positive))
        met = {v.name for v in inside(body)}
        terms = tuple(v for name, v in named.items() if name in met)
        name = self.normal.named(place)
        self.normal.clause(Head(name, terms, place), None, (), body, place)
        return Literal(name, terms, False, place)

    def alternative(self, node: Node) -> tuple[Expression | None, Head] | Neural:
        """``0.3::p(X)``, or one without a probability."""
        if not node.operator("::"):
            return None, self.head(node)
        left, right = node.inner
        if left.kind == "name" and left.value == "nn" and left.called:
            return self.network(left, right)
        if (
            left.kind == "name"
            and left.value in ("t", "?")
            and len(left.inner) == (1 if left.value == "t" else 0)
        ):
            known = [self.translator.expression(n) for n in left.inner if n.value != "_"]
            return Operation(str(left.value), tuple(known)), self.head(right)
        return self.translator.expression(left), self.head(right)

    def network(self, node: Node, right: Node) -> Neural:
        """``nn(network, [X], Y, [a, b]) :: p(X, Y)``."""
        hint = "nn(network, [X], Y, [a, b]) :: p(X, Y), or nn(network, [X]) :: p(X)"
        parts = node.inner
        if (
            len(parts) not in (2, 4)
            or parts[1].kind != "list"
            or (len(parts) == 4 and parts[3].kind != "list")
        ):
            self.fail(node.offset, "this is no declaration of a neural predicate", hint)
        inputs = [self.translator.term(n) for n in parts[1].inner]
        output = self.translator.term(parts[2]) if len(parts) == 4 else None
        if not all(isinstance(v, Variable) for v in inputs) or isinstance(output, Constant):
            self.fail(node.offset, "the inputs and the output of a network are variables", hint)
        labels = tuple(self.translator.term(n) for n in (parts[3].inner if len(parts) == 4 else ()))
        return Neural(
            str(parts[0].value),
            tuple(v for v in inputs if isinstance(v, Variable)),
            output if isinstance(output, Variable) else None,
            tuple(label.value for label in labels if isinstance(label, Constant)),
            self.translator.literal(right),
            self.lines.place(node.offset),
        )

    def head(self, node: Node) -> Head:
        if node.kind == "variable":
            hint = "a predicate's name starts with a small letter"
            self.fail(node.offset, f"expected a predicate, found {node.value}", hint)
        if _negated(node):
            head = self.head(node.inner[0])
            return replace(head, predicate=NOT + head.predicate)
        if node.kind not in ("name", "quoted"):
            self.fail(node.mark, f"expected a predicate, found {Translator.named(node)}")
        name, n = str(node.value), len(node.inner)
        if node.kind == "name" and (_taken(name, n) or name in "!?"):
            self.fail(
                node.offset,
                f"{name} is a part of the language and is not defined anew",
                "choose another name",
            )
        terms = tuple(self.head_term(inner) for inner in node.inner)
        return Head(name, terms, self.lines.place(node.offset))

    def head_term(self, node: Node) -> HeadTerm:
        if node.kind != "aggregate":
            return self.translator.term(node)
        if node.value not in builtins.AGGREGATES:
            known = f"known: {', '.join(builtins.AGGREGATES)}"
            self.fail(node.offset, f"the aggregate {node.value} is not known", known)
        over = node.inner[0]
        if over.kind != "variable":
            self.fail(over.offset, f"an aggregate is over a variable, found {over.value}")
        return Aggregate(str(node.value), self.translator.variable(over))


def _taken(name: str, n: int) -> bool:
    return (name, n) in builtins.CONTROL or name in builtins.OUTPUT


def _plain(part: str) -> Constant | None:
    if _INTEGER.match(part):
        value = int(part)
        return Constant(value) if abs(value) < INTEGER_LIMIT else None
    if _FLOAT.match(part):
        return Constant(float(part))
    if _WORD.match(part) and not part[0].isupper():
        return Constant(part)
    return None


def _negated(node: Node) -> bool:
    return len(node.inner) == 1 and (node.operator(NOT, "not") or (node.called and node.value == "not"))


def _heads(node: Node) -> list[Node]:
    head = node.inner[0] if node.operator(":-", "<-") and len(node.inner) == 2 else node
    parts = head.inner if head.operator(";") else (head,)
    return [p.inner[1] if p.operator("::") else p for p in parts]


def _lists(node: Node) -> set[str]:
    """The variables that a findall gives lists."""
    found, waiting = set(), [node]
    while waiting:
        one = waiting.pop()
        waiting += one.inner
        if (
            one.called
            and one.value in builtins.COLLECTORS
            and len(one.inner) == 3
            and one.inner[2].kind == "variable"
        ):
            found.add(str(one.inner[2].value))
    return found


def _literals(formula: Formula) -> list[Literal]:
    if isinstance(formula, Literal):
        return [formula]
    if isinstance(formula, (All, Any)):
        return [literal for part in formula.parts for literal in _literals(part)]
    return []
