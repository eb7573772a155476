"""What follows from a theory: the route is chosen, and the answer comes with its grounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, cached_property

from duli import logic
from duli.errors import InputError, LimitReachedError, ProgramError
from duli.fol.cases import unknowns
from duli.fol.checker import check_verdict
from duli.fol.classical import Classical
from duli.fol.finite import Finite
from duli.fol.rewrite import pushed
from duli.fol.rules import Rule, Rules, rules_of
from duli.fol.syntax import And, Formula, Not, Or, Predicate, Variable, terms
from duli.fol.theory import Logic, Outcome, Proof, Step, Theory, Verdict
from duli.types import Limits


def decide(theory: Theory, question: Formula, *, logic: Logic = "auto", seconds: float = 10.0) -> Verdict:
    """Whether a question follows from a theory, or its negation does.

    Args:
        theory: what is taken as true.
        question: a formula without free variables.
        logic: "rules" (forwards by rules alone), "classical" (all that follows, cases and contraposition too),
            "finite" (integers in ranges); "auto" takes the first of finite, rules, classical that can say all of it.
        seconds: when to stop; then the answer is "unknown" and `Verdict.limit` says so.

    Raises:
        InputError: the logic cannot say what the theory or the question says.

    >>> from duli.fol.syntax import Constant, ForAll, Implies, Statement
    >>> x, bob = Variable("X"), Constant("Bob")
    >>> rule = ForAll((x,), Implies(Predicate("red", (x,)), Predicate("rough", (x,))))
    >>> theory = Theory((Statement(rule), Statement(Predicate("red", (bob,)))))
    >>> decide(theory, Not(Predicate("rough", (bob,)))).answer
    'false'
    """
    return prepare(theory).decide(question, logic=logic, seconds=seconds)


def prepare(theory: Theory) -> Prepared:
    """A theory made ready for many questions."""
    return Prepared(theory)


class Prepared:
    """A theory, read once; what its rules give is derived once."""

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self._ran: Rules | None = None
        self._finite: Finite | None = None

    @cached_property
    def rules(self) -> tuple[Rule, ...] | None:
        """The theory as rules; None where it says more."""
        found: list[Rule] = []
        for number, statement in enumerate(self.theory.statements):
            made = rules_of(statement.formula, number)
            if made is None:
                return None
            found += made
        return tuple(found)

    def decide(self, question: Formula, *, logic: Logic = "auto", seconds: float = 10.0) -> Verdict:
        """As `duli.fol.decide`."""
        verdict = self._decide(question, logic, time.monotonic() + seconds)
        mistake = check_verdict(verdict, self.theory, question)
        if mistake is not None:
            raise AssertionError(mistake)
        return verdict

    def _decide(self, question: Formula, logic: Logic, ends: float) -> Verdict:
        route, why = self._route(question, logic)
        try:
            return self._routes[route](question, why, ends)
        except LimitReachedError:
            return Verdict("unknown", route, why, limit=True)
        except ProgramError:
            if logic != "auto":
                raise
            # A predicate that depends on its own negation has no answer by rules.
            return self.classical.decide(question, "the rules go round in a circle through a negation", ends)

    @property
    def _routes(self) -> dict[str, Callable[[Formula, str, float], Verdict]]:
        return {"rules": self._by_rules, "finite": self._by_finite, "classical": self.classical.decide}

    @cached_property
    def classical(self) -> Classical:
        """The theory asked by refutation."""
        return Classical(self.theory)

    def _route(self, question: Formula, logic: Logic) -> tuple[str, str]:
        """The route to take, and why."""
        if logic == "classical":
            return "classical", "asked for"
        if logic != "rules" and self.theory.ranges and (logic == "finite" or self._finitely(question)):
            return "finite", "all is about named things and integers in ranges"
        if logic != "finite" and self.rules is not None and _ground(question):
            return "rules", "all statements are facts and rules, and the question is about named things"
        if logic == "rules":
            raise InputError(_SAYS_MORE, hint="take the logic auto or classical")
        if logic == "finite":
            raise InputError("the theory has no integers in ranges", hint="take the logic auto or classical")
        what = "the question asks" if self.rules is not None else self._beyond
        taken = "; the world is taken as open" if self.theory.world == "closed" else ""
        return "classical", f"{what} more than rules can say{taken}"

    @cached_property
    def _beyond(self) -> str:
        for number, statement in enumerate(self.theory.statements):
            if rules_of(statement.formula) is None:
                return f"statement {number + 1} says"
        return "the statements say"

    def _finitely(self, question: Formula) -> bool:
        return unknowns(self._all(question), self.theory) is not None

    def _all(self, question: Formula) -> list[Formula]:
        return [*(statement.formula for statement in self.theory.statements), question]

    def _by_finite(self, question: Formula, why: str, ends: float) -> Verdict:
        if self._finite is None or not self._finite.covers(question):
            self._finite = Finite(self.theory, question)
        return self._finite.decide(question, why)

    def _by_rules(self, question: Formula, why: str, ends: float) -> Verdict:
        ran = self._run(question, ends)
        conflict = ran.conflict()
        told = None if conflict is None else (ran.proof(conflict), ran.proof(Not(conflict)))
        holds, fails = _proved(question, ran), _proved(Not(question), ran)
        if holds is not None and fails is not None:
            return Verdict("contradiction", "rules", why, holds, fails, conflict=told)
        answer: Outcome = "true" if holds else "false" if fails else "unknown"
        return Verdict(answer, "rules", why, holds or fails, conflict=told)

    def _run(self, question: Formula, ends: float) -> Rules:
        ran = self._ran
        if ran is None or not ran.covers(question):
            ends += _warm()
            ran = Rules(self.theory, self.rules or (), terms(question))
            ran.run(Limits(seconds=max(0.0, ends - time.monotonic())))
            self._ran = ran
        return ran


def _warm() -> float:
    """Load the engine's compiled loops, which is no part of the search; returns the seconds that it took."""
    begun = time.monotonic()
    _engine()
    return time.monotonic() - begun


@cache
def _engine() -> None:
    logic.compile("a(b). c(X) :- a(X).").run(provenance="boolean")


_SAYS_MORE = "the statements or the question say more than rules can"


def _ground(question: Formula) -> bool:
    """Whether a question consists of literals without variables."""
    match pushed(question):
        case And(inner) | Or(inner):
            return all(map(_ground, inner))
        case Predicate() | Not(Predicate()) as literal:
            return not any(isinstance(term, Variable) for term in terms(literal))
        case _:
            return False


def _proved(question: Formula, ran: Rules) -> Proof | None:
    """A proof from those of its literals: of all parts of a conjunction, of one of a disjunction."""
    match pushed(question):
        case And(inner):
            proofs = [_proved(part, ran) for part in inner]
            found = [proof for proof in proofs if proof is not None]
            return _joined(question, found) if len(found) == len(inner) else None
        case Or(inner):
            one = next((p for p in (_proved(part, ran) for part in inner) if p is not None), None)
            return None if one is None else _joined(question, [one])
        case literal:
            return ran.proof(literal) if ran.holds(literal) else None


def _joined(question: Formula, proofs: list[Proof]) -> Proof:
    steps: list[Step] = []
    ends: list[int] = []
    for proof in proofs:
        shift = len(steps)
        steps += [
            Step(s.formula, s.rule, tuple(p + shift for p in s.premises), s.statement, s.bindings)
            for s in proof.steps
        ]
        ends.append(len(steps) - 1)
    return Proof((*steps, Step(question, "derive", tuple(ends))))
