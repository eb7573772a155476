"""Rules with a negated head: ``0.3::\\+ p(X) :- q(X).`` keeps p(X) from holding, whatever causes it.

Each rule for p becomes one for its causes, each rule for ``\\+ p`` one for what inhibits it; p holds when it has a
cause and nothing inhibits it (Meert and Vennekens 2014).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from duli.logic.builtins import HIDDEN
from duli.logic.syntax import Clause, Head, Literal, Variable

NOT = "\\+"


def without_negated_heads(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """The clauses, with hidden predicates for causes and inhibitors where a head is negated."""
    clauses = tuple(clauses)
    places = {
        (head.predicate.removeprefix(NOT), len(head.terms)): clause.place
        for clause in clauses
        for head in clause.heads()
        if head.predicate.startswith(NOT)
    }
    if not places:
        return clauses

    def part(head: Head) -> Head:
        name = head.predicate.removeprefix(NOT)
        if (name, len(head.terms)) not in places:
            return head
        what = "cause" if name == head.predicate else "inhibitor"
        return replace(head, predicate=_part(what, name, len(head.terms)))

    changed = [
        replace(c, head=part(c.head), others=tuple((p, part(h)) for p, h in c.others)) for c in clauses
    ]
    for (name, n), place in places.items():
        terms = tuple(Variable(f"X{i}", place) for i in range(1, n + 1))
        body = (
            Literal(_part("cause", name, n), terms, False, place),
            Literal(_part("inhibitor", name, n), terms, True, place),
        )
        if any(head.predicate == body[0].predicate for c in changed for head in c.heads()):
            changed.append(Clause(Head(name, terms, place), body, None, place))
    return tuple(changed)


def _part(what: str, name: str, arity: int) -> str:
    return f"{HIDDEN}{what} {name} {arity}"
