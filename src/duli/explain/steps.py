"""A proof as numbered sentences, premises first, each said once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from duli.types import Proof, Value

_ABSENT = re.compile(r"\\\+ ?(\w+)\((.*)\)\Z")
_VALUE = re.compile(r"'((?:[^'\\]|\\.)*)'|([^,]+)")
Said = tuple[str, str]
"""A sentence, and what it is cited by."""


@dataclass(frozen=True)
class Step:
    """One sentence of a proof.

    Args:
        number: from 1.
        sentence: what holds.
        cited: by what, a section say; empty for a fact.
        kind: as of ``Proof``: ``rule``, ``fact``, ``absent``, …
        because: the numbers of the steps that it follows from.
    """

    number: int
    sentence: str
    cited: str
    kind: str
    because: tuple[int, ...] = ()


def steps(proof: Proof, say: Callable[[str, tuple[Value, ...]], Said | None]) -> list[Step]:
    """The steps of a proof.

    Args:
        proof: what is told.
        say: the sentence of a predicate with values, and what it is cited by; None for what needs no words of its own:
            the steps beneath it speak for it.
    """
    found: list[Step] = []
    known: dict[str, tuple[int, ...]] = {}
    waiting = [(proof, False)]
    while waiting:
        step, ready = waiting.pop()
        if step.atom in known:
            continue
        if not ready:
            waiting.append((step, True))
            waiting += [(premise, False) for premise in reversed(step.premises)]
            continue
        beneath = tuple(dict.fromkeys(n for premise in step.premises for n in known[premise.atom]))
        said = _said(step, say)
        if said is None:
            known[step.atom] = beneath
            continue
        found.append(Step(len(found) + 1, *said, step.kind, beneath))
        known[step.atom] = (len(found),)
    return found


def _said(step: Proof, say: Callable[[str, tuple[Value, ...]], Said | None]) -> Said | None:
    if step.row is not None and step.kind in ("rule", "fact", "stated"):
        return say(step.row.predicate, step.row.arguments)
    absent = _ABSENT.match(step.atom) if step.kind == "absent" else None
    if absent is None:
        return None
    return say(f"\\+{absent[1]}", tuple(quoted or bare for quoted, bare in _VALUE.findall(absent[2])))
