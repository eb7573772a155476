"""Which rows exclude one another: columns that, in every world, follow from the others.

- An exclusive group gives a world at most one of its rows: ``digit(I, X)`` has one X for each I, its key. Then
  ``carry(J, C)``, computed from such rows, has one C for each J, and so on through all rules.
- Rows of a predicate with the same key are a class. Two instances of rules exclude one another where they need
  different rows of one class, or different choices of one group.
- Which columns are a key is guessed from the rules; whether they are is decided on the instances. A class is kept only
  if any two instances that give different rows of it exclude one another. Within a recursion that is enough, by
  induction: if what a row is derived from keeps to the classes, the row does.
- Instances of one row that exclude one another make its probability a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.logic.rules import Rule
from duli.logic.strata import Stratum
from duli.logic.syntax import Comparison, Constant, Variable, variables
from duli.logic.table import Table
from duli.logic.tables import Tables

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Columns = Mapping[str, frozenset[int]]
_P1, _P2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Ways:
    """Instances of a rule, or facts: ways in which rows of a predicate can hold.

    Args:
        predicate: whose rows.
        heads: the row [m] that each gives.
        premises: (predicate, rows [m]) of each uncertain literal that is not negated.
        groups: the number of the exclusive group of each one's own choice [m]; None where all choose alone.
        members: which of its group that choice is [m].
    """

    predicate: str
    heads: Ints
    premises: tuple[tuple[str, Ints], ...] = ()
    groups: Ints | None = None
    members: Ints | None = None


class Dependencies:
    """What is known of a run's rows.

    Args:
        strata: all of the program, in order.
        uncertain: predicates whose rows hold in some worlds only.
        tables: the rows.
        ways: gives all instances of a stratum's rules and all its facts.
    """

    def __init__(
        self,
        strata: Sequence[Stratum],
        uncertain: frozenset[str],
        tables: Tables,
        ways: Callable[[Stratum], Iterator[Ways]],
    ) -> None:
        self._strata, self._uncertain, self._tables, self._ways = strata, uncertain, tables, ways
        self._classes: dict[str, Ints | None] = {}
        self._sums: dict[str, Mask] = {}
        self._used = 0
        groups = {name: r.groups for name, r in tables.relations.items() if r.groups is not None}
        rules = [rule for stratum in strata for rule in stratum.rules]
        self.any = bool(groups) or any(rule.group is not None for rule in rules)
        if self.any:
            chosen = _chosen(rules, {n: (g, tables.relations[n].columns) for n, g in groups.items()})
            cases = {p: chosen.get(p, frozenset()) | c for p, c in _cases(rules).items()}
            self._guesses = [varied(strata, uncertain, start) for start in ({**chosen, **cases}, chosen)]

    def sums(self, predicate: str) -> Mask:
        """Of which rows [n] of a predicate no two instances hold in one world."""
        if not self.any:
            return np.zeros(self._tables[predicate].n, np.bool_)
        self._know(predicate)
        return self._sums[predicate]

    def classes(self, predicate: str) -> Ints | None:
        """The class of each row [n] of an uncertain predicate; None where none excludes another."""
        if not self.any:
            return None
        self._know(predicate)
        return self._classes[predicate]

    def _know(self, predicate: str) -> None:
        if predicate not in self._sums:
            for stratum in self._needed(predicate):
                self._settle(stratum)

    def _needed(self, predicate: str) -> list[Stratum]:
        """The strata that a predicate depends on, in order, but for those that are settled."""
        wanted, found = {predicate}, list[Stratum]()
        for stratum in reversed(self._strata):
            if stratum.predicates & wanted & self._uncertain - self._sums.keys():
                found.append(stratum)
                wanted |= {g.predicate for rule in stratum.rules for g in rule.positives}
        return found[::-1]

    def _settle(self, stratum: Stratum) -> None:
        """Find the classes of a stratum's rows: guess, and take back what does not hold until all does."""
        ways: dict[str, list[Ways]] = {p: [] for p in sorted(stratum.predicates & self._uncertain)}
        for way in self._ways(stratum):
            ways[way.predicate].append(way)
        guess = dict.fromkeys(ways, 0)
        for predicate in ways:
            self._classes[predicate] = self._by_key(predicate, 0)
        while failed := [p for p in ways if not self._holds(p, ways[p])]:
            for predicate in failed:
                guess[predicate] += 1
                self._classes[predicate] = self._by_key(predicate, guess[predicate])
        for predicate, own in ways.items():
            heads = np.concatenate([way.heads for way in own]) if own else np.empty(0, np.int64)
            parts = parted(heads, *self._entries(own))
            self._sums[predicate] = np.ones(self._tables[predicate].n, np.bool_)
            self._sums[predicate][heads[np.bincount(parts)[parts] > 1]] = False

    def _by_key(self, predicate: str, guess: int) -> Ints | None:
        """The class of each row, by the guess with this number; None where no row has another one beside it."""
        if guess == len(self._guesses):
            return None
        table = self._tables[predicate]
        key = sorted(set(range(table.arity)) - self._guesses[guess].get(predicate, frozenset()))
        if len(key) == table.arity or not table.n:
            return None
        classes = Table(len(key)).insert(np.ascontiguousarray(table.rows[:, key]), ids=True)
        self._used += int(classes.max()) + 1
        # Below 0, apart from the numbers of groups.
        return classes - self._used

    def _holds(self, predicate: str, ways: list[Ways]) -> bool:
        """Whether instances that give different rows of a class exclude one another."""
        classes = self._classes[predicate]
        if classes is None or not ways:
            return True
        heads = np.concatenate([way.heads for way in ways])
        parts = parted(classes[heads] - classes.min(), *self._entries(ways))
        order = np.argsort(parts, kind="stable")
        same = parts[order][1:] == parts[order][:-1]
        return not (same & (heads[order][1:] != heads[order][:-1])).any()

    def _entries(self, ways: list[Ways]) -> tuple[Ints, Ints, Ints]:
        """What instances, counted through, need of classes and groups: instance, class, and which of the class."""
        found, start = [np.empty((3, 0), np.int64)], 0
        for way in ways:
            own = np.arange(start, start + len(way.heads))
            start += len(way.heads)
            for predicate, rows in way.premises:
                classes = self._classes[predicate]
                if classes is not None:
                    found.append(np.stack((own, classes[rows], rows)))
            if way.groups is not None and way.members is not None:
                found.append(np.stack((own, way.groups, way.members)))
        instances, classes, values = np.concatenate(found, 1)
        return instances, classes, values


