"""``duli eval``: how good a recipe is, on cases whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from duli.errors import InputError
from duli.service import terminal

EPILOG = """Examples:\n
    duli eval diagnosis phenopackets/dev.jsonl.gz\n
    duli eval diagnosis dev.jsonl.gz --mode ids --limit 50 --json"""


def evaluate(
    recipe: Annotated[str, typer.Argument(help="A recipe.", autocompletion=terminal.recipe_names)],
    cases: Annotated[
        Path, typer.Argument(help="Cases with answers: .jsonl, .jsonl.gz, or a folder of these.")
    ],
    mode: Annotated[
        str, typer.Option(help="ids (findings by identifier), text (as free text), or both.")
    ] = "both",
    leave_own_paper_out: Annotated[
        bool,
        typer.Option(
            "--leave-own-paper-out/--all-annotations",
            help="Also ask with each patient's own paper left out of what is known of the disease.",
        ),
    ] = True,
    out: Annotated[
        Path, typer.Option(help="The folder for the report; a run that was stopped goes on there.")
    ] = Path("duli-eval"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask again about cases that were asked before.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first cases.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder whose files replace those that the recipe takes from packages."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Accuracy with intervals, calibration, time, baselines; a report in HTML and JSON."""
    from duli import load
    from duli.evaluate import phenopackets, ranking, report

    if mode not in (*ranking.MODES, "both"):
        raise InputError(f"{mode!r} is not a mode", hint="ids, text or both")
    read = phenopackets.read(cases)
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "outcomes.jsonl"
    if fresh:
        kept.unlink(missing_ok=True)
    with terminal.progress() as progress:
        asked = ranking.Ranking(load(recipe, data=data, progress=progress), read[:limit])
        modes = ranking.MODES if mode == "both" else (mode,)
        outcomes = asked.run(modes, leave_out=leave_own_paper_out, kept=kept, progress=progress)
    figures = report.figures(outcomes, unknown=asked.unknown)
    page, _ = report.write(figures, out, f"{recipe}, {cases.name}")
    if as_json:
        terminal.print_json(figures)
        return 0
    for line in report.lines(figures):
        print(line)
    print(f"the report: {page}")
    return 0
