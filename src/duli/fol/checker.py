"""A second opinion on proofs: it shares the normal form of formulas with the reasoners, and nothing else.

A step of a statement holds when the statement's instance, the premises and the denial of what is concluded cannot be
true together; that is computed by truth values alone, without a search. A derived step is checked by cases, equality
and linear arithmetic over its premises as they stand (`duli.fol.ground`). What a step cannot show is taken from the
engine: that something is absent in the closed world.
"""

from __future__ import annotations

from collections.abc import Iterator

from duli.fol.cases import always
from duli.fol.ground import contradictory
from duli.fol.rewrite import FALSE, literals, mark_for, matrix, put
from duli.fol.syntax import And, Compare, Constant, Formula, Not, Or, Predicate
from duli.fol.theory import Proof, Step, Theory, Verdict


def check(proof: Proof, theory: Theory, goal: Formula, asked: Formula | None = None) -> str | None:
    """What is wrong with a proof; None when it holds.

    Args:
        proof: of the goal.
        theory: whose statements it may use.
        goal: what it has to prove.
        asked: the question whose answer it is for; None for the goal.
    """
    return _Checker(theory, goal, proof, goal if asked is None else asked).walk()


def check_verdict(verdict: Verdict, theory: Theory, question: Formula) -> str | None:
    """What is wrong with the proofs of an answer; None when they hold."""
    if verdict.answer == "unknown":
        return None
    if verdict.proof is None:
        return "there is no proof"
    if verdict.answer in ("true", "false"):
        return check(verdict.proof, theory, question if verdict.answer == "true" else Not(question))
    if verdict.second is None:
        return "a contradiction has two proofs"
    opposite = verdict.proof.conclusion
    first = check(verdict.proof, theory, opposite, question)
    return first or check(verdict.second, theory, Not(opposite), question)


class _Checker:
    def __init__(self, theory: Theory, goal: Formula, proof: Proof, asked: Formula) -> None:
        self.theory, self.goal, self.proof = theory, goal, proof
        self.mark = mark_for([*(s.formula for s in theory.statements), asked])

    def walk(self) -> str | None:
        """The first mistake."""
        for number, step in enumerate(self.proof.steps):
            if any(not 0 <= premise < number for premise in step.premises):
                return f"step {number + 1} uses a later step"
            if not self.step(step):
                return f"step {number + 1} does not follow"
        if not self.proof.steps or not self.ends():
            return "it does not prove what is asked"
        return None

    def ends(self) -> bool:
        """Whether the last step is the goal, or refutes its negation."""
        last = self.proof.steps[-1].formula
        if self.proof.assumption is not None:
            denied = matrix(Not(self.goal), self.mark)
            return last == FALSE and matrix(self.proof.assumption, self.mark) == denied
        return matrix(last, self.mark) == matrix(self.goal, self.mark)

    def step(self, step: Step) -> bool:
        """Whether one step follows from its premises."""
        match step.rule:
            case "statement" if step.statement is not None:
                statement = self.theory.statements[step.statement].formula
                return self.instance(matrix(statement, f"{self.mark}{step.statement}_"), step)
            case "assumption" if self.proof.assumption is not None:
                return self.instance(matrix(self.proof.assumption, f"{self.mark}q_"), step)
            case "definition":
                return any(self.instance(f, step) for f in self.defined(step.formula, denied=True))
            case "derive":
                given = [*self.premises(step), matrix(Not(step.formula), self.mark)]
                return contradictory(given, integers=self.theory.integers)
            case "arithmetic":
                denied = matrix(Not(step.formula), self.mark)
                return contradictory([denied], integers=self.theory.integers)
            case "names":
                return self.theory.unique_names and _two_names(step.formula)
            case "cases":
                given = [self.proof.steps[number].formula for number in step.premises]
                return always(given, step.formula, self.theory)
            case "absent":
                return self.theory.world == "closed" and self.unsaid(step.formula)
        return False

    def unsaid(self, formula: Formula) -> bool:
        """Whether an atom is denied that no statement says outright."""
        match formula:
            case Not(Predicate() as atom):
                return all(statement.formula != atom for statement in self.theory.statements)
        return False

    def premises(self, step: Step) -> list[Formula]:
        """The premises as they are used: with what their variables stand for."""
        bindings = step.bindings or ({},) * len(step.premises)
        pairs = zip(step.premises, bindings, strict=True)
        return [matrix(put(self.proof.steps[n].formula, b), self.mark) for n, b in pairs]

    def instance(self, given: Formula, step: Step) -> bool:
        """Whether an instance of a matrix contradicts the premises and the denial of the conclusion."""
        bound = step.bindings[0] if step.bindings else {}
        if not step.premises and given == matrix(step.formula, self.mark):
            return True
        values = {_key(f)[0]: not _key(f)[1] for f in literals(step.formula)}
        values |= dict.fromkeys(self.defined(step.formula, denied=False), False)
        for number in step.premises:
            premise = self.proof.steps[number].formula
            if not isinstance(premise, (And, Or)):
                atom, sign = _key(premise)
                values[atom] = sign
        return _value(put(given, bound), values) is False

    def defined(self, clause: Formula, *, denied: bool) -> Iterator[Formula]:
        """What the new predicates in a clause stand for, of those that it denies or of those that it affirms."""
        for literal in literals(clause):
            atom = literal.body if isinstance(literal, Not) else literal
            if isinstance(atom, Predicate) and isinstance(literal, Not) is denied and self.new(atom.name):
                variables, part = self.proof.definitions[atom.name]
                yield put(part, dict(zip(variables, atom.terms, strict=True)))

    def new(self, name: str) -> bool:
        """Whether a predicate is one of a definition, which no statement and no other definition uses."""
        if name not in self.proof.definitions or not name.startswith(self.mark):
            return False
        inner = literals(self.proof.definitions[name][1])
        atoms = (literal.body if isinstance(literal, Not) else literal for literal in inner)
        return not any(isinstance(a, Predicate) and a.name.startswith(self.mark) for a in atoms)


def _key(literal: Formula) -> tuple[Formula, bool]:
    """A literal's atom and whether it is affirmed; what is equal has one atom."""
    match literal:
        case Not(body):
            atom, sign = _key(body)
            return atom, not sign
        case Compare("=", left, right) if repr(right) < repr(left):
            return Compare("=", right, left), True
        case Compare("<=", left, right):
            return Compare("<", right, left), False
    return literal, True


def _value(formula: Formula, values: dict[Formula, bool]) -> bool | None:
    """Kleene's value: None where it is open."""
    if formula in values:
        return values[formula]
    match formula:
        case And(inner):
            found = [_value(part, values) for part in inner]
            return False if False in found else None if None in found else True
        case Or(inner):
            found = [_value(part, values) for part in inner]
            return True if True in found else None if None in found else False
    atom, sign = _key(formula)
    value = values.get(atom)
    return None if value is None else value is sign


def _two_names(formula: Formula) -> bool:
    match formula:
        case Not(Compare("=", Constant(a), Constant(b))):
            return a != b
    return False
