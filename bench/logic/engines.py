"""One task on one engine: each function loads what it needs, and returns what is to be timed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.logic import inputs, peers
from bench.logic.inputs import Pairs
from bench.logic.peers import Timed, clingo, deepproblog_addition

if TYPE_CHECKING:
    from duli.types import Relation

CLOSURE = "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y)."
EGGLOG = "(rule ((e x y)) ((p x y))) (rule ((p x z) (e z y)) ((p x y)))"
PYDATALOG = "p(X,Y) <= e(X,Y)\np(X,Y) <= p(X,Z) & e(Z,Y)"
JOINED = "p(X,Y) :- e(X,Y), X >= 0. p(X,Y) :- p(X,Z), e(Z,Y), Y >= 0."
SAME = "p(X,Y) :- e(X,Q), e(Y,Q), X \\== Y. p(X,Y) :- e(X,A), p(A,B), e(Y,B)."
ONTOLOGY = """csc(X,Y) :- sc(X,Y). csc(X,Z) :- csc(X,Y), sc(Y,Z). csp(X,Y) :- sp(X,Y). csp(X,Z) :- csp(X,Y), sp(Y,Z).
tt(S,P,O) :- tr(S,P,O). tt(S,Q,O) :- tt(S,P,O), csp(P,Q).
tty(X,C) :- ty(X,C). tty(X,C) :- tt(X,P,_), dom(P,C). tty(Y,C) :- tt(_,P,Y), ran(P,C).
tty(X,D) :- tty(X,C), csc(C,D)."""
SQL = {
    "closure": "with recursive p(x,y) as (select a,b from e union select p.x,e.b from p join e on p.y=e.a) "
    "select count(*) from p",
    "reach": "with recursive p(y) as (select b from e where a={s} union select e.b from p join e on p.y=e.a) "
    "select count(*) from p",
    "same": "with recursive p(x,y) as (select u.a,v.a from e u join e v on u.b=v.b where u.a<>v.a union "
    "select u.a,v.a from p join e u on u.b=p.x join e v on v.b=p.y) select count(*) from p",
}


def busiest(edges: Pairs) -> int:
    return int(np.bincount(edges[:, 0]).argmax())


def duli(text: str, tables: dict[str, Pairs], counted: str) -> Timed:
    from duli import logic

    program = logic.compile(text, inputs={name: rows.shape[1] for name, rows in tables.items()})
    relations = {name: given(rows) for name, rows in tables.items()}
    return lambda: float(len(program.run(relations, provenance="boolean").codes(counted)))


def duckdb(query: str, tables: dict[str, Pairs]) -> Timed:
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads=1")
    for name, rows in tables.items():
        source = {
            c: np.ascontiguousarray(rows[:, i].astype(np.int32)) for i, c in enumerate("abc"[: rows.shape[1]])
        }
        connection.register("source", source)
        connection.execute(f"create table {name} as select * from source")  # noqa: S608
        connection.unregister("source")

    def run() -> float:
        found = None
        for statement in query.split(";"):
            found = connection.execute(statement).fetchone()
        return float(found[0]) if found else 0.0

    return run


def duckdb_ontology(made: dict[str, Pairs]) -> Timed:
    steps = [
        f"create or replace table c{k} as with recursive p(a,b) as (select a,b from {k} union "  # noqa: S608
        f"select p.a,e.b from p join {k} e on p.b=e.a) select * from p"
        for k in ("sc", "sp")
    ]
    steps += [
        "create or replace table t as select a,b,c from tr union select t.a,s.b,t.c from tr t join csp s on t.b=s.a",
        "create or replace table t0 as select a,b from ty union select t.a,d.b from t join dom d on t.b=d.a "
        "union select t.c,d.b from t join ran d on t.b=d.a",
        "create or replace table t2 as select a,b from t0 union select t.a,s.b from t0 t join csc s on t.b=s.a",
        "select count(*) from t2",
    ]
    return duckdb(";".join(steps), made)


def duli_exact(text: str) -> Timed:
    from duli import logic
    from duli.provenance import exact

    program = logic.compile(text)

    def run() -> float:
        exact.forget()
        return float(sum(program.run().probabilities.values()))

    return run


def problog(text: str) -> Timed:
    from problog import get_evaluatable
    from problog.program import PrologString

    sys.setrecursionlimit(100_000)
    return lambda: float(sum(get_evaluatable().create_from(PrologString(text)).evaluate().values()))


def same_shape(shared: bool) -> Timed:
    """10,000 queries of one structure (a bridge of five choices), each with probabilities of its own."""
    from duli import logic
    from duli.provenance import exact

    random = np.random.default_rng(0)
    n = 10_000 if shared else 100
    p = random.uniform(0.1, 0.9, (n, 5)).round(3)
    names = ("a", "b", "c", "d", "x")
    facts = "".join(f"{p[i, j]}::{name}({i}). " for i in range(n) for j, name in enumerate(names))
    rules = "q(I) :- a(I), c(I). q(I) :- b(I), d(I). q(I) :- a(I), x(I), d(I). q(I) :- b(I), x(I), c(I). query(q(I))."
    result = logic.compile(facts + "\n" + rules).run(goal_directed=False)
    rows = np.arange(n)
    lineage = result.chances.lineage
    assert lineage is not None
    tags = lineage.tags("q", rows)

    def together() -> float:
        exact.forget()
        return float(lineage.algebra.probability(tags).sum())

    def alone() -> float:
        total = 0.0
        for i in range(n):
            exact.forget()
            total += float(lineage.algebra.probability(tags[i : i + 1])[0])
        return 100 * total

    return together if shared else alone


TWO = "0.3::rain. 0.5::sprinkler. wet :- rain. wet :- sprinkler. query(wet)."
TWO_RECURSIVE = """0.3::edge(a,b). 0.5::edge(b,c).
path(X,Y) :- edge(X,Y). path(X,Y) :- edge(X,Z), path(Z,Y). query(path(a,X))."""


def two_rules(text: str) -> Timed:
    from duli import logic

    return lambda: float(sum(logic.compile(text).run().probabilities.values()))


ADDITION = """part(0, 0, 0).
part(J, S, C) :- part(I, T, B), digit(a, I, X), digit(b, I, Y),
    Z is X + Y + B, S is T + 10 ** I * (Z mod 10), C is Z // 10, J is I + 1.
