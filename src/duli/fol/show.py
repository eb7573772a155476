"""Proofs and verdicts for people and as JSON: numbered steps, each with what it is from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from duli.fol.rewrite import FALSE
from duli.fol.syntax import Formula, Statement
from duli.fol.theory import Model, Proof, Step, Theory, Verdict
from duli.fol.worlds import shown
from duli.fol.write import write

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
    for number, step in enumerate(proof.steps, 1):
        formula = "that cannot be" if step.formula == FALSE else say(step.formula)
        yield f"{number:3}. {formula}   [{_because(step, theory)}]"


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
