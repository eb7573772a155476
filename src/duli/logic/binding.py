"""Which variables the goals of a body bind, and in which direction what goes both ways is computed."""

from __future__ import annotations

from collections.abc import Iterable

from duli.logic.syntax import Comparison, Constant, Expression, Goal, Literal, Operation, Variable, variables

_BOTH_WAYS = ("succ", "plus", "atom_number")


def bindable(goals: Iterable[Goal]) -> set[str]:
    """The variables that a body binds: by its positive literals, then by ``is`` and ``=`` over what is bound."""
    goals = list(goals)
    bound = {v.name for g in goals if isinstance(g, Literal) and not g.negated for v in variables(g)}
    while True:
        new = {name for g in goals if isinstance(g, Comparison) for name in assigns(g, bound)}
        if not new:
            return bound
        bound |= new


def assigns(goal: Comparison, bound: set[str]) -> tuple[str, ...]:
    """The variable that a comparison would bind, given what is bound; empty when it is a test or not ready."""
    for target, value in ((goal.left, goal.right), (goal.right, goal.left)):
        if not isinstance(target, Variable) or target.name in bound:
            continue
        if goal.operator not in ("is", "=", "between") or (goal.operator != "=" and target is not goal.left):
            continue
        if all(v.name in bound for v in variables(value)):
            return (target.name,)
    return ()


def directed(body: tuple[Goal, ...]) -> tuple[Goal, ...]:
    """The body with ``succ``, ``plus`` and ``atom_number`` as what they compute from what the other goals bind."""
    if not any(isinstance(g, Comparison) and g.operator in _BOTH_WAYS for g in body):
        return body
    done: list[Goal] = [g for g in body if not (isinstance(g, Comparison) and g.operator in _BOTH_WAYS)]
    todo = [g for g in body if isinstance(g, Comparison) and g.operator in _BOTH_WAYS]
    while todo:
        bound = bindable(done)
        goal = next((g for g in todo if _missing(g, bound) <= 1), todo[0])
        todo.remove(goal)
        done += _computed(goal, bound)
    return tuple(done)


def _missing(goal: Comparison, bound: set[str]) -> int:
    missing = len({v.name for v in variables(goal)} - bound)
    return max(missing, 1) if goal.operator == "atom_number" else missing


def _computed(goal: Comparison, bound: set[str]) -> list[Goal]:
    left, right, place = goal.left, goal.right, goal.place

    def known(part: Expression) -> bool:
        return all(v.name in bound for v in variables(part))

    if goal.operator == "succ":
        if known(left) or not known(right):
            return [Comparison("is", right, Operation("+", (left, Constant(1))), place)]
        return [Comparison("is", left, Operation("-", (right, Constant(1))), place)]
    if goal.operator == "plus":
        assert isinstance(right, Operation)  # noqa: S101
        a, b = right.operands
        if known(left) and known(a) and not known(b):
            return [Comparison("is", b, Operation("-", (left, a)), place)]
        if known(left) and known(b) and not known(a):
            return [Comparison("is", a, Operation("-", (left, b)), place)]
        return [Comparison("is", left, right, place)]
    if known(left) or not known(right):
        test = Comparison("=:=", Operation("numeral", (left,)), Constant(1), place)
        return [test, Comparison("is", right, Operation("number_of", (left,)), place)]
    return [Comparison("is", left, Operation("text_of", (right,)), place)]
