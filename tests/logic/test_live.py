"""A live program says after every update what a run from scratch says."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from duli import logic
from duli.errors import (
    CancelledError,
    DuliError,
    InconsistentEvidenceError,
    InputError,
    LimitReachedError,
    ProgramError,
)
from duli.logic.values import encode_ints, encode_rows
from duli.types import Atom as TypedAtom
from duli.types import Limits, Proof, Relation, Value
from tests.outside.generate import CHANCES, generate
from tests.outside.program import Atom, Clause, Program

Fact = tuple[float | None, Atom]
Said = dict[str, dict[str, float] | str]
CLOSURE = "path(X,Y) :- edge(X,Y). path(X,Z) :- path(X,Y), edge(Y,Z)."
# Each kind of recursion: by the kernel, in rounds, not linear, through two predicates, with a test, under a negation.
GRAPHS = {
    "right": CLOSURE,
    "left": "path(X,Y) :- edge(X,Y). path(X,Z) :- edge(X,Y), path(Y,Z).",
    "joined": "path(X,Y) :- edge(X,Y). path(X,Z) :- path(X,Y), path(Y,Z).",
    "mutual": "path(X,Y) :- edge(X,Y). path(X,Z) :- odd(X,Y), edge(Y,Z). odd(X,Z) :- path(X,Y), edge(Y,Z).",
    "entwined": """path(X,Y) :- edge(X,Y). path(X,Z) :- path(X,Y), hop(Y,Z).
        hop(X,Y) :- edge(X,Y). hop(X,Z) :- edge(X,Y), path(Y,Z).""",
    "onward": "path(X,Y,a) :- edge(X,Y). path(X,Z,A) :- path(Y,Z,A), edge(X,Y). path(X,X,b) :- path(X,X,a).",
    "turned": "path(X,Y) :- edge(X,Y), X < Y. path(Y,X) :- path(X,Y), back(X,Y). back(X,Y) :- edge(X,Y), edge(Y,X).",
    "on the way": f"{CLOSURE} on(X,Y) :- path(X,Y). on(Y,X) :- on(X,Y), edge(X,Y).",
    "two sources": "path(Y,X) :- edge(X,Y). path(X,Z) :- edge(Y,Z), path(X,Y). path(X,X) :- edge(X,_).",
    "tested": "path(X,Y) :- edge(X,Y), X \\= Y. path(X,Z) :- path(X,Y), edge(Y,Z), X < Z.",
    "from one": "path(1,Y) :- edge(1,Y). path(1,Z) :- path(1,Y), edge(Y,Z). path(X,X) :- path(1,X).",
    "two steps": f"{CLOSURE} path(X,Z) :- edge(Y,X), path(Y,Z).",
    "around": f"""{CLOSURE}
        open(X,Y) :- edge(X,_), edge(_,Y), \\+ path(X,Y).
        next(X,Y) :- open(X,Y). next(X,Z) :- next(X,Y), open(Y,Z).""",
    "counted": f"""{CLOSURE}
        n(X,count<Y>) :- path(X,Y). most(max<N>) :- n(_,N).
        best(X) :- n(X,N), most(N). best(Y) :- best(X), edge(X,Y).""",
    "shortest": """d(X,Y,1) :- edge(X,Y). d(X,Z,N) :- d(X,Y,M), edge(Y,Z), M < 4, N is M + 1.
        s(X,Y,min<N>) :- d(X,Y,N).""",
}


def values(atom: Atom) -> tuple[Value, ...]:
    return tuple(t if t.isalpha() else float(t) if "." in t else int(t) for t in atom.terms)


def said(program: logic.Program, result: logic.Result) -> Said:
    """The rows of each predicate that hold in some world, and the queries, each with its probability."""
    found: Said = {}
    for predicate in program.predicates:
        try:
            pairs = zip(map(str, result.rows(predicate)), result.probability(predicate).tolist(), strict=True)
            found[predicate] = {row: p for row, p in pairs if p > 0}
        except InconsistentEvidenceError:
            found[predicate] = "inconsistent"
    try:
        found[""] = {str(atom): p for atom, p in result.probabilities.items()}
    except InconsistentEvidenceError:
        found[""] = "inconsistent"
    return found


def assert_same(live: Said, scratch: Said, where: str) -> None:
    assert live.keys() == scratch.keys()
    for name, found in live.items():
        expected = scratch[name]
        if isinstance(expected, str):
            assert found == expected, where
        else:
            assert found == pytest.approx(expected, abs=1e-9), f"{name} of {where}"


@dataclass
class Stream:
    """A random program, and facts that come and go.

    Args:
        stay: its rules.
        facts: its facts as they are now.
        ground: what may be stated.
        more: rules that are appended.
    """

    stay: Program
    facts: list[Fact]
    ground: list[Atom]
    more: str
    pick: random.Random

    @staticmethod
    def of(seed: str, *, boolean: bool) -> Stream:
        program, pick = generate(seed), random.Random(seed)  # noqa: S311
        loose = [c for c in program.clauses if not c.body and len(c.heads) == 1]
        facts = [
            (chance, atom) for c in loose for chance, atom in c.heads if not isinstance(chance, (str, tuple))
        ]
        stay = replace(program, clauses=tuple(c for c in program.clauses if c not in loose))
        atoms = [atom for c in program.clauses if not c.body for _, atom in c.heads]
        constants = {term for atom in atoms for term in atom.terms}
        ground = list(atoms)
        for atom in pick.choices(atoms, k=6):
            alike = [[c for c in sorted(constants) if kind(c) == kind(t)] for t in atom.terms]
            ground.append(Atom(atom.predicate, tuple(pick.choice(some) for some in alike)))
        if boolean:
            stay = replace(stay, evidence=())
        return Stream(stay, facts, ground, aggregates(program, pick) if boolean else "", pick)

    @property
    def text(self) -> str:
        stated = tuple(Clause((fact,)) for fact in self.facts)
        return f"{replace(self.stay, clauses=self.stay.clauses + stated)}\n{self.more}"

    @property
    def inputs(self) -> Mapping[str, int]:
        return {atom.predicate: len(atom.terms) for atom in self.ground}

    def step(self, live: logic.Live, provenance: str) -> None:
        """Change some facts, here and there; what fails must fail from scratch as well."""
        go = self.pick.choices(
            [atom for _, atom in self.facts] or self.ground, k=self.pick.choice((0, 1, 1, 2))
        )
        come = [
            (self.pick.choice((None, None, *CHANCES)), self.pick.choice(self.ground))
            for _ in range(self.pick.choice((0, 1, 1, 3)))
        ]
        before = self.facts
        self.facts = [fact for fact in before if fact[1] not in go] + come
        insert = {name: stated(live, facts) for name, facts in by_predicate(come).items()}
        delete = {atom.predicate: list[tuple[Value, ...]]() for atom in go}
        for atom in go:
            delete[atom.predicate].append(values(atom))
        try:
            live.update(insert, delete)
        except ProgramError as error:
            with pytest.raises(type(error), match=error.message.split(" ")[0]):
                scratch(self.text, self.inputs, provenance)
            self.facts = before


def kind(constant: str) -> str:
    return "symbol" if constant.isalpha() else "chance" if "." in constant else "number"


def by_predicate(facts: list[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact[1].predicate, []).append(fact)
    return found


def stated(live: logic.Live, facts: list[Fact]) -> Relation:
    """Facts of one predicate as codes."""
    rows = encode_rows([values(atom) for _, atom in facts], len(facts[0][1].terms), live.vocabulary)
    chances = np.array([1.0 if chance is None else chance for chance, _ in facts])
    return Relation(tuple(np.ascontiguousarray(column) for column in rows.T), chances)


def aggregates(program: Program, pick: random.Random) -> str:
    """Rules that count, and one that goes on from there."""
    arities = {atom.predicate: len(atom.terms) for c in program.clauses for atom in c.atoms()}
    lines = []
    for name, arity in sorted(arities.items()):
        names = [f"V{i}" for i in range(arity)]
        if arity and pick.random() < 0.7:
            groups = names[: pick.randrange(arity)]
            head = f"of_{name}({','.join([*groups, f'count<{names[-1]}>'])})"
            atom = f"{name}({','.join(names)})"
            lines.append(f"{head} :- {atom}.")
            lines.append(f"{head} :- {atom}, \\+ {atom.replace('V0', '_')}.")
            lines.append(f"most_{name}(max<N>) :- of_{name}({','.join([*'_' * len(groups), 'N'])}).")
    return "\n".join(lines)


def scratch(text: str, inputs: Mapping[str, int], provenance: str) -> Said:
    program = logic.compile(text, inputs=inputs)
    return said(program, program.run(provenance=provenance, goal_directed=False))


@pytest.mark.parametrize("provenance", ["exact", "boolean"])
@pytest.mark.parametrize("part", range(4))
def test_random_programs_under_random_streams(part: int, provenance: str) -> None:
    compared = 0
    for number in range(10 * part, 10 * part + 10):
        stream = Stream.of(f"live {number}", boolean=provenance == "boolean")
        program = logic.compile(stream.text, inputs=stream.inputs)
        live = program.live(provenance=provenance)
        for step in range(8):
            assert_same(
                said(program, live.result),
                scratch(stream.text, stream.inputs, provenance),
                f"step {step} of\n{stream.text}",
            )
            compared += 1
            stream.step(live, provenance)
    assert compared == 80


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_whose_edges_come_and_go(name: str) -> None:
    pick = np.random.default_rng(len(name))
    program = logic.compile(GRAPHS[name], inputs={"edge": 2})
    live = program.live(provenance="boolean")
    edges = np.empty((0, 2), np.int64)
    for step in range(40):
        come, go = (
            pick.integers(0, 12, (pick.integers(0, 4), 2)),
            pick.permutation(edges)[: pick.integers(0, 3)],
        )
        if step == 20:
            go = edges
        if step > 20:
            come = come + come // 6 * 1_000_000
        change = live.update({"edge": relation(come)}, {"edge": relation(go)})
        before = edges
        kept = [e for e in edges.tolist() if e not in go.tolist()]
        edges = np.unique(np.array(kept + come.tolist(), np.int64).reshape(-1, 2), axis=0)
        whole = program.run({"edge": relation(edges)}, provenance="boolean")
        found = {p: set(live.result.rows(p)) for p in program.predicates}
        assert found == {p: set(whole.rows(p)) for p in program.predicates}
        assert all(len(live.result.rows(p)) == len(found[p]) for p in found)
        came = {tuple(e) for e in edges.tolist()} - {tuple(e) for e in before.tolist()}
        assert set(change.added("edge")) == came
        for predicate in found:
            assert set(change.added(predicate)) <= found[predicate]
            assert not set(change.removed(predicate)) & found[predicate]


def relation(pairs: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Relation:
    return Relation(tuple(encode_ints(np.ascontiguousarray(column)) for column in pairs.T))


def test_changes_add_up() -> None:
    program = logic.compile(GRAPHS["around"], inputs={"edge": 2})
    live, pick = program.live(), random.Random(1)  # noqa: S311
    rows: dict[str, set[tuple[Value, ...]]] = {p: set() for p in program.predicates}
    for _ in range(60):
        edge = (pick.randrange(6), pick.randrange(6))
        change = live.delete("edge", [edge]) if edge in rows["edge"] else live.insert("edge", [edge])
        for predicate, had in rows.items():
            assert not had & set(change.added(predicate))
            assert had >= set(change.removed(predicate))
            had -= set(change.removed(predicate))
            had |= set(change.added(predicate))
            assert had == set(live.result.rows(predicate))


@pytest.mark.parametrize("provenance", ["exact", "boolean", "max_product"])
def test_proofs_stand_on_facts_after_deletions(provenance: str) -> None:
    program, pick = logic.compile(CLOSURE, inputs={"edge": 2}), random.Random(provenance)  # noqa: S311
    live = program.live(provenance=provenance)
    edges: set[tuple[int, int]] = set()
    for _ in range(25):
        come = {(pick.randrange(7), pick.randrange(7)) for _ in range(3)} - edges
        go = set(pick.sample(sorted(edges), min(len(edges), pick.choice((0, 2, 4)))))
        live.update({"edge": sorted(come)}, {"edge": sorted(go)})
        edges = edges - go | come
        for row in live.result.rows("path"):
            # It is checked against the program's text; a circle would not end.
            proof = live.result.proof(TypedAtom("path", row))
            assert leaves(proof) <= {f"edge({a},{b})" for a, b in edges}


def leaves(proof: Proof) -> set[str]:
    if not proof.premises:
        return {proof.atom}
    return set().union(*map(leaves, proof.premises))


def test_a_row_of_a_fact_and_a_rule_goes_with_the_last_of_them() -> None:
    live = logic.compile("p(a). q(b). p(X) :- q(X).").live()
    assert live.insert("p", [("b",)]).added("p") == []
    assert live.delete("q", [("b",)]).removed("p") == []
    assert live.delete("p", [("b",), ("a",), ("c",)]).removed("p") == [("a",), ("b",)]
    assert live.result.rows("p") == []


def test_facts_of_one_row_are_choices_of_their_own() -> None:
    live = logic.compile("0.5::p(a). q(X) :- p(X). query(q(a)).").live()
    atom = TypedAtom("q", ("a",))
    assert live.result.probabilities[atom] == 0.5
    assert live.insert("p", [("a",)], [0.5]).added("p") == []
    assert live.result.probabilities[atom] == 0.75
    live.insert("p", [("a",), ("b",)], [0.0, 0.0])
    assert live.result.probabilities[atom] == 0.75
    live.update({"p": [("a",)]}, {"p": [("a",)]})
    assert live.result.probabilities[atom] == 1.0
    live.delete("p", [("a",)])
    assert live.result.probabilities[atom] == 0.0


def test_the_first_uncertain_fact_makes_rows_possible() -> None:
    program = logic.compile("r(X) :- p(X), \\+ q(X). p(a). query(r(a)).", inputs={"q": 1})
    live, atom = program.live(), TypedAtom("r", ("a",))
    assert live.insert("q", [("a",)]).removed("r") == [("a",)]
    change = live.update(
        {"q": Relation((live.vocabulary.add_many(["a"]),), np.array([0.25]))}, {"q": [("a",)]}
    )
    assert change.added("r") == [("a",)]
    assert change.removed("q") == []
    assert live.result.probabilities[atom] == 0.75
    live.insert("q", [("a",)])
    assert live.result.probabilities[atom] == 0.0


def test_groups_sources_and_predicates_without_arguments() -> None:
    text = "both :- p(a), p(b). some :- p(_). wet :- rain. query(both). query(some). query(wet)."
    live = logic.compile(text, inputs={"p": 1, "rain": 0}).live()
    codes, half = live.vocabulary.add_many(["a", "b"]), np.full(2, 0.5)
    group = np.zeros(2, np.int64)
    live.insert("p", Relation((codes,), half, live.vocabulary.add_many(["one", "two"]), groups=group))
    live.insert("rain", [()], [0.25])
    found = {str(atom): p for atom, p in live.result.probabilities.items()}
    assert found == {"both": 0.0, "some": 1.0, "wet": 0.25}
    assert live.result.proof(TypedAtom("p", ("b",))).source == "two"
    assert (
        live.insert("p", Relation((codes[:1],), half[:1], origin="file", groups=group[:1])).added("p") == []
    )
    assert live.result.probabilities[TypedAtom("both")] == pytest.approx(0.25)
    assert live.delete("rain", [()]).removed("wet") == [()]
    assert live.result.rows("rain") == []


def test_a_result_is_of_its_time() -> None:
    live = logic.compile(CLOSURE, inputs={"edge": 2}).live()
    before = live.result
    assert live.result is before
    live.insert("edge", [("a", "b")])
    with pytest.raises(InputError, match="changed since"):
        before.rows("path")
    assert live.result.matching("path", {0: "a"}) == [("a", "b")]


def stopped(live: logic.Live, limits: Limits | None, cancel: logic.Cancel | None) -> DuliError:
    """The error of a change that is too much, in the middle of a closure of 2,000 rows."""
    more = [(i, i + 1) for i in range(60, 400)]
    with pytest.raises(DuliError) as caught:
        live.update({"edge": more}, {"edge": [(30, 31)]}, limits=limits, cancel=cancel)
    return caught.value


@pytest.mark.parametrize("name", ["right", "joined", "around"])
def test_what_is_stopped_leaves_all_as_it_was(name: str) -> None:
    program = logic.compile(GRAPHS[name], inputs={"edge": 2})
    live = program.live(provenance="boolean")
    live.insert("edge", [(i, i + 1) for i in range(60)])
    live.delete("edge", [(10, 11)])
    before = {p: set(live.result.rows(p)) for p in program.predicates}
    cancel = logic.Cancel()
    cancel.cancel()
    for error, limits, stop in (
        (LimitReachedError, Limits(tuples=1000), None),
        (LimitReachedError, Limits(seconds=0.0), None),
        (CancelledError, None, cancel),
    ):
        assert isinstance(stopped(live, limits, stop), error)
        assert {p: set(live.result.rows(p)) for p in program.predicates} == before
    live.insert("edge", [(10, 11)])
    whole = program.run({"edge": relation(np.array([(i, i + 1) for i in range(60)]))}, provenance="boolean")
    assert {p: set(live.result.rows(p)) for p in program.predicates} == {
        p: set(whole.rows(p)) for p in program.predicates
    }


def test_an_interrupt_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    program = logic.compile(CLOSURE, inputs={"edge": 2})
    live = program.live()
    live.insert("edge", [(i, i + 1) for i in range(20)])
    before = set(live.result.rows("path"))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("duli.logic.live_strata.LiveStratum._rounds", interrupted)
        with pytest.raises(KeyboardInterrupt):
            live.update({"edge": [(20, 21)]}, {"edge": [(3, 4)]})
    assert set(live.result.rows("path")) == before
    assert len(live.insert("edge", [(20, 21)]).added("path")) == 21


def test_a_mistake_changes_nothing() -> None:
    program = logic.compile("r(X,Z) :- p(X,Y), Z is 1 / Y. n(count<X>) :- p(X,_).", inputs={"p": 2})
    live = program.live()
    live.insert("p", [("a", 2)])
    with pytest.raises(ProgramError, match="divides by zero"):
        live.update({"p": [("b", 0)]}, {"p": [("a", 2)]})
    with pytest.raises(InputError, match="no predicate"):
        live.insert("q", [("a",)])
    with pytest.raises(InputError, match="named twice"):
        live.update({"p": [("c", 1)], "p/2": [("d", 1)]}, {})
    with pytest.raises(InputError, match="2 expected"):
        live.insert("p", [("a",)])
    with pytest.raises(InputError, match="in \\[0, 1\\]"):
        live.insert("p", [("a", 1)], [1.5])
    assert live.result.rows("r") == [("a", 0.5)]
    assert live.result.rows("n") == [(1,)]
