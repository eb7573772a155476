"""Proofs and derivations as graphs: text, JSON, Mermaid and DOT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from duli.types import Derivations, Proof, Step

FORMATS = ("text", "json", "mermaid", "dot")


def graph(proof: Proof) -> Derivations:
    """A proof as a graph in which what is used twice is there once."""
    steps: dict[int, Step] = {}
    numbers = {proof.atom: 0}
    waiting = [proof]
    while waiting:
        one = waiting.pop()
        atom = numbers[one.atom]
        if atom in steps:
            continue
        for premise in one.premises:
            numbers.setdefault(premise.atom, len(numbers))
        premises = tuple(numbers[premise.atom] for premise in one.premises)
        more = (f"and {one.omitted} more",) if one.omitted else ()
        steps[atom] = Step(atom, one.kind, one.probability, one.place, one.source, premises, more)
        waiting += one.premises
    return Derivations(tuple(numbers), tuple(steps[atom] for atom in sorted(steps)))


def render(found: Proof | Derivations, form: str) -> str | dict[str, Any]:
    """A proof or derivations in one of ``FORMATS``; JSON as a dict."""
    shown = graph(found) if isinstance(found, Proof) else found
    forms: dict[str, Callable[[Derivations], str | dict[str, Any]]] = {"text": text, "json": to_json}
    forms |= {"mermaid": mermaid, "dot": dot}
    return forms[form](shown)


def text(found: Derivations) -> str:
    """Each step on a line: ``atom :- what it needs [where, p]``."""
    out = []
    for step in found.steps:
        body = ", ".join((*(found.atoms[i] for i in step.premises), *step.others))
        out.append(f"{found.atoms[step.atom]}{' :- ' + body if body else ''}   [{_because(step)}]")
    if found.omitted:
        out.append(f"… and {found.omitted} more")
    return "\n".join(out)


def to_json(found: Derivations) -> dict[str, Any]:
    """The graph as JSON; numbers are places in ``atoms``."""
    steps = [
        {
            "atom": step.atom,
            "kind": step.kind,
            "probability": step.probability,
            "where": None if step.place is None else str(step.place),
            "source": step.source,
            "premises": list(step.premises),
            "others": list(step.others),
        }
        for step in found.steps
    ]
    return {"atoms": list(found.atoms), "steps": steps, "omitted": found.omitted}


def mermaid(found: Derivations) -> str:
    """A Mermaid flowchart: atoms are boxes, steps are rounded, arrows go from premises to what follows."""
    out = ["flowchart BT"]
    out += [f'    a{i}["{_entities(atom)}"]' for i, atom in enumerate(found.atoms)]
    out += [f'    s{i}("{_entities(label)}")' for i, label in enumerate(_labels(found))]
    out += [f"    {a} --> {b}" for a, b in _arrows(found)]
    return "\n".join(out)


def dot(found: Derivations) -> str:
    """A DOT graph for Graphviz, drawn as ``mermaid``."""
    out = ["digraph proof {", "    rankdir=BT;", "    node [shape=box];"]
    out += [f"    a{i} [label={_quoted(atom)}];" for i, atom in enumerate(found.atoms)]
    out += [f"    s{i} [shape=ellipse, label={_quoted(label)}];" for i, label in enumerate(_labels(found))]
    out += [f"    {a} -> {b};" for a, b in _arrows(found)]
    return "\n".join((*out, "}"))


def _labels(found: Derivations) -> Iterator[str]:
    for step in found.steps:
        yield ", ".join((_because(step), *step.others))


def _arrows(found: Derivations) -> Iterator[tuple[str, str]]:
    for i, step in enumerate(found.steps):
        yield f"s{i}", f"a{step.atom}"
        for premise in step.premises:
            yield f"a{premise}", f"s{i}"


def _because(step: Step) -> str:
    parts = [step.kind, "" if step.place is None else str(step.place), step.source or ""]
    parts += [f"p={step.probability:.4g}"] if step.probability < 1 else []
    return ", ".join(part for part in parts if part)


def _entities(label: str) -> str:
    """Text inside Mermaid's double quotes: what it would read as markup becomes an entity."""
    out = label.replace("#", "#35;").replace("&", "#amp;").replace('"', "#quot;").replace("`", "#96;")
    return out.replace("<", "#lt;").replace(">", "#gt;").replace("\n", "<br/>").replace("\r", "")


def _quoted(label: str) -> str:
    """A DOT string."""
    escaped = label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")
    return f'"{escaped}"'
