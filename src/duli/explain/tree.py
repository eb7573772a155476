"""A proof as an indented tree and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from duli.types import Proof

Label = Callable[[str], str | None]
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")


def lines(proof: Proof, label: Label = lambda _: None, depth: int = 0) -> Iterator[str]:
    """One line a step: what holds, and by which clause or source.

    Args:
        proof: the proof.
        label: words for a quoted symbol, put behind it; None for none.
        depth: where to begin indenting.
    """
    yield "  " * depth + _in_words(proof.atom, label) + _because(proof)
    for premise in proof.premises:
        yield from lines(premise, label, depth + 1)
    if proof.omitted:
        yield "  " * (depth + 1) + f"… and {proof.omitted} more"


def _in_words(atom: str, label: Label) -> str:
    def put(match: re.Match[str]) -> str:
        words = label(match.group(1))
        return f"{match.group()} ({words})" if words else match.group()

    return _QUOTED.sub(put, atom)


def _because(proof: Proof) -> str:
    parts = []
    if proof.place is not None:
        parts.append(str(proof.place))
    if proof.source:
        parts.append(proof.source)
    if proof.probability < 1:
        parts.append(f"p={proof.probability:.4g}")
    return f"   [{', '.join(parts)}]" if parts else ""


def to_dict(proof: Proof) -> dict[str, Any]:
    """The proof as JSON, with what is empty left out."""
    full: dict[str, Any] = {
        "atom": proof.atom,
        "kind": proof.kind,
        "probability": proof.probability,
        "where": None if proof.place is None else str(proof.place),
        "source": proof.source,
        "premises": [to_dict(premise) for premise in proof.premises],
        "omitted": proof.omitted,
    }
    return {key: value for key, value in full.items() if value or key in ("atom", "kind", "probability")}


def walk(proof: Proof) -> Iterator[Proof]:
    """The proof and all proofs in it, parents first."""
    yield proof
    for premise in proof.premises:
        yield from walk(premise)


def sources(proof: Proof) -> tuple[str, ...]:
    """What the proof's facts cite, each once, in order."""
    return tuple(dict.fromkeys(step.source for step in walk(proof) if step.source))
