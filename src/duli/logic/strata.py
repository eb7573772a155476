"""The order in which predicates are evaluated: strongly connected components, and no cycle through negation."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from duli.errors import Place, ProgramError
from duli.logic.rules import GUARDS, HIDDEN, Rule, RuleSet
from duli.logic.syntax import Literal, plain

Node = TypeVar("Node", bound=Hashable)


@dataclass(frozen=True)
class Stratum:
    """Predicates that depend on one another, and their rules; recursive when a rule uses one of them.

    Args:
        knot: the error to raise where a row depends on its own negation, as the predicates do; None where none can.
    """

    predicates: frozenset[str]
    rules: tuple[Rule, ...]
    recursive: bool
    knot: ProgramError | None = None


class _Edge(NamedTuple):
    predicate: str
    why: str
    place: Place


def stratify(rules: RuleSet) -> tuple[Stratum, ...]:
    """The strata in an order in which each needs only earlier ones.

    Raises:
        ProgramError: a predicate depends on an aggregate over itself, or on its own negation where no predicate of
            the cycle has arguments; the message names the cycle.
    """
    edges = _edges(rules)
    strata = []
    own_rules: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        own_rules.setdefault(rule.head.predicate, []).append(rule)
    for component in components({name: [edge.predicate for edge in out] for name, out in edges.items()}):
        found = [rule for predicate in component for rule in own_rules.get(predicate, ())]
        own = tuple(sorted(found, key=lambda rule: rule.number))
        bad = [(p, edge) for p in component for edge in edges[p] if edge.predicate in component and edge.why]
        knots = [_knot(edges, component, head, edge, rules.arities) for head, edge in bad]
        recursive = any(g.predicate in component for rule in own for g in rule.positives)
        strata.append(Stratum(frozenset(component), own, recursive, next(iter(knots), None)))
    return tuple(strata)


def dependents(rules: RuleSet, changing: Iterable[str], *, guards: bool = True) -> frozenset[str]:
    """The predicates whose rows may change when those of `changing` do, themselves included.

    Args:
        rules: the program.
        changing: where it starts.
        guards: go on through what says only what is asked for.
    """
    found = set(changing)
    if not found:
        return frozenset()
    users: dict[str, set[str]] = {}
    for rule in rules.rules:
        for predicate in _uses(rule) if guards or not rule.head.predicate.startswith(GUARDS) else ():
            users.setdefault(predicate, set()).add(rule.head.predicate)
    waiting = list(found)
    while waiting:
        new = users.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return frozenset(found)


def needed(rules: RuleSet, predicate: str) -> frozenset[str]:
    """The predicates on whose rows those of this one depend, itself included."""
    uses: dict[str, set[str]] = {}
    for rule in rules.rules:
        uses.setdefault(rule.head.predicate, set()).update(_uses(rule))
    found, waiting = {predicate}, [predicate]
    while waiting:
        new = uses.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return frozenset(found)


def _uses(rule: Rule) -> set[str]:
    return {goal.predicate for goal in rule.body if isinstance(goal, Literal)}


def _edges(rules: RuleSet) -> dict[str, list[_Edge]]:
    edges: dict[str, list[_Edge]] = {predicate: [] for predicate in rules.arities}
    for rule in rules.rules:
        for goal in rule.body:
            if isinstance(goal, Literal):
                why = "\\+ " if goal.negated else "an aggregate over " if rule.head.aggregates else ""
                edges[rule.head.predicate].append(_Edge(goal.predicate, why, goal.place))
    return edges


def components(edges: Mapping[Node, Sequence[Node]]) -> list[set[Node]]:
    """The strongly connected components of a graph, each after those that it points to.

    Tarjan (1972), with a stack of its own: graphs may be deep.

    >>> components({"a": ["b"], "b": ["c"], "c": ["b"]}) == [{"b", "c"}, {"a"}]
    True
    """
    number: dict[Node, int] = {}
    low: dict[Node, int] = {}
    open_: list[Node] = []
    inside: set[Node] = set()
    found: list[set[Node]] = []
    for root in edges:
        work = [(root, 0)] if root not in number else []
        while work:
            node, step = work.pop()
            if step == 0:
                number[node] = low[node] = len(number)
                open_.append(node)
                inside.add(node)
            else:
                child = edges[node][step - 1]
                low[node] = min(low[node], low[child]) if child in inside else low[node]
            for position in range(step, len(edges[node])):
                target = edges[node][position]
                if target not in number:
                    work += [(node, position + 1), (target, 0)]
                    break
                if target in inside:
                    low[node] = min(low[node], number[target])
            else:
                if low[node] == number[node]:
                    component = {open_.pop()}
                    while node not in component:
                        component.add(open_.pop())
                    inside -= component
                    found.append(component)
    return found


def _knot(
    edges: Mapping[str, list[_Edge]], component: set[str], head: str, bad: _Edge, arities: Mapping[str, int]
) -> ProgramError:
    """The error of a cycle, raised at once where there are no rows that could differ."""
    path = {bad.predicate: ""}
    queue = [bad.predicate]
    for node in queue:
        for edge in edges[node]:
            if edge.predicate in component and edge.predicate not in path:
                path[edge.predicate] = node
                queue.append(edge.predicate)
    names = [head]
    while names[-1] != bad.predicate:
        names.append(path[names[-1]])
    # What was made for an "any" is not the user's name: the predicate behind it stands for it.
    shown = [name for name in reversed(names) if not name.startswith(HIDDEN)] or [plain(head)]
    cycle = " :- ".join([head, bad.why + shown[0], *shown[1:]])
    negation = bad.why.startswith("\\")
    error = ProgramError(
        f"{head} depends on {'its own negation' if negation else 'an aggregate over itself'}: {cycle}",
        where=bad.place,
        hint="negation and aggregates must be over predicates that do not depend on this one",
    )
    if not negation or not any(arities[name] for name in names):
        raise error
    return error
