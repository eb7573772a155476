"""Nodes to bodies: what a clause's body says, before it is brought into normal form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from duli.logic import builtins
from duli.logic.lexer import Lines
from duli.logic.reader import Node
from duli.logic.syntax import (
    Comparison,
    Constant,
    Expression,
    Goal,
    Literal,
    Operation,
    Term,
    Variable,
    variables,
)

_NO_FUNCTORS = "there are no functors; is a ) missing before this name?"
_NO_LISTS = "use one fact for each element"


@dataclass(frozen=True)
class All:
    """All of the parts hold; none is true."""

    parts: tuple[Formula, ...] = ()


@dataclass(frozen=True)
class Any:
    """One of the parts holds; none is false."""

    parts: tuple[Formula, ...] = ()


@dataclass(frozen=True)
class Not:
    """The inner does not hold for any value of the variables that it has to itself."""

    inner: Formula
    offset: int


@dataclass(frozen=True)
class Found:
    """``findall(template, inner, list)``: the values of a template under each of the inner's bindings."""

    template: Expression
    inner: Formula
    list: str
    empty: bool
    offset: int


@dataclass(frozen=True)
class Reduced:
    """``length(list, N)`` and its like: what a list of values comes to, or ``member`` of it, or whether it is empty."""

    function: str
    list: str
    output: Expression
    offset: int


Formula = Goal | All | Any | Not | Found | Reduced


def inside(formula: Formula) -> Iterator[Variable]:
    """The variables of a formula, with repetitions."""
    if isinstance(formula, (All, Any)):
        for part in formula.parts:
            yield from inside(part)
    elif isinstance(formula, Not):
        yield from inside(formula.inner)
    elif isinstance(formula, Found):
        yield from inside(formula.inner)
        yield from variables(formula.template)
    elif isinstance(formula, Reduced):
        yield from variables(formula.output)
    else:
        yield from variables(formula)