sum(S) :- part({digits}, T, C), S is T + 10 ** {digits} * C.
query(sum(S))."""


def digit_addition(digits: int, samples: int) -> Timed:
    """Sums of two numbers: distributions of the digits in, that of the sum out, and the gradient back."""
    import torch

    from duli.torch import LogicLayer

    rows = [(w, i, d) for w in "ab" for i in range(digits) for d in range(10)]
    text = ADDITION.format(digits=digits)
    layer = LogicLayer(text, {"digit": rows}, exclusive={"digit": 2}, logits=True)
    given, sums = inputs.digits(samples, digits)
    logits = torch.from_numpy(given.reshape(samples, -1)).requires_grad_()
    column = {atom.arguments[0]: i for i, atom in enumerate(layer.atoms)}
    sample, wanted = torch.arange(samples), torch.tensor([column[s] for s in sums.tolist()])

    def run() -> float:
        logits.grad = None
        loss = -layer({"digit": logits})[sample, wanted].log().sum()
        loss.backward()
        return float(loss.detach())

    return run


def given(edges: Pairs) -> Relation:
    from duli.logic.values import encode_ints
    from duli.types import Relation

    return Relation(tuple(encode_ints(np.ascontiguousarray(column)) for column in edges.T))


def incremental(edges: Pairs, come: Pairs, go: Pairs, percentile: float) -> Timed:
    """Edges that come one by one, or that go, and the closure that is kept: a percentile of the seconds of one."""
    from duli import logic

    def run() -> tuple[float, float]:
        live = logic.compile(CLOSURE, inputs={"e": 2}).live({"e": given(edges)}, provenance="boolean")
        seconds = []
        for update, changed in ((live.insert, come), (live.delete, go)):
            for edge in map(given, changed[:, None]):
                begun = time.perf_counter()
                update("e", edge)
                seconds.append(time.perf_counter() - begun)
        return float(len(live.result.codes("p"))), float(np.percentile(seconds, percentile))

    return run


def incremental_tasks() -> dict[str, dict[str, Callable[[], Timed]]]:
    """One edge more or less in a closure of 2 million rows or more, beside a closure from scratch."""
    random, none = np.random.default_rng(3), np.empty((0, 2), np.int64)
    found: dict[str, dict[str, Callable[[], Timed]]] = {}
    for name, edges in (("random", inputs.random_graph(2000, 4000)), ("chain", inputs.chain(2000))):
        more = np.concatenate((edges, random.integers(0, 2000, (1000, 2))))
        fewer = random.permutation(np.unique(more, axis=0))
        for what, before, come, go, after in (
            ("1,000 edges come", edges, more[len(edges) :], none, more),
            ("100 edges go", more, none, fewer[:100], fewer[100:]),
        ):
            found[f"incremental, {name}, {what}"] = {
                "duli, median of one": partial(incremental, before, come, go, 50),
                "duli, 99th percentile": partial(incremental, before, come, go, 99),
                "duli, from scratch": partial(duli, CLOSURE, {"e": after}, "p"),
                "DuckDB, from scratch": partial(duckdb, SQL["closure"], {"e": after}),
            }
    return found


def million_facts() -> Timed:
    pairs = np.random.default_rng(0).integers(0, 10**6, (10**6, 2))
    return duli("same(X) :- e(X, X).", {"e": pairs}, "e")


def tasks() -> dict[str, dict[str, Callable[[], Timed]]]:
    """Every task: its engines, each a function that makes ready what is timed. Ours is the first."""
    found: dict[str, dict[str, Callable[[], Timed]]] = {}
    graphs: dict[str, Callable[[], Pairs]] = {
        "random 2,000 / 4,000": lambda: inputs.random_graph(2000, 4000),
        "chain 2,000": lambda: inputs.chain(2000),
        "R-MAT 2^15 / 14,000": lambda: inputs.power_law(15, 14_000, 3),
    }
    for name, graph in graphs.items():
        found[f"closure, {name}"] = {
            "duli": lambda g=graph: duli(CLOSURE, {"e": g()}, "p"),  # type: ignore[misc]
            "DuckDB": lambda g=graph: duckdb(SQL["closure"], {"e": g()}),  # type: ignore[misc]
        }
        found[f"closure by joins, {name}"] = {
            "duli": lambda g=graph: duli(JOINED, {"e": g()}, "p"),  # type: ignore[misc]
            "DuckDB": lambda g=graph: duckdb(SQL["closure"], {"e": g()}),  # type: ignore[misc]
        }
    for name in ("random 2,000 / 4,000", "chain 2,000"):
        found[f"closure, {name}"] |= {
            "clingo": lambda g=graphs[name]: clingo(CLOSURE, g()),  # type: ignore[misc]
            "SWI-Prolog, tabling": lambda g=graphs[name]: peers.swi(CLOSURE, g()),  # type: ignore[misc]
            "egglog": lambda g=graphs[name]: peers.egglog(EGGLOG, g()),  # type: ignore[misc]
            "pyDatalog": lambda g=graphs[name]: peers.pydatalog(PYDATALOG, g()),  # type: ignore[misc]
        }
    generation = partial(inputs.parents, 6000, 5, 0.15, 1.0)
    found["same generation, 6,000"] = {
        "duli": lambda: duli(SAME, {"e": generation()}, "p"),
        "DuckDB": lambda: duckdb(SQL["same"], {"e": generation()}),
    }
    million = partial(inputs.power_law, 19, 1_000_000, 7)
    found["reach from one node, 1 M edges"] = {
        "duli": lambda: duli(
            f"p(Y) :- e({busiest(million())},Y). p(Y) :- p(Z), e(Z,Y).", {"e": million()}, "p"
        ),
        "DuckDB": lambda: duckdb(SQL["reach"].format(s=busiest(million())), {"e": million()}),
    }
    for name, size in (("1 M", 1_000_000), ("10,000", 10_000)):
        found[f"ontology closure, {name} triples"] = {
            "duli": lambda n=size: duli(ONTOLOGY, inputs.ontology(n), "tty"),  # type: ignore[misc]
            "DuckDB": lambda n=size: duckdb_ontology(inputs.ontology(n)),  # type: ignore[misc]
            "reasonable": lambda n=size: peers.reasonable(inputs.ontology(n)),  # type: ignore[misc]
            "owlrl": lambda n=size: peers.owlrl(inputs.ontology(n)),  # type: ignore[misc]
        }
    for name, text in {
        "reach, grid 84": inputs.reach("grid", 84),
        "reach, grid 220": inputs.reach("grid", 220),
        "reach, grid 312": inputs.reach("grid", 312),
        "reach, digraph 100": inputs.reach("rand", 100),
        "smokers 20": inputs.smokers(20),
        "smokers 30": inputs.smokers(30),
        "noisy-or 500": inputs.noisy_or(500),
    }.items():
        found[f"exact, {name}"] = {"duli": partial(duli_exact, text)}
        if name not in ("reach, grid 220", "reach, grid 312", "smokers 30"):
            found[f"exact, {name}"]["ProbLog"] = partial(problog, text)
    found["10,000 of one shape"] = {
        "duli": partial(same_shape, True),
        "each alone (100 of them, times 100)": partial(same_shape, False),
    }
    for digits in (1, 2, 4):
        found[f"digit addition N = {digits}, batch 512"] = {"duli": partial(digit_addition, digits, 512)}
    found["digit addition N = 1, batch 64"] = {
        "duli": partial(digit_addition, 1, 64),
        "DeepProbLog": partial(deepproblog_addition, 64),
    }
    found |= incremental_tasks()
    found["a million facts"] = {"duli": million_facts}
    for name, text in {"two rules": TWO, "two rules, recursive": TWO_RECURSIVE}.items():
        found[f"{name}, from text to answer"] = {
            "duli": partial(two_rules, text),
            "ProbLog": partial(problog, text),
        }
    return found
