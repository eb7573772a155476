"""A program, checked and in strata: compiled once, run many times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from duli.errors import LimitReachedError, Place, ProgramError
from duli.logic.asked import Asked
from duli.logic.demand import Directed, direct, relevant
from duli.logic.lineage import Lineage
from duli.logic.lint import Warning, lint
from duli.logic.live import Live
from duli.logic.meter import Cancel, Meter
from duli.logic.modes import guarded
from duli.logic.parser import LARGE, parse
from duli.logic.pause import paused
from duli.logic.prepared import Prepared, prepare
from duli.logic.result import Elsewhere, Result
from duli.logic.rules import HIDDEN, Rule, RuleSet, check
from duli.logic.steps import Run
from duli.logic.strata import Stratum, stratify
from duli.logic.syntax import Constant, Literal
from duli.logic.tables import Tables, check_relations, doubtful, uncertain
from duli.logic.templates import merged
from duli.logic.values import Symbols
from duli.provenance import Provenance, make
from duli.types import Atom, Limits, Relation, Vocabulary


def compile(
    text: str,
    *,
    name: str = "program",
    inputs: Mapping[str, int] | None = None,
    unknown: float | None = None,
    asked: Iterable[Atom] = (),
    limits: Limits | None = None,
) -> Program:
    """Check a program.

    Args:
        text: the program; see docs/language.md.
        name: how errors and proofs call it: a file's name.
        inputs: predicates whose relations arrive when it runs, with their number of arguments.
        unknown: the probability of what is to be learned, ``t(_)``, or decided, ``?``; without one they are errors.
        asked: what its results will be asked for besides its queries, where rules are safe only when they are asked.
        limits: when to stop reading: its time and its memory.

    Raises:
        LimitReachedError: a limit was reached.
        ProgramError: with the place, the line, and a caret under what is wrong.

    >>> program = compile("0.3::edge(a,b). path(X,Y) :- edge(X,Y). query(path(a,X)).")
    >>> program.run().probabilities
    {path(a,b): 0.3}
    """
    with paused(len(text) > LARGE):
        return _compiled(text, name, dict(inputs or {}), unknown, asked, Meter.start(limits or Limits()))


def _compiled(
    text: str, name: str, inputs: dict[str, int], unknown: float | None, asked: Iterable[Atom], meter: Meter
) -> Program:
    rules = check(parse(text, name, meter.check), inputs, unknown=unknown, watch=meter.check)
    unguarded = rules if rules.unsafe else None
    literals = (
        Literal(
            rules.resolve(a.predicate, len(a.arguments)),
            tuple(map(Constant, a.arguments)),
            False,
            Place(name),
        )
        for a in asked
    )
    rules = guarded(rules, tuple(literals) if rules.unsafe else ())
    inputs = {predicate: rules.arities[predicate] for predicate in sorted(rules.inputs)}
    return Program(name, text, inputs, rules, stratify(rules), unguarded)


@dataclass(frozen=True)
class Program:
    """A checked program.

    Args:
        name: how errors and proofs call it.
        text: as it was written.
        inputs: predicates whose relations arrive when it runs, with their number of arguments.
        rules: its facts, rules and queries.
        strata: its predicates in the order of evaluation.
        unguarded: its rules before those that are safe only where they are asked got guards; None where none did.
    """

    name: str
    text: str
    inputs: Mapping[str, int]
    rules: RuleSet
    strata: tuple[Stratum, ...]
    unguarded: RuleSet | None = None

    @property
    def predicates(self) -> Mapping[str, int]:
        """Every predicate and its number of arguments."""
        return {name: arity for name, arity in self.rules.arities.items() if not name.startswith(HIDDEN)}

    @property
    def queries(self) -> tuple[Literal, ...]:
        """What the program asks for."""
        return self.rules.queries

    def lint(self) -> tuple[Warning, ...]:
        """What is allowed and yet probably a mistake."""
        return lint(self.text, self.name, self.rules)

    def run(
        self,
        relations: Mapping[str, Relation] | None = None,
        vocabulary: Vocabulary | None = None,
        *,
        provenance: Provenance = "exact",
        limits: Limits | None = None,
        cancel: Cancel | None = None,
        goal_directed: bool | None = None,
    ) -> Result:
        """Evaluate the program: what its queries and evidence need, or all of it where it has none.

        What the result is asked for beyond the queries is evaluated then.

        Args:
            relations: the inputs' rows; an input without a relation is empty.
            vocabulary: the text of the relations' symbols; it is not changed (see ``Result.vocabulary``).
            provenance: ``exact``; ``top_k_proofs`` or ``top_k_proofs:10`` (of the best proofs together),
                ``max_product`` (of the best proof), ``max_min`` (degrees, no probabilities), ``boolean``
                (probabilities are ignored); or an algebra of your own (see ``duli.provenance.algebra``).
            limits: when to stop.
            cancel: stops the run, and what is asked of its result, from another thread.
            goal_directed: derive only rows that the values in the queries lead to (see ``duli.logic.demand``).
                None: when a query has a value and there are more than 64 facts; the rewriting costs a millisecond.

        Raises:
            InputError: a relation that does not fit, or an unknown provenance.
            CancelledError: it was cancelled.
            ProgramError: a value that cannot be computed, or what the provenance cannot do.
        """
        relations = dict(relations or {})
        check_relations(self.inputs, relations)
        made = Asked(relations, Symbols(vocabulary), provenance, limits or Limits(), cancel, goal_directed)
        return made.result(self)

    @cached_property
    def knots(self) -> tuple[Stratum, ...]:
        """The strata whose predicates depend on their own negation."""
        return tuple(stratum for stratum in self.strata if stratum.knot is not None)

    @cached_property
    def derived(self) -> frozenset[str]:
        """The predicates that have rules."""
        return frozenset(rule.head.predicate for rule in self.rules.rules)

    @cached_property
    def relevant(self) -> tuple[Program, Directed]:
        """The program without what its queries do not need."""
        return self.narrowed(merged(relevant(self.rules)))

    @cached_property
    def directed(self) -> tuple[Program, Directed] | None:
        """The program rewritten for its queries; None where that does not help."""
        ground = all(isinstance(t, Constant) for q in self.queries for t in q.terms)
        made = direct(self.rules, closures=not ground)
        return None if made is None else self.narrowed(merged(made))

    def asking(self, literal: Literal) -> Program:
        """The program with another query."""
        if self.unguarded is None:
            return replace(self, rules=replace(self.rules, queries=(literal,), query_domains={}))
        rules = guarded(replace(self.unguarded, queries=(literal,), query_domains={}))
        return replace(self, rules=rules, strata=stratify(rules))

    def narrowed(self, made: Directed) -> tuple[Program, Directed]:
        """The program with other rules for the same queries."""
        if made.rules is self.rules:
            return self, made
        same = len(made.rules.rules) == len(self.rules.rules) and made.rules.facts == self.rules.facts
        strata = self.strata if same else stratify(made.rules)
        return replace(self, rules=made.rules, strata=strata), made

    def prepare(
        self,
        relations: Mapping[str, Relation],
        vocabulary: Vocabulary | None,
        changing: Iterable[str],
        *,
        provenance: Provenance = "exact",
        limits: Limits | None = None,
    ) -> Prepared:
        """Evaluate now what does not depend on some of the inputs; ``Prepared.run`` does the rest, many times.

        Args:
            relations: the rows of the inputs that stay.
            vocabulary: the text of their symbols.
            changing: the inputs whose rows arrive with each run.
            provenance: as of ``run``.
            limits: of the preparation; ``Prepared.run`` has its own.

        Raises:
            As ``run``.
        """
        return prepare(self, relations, vocabulary, changing, provenance, limits or Limits())

    def live(
        self,
        relations: Mapping[str, Relation] | None = None,
        vocabulary: Vocabulary | None = None,
        *,
        provenance: Provenance = "exact",
        limits: Limits | None = None,
    ) -> Live:
        """Evaluate all of the program, and keep what follows while facts are stated and retracted.

        Args:
            relations: the inputs' first rows.
            vocabulary: the text of their symbols; it is not changed (see ``Live.vocabulary``).
            provenance: as of ``run``.
            limits: of the evaluation, and of each update and each answer.

        Raises:
            As ``run``; and LimitReachedError.

        >>> program = compile("path(X,Y) :- edge(X,Y). path(X,Z) :- path(X,Y), edge(Y,Z).", inputs={"edge": 2})
        >>> live = program.live()
        >>> live.insert("edge", [("a", "b"), ("b", "c")]).added("path")
        [('a', 'b'), ('b', 'c'), ('a', 'c')]
        >>> live.delete("edge", [("a", "b")]).removed("path")
        [('a', 'b'), ('a', 'c')]
        """
        return Live(self, relations or {}, vocabulary, provenance, limits or Limits())

    def uncertain(self, relations: Mapping[str, Relation], provenance: Provenance) -> frozenset[str]:
        """The predicates whose rows hold in some worlds only; what a provenance cannot do raises ProgramError."""
        if provenance == "boolean":
            found = frozenset[str]()
            for stratum in self.knots:
                assert stratum.knot is not None  # noqa: S101
                raise stratum.knot
        else:
            # Which rows hold where they may depend on their own negation is left to the lineage.
            found = uncertain(self.rules, relations, {p for s in self.knots for p in s.predicates})
        self.refuse(found, provenance)
        return found

    def refuse(self, found: frozenset[str], provenance: Provenance) -> None:
        """Raise ProgramError for what the provenance has not."""
        algebra = make(provenance)
        if self.rules.evidence and not (algebra is not None and algebra.conditions):
            name, where = "boolean" if algebra is None else algebra.name, self.rules.evidence[0].place
            raise ProgramError(f"{name} has no evidence", where=where, hint="use the provenance exact")
        for rule, literal in _over(self.rules.rules, found):
            if rule.head.aggregates and algebra is not None and not algebra.negates:
                raise ProgramError(
                    f"{algebra.name} has no aggregate over the uncertain {self.rules.shown(literal)}",
                    where=literal.place,
                    hint="use the provenance exact, or aggregate over certain predicates only",
                )
            if literal.negated and algebra is not None and not algebra.negates:
                raise ProgramError(
                    f"{algebra.name} has no negation of the uncertain {literal.predicate}",
                    where=literal.place,
                    hint="use the provenance exact, or negate certain predicates only",
                )

    def result(
        self,
        run: Run,
        tables: Tables,
        provenance: Provenance,
        elsewhere: Elsewhere | None = None,
        limit: LimitReachedError | None = None,
    ) -> Result:
        """The result of an evaluation, perhaps stopped by a limit; what it does not have is found `elsewhere`."""
        algebra = make(provenance, run.meter.limits.nodes, run.meter.check)
        lineage = None if algebra is None else Lineage(self.strata, run, tables, algebra)
        source = self.text, self.name
        loose = doubtful(self.rules, run.uncertain)
        return Result(self.rules, self.strata, run, tables, lineage, loose, source, elsewhere, limit)


def _over(rules: Iterable[Rule], predicates: frozenset[str]) -> Iterator[tuple[Rule, Literal]]:
    for rule in rules:
        for goal in rule.body:
            if isinstance(goal, Literal) and goal.predicate in predicates:
                yield rule, goal
