"""A second opinion on proofs: it shares the parser with the engine, and nothing else.

Every step is held against the clause that it names: the head must be the step's row, each premise one goal of the
body in their order, all under one binding; comparisons are computed again; an aggregate that shows all its premises
too. What a step cannot show is taken from the result: that something is absent, and the premises that an aggregate
leaves out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from duli.logic.parser import parse
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
    Term,
    Variable,
    variables,
)
from duli.types import Atom, Proof, Value

Bound = dict[str, Value]
Given = Callable[[Atom], bool]

_FUNCTIONS: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "min": min,
    "max": max,
    "abs": abs,
    "neg": lambda a: -a,
    "log": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
}
_FUNCTIONS |= {
    name: getattr(math, name) for name in ("log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2")
}
_FUNCTIONS |= {
    name: getattr(math, name) for name in ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc")
}
_FUNCTIONS |= {
    "gamma": math.gamma,
    "lgamma": math.lgamma,
    "ceiling": math.ceil,
    "floor": math.floor,
    "round": round,
}
_FUNCTIONS |= {
    "truncate": math.trunc,
    "integer": math.trunc,
    "float_integer_part": math.trunc,
    "float": float,
}
_FUNCTIONS |= {
    "sign": lambda a: (a > 0) - (a < 0),
    "float_fractional_part": lambda a: a - math.trunc(a),
    "\\": lambda a: ~int(a),
    "rem": lambda a, b: a % b,
    "div": lambda a, b: a // b,
    "^": lambda a, b: a**b,
    "<<": lambda a, b: int(a) << int(b),
    ">>": lambda a, b: int(a) >> int(b),
    "/\\": lambda a, b: int(a) & int(b),
    "\\/": lambda a, b: int(a) | int(b),
    **dict.fromkeys(("xor", "#", "><"), lambda a, b: int(a) ^ int(b)),
    "pi": lambda: math.pi,
    "e": lambda: math.e,
    "inf": lambda: math.inf,
    "epsilon": lambda: 2.0**-52,
}
_TEXTS: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(("atom_concat", "string_concat", "concat"), lambda *parts: "".join(map(_text, parts))),
    **dict.fromkeys(("atom_length", "string_length"), lambda a: len(_text(a))),
    **dict.fromkeys(("upcase_atom", "string_upper"), lambda a: _text(a).upper()),
    **dict.fromkeys(("downcase_atom", "string_lower"), lambda a: _text(a).lower()),
    "text_of": lambda a: _text(a),
    "number_of": lambda a: float(a),
    "compare": lambda a, b: "<" if _key(a) < _key(b) else ">" if _key(b) < _key(a) else "=",
    "date": lambda *n: f"{date(*n)}" if len(n) == 3 else f"{date.min + timedelta(n[0] - 1)}",
    "days": lambda a: (date.fromisoformat(a) - date.min).days + 1,
    "year": lambda a: int(a[:4]),
    "month": lambda a: int(a[5:7]),
    "day": lambda a: int(a[8:]),
    "years": lambda a, b: int((int(b.replace("-", "")) - int(a.replace("-", ""))) / 10_000),
}
_TESTS: dict[str, Callable[..., bool]] = {
    "@<": lambda a, b: _key(a) < _key(b),
    "@>": lambda a, b: _key(a) > _key(b),
    "@=<": lambda a, b: _key(a) <= _key(b),
    "@>=": lambda a, b: _key(a) >= _key(b),
    "atom": lambda a: isinstance(a, str),
    "number": lambda a: not isinstance(a, str),
    "integer": lambda a: isinstance(a, int),
    "float": lambda a: isinstance(a, float),
    **dict.fromkeys(("atomic", "nonvar", "numeral"), lambda a: True),
}
_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "count": len,
    "sum": math.fsum,
    "avg": lambda values: math.fsum(values) / len(values),
    "min": min,
    "max": max,
    "logsumexp": lambda values: max(values) + math.log(math.fsum(math.exp(v - max(values)) for v in values)),
}


def check(proof: Proof, text: str, name: str = "program", given: Given = lambda _: False) -> str | None:
    """What is wrong with a proof; None when it holds.

    Args:
        proof: of an atom.
        text, name: the program, and what its places call it.
        given: whether an atom is a fact that came from outside the program.
    """
    return _Checker(text, name, given).walk(proof)


class _Checker:
    def __init__(self, text: str, name: str, given: Given) -> None:
        self.clauses: dict[tuple[int | None, int | None], list[Clause]] = {}
        self.name, self.given = name, given
        for clause in parse(text, name).clauses:
            self.clauses.setdefault((clause.place.line, clause.place.column), []).append(clause)

    def walk(self, proof: Proof) -> str | None:
        """Each step once, by a stack of its own, since proofs may be deep."""
        seen: set[int] = set()
        waiting = [proof]
        while waiting:
            step = waiting.pop()
            if id(step) in seen:
                continue
            seen.add(id(step))
            if not self.step(step):
                return f"this step does not follow: {step.atom}"
            for premise in step.premises:
                # What an aggregate counts once is several goals together, not a step of its own.
                waiting += [premise] if premise.row is not None else premise.premises
        return None

    def step(self, step: Proof) -> bool:
        """Whether one step follows from its premises."""
        if step.row is None:
            return step.kind in ("absent", "built-in") and not step.premises
        if str(step.row) != step.atom:
            return False
        if step.place is None:
            return step.kind == "fact" and self.given(step.row)
        clauses = self.clauses.get((step.place.line, step.place.column), ())
        kinds = {"fact": self.fact, "rule": self.rule, "aggregate": self.aggregate}
        return step.kind in kinds and any(kinds[step.kind](step, clause) for clause in clauses)

    def fact(self, step: Proof, clause: Clause) -> bool:
        """Whether a clause states the fact."""
        row, chance = step.row, step.probability
        assert row is not None  # noqa: S101
        return (
            not clause.body
            and _head(clause.head, row) is not None
            and _chance(clause.probability, {}, chance)
        )

    def rule(self, step: Proof, clause: Clause) -> bool:
        """Whether a rule, or one of its alternatives, gives the row."""
        alternatives = [(clause.probability, clause.head), *clause.others]
        for chance, head in alternatives:
            bound = _head(head, step.row) if step.row is not None else None
            if bound is not None and not head.aggregates and (clause.body or clause.others or bound):
                met = _body(clause, step.premises, bound)
                if met is not None and _chance(chance, met, step.probability):
                    return True
        return False

    def aggregate(self, step: Proof, clause: Clause) -> bool:
        """Whether the premises are bindings of the body; and, when all are shown, whether they give the value."""
        row = step.row
        bound = _head(clause.head, row) if row is not None else None
        if row is None or bound is None or not clause.head.aggregates or not step.premises:
            return False
        names = [v.name for goal in clause.body for v in variables(goal) if not v.anonymous]
        found: dict[tuple[Value, ...], Bound] = {}
        for premise in step.premises:
            goals = (premise,) if premise.row is not None else premise.premises
            met = _body(clause, goals, dict(bound))
            if met is None:
                return False
            found[tuple(met[n] for n in names)] = met
        values = list(found.values())
        terms = zip(clause.head.terms, row.arguments, strict=True)
        return bool(step.omitted) or all(
            _total(term, values, value) for term, value in terms if isinstance(term, Aggregate)
        )


def _total(term: Aggregate, values: Sequence[Bound], value: Value) -> bool:
    if term.function == "count":
        return value == len(values)
    return _equal(_AGGREGATES[term.function]([_number(v[term.variable.name]) for v in values]), value)


def _head(head: Head, row: Atom) -> Bound | None:
    if head.predicate != row.predicate or len(head.terms) != len(row.arguments):
        return None
    bound: Bound = {}
    met = all(_meet(term, value, bound) for term, value in zip(head.terms, row.arguments, strict=True))
    return bound if met else None


def _meet(term: HeadTerm, value: Value, bound: Bound) -> bool:
    """Whether a term can be a value, binding its variable."""
    if isinstance(term, Aggregate):
        return True
    if isinstance(term, Constant):
        return type(term.value) is type(value) and term.value == value
    before = bound.setdefault(term.name, value)
    return type(before) is type(value) and before == value


def _body(clause: Clause, premises: Sequence[Proof], bound: Bound) -> Bound | None:
    """The bindings under which the premises are the body's goals; None when there are none."""
    rest: Iterator[Proof] = iter(premises)
    for goal in clause.body:
        premise = next(rest, None)
        if premise is None or (
            isinstance(goal, Literal) and not goal.negated and not _positive(goal, premise, bound)
        ):
            return None
    # Absences and comparisons are looked at once all that binds them is bound.
    waiting = [(g, p) for g, p in zip(clause.body, premises, strict=False) if not _positive_goal(g)]
    while waiting:
        later = [(g, p) for g, p in waiting if not _ready(g, bound)]
        if len(later) == len(waiting) and all(_differs(g) and p.kind == "built-in" for g, p in later):
            break
        if len(later) == len(waiting) or not all(_side(g, p, bound) for g, p in waiting if _ready(g, bound)):
            return None
        waiting = later
    # What remains computed the probabilities.
    return bound if all(premise.kind == "built-in" for premise in rest) else None


