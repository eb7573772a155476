"""Predicates of one name and several numbers of arguments are told apart by both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from duli.logic.syntax import Goal, Head, Literal, Source, with_arity


def told_apart(source: Source, inputs: Mapping[str, int]) -> Source:
    """The source with the arity in the name of every predicate that has several of them."""
    arities: dict[str, set[int]] = {name: {arity} for name, arity in inputs.items()}
    for clause in source.clauses:
        for head in clause.heads():
            arities.setdefault(head.predicate, set()).add(len(head.terms))
    several = {name for name, found in arities.items() if len(found) > 1}
    if not several:
        return source

    def name(predicate: str, n: int) -> str:
        if predicate not in several or inputs.get(predicate) == n:
            return predicate
        return with_arity(predicate, n)

    def goal(part: Goal) -> Goal:
        if not isinstance(part, Literal) or part.predicate not in several:
            return part
        return replace(part, predicate=name(part.predicate, len(part.terms)))

    def literal(part: Literal) -> Literal:
        return replace(part, predicate=name(part.predicate, len(part.terms)))

    def renamed(part: Head) -> Head:
        return replace(part, predicate=name(part.predicate, len(part.terms)))

    return replace(
        source,
        clauses=tuple(
            replace(
                c,
                head=renamed(c.head),
                body=tuple(map(goal, c.body)),
                others=tuple((p, renamed(h)) for p, h in c.others),
            )
            for c in source.clauses
        ),
        queries=tuple(map(literal, source.queries)),
        evidence=tuple(map(literal, source.evidence)),
        query_domains={k: literal(d) for k, d in source.query_domains.items()},
        evidence_domains={k: literal(d) for k, d in source.evidence_domains.items()},
        utilities=tuple(replace(u, literal=literal(u.literal)) for u in source.utilities),
    )
