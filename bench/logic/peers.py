"""Peers that read texts of their own: of relations, of triples, of probabilities."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.logic import inputs
from bench.logic.inputs import Pairs

# The answer, and where not all of what a call takes is to be counted, the seconds.
Timed = Callable[[], float | tuple[float, float]]


def turtle(made: dict[str, Pairs]) -> str:
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
    return "\n".join(form.format(*row) for name, form in forms.items() for row in made[name].tolist())


def reasonable(made: dict[str, Pairs]) -> Timed:
    from reasonable import PyReasoner

    text = turtle(made)

    def run() -> tuple[float, float]:
        reasoner = PyReasoner()
        with tempfile.NamedTemporaryFile("w", suffix=".ttl") as file:
            file.write(text)
            file.flush()
            reasoner.load_file(file.name)
        begun = time.perf_counter()
        found = reasoner.reason()
        seconds = time.perf_counter() - begun
        return float(sum(str(c).startswith("c:") and str(p).endswith("#type") for _, p, c in found)), seconds

    return run


def owlrl(made: dict[str, Pairs]) -> Timed:
    from owlrl import DeductiveClosure, RDFS_Semantics
    from rdflib import RDF, Graph

    text = turtle(made)

    def run() -> tuple[float, float]:
        graph = Graph().parse(data=text, format="nt")
        begun = time.perf_counter()
        DeductiveClosure(RDFS_Semantics).expand(graph)
        seconds = time.perf_counter() - begun
        return float(sum(str(c).startswith("c:") for c in graph.objects(None, RDF.type))), seconds

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


def swi(text: str, edges: Pairs) -> Timed:
    """SWI-Prolog with tabling; what it takes to read the facts is not counted."""
    facts = "".join(f"e({a},{b}).\n" for a, b in edges.tolist())
    main = """:- table p/2.
        main :- statistics(walltime, _), aggregate_all(count, p(_, _), N), statistics(walltime, [_, T]),
            format("~w ~w~n", [N, T])."""

    def run() -> tuple[float, float]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "closure.pl")
            file.write_text(f"{main}\n{text}\n{facts}\n")
            command = [
                "swipl",
                "--stack-limit=8g",
                "--table-space=8g",
                "-q",
                "-g",
                "main",
                "-t",
                "halt",
                str(file),
            ]
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        count, milliseconds = map(float, out.split())
        return count, milliseconds / 1000

    return run


def egglog(rules: str, edges: Pairs) -> Timed:
    from egglog.bindings import EGraph

    facts = "".join(f"(e {a} {b})" for a, b in edges.tolist())

    def run() -> tuple[float, float]:
        graph = EGraph()
        graph.run_program(
            *graph.parse_program(f"(relation e (i64 i64)) (relation p (i64 i64)) {rules} {facts}")
        )
        begun = time.perf_counter()
        found = graph.run_program(*graph.parse_program("(run-schedule (saturate (run))) (print-size p)"))
        return float(found[-1].size), time.perf_counter() - begun

    return run


def pydatalog(rules: str, edges: Pairs) -> Timed:
    from pyDatalog import pyDatalog

    for a, b in edges.tolist():
        pyDatalog.assert_fact("e", a, b)
    pyDatalog.load(rules)
    return lambda: float(len(pyDatalog.ask("p(X,Y)").answers))


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
