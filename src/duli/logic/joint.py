"""How probable it is that a proof's choices are made while what it needs to be absent is absent."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray

from duli.logic.evaluate import head_rows, instance_names
from duli.logic.grounds import Ground, probabilities
from duli.logic.lineage import Lineage
from duli.logic.rules import Rule
from duli.provenance.algebra import Tags

Ints = NDArray[np.int64]
Key = tuple[Hashable, ...]


class Joint:
    """The probability of choices and absences together: an absence may depend on the choices, and on another.

    Args:
        lineage: of the run; the tags of all rows that are asked about are known.
        rules: of the run.
    """

    def __init__(self, lineage: Lineage, rules: Iterable[Rule]) -> None:
        self.lineage, self.rules = lineage, {rule.number: rule for rule in rules}
        self._tags: dict[Key, Tags] = {}
        self._free: dict[int, dict[Key, list[Tags]]] = {}

    def probability(self, keys: Iterable[Key]) -> float:
        """Of all that some keys name: a fact, an instance of a rule, the value of a group, an absent row."""
        algebra = self.lineage.algebra
        tag: Tags = np.full(1, algebra.certain, algebra.dtype)
        for key in keys:
            if key not in self._tags:
                self._tags[key] = self._tag(*key)
            tag = algebra.conjoin(tag, self._tags[key])
        return float(algebra.probability(tag)[0])

    def _tag(self, kind: Hashable, which: Hashable, at: Hashable) -> Tags:
        if isinstance(which, int):
            return self._instance(self.rules[which], np.array([at], np.int64))
        assert isinstance(which, str)  # noqa: S101
        if kind == "fact":
            for origin in self.lineage.origins:
                if origin.predicate == which and origin.clauses is not None and at in origin.clauses:
                    made: Tags = origin.tags[origin.clauses == at]
                    return made
        tags = self.lineage.tags(which, np.array([at]))
        return self.lineage.algebra.negate(tags) if kind == "absent" else tags

    def _instance(self, rule: Rule, found: Ints) -> Tags:
        """The choice of an instance, by its variables and premises [1, k].

        Instances that agree in what they give and need are alike: any choice that is not taken yet will do.
        """
        run, width = self.lineage.run, len(rule.names)
        heads = head_rows(rule, instance_names(rule, run), found, run)
        heads = self.lineage.tables[rule.head.predicate].find(heads)
        chance = probabilities(rule.probability, rule, found)
        premises = tuple(("", rows, False) for rows in found[:, width:].T)
        (key,) = _alike(Ground(heads, premises, chance, found[:, :width] if rule.group is not None else None))
        if rule.number not in self._free:
            self._free[rule.number] = self._instances(rule)
        return self._free[rule.number][key].pop()

    def _instances(self, rule: Rule) -> dict[Key, list[Tags]]:
        """The choices of a rule's instances that have any, those of instances that are alike together."""
        found: dict[Key, list[Tags]] = {}
        ground = self.lineage.ground(rule)
        keys = _alike(ground)
        for origin in self.lineage.origins:
            if origin.rule is not None and origin.rule.number == rule.number:
                picked = np.flatnonzero(np.isin(ground.heads, origin.rows))
                for i, at in enumerate(picked.tolist()):
                    found.setdefault(keys[at], []).append(origin.tags[i : i + 1])
        return found


def _alike(ground: Ground) -> list[Key]:
    """What each instance gives and needs, with its probability, and its variables where they name its choice."""
    columns = [ground.heads, *(rows for _, rows, _ in ground.premises)]
    if ground.probabilities is not None:
        columns.append(ground.probabilities.view(np.int64))
    if ground.bindings is not None:
        columns += list(ground.bindings.T)
    return list(zip(*(column.tolist() for column in columns), strict=True))
