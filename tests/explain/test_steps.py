"""Proofs as numbered sentences."""

from __future__ import annotations

from duli import logic
from duli.explain.steps import Step, steps
from duli.types import Atom, Value

TEXT = """parent(ann, bob). parent(bob, cid). married(bob).
elder(X, Y) :- parent(X, Y).
elder(X, Y) :- parent(X, Z), elder(Z, Y).
free(X) :- elder(_, X), \\+ married(X).
"""


def say(predicate: str, values: tuple[Value, ...]) -> tuple[str, str] | None:
    if predicate == "elder":
        return None
    return f"{predicate} {' '.join(map(str, values))}", "rule 4" if predicate == "free" else ""


def test_premises_come_first_and_inner_steps_are_passed_over() -> None:
    proof = logic.compile(TEXT).run().proof(Atom("free", ("cid",)))
    found = steps(proof, say)
    assert found[-1].sentence == "free cid"
    assert found[-1].cited == "rule 4"
    assert found[-1].because == tuple(range(1, len(found)))
    assert {step.sentence for step in found if step.kind == "fact"} <= {"parent ann bob", "parent bob cid"}
    assert Step(len(found) - 1, "\\+married cid", "", "absent") in found