def parted(start: Ints, instances: Ints, classes: Ints, values: Ints) -> Ints:
    """Split parts of instances until what is left together is not known to exclude one another.

    Where all instances of a part need something of a class, those that need different things of it part. Equal hashes
    leave together what could part: that errs on the safe side.

    Args:
        start: the part of each instance [m], from 0.
        instances, classes, values: that an instance needs a value of a class [k].

    Returns:
        The part of each instance [m], from 0; any two of different parts that started in the same exclude one another.
    """
    _, parts = np.unique(start, return_inverse=True)
    if not len(instances):
        return parts
    _, classes = np.unique(classes, return_inverse=True)
    kinds = int(classes.max()) + 1
    # Of two values of one class, that an instance cannot both have, one will do.
    _, first = np.unique(instances * kinds + classes, return_index=True)
    instances, classes, values = instances[first], classes[first], values[first]
    hashes = _mixed(_mixed(classes) + values.astype(np.uint64))
    count = int(parts.max()) + 1
    while True:
        _, pair, times = np.unique(
            parts[instances] * kinds + classes, return_inverse=True, return_counts=True
        )
        common = times[pair] == np.bincount(parts)[parts[instances]]
        words = _mixed(parts)
        np.add.at(words, instances[common], hashes[common])
        _, parts = np.unique(words, return_inverse=True)
        before, count = count, int(parts.max()) + 1
        if count <= before:
            return parts


def varied(strata: Sequence[Stratum], uncertain: frozenset[str], start: Columns) -> Columns:
    """The columns of each predicate that get what choices vary, from those where the choices are."""
    found: dict[str, set[int]] = {p: set(columns) for p, columns in start.items()}
    for stratum in strata:
        rules = [rule for rule in stratum.rules if rule.head.predicate in uncertain]
        changed = True
        while changed:
            changed = False
            for rule in rules:
                names, columns = _varied(rule, found), found.setdefault(rule.head.predicate, set())
                terms = enumerate(rule.head.terms)
                new = {i for i, t in terms if isinstance(t, Variable) and t.name in names} - columns
                columns |= new
                changed |= bool(new) and stratum.recursive
    return {predicate: frozenset(columns) for predicate, columns in found.items()}


def _varied(rule: Rule, columns: Mapping[str, set[int]]) -> set[str]:
    """The variables of a rule that get what varies: from a premise, or computed from such."""
    bound = {v.name for literal in rule.positives for v in variables(literal)}
    found = {
        term.name
        for literal in rule.positives
        for i, term in enumerate(literal.terms)
        if isinstance(term, Variable) and i in columns.get(literal.predicate, ())
    }
    computed = [{v.name for v in variables(goal)} for goal in rule.body if isinstance(goal, Comparison)]
    changed = True
    while changed:
        new = {name for names in computed if names & found for name in names - bound} - found
        found |= new
        changed = bool(new)
    return found


def _chosen(rules: Sequence[Rule], given: Mapping[str, tuple[Ints, tuple[Ints, ...]]]) -> Columns:
    """The columns in which the members of a group differ: alternatives of a rule, rows of a relation."""
    found: dict[str, frozenset[int]] = {}
    heads: dict[tuple[int, str], set[tuple[object, ...]]] = {}
    for rule in rules:
        if rule.group is not None:
            terms = tuple(t.name if isinstance(t, Variable) else t for t in rule.head.terms)
            heads.setdefault((rule.group, rule.head.predicate), set()).add(terms)
    for (_, predicate), several in heads.items():
        found[predicate] = found.get(predicate, frozenset()) | _differing(several)
    for predicate, (groups, columns) in given.items():
        order = np.argsort(groups, kind="stable")
        same = np.diff(groups[order]) == 0
        new = {i for i, column in enumerate(columns) if (same & (np.diff(column[order]) != 0)).any()}
        found[predicate] = found.get(predicate, frozenset()) | new
    return found


def _cases(rules: Sequence[Rule]) -> Columns:
    """The columns in which rules with bodies say different constants."""
    constants: dict[str, set[tuple[object, ...]]] = {}
    for rule in rules:
        if rule.group is None:
            terms = tuple(t if isinstance(t, Constant) else None for t in rule.head.terms)
            constants.setdefault(rule.head.predicate, set()).add(terms)
    return {
        predicate: frozenset(
            i for i, column in enumerate(zip(*several, strict=True)) if len({*column} - {None}) > 1
        )
        for predicate, several in constants.items()
    }


def _differing(several: set[tuple[object, ...]]) -> frozenset[int]:
    return frozenset(i for i, column in enumerate(zip(*several, strict=True)) if len(set(column)) > 1)


def _mixed(x: Ints | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Words with their bits spread (the finaliser of SplitMix64, Steele 2014)."""
    words = x.astype(np.uint64) + _P1
    words = (words ^ (words >> np.uint64(30))) * _P2
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
