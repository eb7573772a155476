"""How likely rows are, given the evidence: exactly, or within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from duli.errors import InconsistentEvidenceError
from duli.logic.lineage import Lineage
from duli.logic.rules import RuleSet
from duli.logic.steps import Run
from duli.logic.syntax import Constant, Literal, Variable, plain
from duli.logic.tables import Tables
from duli.logic.values import decode_column, find_code
from duli.provenance.algebra import Tags
from duli.types import Atom, Floats, Value

Ints = NDArray[np.int64]
Pair = tuple[Floats, Floats]


@dataclass(frozen=True)
class Chances:
    """The probabilities of a run's rows.

    Args:
        rules: the program.
        run: after evaluation.
        tables: the rows.
        lineage: the tags; None under the provenance boolean.
    """

    rules: RuleSet
    run: Run
    tables: Tables
    lineage: Lineage | None

    def probability(self, predicate: str, numbers: Ints) -> Floats:
        """The probability [n] of some rows, given the evidence."""
        if self.lineage is None:
            return np.ones(len(numbers))
        if not self.rules.evidence:
            return self.lineage.probability(predicate, numbers)
        algebra, (given, of_given) = self.lineage.algebra, self._given
        if predicate not in self.run.uncertain:
            return np.ones(len(numbers))
        both = algebra.conjoin(self.lineage.tags(predicate, numbers), np.repeat(given, len(numbers)))
        return algebra.probability(both) / of_given

    def bounds(self, predicate: str, numbers: Ints) -> Pair:
        """Lower and upper bounds [n], [n] of ``probability``, equal where it is known."""
        none, all_ = np.zeros(len(numbers)), np.ones(len(numbers))
        if self.lineage is None:
            return all_, all_
        if not self.rules.evidence:
            low, high = self.lineage.bounds(predicate, numbers)
        elif any(literal.predicate in self.run.unfinished for literal in self.rules.evidence):
            return none, all_
        else:
            # p(a | e) = p(a, e) / p(e); and where p(e) is only bounded, it is not less than p(a, e).
            least, most = self._given_bounds
            low, high = self.lineage.bounds(predicate, numbers, self.observed)
            low = low / most
            high = np.minimum(high / least, 1.0) if least > 0 else all_
        return low, all_ if predicate in self.run.unfinished else high

    def of_queries(self, chances: Callable[[str, Ints], Pair]) -> Mapping[Atom, tuple[float, float]]:
        """What the queries match, with two numbers each; one that cannot hold only where a query names it."""
        matched = [(query, self.matching(query)) for query in self.queries()]
        pairs: dict[str, dict[int, tuple[float, float]]] = {}
        # All rows of a predicate at once: they share much of their lineage.
        for predicate in dict.fromkeys(query.predicate for query, _ in matched):
            parts = [n for query, n in matched if query.predicate == predicate]
            numbers = parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))
            low, high = chances(predicate, numbers)
            both = zip(low.tolist(), high.tolist(), strict=True)
            pairs[predicate] = dict(zip(numbers.tolist(), both, strict=True))
        found: dict[Atom, tuple[float, float]] = {}
        for query, numbers in matched:
            name, of = plain(query.predicate), pairs[query.predicate]
            values = self.decoded(self.tables[query.predicate].rows[numbers])
            for row, number in zip(values, numbers.tolist(), strict=True):
                if of[number][1] > 0:
                    found[Atom(name, row)] = of[number]
            if all(isinstance(term, Constant) for term in query.terms):
                values_of = tuple(term.value for term in query.terms if isinstance(term, Constant))
                missing = float(query.predicate in self.run.unfinished)
                found.setdefault(Atom(name, values_of), (0.0, missing))
        return found

    def check_evidence(self) -> None:
        """Raise InconsistentEvidenceError where no world agrees with the evidence."""
        if self.rules.evidence and self.lineage is not None:
            self._given  # noqa: B018

    def queries(self) -> Iterator[Literal]:
        """The queries; one with a body once for each binding of it."""
        for number, query in enumerate(self.rules.queries):
            domain = self.rules.query_domains.get(number)
            yield from (query,) if domain is None else self.bound(query, domain)

    def evidence(self) -> Iterator[Literal]:
        """The evidence; what has variables once for each binding of them."""
        for number, literal in enumerate(self.rules.evidence):
            domain = self.rules.evidence_domains.get(number)
            yield from (literal,) if domain is None else self.bound(literal, domain)

    @cached_property
    def observed(self) -> Tags:
        """The tag [1] of all the evidence together."""
        assert self.lineage is not None  # noqa: S101
        algebra = self.lineage.algebra
        given: Tags = np.full(1, algebra.certain, algebra.dtype)
        for literal in self.evidence():
            tag = self.tag(literal)
            given = algebra.conjoin(given, algebra.negate(tag) if literal.negated else tag)
        return given

    def tag(self, literal: Literal) -> Tags:
        """The tag [1] of a ground atom."""
        assert self.lineage is not None  # noqa: S101
        algebra, numbers = self.lineage.algebra, self.matching(literal)
        if len(numbers) and literal.predicate in self.run.uncertain:
            return self.lineage.tags(literal.predicate, numbers[:1])
        return np.full(1, algebra.certain if len(numbers) else algebra.absent, algebra.dtype)

    @cached_property
    def _given(self) -> tuple[Tags, float]:
        assert self.lineage is not None  # noqa: S101
        p = float(self.lineage.algebra.probability(self.observed)[0])
        if p == 0:
            raise self.impossible()
        return self.observed, p

    @cached_property
    def _given_bounds(self) -> tuple[float, float]:
        assert self.lineage is not None  # noqa: S101
        low, high = self.lineage.algebra.bounds(self.observed)
        if high[0] == 0:
            raise self.impossible()
        return float(low[0]), float(high[0])

    def impossible(self) -> InconsistentEvidenceError:
        """The error for evidence that no world agrees with."""
        where, hint = self.rules.evidence[0].place, "no world agrees with all of it"
        return InconsistentEvidenceError("the evidence is impossible", where=where, hint=hint)

    def bound(self, literal: Literal, domain: Literal) -> Iterator[Literal]:
        """A literal with the values that the rows of another give its variables."""
        for values in self.bindings(domain):
            terms = tuple(values.get(t.name, t) if isinstance(t, Variable) else t for t in literal.terms)
            yield replace(literal, terms=terms)

    def bindings(self, domain: Literal) -> Iterator[dict[str, Constant]]:
        """The values that the rows of a literal give its variables."""
        for row in self.decoded(self.tables[domain.predicate].rows[self.matching(domain)]):
            pairs = zip(domain.terms, row, strict=True)
            yield {term.name: Constant(value) for term, value in pairs if isinstance(term, Variable)}

    def matching(self, query: Literal) -> Ints:
        """The rows that a literal matches."""
        table, known = self.tables[query.predicate], {}
        seen: dict[str, int] = {}
        same = []
        for column, term in enumerate(query.terms):
            if isinstance(term, Constant):
                code = find_code(term.value, self.run.symbols)
                if code is None:
                    return np.empty(0, np.int64)
                known[column] = code
            elif term.name in seen:
                same.append((seen[term.name], column))
            else:
                seen[term.name] = column
        numbers = table.where(known)
        for a, b in same:
            rows = table.rows[numbers]
            numbers = numbers[rows[:, a] == rows[:, b]]
        return numbers

    def decoded(self, rows: Ints) -> list[tuple[Value, ...]]:
        """The values of rows [n, arity]."""
        if not rows.shape[1]:
            return [()] * len(rows)
        return list(zip(*(decode_column(column, self.run.symbols) for column in rows.T), strict=True))
