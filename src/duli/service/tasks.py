"""What ``duli run`` does beside marginals: the best world, samples, learning, decisions, bounds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duli.errors import InputError, LimitReachedError
from duli.logic import Program, Result
from duli.logic.decision import decide
from duli.logic.learning import UNKNOWN, learn, read_interpretations
from duli.logic.parser import parse
from duli.logic.rules import check
from duli.logic.worlds import best_world, sample
from duli.service import terminal
from duli.types import Limits


@dataclass(frozen=True)
class Shown:
    """What a task found: as data, and as lines for people."""

    data: dict[str, Any]
    lines: Iterable[str]


def show(made: Shown, begun: float, *, as_json: bool, code: int = 0) -> int:
    """Print it; returns the exit code."""
    if as_json:
        terminal.print_json({**made.data, "seconds": round(time.monotonic() - begun, 4)})
    else:
        for line in made.lines:
            print(line)
    return code


def bounded(result: Result, program: Program, limit: LimitReachedError) -> Shown:
    """Bounds of what is asked, where a limit was reached."""
    bounds = result.bounds
    answers = [
        {
            "atom": str(atom),
            "probability": low if low == high else None,
            "kind": "exact" if low == high else "bounds",
            "interval": [low, high],
            "proof": None,
        }
        for atom, (low, high) in bounds.items()
    ]
    lines = [
        f"{low:.10g}\t{atom}" if low == high else f"[{low:.10g}, {high:.10g}]\t{atom}"
        for atom, (low, high) in bounds.items()
    ]
    query = ", ".join(map(str, program.queries))
    data = {"query": query, "answers": answers, "abstained": False, "reason": limit.message}
    return Shown(data, [*lines, f"limit: {limit.message}; hint: {limit.hint}"])


def world(result: Result) -> Shown:
    """The most probable world."""
    best = best_world(result)
    atoms = {str(atom): holds for atom, holds in best.atoms.items()}
    made = [
        {
            "atom": str(choice.atom),
            "probability": choice.probability,
            "made": on,
            "where": str(choice.place or ""),
        }
        for choice, on in best.choices
    ]
    lines = [f"{str(on).lower()}\t{atom}" for atom, on in atoms.items()]
    return Shown(
        {"probability": best.probability, "atoms": atoms, "choices": made},
        [f"probability {best.probability:.10g}", *lines],
    )


def sampled(result: Result, n: int, seed: int) -> Shown:
    """Worlds drawn given the evidence, one a line."""
    drawn = sample(result, n, seed=seed)
    rows = [[str(atom) for atom, holds in drawn.items() if holds[i]] for i in range(n)]
    return Shown({"n": n, "seed": seed, "worlds": rows}, (" ".join(row) or "-" for row in rows))


def learned(text: str, name: str, examples: Path, seed: int, limits: Limits) -> Shown:
    """The learnable probabilities, most likely for a file of examples."""
    try:
        lines = examples.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the examples cannot be read ({error})", where=str(examples)) from error
    rules = check(parse(text, name), {}, unknown=UNKNOWN)
    known = read_interpretations(lines, str(examples), rules)
    found = learn(text, known, name=name, seed=seed, limits=limits)
    data = {
        "parameters": [{"where": str(p), "head": head, "probability": x} for p, head, x in found.parameters],
        "log_likelihood": found.log_likelihoods[-1],
        "rounds": len(found.log_likelihoods),
        "converged": found.converged,
    }
    shown = [f"{x:.10g}\t{head}\t{place}" for place, head, x in found.parameters]
    end = "converged" if found.converged else "not converged"
    return Shown(
        data, [*shown, f"log-likelihood {found.log_likelihoods[-1]:.10g}, {data['rounds']} rounds, {end}"]
    )


def decided(text: str, name: str, limits: Limits) -> Shown:
    """The best decisions."""
    found = decide(text, name=name, limits=limits)
    made = {str(atom): on for atom, on in found.decisions.items()}
    lines = [f"{'yes' if on else 'no'}\t{atom}" for atom, on in made.items()]
    about = "" if found.kind == "exact" else " at least"
    return Shown(
        {"decisions": made, "utility": found.utility, "kind": found.kind},
        [*lines, f"expected utility{about} {found.utility:.10g}"],
    )
