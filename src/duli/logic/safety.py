"""Whether a rule binds all its variables, and how to mend one that does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from duli.errors import ProgramError
from duli.logic.binding import bindable
from duli.logic.builtins import TRUE
from duli.logic.syntax import (
    Comparison,
    Constant,
    Expression,
    Goal,
    Head,
    Literal,
    Operation,
    Variable,
    variables,
)

if TYPE_CHECKING:
    from duli.logic.rules import Rule

# What 0 is compared with in place of a test of a variable that is free: 1 is false.
_SETTLED = {"==": 1, "\\=": 1, "\\==": 0}


def unsafe(rule: Rule, probability: Expression | None) -> ProgramError | None:
    """The error of a variable that the body does not bind; what is wrong in any case is raised."""
    for goal in rule.body:
        if isinstance(goal, Comparison) and goal.operator in ("=", "==", "\\=", "\\=="):
            for side in (goal.left, goal.right):
                if isinstance(side, Operation):
                    hint = "compute it with is, or compare numbers with =:= and =\\="
                    raise ProgramError(
                        f"{goal.operator} does not compute {side}", where=goal.place, hint=hint
                    )
    if rule.head.aggregates and rule.probability is not None:
        hint = "aggregate in one rule, and give another rule the probability"
        raise ProgramError(
            "a rule with an aggregate has no probability of its own", where=rule.place, hint=hint
        )
    bound = bindable(rule.body)
    wanted = [
        *variables(rule.head),
        *(v for goal in rule.body for v in variables(goal) if not _loose(goal, v)),
    ]
    if probability is not None:
        wanted.extend(variables(probability))
    for variable in wanted:
        if variable.name not in bound:
            if not any(not (isinstance(g, Literal) and g.predicate == TRUE) for g in rule.body):
                message, hint = (
                    f"the variable {variable} is not bound by a body",
                    "a fact has values only; write a rule",
                )
            else:
                message = f"the variable {variable} is not bound by a positive literal of the body"
                hint = _binding(rule, variable, bound)
            return ProgramError(message, where=variable.place, hint=hint)
    return None


def settled(body: tuple[Goal, ...], heads: Iterable[Head]) -> tuple[Goal, ...]:
    """The body, where a test of a variable ``A`` that nothing else has is what it is.

    ``A == x`` and ``A \\= x`` are false, ``A \\== x`` is true.
    """
    tests = [g for g in body if isinstance(g, Comparison) and g.operator in _SETTLED]
    if not tests:
        return body
    used = bindable(body)
    used |= {v.name for part in (*heads, *(g for g in body if g not in tests)) for v in variables(part)}

    def settle(goal: Goal) -> Goal:
        if goal not in tests or not isinstance(goal, Comparison) or str(goal.left) == str(goal.right):
            return goal
        sides = (goal.left, goal.right)
        free = any(isinstance(side, Variable) and side.name not in used for side in sides)
        if not free or any(isinstance(side, Operation) for side in sides):
            return goal
        return Comparison("==", Constant(0), Constant(_SETTLED[goal.operator]), goal.place)

    return tuple(map(settle, body))


def _binding(rule: Rule, variable: Variable, bound: set[str]) -> str:
    """How to bind a variable."""
    for goal in rule.body:
        names = dict.fromkeys(v.name for v in variables(goal))
        if variable.name in names and isinstance(goal, Comparison) and goal.operator in ("=", "is"):
            others = [n for n in names if n not in bound and n != variable.name]
            if others:
                return f"{goal} gives it a value once {' and '.join(others)} has one: add a literal that binds it"
    negated = [g for g in rule.body if isinstance(g, Literal) and g.negated]
    if any(v.name == variable.name for goal in negated for v in variables(goal)):
        return "use it in a literal without \\+, or write _ in the negated one for 'any'"
    return "use it in a literal without \\+, or compute it with is from what is bound"


def _loose(goal: Goal, variable: Variable) -> bool:
    return isinstance(goal, Literal) and goal.negated and variable.anonymous
