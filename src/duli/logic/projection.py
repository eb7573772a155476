"""``p(X,_)`` where rules leave a column of p free: ``p(X,Y) :- a(X).`` holds for every Y, so of X alone it asks a(X).

Where all clauses of a predicate are certain and one has a head variable that it says nothing about, a literal that does
not look at that column is of a hidden predicate without it, which has the same clauses without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from duli.logic.builtins import HIDDEN
from duli.logic.syntax import Clause, Goal, Head, Literal, Variable, variables

Key = tuple[str, int]


def projected(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """The clauses, with hidden predicates for those that leave columns free, where these are not looked at."""
    clauses = tuple(clauses)
    free: dict[Key, set[int]] = {}
    for clause in clauses:
        columns = _free(clause)
        if columns:
            free.setdefault(_key(clause.head), set()).update(columns)
    if not free:
        return clauses
    return _Projection(clauses, free).clauses()


class _Projection:
    def __init__(self, clauses: tuple[Clause, ...], free: dict[Key, set[int]]) -> None:
        self.given, self.of = clauses, dict[Key, list[Clause]]()
        for clause in clauses:
            for head in clause.heads():
                if _key(head) in free:
                    self.of.setdefault(_key(head), []).append(clause)
        # The choices of uncertain clauses are made for each value of the column.
        certain = {key for key, own in self.of.items() if all(map(_certain, own))}
        self.free = {key: columns for key, columns in free.items() if key in certain}
        self.made: dict[str, list[Clause]] = {}

    def clauses(self) -> tuple[Clause, ...]:
        changed = [self.clause(c) for c in self.given]
        done = 0
        while done < len(self.made):  # those that were made may ask for more
            for name in list(self.made)[done:]:
                self.made[name] = [self.clause(c) for c in self.made[name]]
                done += 1
        return (*changed, *(clause for own in self.made.values() for clause in own))

    def clause(self, clause: Clause) -> Clause:
        # An uncertain clause has a choice, and an aggregate a value, for each binding of all variables.
        if not _certain(clause) or not any(_key(goal) in self.free for goal in clause.literals()):
            return clause
        parts = (clause.head, *clause.body)
        times = Counter(v.name for part in parts for v in variables(part))
        return replace(clause, body=tuple(self.goal(goal, times) for goal in clause.body))

    def goal(self, goal: Goal, times: Counter[str]) -> Goal:
        if not isinstance(goal, Literal) or _key(goal) not in self.free:
            return goal
        left_out = tuple(
            column
            for column in sorted(self.free[_key(goal)])
            for term in (goal.terms[column],)
            if isinstance(term, Variable) and (term.anonymous or (times[term.name] == 1 and not goal.negated))
        )
        if not left_out:
            return goal
        name = f"{HIDDEN}{goal.predicate} {len(goal.terms)} without {' '.join(map(str, left_out))}"
        if name not in self.made:
            self.made[name] = [_without(c, name, left_out) for c in self.of[_key(goal)]]
        kept = tuple(t for column, t in enumerate(goal.terms) if column not in left_out)
        return replace(goal, predicate=name, terms=kept)


def _key(part: Head | Literal) -> Key:
    return part.predicate, len(part.terms)


def _certain(clause: Clause) -> bool:
    return clause.probability is None and not clause.others and not clause.head.aggregates


def _free(clause: Clause) -> list[int]:
    """The columns of a head whose variable stands nowhere else."""
    terms = clause.head.terms
    named = [v.name for v in variables(clause.head)]
    if not named:
        return []
    used = {v.name for goal in clause.body for v in variables(goal)}
    return [
        column
        for column, term in enumerate(terms)
        if isinstance(term, Variable) and term.name not in used and named.count(term.name) == 1
    ]


def _without(clause: Clause, name: str, columns: tuple[int, ...]) -> Clause:
    kept = tuple(term for column, term in enumerate(clause.head.terms) if column not in columns)
    return replace(clause, head=Head(name, kept, clause.head.place))