def _positive_goal(goal: Goal) -> bool:
    return isinstance(goal, Literal) and not goal.negated


def _positive(goal: Literal, premise: Proof, bound: Bound) -> bool:
    row = premise.row
    if row is None or row.predicate != goal.predicate or len(row.arguments) != len(goal.terms):
        return False
    return all(_meet(term, value, bound) for term, value in zip(goal.terms, row.arguments, strict=True))


def _ready(goal: Goal, bound: Bound) -> bool:
    if isinstance(goal, Literal):
        return all(v.anonymous or v.name in bound for v in variables(goal))
    if goal.operator == "between":
        return all(v.name in bound for v in variables(goal.right))
    missing = [v.name for v in variables(goal) if v.name not in bound]
    assigned = goal.operator in ("is", "=") and len(missing) == 1
    return not missing or (assigned and missing[0] in (_name(goal.left), _name(goal.right)))


def _differs(goal: Goal) -> bool:
    """Whether this says that a variable which nothing binds is not the same as something else."""
    return isinstance(goal, Comparison) and goal.operator == "\\==" and str(goal.left) != str(goal.right)


def _name(expression: Expression) -> str | None:
    return expression.name if isinstance(expression, Variable) else None


def _side(goal: Goal, premise: Proof, bound: Bound) -> bool:
    """Whether an absence or a comparison is what its premise says, and a comparison true."""
    if isinstance(goal, Literal):
        terms: tuple[Term, ...] = tuple(
            Constant(bound[t.name]) if isinstance(t, Variable) and not t.anonymous else t for t in goal.terms
        )
        return premise.kind == "absent" and premise.atom == str(replace(goal, terms=terms))
    if premise.kind != "built-in":
        return False
    name = _name(goal.left) if goal.operator == "between" else None
    if name is not None and name not in bound:
        # Which of the values it is, the premise says: between(1,30,29).
        said = premise.atom.rstrip(")").rpartition(",")[2]
        if not said.removeprefix("-").isdigit():
            return False
        bound[name] = int(said)
    return _true(goal, bound)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else repr(value)


