"""The engine beside its peers: DuckDB and clingo on closures, ProbLog on exact reachability.

    python -m bench.logic [--json]        peers: pip install -e ".[bench]"

Seconds are of the engine alone, best of three: facts are there, answers are counted. A peer that is not installed is
named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from duli import logic
from duli.logic.values import encode_ints
from duli.types import Relation

CLOSURE = "path(X,Y) :- edge(X,Y). path(X,Y) :- path(X,Z), edge(Z,Y)."
Edges = list[tuple[int, int]]
Maker = Callable[[], Callable[[], float]]


@dataclass
class Row:
    task: str
    engine: str
    answers: float
    seconds: float
    ratio: float = 1.0


def best(run: Callable[[], float], times: int = 3) -> tuple[float, float]:
    """What it returned, and the shortest of some runs."""
    found, seconds = 0.0, []
    for _ in range(times):
        begun = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - begun)
    return found, min(seconds)


def random_edges(nodes: int, edges: int, seed: int = 0) -> Edges:
    pairs = np.random.default_rng(seed).integers(0, nodes, (edges, 2))
    return [(int(a), int(b)) for a, b in np.unique(pairs, axis=0)]


def duli_closure(edges: Edges) -> Callable[[], float]:
    program = logic.compile(CLOSURE, inputs={"edge": 2})
    columns = tuple(encode_ints(column) for column in np.array(edges, np.int64).T)
    relation = Relation(tuple(np.ascontiguousarray(c) for c in columns))
    return lambda: len(program.run({"edge": relation}, provenance="boolean").codes("path"))


def duckdb_closure(edges: Edges) -> Callable[[], float]:
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads to 1")
    connection.execute("create table edge(a int, b int)")
    array = np.array(edges, np.int64)
    source = {"a": array[:, 0], "b": array[:, 1]}
    connection.register("source", source)
    connection.execute("insert into edge select a, b from source")
    query = (
        "with recursive path(a, b) as (select a, b from edge union "
        "select path.a, edge.b from path join edge on path.b = edge.a) select count(*) from path"
    )
    return lambda: float(connection.execute(query).fetchall()[0][0])


def clingo_closure(edges: Edges) -> Callable[[], float]:
    import clingo

    text = " ".join(f"edge({a},{b})." for a, b in edges) + CLOSURE

    def run() -> float:
        control = clingo.Control(["--warn=none"])
        control.add("base", [], text)
        control.ground([("base", [])])
        return float(sum(1 for _ in control.symbolic_atoms.by_signature("path", 2)))

    return run


def grid(side: int) -> str:
    cells = [(x, y) for x in range(side) for y in range(side)]
    right = [f"0.7::edge(c{x}_{y},c{x + 1}_{y})." for x, y in cells if x + 1 < side]
    down = [f"0.7::edge(c{x}_{y},c{x}_{y + 1})." for x, y in cells if y + 1 < side]
    rules = "path(X,Y) :- edge(X,Y). path(X,Y) :- edge(X,Z), path(Z,Y)."
    last = f"c{side - 1}_{side - 1}"
    return "\n".join([*right, *down, rules, f"query(path(c0_0,{last}))."])


def duli_grid(side: int) -> Callable[[], float]:
    left = grid(side).replace("path(X,Y) :- edge(X,Z), path(Z,Y)", "path(X,Y) :- path(X,Z), edge(Z,Y)")
    program = logic.compile(left)
    return lambda: next(iter(program.run().probabilities.values()))


def problog_grid(side: int) -> Callable[[], float]:
    from problog import get_evaluatable
    from problog.program import PrologString

    text = grid(side)
    return lambda: float(next(iter(get_evaluatable().create_from(PrologString(text)).evaluate().values())))


def measure() -> list[Row]:
    tasks: list[tuple[str, dict[str, tuple[str, Maker]]]] = []
    for name, edges in (
        ("closure, random 2,000 / 4,000", random_edges(2000, 4000)),
        ("closure, chain 2,000", [(i, i + 1) for i in range(2000)]),
    ):
        tasks.append(
            (
                name,
                {
                    "duli": ("numpy", partial(duli_closure, edges)),
                    "DuckDB": ("duckdb", partial(duckdb_closure, edges)),
                    "clingo": ("clingo", partial(clingo_closure, edges)),
                },
            )
        )
    for side in (4, 6):
        edges_of = 2 * side * (side - 1)
        peers: dict[str, tuple[str, Maker]] = {
            "duli": ("numpy", partial(duli_grid, side)),
            "ProbLog": ("problog", partial(problog_grid, side)),
        }
        tasks.append((f"exact reachability, grid of {edges_of} edges", peers))
    rows: list[Row] = []
    for name, engines in tasks:
        own = 0.0
        for engine, (package, make) in engines.items():
            if importlib.util.find_spec(package) is None:
                print(f"{name}: {engine} is not installed")
                continue
            answers, seconds = best(make(), 1 if engine == "clingo" else 3)
            own = seconds if engine == "duli" else own
            rows.append(Row(name, engine, answers, round(seconds, 4), round(seconds / own, 2)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    rows = measure()
    if as_json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    print(f"{'task':44}{'engine':10}{'answers':>14}{'seconds':>10}{'ratio':>9}")
    for row in rows:
        print(f"{row.task:44}{row.engine:10}{row.answers:14.6g}{row.seconds:10.4f}{row.ratio:9.2f}")


if __name__ == "__main__":
    main()
