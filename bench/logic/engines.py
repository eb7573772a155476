"""One task on one engine: each function loads what it needs, and returns what is to be timed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.logic import inputs
from bench.logic.inputs import Pairs

if TYPE_CHECKING:
    from duli.types import Relation

# The answer, and where not all of what a call takes is to be counted, the seconds.
Timed = Callable[[], float | tuple[float, float]]

CLOSURE = "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y)."
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


def duckdb_ontology() -> Timed:
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
    return duckdb(";".join(steps), inputs.ontology())


def turtle() -> str:
    """The triples of the ontology as text; classes, properties and things have names that say what they are."""
    rdf, rdfs = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#"
    forms = {
        "sc": f"<c:{{}}> <{rdfs}subClassOf> <c:{{}}> .",
        "sp": f"<p:{{}}> <{rdfs}subPropertyOf> <p:{{}}> .",
        "dom": f"<p:{{}}> <{rdfs}domain> <c:{{}}> .",
        "ran": f"<p:{{}}> <{rdfs}range> <c:{{}}> .",
        "ty": f"<i:{{}}> <{rdf}type> <c:{{}}> .",
        "tr": "<i:{}> <p:{}> <i:{}> .",
    }
    made = inputs.ontology()
    return "\n".join(form.format(*row) for name, form in forms.items() for row in made[name].tolist())


def reasonable() -> Timed:
    import tempfile

    from reasonable import PyReasoner

    reasoner = PyReasoner()
    with tempfile.NamedTemporaryFile("w", suffix=".ttl") as file:
        file.write(turtle())
        file.flush()
        reasoner.load_file(file.name)
    return lambda: float(
        sum(str(c).startswith("c:") and str(p).endswith("#type") for _, p, c in reasoner.reason())
    )


def owlrl() -> Timed:
    from owlrl import DeductiveClosure, RDFS_Semantics
    from rdflib import RDF, Graph

    graph = Graph().parse(data=turtle(), format="nt")

    def run() -> float:
        DeductiveClosure(RDFS_Semantics).expand(graph)
        return float(sum(str(c).startswith("c:") for c in graph.objects(None, RDF.type)))

    return run


def clingo(text: str, edges: Pairs) -> Timed:
    import clingo

    facts = "".join(f"e({a},{b})." for a, b in edges.tolist())

    def run() -> float:
        control = clingo.Control(["--warn=none"])
        control.add("base", [], facts + text)
        control.ground([("base", [])])
        return float(sum(1 for _ in control.symbolic_atoms.by_signature("p", 2)))

    return run


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


def deepproblog_addition(samples: int) -> Timed:
    """The same for one digit, sample by sample, and only for the sums that are seen; its circuits are kept."""
    import torch
    from deepproblog.engines import ExactEngine
    from deepproblog.model import Model
    from deepproblog.network import Network
    from deepproblog.query import Query
    from problog.logic import Constant, Term

    class Digits:
        def __getitem__(self, key: tuple[Constant, Constant]) -> torch.Tensor:
            return logits[int(key[0]), int(key[1])]

    text = """nn(reader, [X], Y, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, Y).
        addition(X, Y, Z) :- digit(X, A), digit(Y, B), Z is A + B."""
    model = Model(text, [Network(torch.nn.Softmax(-1), "reader", batching=True)], load=False)
    model.set_engine(ExactEngine(model), cache=True)
    model.add_tensor_source("digits", Digits())
    given, sums = inputs.digits(samples, 1)
    logits = torch.from_numpy(given[:, :, 0]).requires_grad_()

    def image(sample: int, word: int) -> Term:
        return Term("tensor", Term("digits", Constant(sample), Constant(word)))

    a, b = Term("a"), Term("b")
    queries = [
        Query(Term("addition", a, b, Constant(total)), {a: image(i, 0), b: image(i, 1)})
        for i, total in enumerate(sums.tolist())
    ]

    def run() -> float:
        logits.grad = None
        loss = torch.zeros(())
        for found in model.solve(queries):
            (p,) = found.result.values()
            loss = loss - torch.log(p)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    model.solve(queries)
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
    found["closure, random 2,000 / 4,000"]["clingo"] = lambda: clingo(
        CLOSURE, inputs.random_graph(2000, 4000)
    )
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
    found["ontology closure, 1 M triples"] = {
        "duli": lambda: duli(ONTOLOGY, inputs.ontology(), "tty"),
        "DuckDB": duckdb_ontology,
        "reasonable": reasonable,
        "owlrl": owlrl,
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
