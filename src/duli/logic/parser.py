"""Tokens to clauses: recursive descent, one token ahead."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from duli.logic.lexer import Lines, Token, tokenize
from duli.logic.syntax import (
    Aggregate,
    Clause,
    Comparison,
    Constant,
    Expression,
    Goal,
    Head,
    HeadTerm,
    Literal,
    Operation,
    Source,
    Term,
    Variable,
    variables,
)

AGGREGATES = ("count", "sum", "min", "max", "logsumexp")
FUNCTIONS = {"log": 1, "exp": 1, "abs": 1, "sqrt": 1, "min": 2, "max": 2}
COMPARISONS = ("<", ">", "=<", ">=", "=:=", "=\\=", "=", "\\=", "==", "\\==", "is")
LIBRARIES = ("aggregate", "lists")
_CLOSING = {"(": ")", "<": ">"}
_NO_FUNCTORS = "there are no functors; is a ) missing before this name?"


def parse(text: str, name: str = "program") -> Source:
    """The clauses and queries of a program's text; a mistake raises ProgramError with its place.

    >>> source = parse("0.3::edge(a,b). query(edge(a,X)).")
    >>> len(source.clauses), str(source.queries[0])
    (1, 'edge(a,X)')
    """
    return _Parser(Lines(name, text)).source()


class _Parser:
    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.tokens = tokenize(lines)
        self.position = 0
        self.anonymous = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def ahead(self, steps: int = 1) -> Token:
        return self.tokens[min(self.position + steps, len(self.tokens) - 1)]

    def at(self, text: str) -> bool:
        return self.token.text == text and self.token.kind in ("sign", "name", "end")

    def take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def accept(self, text: str) -> bool:
        if not self.at(text):
            return False
        self.position += 1
        return True

    def fail(self, message: str, hint: str | None = None, token: Token | None = None) -> NoReturn:
        self.lines.fail((token or self.token).offset, message, hint)

    def expect(self, text: str, opened: Token | None = None) -> None:
        if self.accept(text):
            return
        if opened is not None:
            place = self.lines.place(opened.offset)
            self.fail(
                f"expected {text} or a comma, found {self.token.text}",
                f"the {opened.text} of line {place.line}, column {place.column} is not closed",
            )
        self.fail(f"expected {text}, found {self.token.text}")

    def source(self) -> Source:
        clauses: list[Clause] = []
        queries: list[Literal] = []
        evidence: list[Literal] = []
        while self.token.kind != "finish":
            if self.accept(":-"):
                self.directive()
            elif self.token.text == "query" and self.ahead().text == "(":
                queries.append(self.query())
            elif self.token.text == "evidence" and self.ahead().text == "(":
                evidence.append(self.evidence())
            else:
                clauses.extend(self.clause())
        return Source(tuple(clauses), tuple(queries), tuple(evidence))

    def end(self) -> None:
        if self.token.kind == "end":
            self.position += 1
            return
        hint = "end the clause before it with a dot" if self.token.kind in ("name", "finish") else None
        if self.token.kind == "sign" and self.token.text in ")>]":
            hint = "one closing bracket too many"
        self.fail(f"expected a dot, found {self.token.text}", hint)

    def directive(self) -> None:
        start = self.token
        if not (
            self.accept("use_module") and self.accept("(") and self.accept("library") and self.accept("(")
        ):
            self.fail(
                f"the directive {start.text} is not known", "only :- use_module(library(...)) is", start
            )
        library = self.take()
        if library.text not in LIBRARIES:
            self.fail(
                f"the library {library.text} is not part of the language",
                f"known: {', '.join(LIBRARIES)}",
                library,
            )
        self.expect(")")
        self.expect(")")
        self.end()

    def query(self) -> Literal:
        self.take()
        opened = self.take()
        literal = self.literal(negated=False)
        self.expect(")", opened)
        self.end()
        return literal

    def evidence(self) -> Literal:
        """``evidence(a)``, ``evidence(\\+ a)``, ``evidence(a, false)``."""
        self.take()
        opened = self.take()
        literal = self.literal(negated=self.accept("\\+"))
        for variable in variables(literal):
            self.fail(f"evidence is about one atom; {variable} is a variable", "write one line for each atom")
        if self.accept(","):
            truth = self.take()
            if truth.text not in ("true", "false"):
                self.fail(f"expected true or false, found {truth.text}", token=truth)
            literal = replace(literal, negated=literal.negated != (truth.text == "false"))
        self.expect(")", opened)
        self.end()
        return literal

    def clause(self) -> list[Clause]:
        """A clause, or one for each of the alternatives of its body."""
        place = self.lines.place(self.token.offset)
        probability = self.probability()
        head = self.head()
        others = []
        while self.at(";"):
            sign = self.take()
            chance = self.probability()
            if chance is None or probability is None:
                self.fail("every alternative of a head needs a probability", "write 0.5::a; 0.5::b", sign)
            others.append((chance, self.head()))
        bodies = self.bodies() if self.accept(":-") else [()]
        if len(bodies) > 1 and probability is not None:
            hint = "give the body a name: p::a :- b. b :- c. b :- d."
            self.fail("a rule with a probability has one body", hint)
        self.end()
        return [Clause(head, body, probability, place, tuple(others)) for body in bodies]

    def bodies(self) -> list[tuple[Goal, ...]]:
        found = [[self.goal()]]
        while self.at(",") or self.at(";"):
            if self.take().text == ";":
                found.append([])
            found[-1].append(self.goal())
        return [tuple(body) for body in found]

    def probability(self) -> Expression | None:
        depth, steps = 0, 0
        while True:
            token = self.ahead(steps)
            if token.kind in ("end", "finish") or (token.text in (":-", ";", ",") and depth == 0):
                return None
            if token.text == "::" and token.kind == "sign":
                break
            depth += (token.text == "(") - (token.text == ")")
            steps += 1
        expression = self.expression()
        self.expect("::")
        return expression

    def head(self) -> Head:
        start = self.token
        if start.kind not in ("name", "quoted"):
            hint = "a predicate's name starts with a small letter" if start.kind == "variable" else None
            self.fail(f"expected a predicate, found {start.text}", hint)
        name = str(self.take().value)
        terms: list[HeadTerm] = []
        if self.at("("):
            opened = self.take()
            terms.append(self.head_term())
            while self.accept(","):
                terms.append(self.head_term())
            self.expect(")", opened)
        return Head(name, tuple(terms), self.lines.place(start.offset))

    def head_term(self) -> HeadTerm:
        start = self.token
        if start.kind != "name" or self.ahead().text != "<":
            return self.term()
        if start.text not in AGGREGATES:
            self.fail(f"the aggregate {start.text} is not known", f"known: {', '.join(AGGREGATES)}")
        self.take()
        opened = self.take()
        if self.token.kind != "variable":
            self.fail(f"an aggregate is over a variable, found {self.token.text}")
        variable = self.variable()
        self.expect(_CLOSING[opened.text], opened)
        return Aggregate(start.text, variable)

    def goal(self) -> Goal:
        start = self.token
        if self.accept("\\+"):
            opened = self.take() if self.at("(") else None
            literal = self.literal(negated=True)
            if opened is not None:
                self.expect(")", opened)
            return literal
        if start.kind in ("name", "quoted") and not self._is_comparison():
            return self.literal(negated=False)
        left = self.expression()
        operator = self.token.text
        if operator not in COMPARISONS or self.token.kind not in ("sign", "name"):
            self.fail(f"expected a comparison, found {operator}", f"one of {' '.join(COMPARISONS)}")
        self.take()
        return Comparison(operator, left, self.expression(), self.lines.place(start.offset))

    def _is_comparison(self) -> bool:
        """Whether a goal that starts with a name is a comparison: an operator follows the name or its brackets."""
        steps, depth = 1, 0
        if self.ahead(1).text == "(":
            while True:
                token = self.ahead(steps)
                if token.kind in ("end", "finish"):
                    return False
                if token.kind == "sign":
                    depth += (token.text == "(") - (token.text == ")")
                steps += 1
                if depth == 0:
                    break
        token = self.ahead(steps)
        operators = (*COMPARISONS, "+", "-", "*", "/", "//", "mod", "**")
        return token.kind in ("sign", "name") and token.text in operators

    def literal(self, *, negated: bool) -> Literal:
        start = self.token
        if start.kind not in ("name", "quoted"):
            hint = "a predicate's name starts with a small letter" if start.kind == "variable" else None
            self.fail(f"expected a predicate, found {start.text}", hint)
        name = str(self.take().value)
        terms: list[Term] = []
        if self.at("("):
            opened = self.take()
            terms.append(self.term())
            while self.accept(","):
                terms.append(self.term())
            self.expect(")", opened)
        return Literal(name, tuple(terms), negated, self.lines.place(start.offset))

    def term(self) -> Term:
        token = self.token
        if token.kind == "variable":
            return self.variable()
        if token.text == "-" and self.ahead().kind == "number":
            self.take()
            number = self.take().value
            return Constant(number if isinstance(number, str) else -number)
        if token.kind in ("number", "name", "quoted"):
            self.take()
            if self.at("("):
                self.fail("terms have no arguments of their own", _NO_FUNCTORS)
            return Constant(token.value)
        if token.text == "[":
            self.fail("lists are not part of the language", "use one fact for each element")
        self.fail(f"expected a variable or a value, found {token.text}")

    def variable(self) -> Variable:
        token = self.take()
        name = token.text
        if name == "_":
            self.anonymous += 1
            name = f"_#{self.anonymous}"
        return Variable(name, self.lines.place(token.offset))

    def expression(self) -> Expression:
        left = self.product()
        while self.token.kind == "sign" and self.token.text in ("+", "-"):
            left = Operation(self.take().text, (left, self.product()))
        return left

    def product(self) -> Expression:
        left = self.unary()
        while self.token.kind in ("sign", "name") and self.token.text in ("*", "/", "//", "mod"):
            left = Operation(self.take().text, (left, self.unary()))
        return left

    def unary(self) -> Expression:
        if self.accept("-"):
            inner = self.unary()
            if isinstance(inner, Constant) and not isinstance(inner.value, str):
                return Constant(-inner.value)
            return Operation("neg", (inner,))
        left = self.primary()
        if self.accept("**"):
            return Operation("**", (left, self.unary()))
        return left

    def primary(self) -> Expression:
        token = self.token
        if self.at("("):
            opened = self.take()
            inner = self.expression()
            self.expect(")", opened)
            return inner
        if token.kind == "name" and self.ahead().text == "(":
            return self.function()
        return self.term()

    def function(self) -> Expression:
        token = self.take()
        opened = self.take()
        operands = [self.expression()]
        while self.accept(","):
            operands.append(self.expression())
        self.expect(")", opened)
        if FUNCTIONS.get(token.text) != len(operands):
            known = ", ".join(f"{name}/{arity}" for name, arity in FUNCTIONS.items())
            self.fail(f"the function {token.text}/{len(operands)} is not known", f"known: {known}", token)
        return Operation(token.text, tuple(operands))
