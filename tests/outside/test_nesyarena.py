"""The arena of neuro-symbolic systems: exact has no error on any of its families, in value and in gradient."""

from __future__ import annotations

import numpy as np
import pytest

from duli import logic

pytest.importorskip("nesyarena")

from nesyarena.generators import Instance, chain_family, cyclic_family, overlap_family
from nesyarena.ir import Atom, GroundProgram
from nesyarena.oracle import wmc, wmc_with_grad


class Adapter:
    """The arena's interface to a system."""

    name = "duli:exact"
    claimed_semantics = "distribution semantics"
    supports_grad = False

    def infer(
        self, program: GroundProgram, base: dict[Atom, float], queries: list[Atom]
    ) -> dict[Atom, float]:
        lines = [f"{p!r}::{_text(fact)}." for fact, p in base.items()]
        lines += [f"{_text(r.head)} :- {', '.join(map(_text, r.body))}." for r in program.rules]
        # What no fact says is not there.
        given = {a.pred for a in base} | program.idb_preds
        absent = {a.pred: a for a in program.edb_atoms if a.pred not in given}
        lines += [f"0.0::{_text(atom)}." for atom in absent.values()]
        lines += [f"query({_text(query)})." for query in queries]
        found = logic.compile("\n".join(lines)).run().probabilities
        values = {str(atom): p for atom, p in found.items()}
        return {query: values[_text(query)] for query in queries}


def _text(atom: Atom) -> str:
    return f"{atom.pred}({','.join(map(str, atom.args))})" if atom.args else str(atom.pred)


def _overlaps() -> list[Instance]:
    random = np.random.default_rng(0)
    sizes = [(P, L, c) for P in (1, 2, 3, 4, 5) for L in (1, 2, 3) for c in range(L) if c + P * (L - c) <= 16]
    return [
        overlap_family(P, L, c, p, random, het)
        for P, L, c in sizes
        for p in (0.3, 0.9)
        for het in (False, True)
    ]


FAMILIES = {
    "overlap": _overlaps(),
    "chain": [chain_family(n, p) for n in range(1, 9) for p in (0.3, 0.9)],
    "cyclic": [cyclic_family(a, b, c) for a in (0.1, 0.9) for b in (0.2, 1.0) for c in (0.5, 0.8)],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_no_error(family: str) -> None:
    adapter = Adapter()
    for instance in FAMILIES[family]:
        found = adapter.infer(instance.program, instance.probs, [instance.query])[instance.query]
        assert found == pytest.approx(wmc(instance.proofs, instance.probs), abs=1e-12), instance.params


@pytest.mark.parametrize("family", FAMILIES)
def test_values_follow_the_arena_s_gradients(family: str) -> None:
    """An answer is linear in each probability: the difference of its values at 1 and at 0 is the derivative."""
    adapter = Adapter()
    for instance in FAMILIES[family][::7]:
        _, gradient = wmc_with_grad(instance.proofs, instance.probs)
        for fact, slope in gradient.items():
            if instance.probs[fact] in (0.0, 1.0):
                continue
            ends = [
                adapter.infer(instance.program, {**instance.probs, fact: p}, [instance.query])[instance.query]
                for p in (1.0, 0.0)
            ]
            assert ends[0] - ends[1] == pytest.approx(slope, abs=1e-9)
