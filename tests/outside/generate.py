"""Random programs: small ones in which everything that the language has meets everything else."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.outside.program import Atom, Chance, Clause, Goal, Literal, Program, Term, Test

# Sorts keep arithmetic and the probabilities held by variables away from symbols, where all engines would refuse.
CONSTANTS = {"symbol": ("a", "b", "c"), "number": ("1", "2", "3"), "chance": ("0.25", "0.4")}
VARIABLES = {"symbol": ("X", "Y", "Z"), "number": ("N", "M"), "chance": ("P",)}
CHANCES = (0.1, 0.25, 0.3, 0.5, 0.5, 0.6, 0.9)
ORDER = ("<", ">", "=<", ">=", "=:=", "=\\=", "==", "\\==")


@dataclass(frozen=True)
class _Predicate:
    name: str
    sorts: tuple[str, ...]
    layer: int


@dataclass
class _Maker:
    random: random.Random
    predicates: list[_Predicate] = field(default_factory=list)
    constants: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def often(self, p: float) -> bool:
        return self.random.random() < p

    def program(self) -> Program:
        pick = self.random
        self.constants = {
            "symbol": CONSTANTS["symbol"][: pick.choice((2, 2, 3))],
            "number": CONSTANTS["number"][: pick.choice((2, 3))],
            "chance": CONSTANTS["chance"],
        }
        self.declare()
        clauses: list[Clause] = []
        for predicate in self.predicates:
            if predicate.layer == 0 or self.often(0.15):
                clauses += self.facts(predicate)
            if predicate.layer:
                clauses += [self.rule(predicate) for _ in range(pick.choice((1, 1, 2, 2, 3)))]
        pick.shuffle(clauses)
        return Program(tuple(clauses), self.queries(), self.evidence(clauses))

    def declare(self) -> None:
        names, pick = iter("efgpqrstuv"), self.random
        for layer, most in ((0, 3), (1, 3), (2, 2), (3, 1)):
            for _ in range(pick.randint(1 if layer < 2 else 0, most)):
                size = pick.choice((0, 1, 1, 1, 2, 2, 2, 3) if layer else (0, 1, 1, 2, 2, 2))
                sorts = [pick.choice(("symbol", "symbol", "symbol", "number")) for _ in range(size)]
                if layer == 0 and size == 2 and self.often(0.15):
                    sorts[1] = "chance"
                self.predicates.append(_Predicate(next(names), tuple(sorts), layer))

    def ground(self, predicate: _Predicate) -> Atom:
        terms = tuple(self.random.choice(self.constants[sort]) for sort in predicate.sorts)
        return Atom(predicate.name, terms)

    def facts(self, predicate: _Predicate) -> list[Clause]:
        pick, made = self.random, []
        for _ in range(pick.choice((1, 2, 2, 3, 4)) if predicate.sorts else 1):
            atom = self.ground(predicate)
            if self.often(0.1):
                others = [q for q in self.predicates if "chance" not in q.sorts]
                heads = [atom, *(self.ground(pick.choice(others)) for _ in others[:2])]
                made.append(Clause(self.shared(tuple(heads))))
                continue
            chance = None if "chance" in predicate.sorts or self.often(0.4) else self.chance()
            made.append(Clause(((chance, atom),)))
            if self.often(0.1):
                made.append(Clause(((chance if self.often(0.5) else self.chance(), atom),)))
        return made

    def chance(self) -> float:
        return self.random.choice((0.0, 1.0)) if self.often(0.03) else self.random.choice(CHANCES)

    def shared(self, heads: tuple[Atom, ...]) -> tuple[tuple[Chance | None, Atom], ...]:
        """Chances that exclude one another; what is left of 1 may be nothing."""
        parts = [self.random.randint(1, 4) for _ in heads]
        total = sum(parts) + (0 if self.often(0.3) else self.random.randint(1, 4))
        # Binary fractions where they sum to 1, so that no engine stumbles over a rounding.
        total = total if sum(parts) < total else 8
        if total == 8:
            parts = [8 // (2 * len(heads))] * len(heads)
            parts[0] += 8 - sum(parts)
        return tuple((part / total, atom) for part, atom in zip(parts, heads, strict=True))

    def rule(self, head: _Predicate) -> Clause:
        pick = self.random
        heads = [head]
        if self.often(0.12):
            heads.append(pick.choice([p for p in self.predicates if p.layer >= 1]))
        layer = min(p.layer for p in heads)
        bound: dict[str, set[Term]] = {sort: set() for sort in CONSTANTS}
        body = self.positives(layer, bound)
        body += self.tests(bound)
        below = [p for p in self.predicates if p.layer < layer]
        if below and self.often(0.4):
            body.append(Literal(self.negatable(pick.choice(below), bound), True))
        pick.shuffle(body)
        atoms = tuple(self.bound_atom(p, bound) for p in heads)
        if len(heads) == 1 and not self.often(0.25):
            return Clause(((None, atoms[0]),), tuple(body))
        if bound["number"] and self.often(0.2):
            divisor = 10
            variables = sorted(bound["number"])
            return Clause(tuple(((pick.choice(variables), divisor), a) for a in atoms), tuple(body))
        if bound["chance"] and len(heads) <= 2 and self.often(0.7):
            return Clause(tuple((pick.choice(sorted(bound["chance"])), a) for a in atoms), tuple(body))
        if len(heads) == 1:
            return Clause(((self.chance(), atoms[0]),), tuple(body))
        return Clause(self.shared(atoms), tuple(body))

    def positives(self, layer: int, bound: dict[str, set[Term]]) -> list[Goal]:
        same = [p for p in self.predicates if p.layer == layer]
        below = [p for p in self.predicates if p.layer < layer]
        goals: list[Goal] = []
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            pool = same if same and self.often(0.35) else below or same
            predicate = self.random.choice(pool)
            terms = [self.term(sort, bound) for sort in predicate.sorts]
            goals.append(Literal(Atom(predicate.name, tuple(terms))))
        return goals

    def term(self, sort: str, bound: dict[str, set[Term]]) -> Term:
        if self.often(0.06):
            return "_"
        if self.often(0.12):
            return self.random.choice(self.constants[sort])
        name = self.random.choice(VARIABLES[sort])
        bound[sort].add(name)
        return name

    def negatable(self, predicate: _Predicate, bound: dict[str, set[Term]]) -> Atom:
        terms = []
        for sort in predicate.sorts:
            choices = [*sorted(bound[sort]) * 2, self.random.choice(self.constants[sort]), "_"]
            terms.append(self.random.choice(choices))
        return Atom(predicate.name, tuple(terms))

    def bound_atom(self, predicate: _Predicate, bound: dict[str, set[Term]]) -> Atom:
        terms = []
        for sort in predicate.sorts:
            constant = self.random.choice(self.constants[sort])
            known = sorted(bound[sort])
            terms.append(self.random.choice(known) if known and not self.often(0.1) else constant)
        return Atom(predicate.name, tuple(terms))

    def tests(self, bound: dict[str, set[Term]]) -> list[Goal]:
        pick, goals = self.random, list[Goal]()
        numbers, symbols = sorted(bound["number"]), sorted(bound["symbol"])
        if symbols and self.often(0.12):
            other = pick.choice([*symbols, *self.constants["symbol"]])
            goals.append(Test(pick.choice(symbols), pick.choice(("==", "\\==", "\\=")), other))
        if numbers and self.often(0.25):
            other = pick.choice([*numbers, *self.constants["number"]])
            goals.append(Test(pick.choice(numbers), pick.choice(ORDER), other))
        free = [v for v in VARIABLES["number"] if v not in numbers]
        if numbers and free and self.often(0.3):
            # The bound on what is computed keeps a recursion finite.
            goals.append(Test(free[0], "is", pick.choice(numbers), 1))
            goals.append(Test(free[0], "=<", self.constants["number"][-1]))
            bound["number"].add(free[0])
        return goals

    def queries(self) -> tuple[Atom, ...]:
        pick = self.random
        if self.often(0.6):
            return tuple(Atom(p.name, _distinct(p.sorts)) for p in self.predicates)
        asked = pick.sample(self.predicates, min(len(self.predicates), pick.randint(1, 3)))
        found = []
        for predicate in asked:
            terms = [
                pick.choice(self.constants[s]) if self.often(0.5) else f"{s[0].upper()}{pick.randint(0, 1)}"
                for s in predicate.sorts
            ]
            found.append(Atom(predicate.name, tuple(terms)))
        return tuple(found)

    def evidence(self, clauses: list[Clause]) -> tuple[tuple[Atom, bool], ...]:
        if self.often(0.65):
            return ()
        heads = [atom for c in clauses if not c.body for _, atom in c.heads]
        observed = []
        for _ in range(self.random.choice((1, 1, 2, 3))):
            atom = self.ground(self.random.choice(self.predicates))
            atom = self.random.choice(heads) if heads and self.often(0.4) else atom
            observed.append((atom, self.often(0.5)))
        return tuple(observed)


def _distinct(sorts: tuple[str, ...]) -> tuple[Term, ...]:
    return tuple(f"V{i}" for i in range(len(sorts)))


def generate(seed: str) -> Program:
    """The program of a seed, always the same."""
    return _Maker(random.Random(seed)).program()  # noqa: S311
