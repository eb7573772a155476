"""What a run found: rows, probabilities, proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError, LimitReachedError, Place
from duli.logic.chances import Chances
from duli.logic.checker import check
from duli.logic.derivations import Deriver
from duli.logic.lineage import Lineage
from duli.logic.proofs import Prover
from duli.logic.rules import RuleSet
from duli.logic.steps import Run
from duli.logic.strata import Stratum
from duli.logic.syntax import Constant, Literal, Variable, plain, variables
from duli.logic.tables import Tables
from duli.logic.values import find_code
from duli.types import Atom, Codes, Derivations, Floats, Proof, Relation, Value, Vocabulary

Ints = NDArray[np.int64]
_NOWHERE = Place("a question")


@dataclass(frozen=True)
class Elsewhere:
    """Where rows are found that a goal-directed run has left out.

    Args:
        partial: the predicates of which only some rows were derived.
        turned: those whose rules were not those of the text, which have no proofs here.
        ask: the result for another query; True: by the rules of the text.
    """

    partial: frozenset[str]
    turned: frozenset[str]
    ask: Callable[[Literal, bool], Result]


class Result:
    """What a run found. Rows are there at once; probabilities and proofs are worked out when asked for.

    Args:
        rules, strata: the program.
        run: after evaluation.
        tables: the rows, with where they come from.
        lineage: the tags; None under the provenance boolean.
        doubtful: the predicates that may have rows of probability 0.
        source: the program's text and name, against which proofs are checked.
        elsewhere: where what the queries did not need is found; None when everything was derived.
        limit: what stopped the evaluation before its end; then rows may be missing.
    """

    def __init__(
        self,
        rules: RuleSet,
        strata: tuple[Stratum, ...],
        run: Run,
        tables: Tables,
        lineage: Lineage | None,
        doubtful: frozenset[str],
        source: tuple[str, str],
        elsewhere: Elsewhere | None = None,
        limit: LimitReachedError | None = None,
    ) -> None:
        self.rules, self._strata, self._run = rules, strata, run
        self._tables, self._lineage, self._doubtful = tables, lineage, doubtful
        self._source, self._elsewhere, self.limit = source, elsewhere, limit
        self.chances = Chances(rules, run, tables, lineage)
        self._others: dict[tuple[str, bool], Result] = {}
        self._provers: dict[tuple[int, frozenset[str]], Prover] = {}

    @property
    def vocabulary(self) -> Vocabulary:
        """The text of all symbols in the rows."""
        return self._run.symbols

    @property
    def kind(self) -> str:
        """What the probabilities are that were worked out so far: as of ``Algebra.kind``."""
        return "exact" if self._lineage is None else self._lineage.algebra.kind

    def codes(self, predicate: str) -> Codes:
        """The rows [n, arity] of a predicate that can hold, as codes; not to be changed."""
        predicate = self.rules.resolve(predicate)
        here = self._whole(predicate, {})
        if here is not self:
            return here.codes(predicate)
        rows = self._complete(predicate)
        return rows if predicate not in self._doubtful else rows[self._numbers(predicate)]

    def rows(self, predicate: str) -> list[tuple[Value, ...]]:
        """The rows of a predicate, in the order in which they were found."""
        return self.chances.decoded(self.codes(predicate))

    def matching(self, predicate: str, known: Mapping[int, Value]) -> list[tuple[Value, ...]]:
        """The rows of a predicate that have these values in these columns (from 0)."""
        predicate = self.rules.resolve(predicate)
        here = self._whole(predicate, known)
        if here is not self:
            return here.matching(predicate, known)
        table = self._complete(predicate)
        codes = {column: find_code(value, self.vocabulary) for column, value in known.items()}
        found = {column: code for column, code in codes.items() if code is not None}
        if len(found) < len(codes):
            return []
        numbers = self._tables[predicate].where(found)
        if predicate in self._doubtful:
            numbers = numbers[self.chances.probability(predicate, numbers) > 0]
        return self.chances.decoded(table[numbers])

    def relation(self, predicate: str) -> Relation:
        """The rows of a predicate as columns, with their probabilities when it is uncertain."""
        predicate = self.rules.resolve(predicate)
        codes = self.codes(predicate)
        columns = tuple(np.ascontiguousarray(column) for column in codes.T)
        uncertain = predicate in self._run.uncertain or not columns
        return Relation(columns, self.probability(predicate) if uncertain else None)

    def probability(self, predicate: str) -> Floats:
        """The probability [n] of each row of ``codes`` (``rows``, ``relation``)."""
        predicate = self.rules.resolve(predicate)
        here = self._whole(predicate, {})
        if here is not self:
            return here.probability(predicate)
        return self.chances.probability(predicate, self._numbers(predicate))

    @cached_property
    def probabilities(self) -> Mapping[Atom, float]:
        """Every atom that a query of the program matches, with its probability given the evidence.

        One that cannot hold is there only when the query names it.

        Raises:
            LimitReachedError: a limit was reached before all of them were known exactly: see ``bounds``.
            InconsistentEvidenceError: the evidence cannot be.
        """
        if self.limit is not None:
            raise self.limit
        self.chances.check_evidence()
        found = self.chances.of_queries(lambda p, numbers: (self.chances.probability(p, numbers),) * 2)
        return {atom: p for atom, (p, _) in found.items()}

    @cached_property
    def bounds(self) -> Mapping[Atom, tuple[float, float]]:
        """Every atom that a query of the program matches, with a lower and an upper bound of its probability.

        They are equal where the probability is known. Where ``limit`` stopped the evaluation there may be more atoms.

        Raises:
            InconsistentEvidenceError: the evidence cannot be.
        """
        return self.chances.of_queries(self.chances.bounds)

    def atoms(self, predicate: str, numbers: Ints) -> list[Atom]:
        """The atoms of some rows of a predicate's table, by their numbers."""
        values = self.chances.decoded(self._tables[predicate].rows[numbers])
        return [Atom(plain(predicate), row) for row in values]

    def numbers(self, atom: Atom) -> Ints:
        """The number of an atom's row [1] in its predicate's table; [0] when there is none."""
        terms = tuple(Constant(value) for value in atom.arguments)
        predicate = self.rules.resolve(atom.predicate, len(terms))
        return self.chances.matching(Literal(predicate, terms, False, _NOWHERE))

    def top(self, predicate: str, k: int) -> list[tuple[Atom, float]]:
        """The k most probable rows of a predicate, best first; equals in the order in which they were found."""
        predicate = self.rules.resolve(predicate)
        here = self._whole(predicate, {})
        if here is not self:
            return here.top(predicate, k)
        numbers = self._numbers(predicate)
        p = self.chances.probability(predicate, numbers)
        best = np.argsort(-p, kind="stable")[:k]
        values = self.chances.decoded(self._tables[predicate].rows[numbers[best]])
        return [(Atom(plain(predicate), row), float(x)) for row, x in zip(values, p[best], strict=True)]

    def proof(self, atom: Atom, max_premises: int = 20, opaque: Iterable[str] = ()) -> Proof:
        """Why an atom holds; checked by ``duli.logic.checker`` when nothing is left out by ``opaque``.

        Args:
            atom: without variables.
            max_premises: how many bindings of an aggregate are shown, the largest first.
            opaque: predicates whose rows are stated without their proofs.

        Raises:
            InputError: the atom does not hold.
        """
        here, predicate, number = self._holding(atom)
        proof = here._prover(max_premises, frozenset(opaque)).prove(predicate, number)
        return proof if opaque else here._checked(proof)

    def proofs(self, atom: Atom, k: int = 10) -> list[tuple[Proof, float]]:
        """The k most probable proofs of an atom with their probabilities, the most probable first; each is checked.

        A proof is its set of choices and of the absences that it needs, its probability that of all of them together.
        An absence has no proof of its own. Evidence is not taken into account.

        Args:
            atom: without variables.
            k: how many.

        Raises:
            InputError: the atom does not hold.
        """
        here, predicate, number = self._holding(atom)
        found = Deriver(here._prover()).proofs(predicate, number)
        return [(here._checked(proof), p) for proof, p in islice(found, k)]

    def derivations(self, atom: Atom, limit: int = 1000) -> Derivations:
        """All derivations of an atom as a graph.

        Args:
            atom: without variables.
            limit: how many atoms it may have; those nearest to the atom are kept.

        Raises:
            InputError: the atom does not hold.
        """
        here, predicate, number = self._holding(atom)
        return Deriver(here._prover(), whole=True).graph(predicate, number, limit)

    def _holding(self, atom: Atom) -> tuple[Result, str, int]:
        """The result that has an atom's proofs, its predicate and row; InputError when it does not hold."""
        predicate = self.rules.resolve(atom.predicate, len(atom.arguments))
        here = self._whole(predicate, dict(enumerate(atom.arguments)), proof=True)
        if here is not self:
            return here._holding(atom)
        table = self._table_rows(predicate)
        codes = [find_code(value, self.vocabulary) for value in atom.arguments]
        known = {i: code for i, code in enumerate(codes) if code is not None}
        numbers = self._tables[predicate].where(known) if len(known) == len(codes) else table[:0]
        if not len(numbers) or self.chances.probability(predicate, numbers)[0] == 0:
            raise InputError(f"{atom} does not hold", hint="ask for the proof of one of the result's rows")
        return self, predicate, int(numbers[0])

    def _prover(self, most: int = 20, opaque: frozenset[str] = frozenset()) -> Prover:
        key = most, opaque
        if key not in self._provers:
            given = (self.rules, self._strata, self._run, self._tables, self._lineage)
            self._provers[key] = Prover(*given, *key)
        self._run.meter.restart()
        return self._provers[key]

    def _checked(self, proof: Proof) -> Proof:
        wrong = check(proof, *self._source, given=self._given_outside)
        if wrong is not None:
            raise RuntimeError(f"a proof did not pass its check: {wrong}")
        return proof

    def _whole(self, predicate: str, known: Mapping[int, Value], *, proof: bool = False) -> Result:
        """The result that has all rows of a predicate with these values in these columns."""
        other = self._elsewhere
        turned = proof and other is not None and bool(other.turned)
        if other is None or (predicate not in other.partial and not turned):
            return self
        asked = any(
            q.predicate == predicate
            and len({v.name for v in variables(q)}) == sum(1 for _ in variables(q))
            and all(
                not isinstance(t, Constant) or (c in known and known[c] == t.value)
                for c, t in enumerate(q.terms)
            )
            for i, q in enumerate(self.rules.queries)
            if i not in self.rules.query_domains
        )
        if predicate not in self.rules.arities:
            return self
        arity = self.rules.arities[predicate]
        terms = tuple(Constant(known[c]) if c in known else Variable(f"_{c}", _NOWHERE) for c in range(arity))
        literal = Literal(predicate, terms, False, _NOWHERE)
        if (asked or str(literal) in self._questions) and not turned:
            return self
        key = str(literal), turned
        if key not in self._others:
            self._others[key] = other.ask(literal, turned)
        return self._others[key]

    @cached_property
    def _questions(self) -> frozenset[str]:
        """The queries, with what their bodies bind."""
        return frozenset(map(str, self.chances.queries()))

    def _given_outside(self, atom: Atom) -> bool:
        """Whether an atom is a row of a relation that was given to the program."""
        predicate = self.rules.resolve(atom.predicate, len(atom.arguments))
        relation = self._tables.given(predicate).relation
        return relation is not None and bool(self.matching(predicate, dict(enumerate(atom.arguments))))

    def _table_rows(self, predicate: str) -> Ints:
        return self._tables[self.rules.resolve(predicate)].rows

    def _complete(self, predicate: str) -> Ints:
        """All the rows of a predicate; LimitReachedError when some may be missing."""
        if self.limit is not None and predicate in self._run.unfinished:
            raise self.limit
        return self._table_rows(predicate)

    def _numbers(self, predicate: str) -> Ints:
        numbers = np.arange(len(self._complete(predicate)))
        if predicate in self._doubtful:
            numbers = numbers[self.chances.probability(predicate, numbers) > 0]
        return numbers