class Translator:
    """Turns the nodes of a program's clauses into formulas and terms.

    Args:
        lines: for the places.
        defined: (name, number of arguments) of what the program defines: such a name is a predicate, whatever else
            it could mean.
    """

    def __init__(self, lines: Lines, defined: Callable[[str, int], bool]) -> None:
        self.lines, self.defined = lines, defined
        self.anonymous = 0
        self.lists: set[str] = set()
        self.facts: list[tuple[int, tuple[Constant, ...]]] = []

    def fail(self, node: Node, message: str, hint: str | None = None) -> NoReturn:
        """Raise a ProgramError at a node."""
        self.lines.fail(node.offset, message, hint)

    def variable(self, node: Node) -> Variable:
        """A variable; ``_`` is a new one each time."""
        name = str(node.value)
        if name == "_":
            self.anonymous += 1
            name = f"_#{self.anonymous}"
        return Variable(name, self.lines.place(node.offset))

    def fresh(self, stem: str, offset: int) -> Variable:
        """A variable that no program can write."""
        self.anonymous += 1
        return Variable(f"_{stem}#{self.anonymous}", self.lines.place(offset))

    def term(self, node: Node) -> Term:
        """An argument of a predicate."""
        if node.kind == "variable":
            return self.variable(node)
        if node.called:
            self.fail(node, "terms have no arguments of their own", _NO_FUNCTORS)
        if node.kind in ("number", "quoted", "name"):
            return Constant(node.value)
        if node.kind == "list":
            self.fail(node, "lists are not part of the language", _NO_LISTS)
        if node.kind == "aggregate":
            self.fail(node, "an aggregate stands in the head of a rule only", "name it: total(sum<X>) :- ...")
        if node.kind == "operator" and node.value in builtins.OPERATORS:
            self.lines.fail(node.mark, "an argument is not computed", "compute it before: X is ..., p(X)")
        self.fail(node, "expected a variable or a value, found an operator", "put quotes around a symbol")

    def expression(self, node: Node) -> Expression:
        """What can be computed."""
        if node.kind == "operator" and node.value in (*builtins.OPERATORS, "\\"):
            operands = tuple(self.expression(n) for n in node.inner)
            if len(operands) == 1 and node.value in ("-", "+"):
                inner = operands[0]
                if isinstance(inner, Constant) and not isinstance(inner.value, str):
                    return Constant(-inner.value if node.value == "-" else inner.value)
                return Operation("neg", operands) if node.value == "-" else inner
            return Operation(str(node.value), operands)
        if node.called or (node.kind == "name" and node.value in ("pi", "e", "inf", "epsilon")):
            return self.function(node)
        return self.term(node)

    def function(self, node: Node) -> Expression:
        """A function of the language applied."""
        name, n = str(node.value), len(node.inner)
        operands = tuple(self.expression(inner) for inner in node.inner)
        if name in builtins.OPERATORS and n == 2:
            return Operation(name, operands)
        if n not in builtins.FUNCTIONS.get(name, ()):
            known = ", ".join(f"{f}/{a}" for f, arities in builtins.FUNCTIONS.items() for a in arities if a)
            self.fail(node, f"the function {name}/{n} is not known", f"known: {known}")
        return Operation(name, operands)

    def literal(self, node: Node, *, negated: bool = False) -> Literal:
        """A predicate applied to terms."""
        if node.kind == "variable":
            self.fail(
                node,
                f"expected a predicate, found {node.value}",
                "a predicate's name starts with a small letter",
            )
        if node.kind not in ("name", "quoted"):
            self.fail(node, f"expected a predicate, found {self.named(node)}")
        terms = tuple(self.term(inner) for inner in node.inner)
        return Literal(str(node.value), terms, negated, self.lines.place(node.offset))

    @staticmethod
    def named(node: Node) -> str:
        """A short name for an error."""
        return "a list" if node.kind == "list" else "{" if node.kind == "braces" else str(node.value)

    def body(self, node: Node) -> Formula:
        """What a body says."""
        if node.kind == "operator":
            return self.operated(node)
        name, n = str(node.value), len(node.inner)
        if node.kind == "variable":
            self.fail(node, "a variable is no goal", "write the predicate: p(X)")
        if node.kind not in ("name", "quoted"):
            expected = "expected a comparison" if node.kind == "number" else "expected a predicate"
            self.fail(
                node, f"{expected}, found {self.named(node)}", f"one of {' '.join(builtins.COMPARISONS)}"
            )
        if self.defined(name, n):
            return self.literal(node)
        special = (
            getattr(self, f"goal_{name}_{n}", None) if node.kind == "name" and name.isidentifier() else None
        )
        if special is not None:
            result: Formula = special(node)
            return result
        if node.kind == "name":
            found = self.named_goal(node, name, n)
            if found is not None:
                return found
        return self.literal(node)

    def named_goal(self, node: Node, name: str, n: int) -> Formula | None:
        """A goal of the language by its name, where it belongs to a family; None when it is a predicate."""
        place = self.lines.place(node.offset)
        if name in builtins.OUTPUT:
            return All()
        if n == 1 and name in builtins.TYPE_TESTS:
            test = Operation(name, (self.term(node.inner[0]),))
            return Comparison("=:=", test, Constant(1), place)
        if builtins.ALWAYS.get(name) == n:
            return Comparison("=:=", Operation("nonvar", (self.term(node.inner[0]),)), Constant(1), place)
        if builtins.NEVER.get(name) == n:
            return Any()
        if name in builtins.COLLECTORS and n == 3:
            return self.collected(node, builtins.COLLECTORS[name] == "empty")
        if name in builtins.REDUCERS and n == 2 and self.is_list(node.inner[0]):
            output = self.term(node.inner[1])
            return Reduced(builtins.REDUCERS[name], str(node.inner[0].value), output, node.offset)
        if builtins.STRING_FUNCTIONS.get(name) == n:
            *given, out = [self.term(inner) for inner in node.inner]
            return Comparison("is", out, Operation(name, tuple(given)), place)
        if name == "call" and n > 1:
            first = node.inner[0]
            if first.kind not in ("name", "quoted"):
                self.fail(first, "call is for a predicate that is named", "call(p, X) is p(X)")
            return self.body(
                Node(first.kind, first.value, first.offset, (*first.inner, *node.inner[1:]), called=True)
            )
        if name in builtins.REFUSED:
            self.fail(
                node,
                f"{name}/{n} is not part of the language" if n else f"{name} is not part of the language",
                builtins.REFUSED[name],
            )
        return None

    def operated(self, node: Node) -> Formula:
        """A goal that is an operator applied."""
        name = str(node.value)
        if name == ",":
            return All(tuple(self.body(inner) for inner in node.inner))
        if name in (";", "|"):
            return Any(tuple(self.body(inner) for inner in node.inner))
        if name in ("\\+", "not"):
            return Not(self.body(node.inner[0]), node.offset)
        place = self.lines.place(node.offset)
        if name in builtins.ORDER:
            left, right = (self.term(inner) for inner in node.inner)
            return Comparison("=:=", Operation(name, (left, right)), Constant(1), place)
        if (
            name in ("=", "\\=", "==", "\\==")
            and self.is_list(node.inner[0])
            and node.inner[1].kind == "list"
        ):
            if node.inner[1].inner:
                self.fail(
                    node.inner[1], "lists are not part of the language", "compare with [], or use length"
                )
            function = "empty" if name in ("=", "==") else "some"
            return Reduced(function, str(node.inner[0].value), Constant(0), node.offset)
        if name in builtins.COMPARISONS:
            sides = [self.expression(inner) for inner in node.inner]
            return Comparison(name, sides[0], sides[1], place)
        if name in builtins.REFUSED:
            self.lines.fail(node.mark, f"{name} is not part of the language", builtins.REFUSED[name])
        self.lines.fail(
            node.mark,
            f"the operator {name} is no goal",
            f"a comparison is one of {' '.join(builtins.COMPARISONS)}",
        )

    def is_list(self, node: Node) -> bool:
        """Whether a node is a variable that a findall of this clause gives a list."""
        return node.kind == "variable" and node.value in self.lists

    def collected(self, node: Node, empty: bool) -> Formula:
        """``findall(Template, Goal, List)``."""
        template, goal, collected = node.inner
        if collected.kind == "list" and not collected.inner and empty:
            return Not(self.body(goal), node.offset)
        if collected.kind != "variable":
            self.fail(
                collected,
                "lists are not part of the language",
                "give findall a variable, and length or sum_list it",
            )
        inner = self.body(goal)
        shape: Expression = Constant(1)
        if template.kind in ("variable", "number", "name", "quoted", "operator") and not template.operator(
            ",", "-", "/"
        ):
            shape = self.expression(template)
        else:
            shape = Constant("pair")
        return Found(shape, inner, str(collected.value), empty, node.offset)

    def goal_true_0(self, node: Node) -> Formula:
        """``true``."""
        return All()

    def goal_fail_0(self, node: Node) -> Formula:
        """``fail``."""
        return Any()

    goal_false_0 = goal_fail_0

    def goal_once_1(self, node: Node) -> Formula:
        """``once(G)``: all answers count anyway."""
        return self.body(node.inner[0])

    goal_call_1 = goal_once_1

    def goal_not_1(self, node: Node) -> Formula:
        """``not(G)``."""
        return Not(self.body(node.inner[0]), node.offset)

    def goal_forall_2(self, node: Node) -> Formula:
        """``forall(G, H)``: there is no G without H."""
        condition, then = (self.body(inner) for inner in node.inner)
        return Not(All((condition, Not(then, node.offset))), node.offset)

    def goal_var_1(self, node: Node) -> Formula:
        """``var(X)`` depends on the order of evaluation."""
        self.fail(node, "var/1 is not part of the language", "what is bound does not depend on an order here")

    def goal_between_3(self, node: Node) -> Formula:
        """``between(Low, High, X)``."""
        low, high = (self.expression(inner) for inner in node.inner[:2])
        value = self.term(node.inner[2])
        return Comparison("between", value, Operation("..", (low, high)), self.lines.place(node.offset))

    def goal_succ_2(self, node: Node) -> Formula:
        """``succ(X, Y)``: which of the two it binds is known once the body is."""
        left, right = (self.term(inner) for inner in node.inner)
        return Comparison("succ", left, right, self.lines.place(node.offset))

    def goal_plus_3(self, node: Node) -> Formula:
        """``plus(X, Y, Z)``."""
        a, b, c = (self.term(inner) for inner in node.inner)
        return Comparison("plus", c, Operation("+", (a, b)), self.lines.place(node.offset))

    def goal_atom_number_2(self, node: Node) -> Formula:
        """``atom_number(A, N)``: which of the two it binds is known once the body is."""
        left, right = (self.term(inner) for inner in node.inner)
        return Comparison("atom_number", left, right, self.lines.place(node.offset))

    def goal_compare_3(self, node: Node) -> Formula:
        """``compare(Order, X, Y)``."""
        order, left, right = (self.term(inner) for inner in node.inner)
        return Comparison("is", order, Operation("compare", (left, right)), self.lines.place(node.offset))

    def goal_concat_2(self, node: Node) -> Formula:
        """``concat([X, '_', Y], Z)``."""
        listed, out = node.inner
        if listed.kind != "list":
            self.fail(listed, "concat is for a list that is written out", "concat([X, '_', Y], Z)")
        parts = Operation("concat", tuple(self.term(inner) for inner in listed.inner))
        return Comparison("is", self.term(out), parts, self.lines.place(node.offset))

    def goal_member_2(self, node: Node) -> Formula:
        """``member(X, [a, b])``, or of a list that findall gives."""
        value, listed = node.inner
        if self.is_list(listed):
            return Reduced("member", str(listed.value), self.term(value), node.offset)
        if listed.kind != "list":
            self.fail(
                node, "lists are not part of the language but where they are written out or found", _NO_LISTS
            )
        place, term = self.lines.place(node.offset), self.term(value)
        return Any(tuple(Comparison("=", term, self.term(inner), place) for inner in listed.inner))

    goal_memberchk_2 = goal_member_2
