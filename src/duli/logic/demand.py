"""Goal-directed evaluation: a program rewritten so that only what its queries and evidence need is derived.

Each predicate that is always asked for with some columns bound gets a hidden predicate of demand, which holds the
values that are asked for; its rules derive only rows that are demanded (magic sets; Bancilhon, Maier, Sagiv and Ullman
1986; Beeri and Ramakrishnan 1991). A predicate has one pattern of bound columns: those that every call binds. Demand
is certain: it says what is worth deriving, never whether it holds, so it may be larger than needed and leaves out
negation. A predicate whose demand would depend on its own negation or aggregate is evaluated in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from duli.logic.binding import assigns
from duli.logic.closures import REACH, Turned, turned
from duli.logic.rules import DEMAND, WANTED, GroundFact, Rule, RuleSet
from duli.logic.strata import components
from duli.logic.syntax import Comparison, Constant, Goal, Head, Literal, Term, Variable, variables

Pattern = frozenset[int]


@dataclass(frozen=True)
class Directed:
    """A program for some questions.

    Args:
        rules: what to evaluate.
        partial: the derived predicates whose rows are not all there.
        turned: the predicates whose rules are not those of the text.
    """

    rules: RuleSet
    partial: frozenset[str]
    turned: frozenset[str] = frozenset()


def reached(rules: RuleSet) -> frozenset[str]:
    """The predicates that the queries and the evidence depend on."""
    uses: dict[str, set[str]] = {}
    for rule in rules.rules:
        uses.setdefault(rule.head.predicate, set()).update(_used(rule))
    return _closed({q.predicate for q in _roots(rules)}, uses)


def _roots(rules: RuleSet) -> tuple[Literal, ...]:
    """What the answers are read from."""
    domains = (*rules.query_domains.values(), *rules.evidence_domains.values())
    return (*rules.queries, *rules.evidence, *domains, *(u.literal for u in rules.utilities))


def relevant(rules: RuleSet) -> Directed:
    """The program without the rules that no query or evidence depends on."""
    kept = reached(rules)
    derived = frozenset(rule.head.predicate for rule in rules.rules)
    left_out = derived - kept
    partial = left_out | guarded_predicates(rules)
    if left_out:
        rules = replace(rules, rules=tuple(r for r in rules.rules if r.head.predicate in kept))
    return Directed(rules, partial)


def guarded_predicates(rules: RuleSet) -> frozenset[str]:
    """The predicates of which only what is asked is derived, whatever is evaluated (see ``duli.logic.modes``)."""
    if not rules.unsafe:
        return frozenset()
    heads = {rule.head.predicate for rule in rules.rules}
    never_asked = rules.arities.keys() - heads - rules.facts_by_predicate.keys() - rules.inputs
    asked = {r.head.predicate for r in rules.rules if any(p.startswith(WANTED) for p in _used(r))}
    return frozenset(never_asked | asked)


def direct(rules: RuleSet, *, closures: bool = True) -> Directed | None:
    """The program rewritten for its queries and evidence.

    None when they bind nothing that helps, when rules have guards already, and when predicates depend on their own
    negation, so that the order is that of rows.

    Args:
        rules: the program.
        closures: turn right-linear and transitive recursion so that it starts from what is demanded. The rows and their
            probabilities are the same; the proofs would not be those of the text.
    """
    whole: frozenset[str] = frozenset()
    while not rules.unsafe:
        made = _Rewriter(rules, whole, {}).patterned()
        if closures:
            found = turned(made.patterns, rules, made.by_head)
            while found:
                made = _Rewriter(rules, whole, found).patterned()
                if not made.loose:
                    break
                found = {name: change for name, change in found.items() if name not in made.loose}
            else:
                made = _Rewriter(rules, whole, {}).patterned()
        if not any(made.patterns.values()):
            return None
        directed = made.rewritten()
        bad = _bad(directed.rules)
        if bad is None:
            return directed
        if bad in whole:
            break
        whole |= _closed({bad}, made.uses)
    return None


def _bad(rules: RuleSet) -> str | None:
    """A predicate whose demand must go, because something would depend on its own negation or aggregate."""
    edges: dict[str, list[str]] = {name: [] for name in rules.arities}
    for rule in rules.rules:
        edges[rule.head.predicate] += _used(rule)
    number = {name: i for i, group in enumerate(components(edges)) for name in group}
    for rule in rules.rules:
        for goal in rule.body:
            if isinstance(goal, Literal) and (goal.negated or rule.head.aggregates):
                head, used = rule.head.predicate, goal.predicate
                if number[head] == number[used]:
                    return head if used.startswith(DEMAND) else used
    return None


@dataclass(frozen=True)
class _Call:
    """A literal of a body with the columns that are bound there, and the goals that bind them."""

    literal: Literal
    columns: Pattern
    before: tuple[Goal, ...]


class _Rewriter:
    def __init__(self, rules: RuleSet, whole: frozenset[str], found: Mapping[str, Turned]) -> None:
        self.rules, self.whole, self.found = rules, whole, found
        self.by_head: dict[str, list[Rule]] = {}
        for rule in rules.rules:
            if rule.head.predicate not in found:
                self.by_head.setdefault(rule.head.predicate, []).append(rule)
        for change in found.values():
            for rule in change.rules:
                self.by_head.setdefault(rule.head.predicate, []).append(rule)
        self.given = {fact.predicate for fact in rules.facts} | rules.inputs
        self.uses = {name: {p for r in own for p in _used(r)} for name, own in self.by_head.items()}
        self.patterns: dict[str, Pattern] = {}
        self.loose: set[str] = set()

    def patterned(self) -> _Rewriter:
        """Find the columns that every call of a predicate binds: from all of them down, until nothing changes."""
        before: dict[str, Pattern] | None = None
        while before != self.patterns:
            before = dict(self.patterns)
            for asked in _roots(self.rules):
                self.call(asked.predicate, _constants(asked.terms))
            for name in list(self.patterns):
                for rule in self.by_head[name]:
                    for call in self.calls(rule):
                        self.call(call.literal.predicate, call.columns)
        return self

    def call(self, predicate: str, columns: Pattern) -> None:
        """Note a call that binds some columns."""
        if predicate not in self.by_head or predicate.startswith(DEMAND):
            return
        if predicate in self.found:
            if not self.found[predicate].bound <= columns:
                self.loose.add(predicate)
            columns = self.found[predicate].bound
        elif predicate in self.whole or predicate.startswith(REACH):
            columns = frozenset()
        for rule in self.by_head[predicate]:
            if rule.head.aggregates:
                columns -= {
                    i for i, t in enumerate(rule.head.terms) if not isinstance(t, (Variable, Constant))
                }
        self.patterns[predicate] = self.patterns.get(predicate, columns) & columns

    def guard(self, rule: Rule) -> Literal | None:
        """The literal that keeps a rule to what is demanded."""
        name = rule.head.predicate
        if name in self.found or not self.patterns.get(name):
            return None
        terms = [rule.head.terms[column] for column in sorted(self.patterns[name])]
        plain = tuple(term for term in terms if isinstance(term, (Variable, Constant)))
        return Literal(DEMAND + name, plain, False, rule.place)

    def calls(self, rule: Rule) -> Iterator[_Call]:
        """A body's calls of derived predicates, each goal after those that bind its variables."""
        guard, own = self.guard(rule), rule.head.predicate.removeprefix(REACH)
        done: list[Goal] = [] if guard is None else [guard]
        bound = {v.name for goal in done for v in variables(goal)}
        todo = list(rule.body)
        while todo:
            goal = min(todo, key=lambda goal: self.cost(goal, bound))
            todo.remove(goal)
            turned_call = isinstance(goal, Literal) and own in self.found and goal.predicate == own
            if isinstance(goal, Literal) and goal.predicate in self.by_head and not turned_call:
                yield self.called(goal, done)
            if isinstance(goal, Comparison) or not goal.negated:
                done.append(goal)
                bound |= {v.name for v in variables(goal)}

    def cost(self, goal: Goal, bound: set[str]) -> int:
        """Tests first, then what is looked up, then what is derived, then what is bound nowhere."""
        free = sum(v.name not in bound for v in variables(goal))
        if isinstance(goal, Comparison):
            return 0 if not free or assigns(goal, bound) else 9
        if goal.negated or not free:
            return 8 if free else 1
        if all(isinstance(t, Variable) and t.name not in bound for t in goal.terms):
            return 5 if goal.predicate in self.by_head else 4
        return 3 if goal.predicate in self.by_head else 2

    def called(self, literal: Literal, done: list[Goal]) -> _Call:
        """The columns of a literal that the goals before it restrict, and those of them that do."""
        columns: set[int] = set()
        before: list[Goal] = []
        for column, term in enumerate(literal.terms):
            if isinstance(term, Constant):
                columns.add(column)
                continue
            linked = _linked(term.name, done)
            if any(self.restricts(goal) for goal in linked):
                columns.add(column)
                before += [goal for goal in linked if goal not in before]
        return _Call(literal, frozenset(columns), tuple(before))

    def restricts(self, goal: Goal) -> bool:
        """Whether a goal holds for a part of the values only, because something is asked."""
        if isinstance(goal, Comparison):
            sides = goal.left, goal.right
            return goal.operator == "=" and any(isinstance(side, Constant) for side in sides)
        chosen = goal.predicate.startswith((DEMAND, REACH)) or bool(self.patterns.get(goal.predicate))
        return chosen or goal.predicate in self.found or bool(_constants(goal.terms))

    def rewritten(self) -> Directed:
        """The rules with their guards, and those of demand."""
        facts = {str(f): f for f in self.seeds()}
        rules: list[Rule] = []
        more: dict[tuple[str, str], Rule] = {}
        for name in self.patterns:
            for rule in self.by_head[name]:
                rules.append(self.guarded(rule))
                for call in self.calls(rule):
                    self.demand(call, rule, facts, more)
        first = 1 + max((rule.number for rule in rules), default=0)
        numbered = (replace(rule, number=first + i) for i, rule in enumerate(more.values()))
        arities = {DEMAND + name: len(pattern) for name, pattern in self.patterns.items() if pattern}
        for change in self.found.values():
            arities |= change.arities
        changed = replace(
            self.rules,
            facts=(*self.rules.facts, *facts.values()),
            rules=(*rules, *numbered),
            arities={**self.rules.arities, **arities},
        )
        derived = {rule.head.predicate for rule in self.rules.rules}
        full = {name for name, pattern in self.patterns.items() if not pattern and name not in self.found}
        return Directed(changed, frozenset(derived - full), frozenset(self.found))

    def seeds(self) -> Iterator[GroundFact]:
        """What the queries and the evidence demand."""
        for asked in _roots(self.rules):
            columns = sorted(self.patterns.get(asked.predicate, ()))
            terms = tuple(t for t in (asked.terms[c] for c in columns) if isinstance(t, Constant))
            if columns:
                yield GroundFact(DEMAND + asked.predicate, terms, None, asked.place)

    def guarded(self, rule: Rule) -> Rule:
        """A rule that derives what is demanded only."""
        guard = self.guard(rule)
        if guard is None:
            return rule
        name = rule.head.predicate
        columns = sorted(self.patterns[name])
        for goal in rule.positives:
            same = goal.predicate == name and tuple(goal.terms[c] for c in columns) == guard.terms
            if same and name not in self.given:
                return rule
        names = tuple(dict.fromkeys((*rule.names, *(v.name for v in variables(guard)))))
        return replace(rule, body=(guard, *rule.body), names=names)

    def demand(
        self, call: _Call, rule: Rule, facts: dict[str, GroundFact], more: dict[tuple[str, str], Rule]
    ) -> None:
        """Add what derives the demand of a call."""
        name = call.literal.predicate
        columns = sorted(self.patterns[name])
        terms: tuple[Term, ...] = tuple(call.literal.terms[c] for c in columns)
        head = Head(DEMAND + name, terms, call.literal.place)
        wanted = {v.name for v in variables(head)}
        body = _needed(wanted, call.before)
        if not columns or any(
            isinstance(g, Literal) and g.predicate == head.predicate and g.terms == terms for g in body
        ):
            return
        if not body:
            plain = tuple(t for t in terms if isinstance(t, Constant))
            made = GroundFact(head.predicate, plain, None, rule.place)
            facts.setdefault(str(made), made)
            return
        names = tuple(dict.fromkeys(v.name for goal in body for v in variables(goal)))
        shown = ", ".join(map(str, body))
        more.setdefault((f"{head.predicate}{terms}", shown), Rule(-1, head, body, None, names, rule.place))


def _needed(names: set[str], before: tuple[Goal, ...]) -> tuple[Goal, ...]:
    """Those of the goals that are linked to some variables."""
    kept = [goal for name in sorted(names) for goal in _linked(name, before)]
    return tuple(goal for goal in before if goal in kept)


def _linked(name: str, goals: Iterable[Goal]) -> list[Goal]:
    """The goals that share a variable with this one, directly or through others."""
    left = list(goals)
    names = {name}
    found: list[Goal] = []
    while True:
        new = [goal for goal in left if any(v.name in names for v in variables(goal))]
        if not new:
            return found
        found += new
        left = [goal for goal in left if goal not in new]
        names |= {v.name for goal in new for v in variables(goal)}


def _constants(terms: Iterable[Term]) -> Pattern:
    return frozenset(i for i, term in enumerate(terms) if isinstance(term, Constant))


def _used(rule: Rule) -> set[str]:
    return {goal.predicate for goal in rule.body if isinstance(goal, Literal)}


def _closed(names: Iterable[str], uses: Mapping[str, set[str]]) -> frozenset[str]:
    found = set(names)
    work = list(found)
    while work:
        new = uses.get(work.pop(), set()) - found
        found |= new
        work += new
    return frozenset(found)
