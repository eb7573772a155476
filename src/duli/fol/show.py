"""Proofs and verdicts for people and as JSON: numbered steps, each with what it is from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from duli.fol.rewrite import FALSE, MARK, symbols, with_parts
from duli.fol.syntax import (
    Compare,
    Constant,
    Formula,
    Function,
    Predicate,
    Statement,
    Term,
    Variable,
    parts,
    terms,
)
from duli.fol.theory import Model, Proof, Step, Theory, Verdict
from duli.fol.worlds import shown
from duli.fol.write import write, write_term

Say = Callable[[Formula], str]
_SHOWN = 100


def lines(proof: Proof, theory: Theory, say: Say = write) -> Iterator[str]:
    """A proof's steps, one a line.

    Args:
        proof: what to show.
        theory: whose statements its steps name.
        say: how a formula is put.
    """
    if proof.assumption is not None and any(step.rule == "assumption" for step in proof.steps):
        yield f"suppose: {say(proof.assumption)}"
    short = letters(proof)
    for called, (variables, part) in proof.definitions.items():
        if any(called in symbols(step.formula) for step in proof.steps):
            yield f"say {called}({', '.join(variables)}) for: {say(abbreviated(part, short))}"
    for term, letter in short.items():
        yield f"call it {letter}: {write_term(term)}"
    for number, step in enumerate(proof.steps, 1):
        formula = "that cannot be" if step.formula == FALSE else say(abbreviated(step.formula, short))
        yield f"{number:3}. {formula}   [{_because(step, theory)}]"


def letters(proof: Proof) -> dict[Term, str]:
    """Short names for the long terms without variables that a proof speaks of: things that are said to exist."""
    found: dict[Term, None] = {}
    for step in proof.steps:
        for term in terms(step.formula):
            if isinstance(term, Function) and term.name.startswith(MARK) and _ground(term):
                found[term] = None
    return {term: f"#{number}" for number, term in enumerate(found, 1)}


def _ground(term: Term) -> bool:
    return not isinstance(term, Variable) and (
        not isinstance(term, Function) or all(map(_ground, term.terms))
    )


def abbreviated(formula: Formula, short: Mapping[Term, str]) -> Formula:
    """A formula with short names for its long terms."""

    def name(term: Term) -> Term:
        if term in short:
            return Constant(short[term])
        return Function(term.name, tuple(map(name, term.terms))) if isinstance(term, Function) else term

    match formula:
        case Predicate(called, inner):
            return Predicate(called, tuple(map(name, inner)))
        case Compare(operator, left, right):
            return Compare(operator, name(left), name(right))
        case _:
            return with_parts(formula, [abbreviated(part, short) for part in parts(formula)])


def _because(step: Step, theory: Theory) -> str:
    found = []
    if step.premises:
        found.append("from " + ", ".join(str(premise + 1) for premise in step.premises))
    if step.statement is not None:
        found.append(_named(theory.statements[step.statement], step.statement))
    elif step.rule != "derive":
        found.append(_RULES[step.rule])
    return ", ".join(found) or "always so"


_RULES = {
    "assumption": "supposed",
    "arithmetic": "arithmetic",
    "names": "two names, two things",
    "cases": "in every case",
    "absent": "nothing says so",
    "definition": "by definition",
}


def _named(statement: Statement, number: int) -> str:
    if statement.name:
        return statement.name
    text = statement.text or write(statement.formula)
    return f"{number + 1}: {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}"


def verdict_lines(verdict: Verdict, theory: Theory, *, why: bool, say: Say = write) -> Iterator[str]:
    """A verdict for people: the answer, the route, and if wanted the proofs or the worlds."""
    yield verdict.answer + (" (a limit was reached)" if verdict.limit else "")
    if not why:
        return
    yield f"route: {verdict.route}, since {verdict.why}"
    for title, proof in (("proof", verdict.proof), ("proof of the opposite", verdict.second)):
        if proof is not None:
            yield f"{title}:"
            yield from lines(proof, theory, say)
    for title, world in (
        ("a world where it is not so", verdict.countermodel),
        ("a world where it is so", verdict.model),
    ):
        if world is not None:
            yield f"{title}:"
            yield from (f"  {line}" for line in shown(world))
    if verdict.conflict is not None:
        yield "elsewhere the statements contradict one another:"
        for proof in verdict.conflict:
            yield from lines(proof, theory, say)


def to_dict(verdict: Verdict, theory: Theory, say: Say = write) -> dict[str, Any]:
    """A verdict as JSON; what is empty is left out, save the answer and its proof."""

    def proof(found: Proof | None) -> dict[str, Any] | None:
        return None if found is None else _proof(found, theory, say)

    full = {
        "answer": verdict.answer,
        "route": verdict.route,
        "reason": verdict.why,
        "proof": proof(verdict.proof),
        "second": proof(verdict.second),
        "countermodel": _world(verdict.countermodel),
        "model": _world(verdict.model),
        "conflict": [proof(one) for one in verdict.conflict or ()],
        "limit": verdict.limit,
    }
    return {key: value for key, value in full.items() if value or key in ("answer", "proof")}


def _proof(proof: Proof, theory: Theory, say: Say) -> dict[str, Any]:
    steps = []
    for step in proof.steps:
        statement = None if step.statement is None else theory.statements[step.statement]
        full: dict[str, Any] = {
            "formula": write(step.formula),
            "text": say(step.formula) if say is not write else None,
            "rule": step.rule,
            "premises": [premise + 1 for premise in step.premises],
            "statement": None if step.statement is None else step.statement + 1,
            "name": None if statement is None else statement.name,
            "source": None if statement is None else statement.text,
        }
        steps.append({key: value for key, value in full.items() if value or key in ("formula", "rule")})
    supposed = None if proof.assumption is None else write(proof.assumption)
    return {"supposed": supposed, "steps": steps}


def _world(world: Model | None) -> dict[str, Any] | None:
    if world is None:
        return None
    return {
        "things": list(world.things),
        "functions": {
            name: [[*row, value] for row, value in rows.items()] for name, rows in world.functions.items()
        },
        "predicates": {name: sorted(map(list, rows)) for name, rows in world.predicates.items()},
    }