def _key(value: Value) -> tuple[bool, float, str, bool]:
    """Where a value stands in the standard order."""
    symbol = isinstance(value, str)
    return (
        symbol,
        _number(value) if not symbol else 0.0,
        _text(value) if symbol else "",
        isinstance(value, int),
    )


def _true(goal: Comparison, bound: Bound) -> bool:
    if isinstance(goal.left, Operation) and goal.left.name in _TESTS:
        return _TESTS[goal.left.name](*(_value(o, bound) for o in goal.left.operands))
    for target, value in ((goal.left, goal.right), (goal.right, goal.left)):
        if isinstance(target, Variable) and target.name not in bound and goal.operator in ("is", "="):
            bound[target.name] = _value(value, bound)
            return True
    if goal.operator == "between" and isinstance(goal.right, Operation):
        low, high = (_number(_value(o, bound)) for o in goal.right.operands)
        return low <= _number(_value(goal.left, bound)) <= high
    left, right = _value(goal.left, bound), _value(goal.right, bound)
    if goal.operator == "is" and isinstance(right, str):
        return left == right
    if goal.operator in ("=", "=="):
        return type(left) is type(right) and left == right
    if goal.operator in ("\\=", "\\=="):
        return type(left) is not type(right) or left != right
    a, b = _number(left), _number(right)
    if goal.operator in ("is", "=:="):
        return _equal(a, b)
    return {"<": a < b, ">": a > b, "=<": a <= b, ">=": a >= b, "=\\=": a != b}[goal.operator]


def _value(expression: Expression, bound: Bound) -> Value:
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, Variable):
        return bound[expression.name]
    return _compute(expression, bound)


def _compute(operation: Operation, bound: Bound) -> Value:
    if operation.name in _TEXTS:
        try:
            return _TEXTS[operation.name](*(_value(o, bound) for o in operation.operands))
        except (AttributeError, TypeError, ValueError):  # what is no date has no year
            return math.nan
    return _FUNCTIONS[operation.name](*(_number(_value(o, bound)) for o in operation.operands))


def _number(value: Value) -> float:
    return math.nan if isinstance(value, str) else value


def _equal(a: float, b: Value) -> bool:
    return not isinstance(b, str) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def _chance(expression: Expression | None, bound: Bound, p: float) -> bool:
    return _equal(p, 1.0 if expression is None else _value(expression, bound))
