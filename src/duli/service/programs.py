"""``duli run`` and ``duli check``: programs without a model; programs and recipes looked over."""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duli.errors import InputError, LimitReachedError, ProgramError
from duli.service import terminal

if TYPE_CHECKING:
    from duli.logic import Estimate, Size

EPILOG = """Examples:\n
    duli run graph.dl\n
    duli run graph.dl --why --json\n
    echo "0.3::rain. wet :- rain. query(wet)." | duli run -"""


def run(
    program: Annotated[str, typer.Argument(help="A program (.dl, .pl); - reads standard input.")],
    provenance: Annotated[
        str,
        typer.Option(
            help="exact; top_k_proofs or top_k_proofs:10; max_product (the best proof); max_min (no "
            "probability); boolean (certain programs)."
        ),
    ] = "exact",
    why: Annotated[bool, typer.Option("--why", help="Print the proof of each answer.")] = False,
    best: Annotated[
        int, typer.Option("--proofs", min=0, help="Print this many proofs of each answer, the best first.")
    ] = 0,
    graph: Annotated[
        str, typer.Option(help="Print each answer's derivations as a graph: text, json, mermaid or dot.")
    ] = "",
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Stop after this time, with exit code 3.")
    ] = None,
    memory: Annotated[
        int | None, typer.Option(min=1, help="Stop past this memory in MiB, with exit code 3.")
    ] = None,
    best_world: Annotated[
        bool, typer.Option("--best-world", help="The most probable world given the evidence (MPE).")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Draw this many worlds given the evidence.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of --sample and --learn.")] = 0,
    learn: Annotated[
        Path | None,
        typer.Option(
            help="Learn t(_) from a file of examples: evidence(a, true). lines, parted by --- lines."
        ),
    ] = None,
    decide: Annotated[
        bool, typer.Option("--decide", help="The decisions ?::d of the greatest expected utility.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Run a program and print what its queries match, with probabilities.

    Where a limit is reached, bounds are printed in place of probabilities, and the exit code is 3.
    """
    from duli import logic
    from duli.explain import lines, render, to_dict
    from duli.explain.graph import FORMATS
    from duli.logic.meter import left
    from duli.service import tasks
    from duli.types import Limits

    if sum((best_world, sample is not None, learn is not None, decide)) > 1:
        raise InputError("one task at a time", hint="--best-world, --sample, --learn or --decide")
    if graph and graph not in FORMATS:
        raise InputError(f"the graph {graph} is not known", hint=f"known: {', '.join(FORMATS)}")
    limits = Limits(seconds=seconds, memory=None if memory is None else memory << 20)

    begun = time.monotonic()
    text, name = _program(program)
    if decide or learn is not None:
        made = (
            tasks.decided(text, name, limits)
            if learn is None
            else tasks.learned(text, name, learn, seed, limits)
        )
        return tasks.show(made, begun, as_json=as_json)
    compiled = logic.compile(text, name=name, limits=limits)
    if not compiled.queries:
        raise InputError("the program asks nothing", where=name, hint="add a line such as query(path(a, X)).")
    for neural in compiled.rules.neural:
        raise ProgramError(
            f"the probabilities of {neural.literal.predicate} are given by the network {neural.network}",
            where=neural.place,
            hint="run it from Python: duli.torch.LogicLayer(text, networks={...})",
        )
    result = compiled.run(provenance=provenance, limits=left(limits, begun))
    if best_world or sample is not None:
        made = tasks.world(result) if sample is None else tasks.sampled(result, sample, seed)
        return tasks.show(made, begun, as_json=as_json)
    try:
        found = result.probabilities
    except LimitReachedError as limit:
        return tasks.show(
            tasks.bounded(result, compiled, limit), begun, as_json=as_json, code=limit.exit_code
        )
    holding = [atom for atom, p in found.items() if p > 0]
    proofs = {atom: result.proof(atom) for atom in holding} if why else {}
    several = {atom: result.proofs(atom, best) for atom in holding} if best else {}
    graphs = {atom: render(result.derivations(atom), graph) for atom in holding} if graph else {}
    kind = result.kind
    if as_json:
        answers: list[dict[str, object]] = [
            {
                "atom": str(atom),
                "probability": p,
                "kind": kind,
                "interval": {"exact": [p, p], "bounds": [p, 1.0]}.get(kind, [0.0, 1.0]),
                "proof": to_dict(proofs[atom]) if atom in proofs else None,
            }
            for atom, p in found.items()
        ]
        for atom, answer in zip(found, answers, strict=True):
            if atom in several:
                answer["proofs"] = [{"probability": p, "proof": to_dict(proof)} for proof, p in several[atom]]
            if atom in graphs:
                answer["graph"] = graphs[atom]
        query = ", ".join(map(str, compiled.queries))
        terminal.print_json(
            {"query": query, "answers": answers, "abstained": False, "reason": None, "seconds": _since(begun)}
        )
        return 0
    for atom, p in found.items():
        print(f"{p:.10g}\t{atom}")
        for line in lines(proofs[atom], depth=1) if atom in proofs else ():
            print(line)
        for proof, chance in several.get(atom, ()):
            print(f"  {chance:.10g}", *lines(proof, depth=2), sep="\n")
        if atom in graphs:
            shown = graphs[atom]
            print(shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False))
    if not found:
        print("nothing that is asked holds")
    return 0


def check(
    path: Annotated[str, typer.Argument(help="A program, a recipe's folder, or the name of a recipe.")],
    size: Annotated[
        bool, typer.Option("--estimate", help="Estimate how many rows and rule instances a run makes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Look a program or a recipe over, without running it: syntax, safety, strata, sources."""
    from duli import logic

    if path == "-" or Path(path).is_file():
        text, name = _program(path)
        program = logic.compile(text, name=name)
        found: dict[str, object] = {"program": name}
    elif size:
        raise InputError("only a program's size is estimated", where=path, hint="give a file of a program")
    else:
        from duli import load

        made = load(path)
        program = made.program
        kinds = Counter(table.kind for table in made.recipe.tables)
        facts = {"facts": made.knowledge.rows} if made.recipe.kind == "text" else {}
        found = {"recipe": made.recipe.name, **kinds, **facts}
    found |= {
        "rules": len(program.rules.rules),
        "predicates": len(program.predicates),
        "strata": len(program.strata),
    }
    warnings = program.lint()
    estimated = logic.estimate(program) if size else None
    if as_json:
        shown = [{"code": w.code, "message": w.message, "where": str(w.place)} for w in warnings]
        extra = {} if estimated is None else {"estimate": _sizes(estimated)}
        terminal.print_json({"ok": True, **found, **extra, "warnings": shown})
    else:
        for warning in warnings:
            print(f"warning: {warning}\n{warning.place.excerpt()}")
        print("ok: " + ", ".join(f"{key} {value}" for key, value in found.items()))
        if estimated is not None:
            terminal.print_sizes(estimated)
    return 0


def _sizes(estimated: Estimate) -> dict[str, object]:
    def shown(size: Size) -> dict[str, object]:
        high = None if math.isinf(size.high) else round(size.high)
        return {"n": round(size.n), "interval": [round(size.low), high], "kind": size.kind}

    rows = {size.name: shown(size) for size in estimated.rows}
    return {"rows": rows, "instances": shown(estimated.instances), "bytes": round(estimated.bytes)}


def _program(path: str) -> tuple[str, str]:
    """A program's text and what it is called."""
    if path == "-":
        data, name = sys.stdin.buffer.read(), "standard input"
    else:
        if Path(path).is_dir():
            raise InputError(
                "this is a folder, not a program", where=path, hint="give a file in it, as rules.dl"
            )
        if not Path(path).is_file():
            raise InputError("the program is not there", where=path)
        data, name = Path(path).read_bytes(), path
    try:
        return data.decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("this is not UTF-8 text", where=f"{name}:{line}", hint="save it as UTF-8") from error


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 4)
