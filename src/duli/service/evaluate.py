"""``duli eval``: how good a recipe is, on cases whose answers are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duli.errors import InputError
from duli.service import terminal
from duli.service.fit import LONGEST

if TYPE_CHECKING:
    from duli.evaluate.classification import Trial
    from duli.evaluate.parts import Parts
    from duli.reason import Reasoner

OWN = {
    "case": "duli.evaluate.judging",
    "monitor": "duli.evaluate.watching",
    "prove": "duli.evaluate.proving",
    "summarise": "duli.evaluate.summaries",
    "recommend": "duli.evaluate.recommending",
}
"""Kinds of recipe that are evaluated in their own way → the module with ``read(path)``, a sequence of cases;
``run(application, cases, progress=)``, a dict of figures; ``lines(figures)``; ``to_html(figures, title)``."""

EPILOG = """Examples:\n
    duli eval diagnosis phenopackets/dev.jsonl.gz\n
    duli eval diagnosis dev.jsonl.gz --mode ids --limit 50 --json\n
    duli eval prove folio/train.jsonl          (questions about texts, read and proved)\n
    duli eval mine/ dev.csv --shots 0,8 --draws 5          (a recipe with [[classify]])\n
    duli eval monitor headlines.jsonl                      (a recipe with [monitor]: topics, moods)\n
    duli eval law sara/                                    (a recipe with [case])\n
    duli eval support clinc150/ --intents mine/ --shots 0,8 --inductive\n
    duli eval summarise bbc_news_summary/dev.jsonl.gz      (articles with summaries)"""


def evaluate(
    recipe: Annotated[str, typer.Argument(help="A recipe.", autocompletion=terminal.recipe_names)],
    cases: Annotated[
        Path,
        typer.Argument(
            help="Cases with answers: .jsonl, .jsonl.gz, or a folder of these; for [[classify]] texts with labels, "
            "also .csv, .tsv, .parquet, or a folder with parts train, dev, unlabeled; for [case] cases of the sara set."
        ),
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
    shots: Annotated[
        str, typer.Option(help="Labels a class that may be learned from; several with commas: 0,8.")
    ] = "0",
    draws: Annotated[int, typer.Option(min=1, help="How often these labels are drawn.")] = 5,
    train: Annotated[
        Path | None, typer.Option(help="Where they are drawn from; else held-out texts.")
    ] = None,
    unlabelled: Annotated[Path | None, typer.Option(help="A file of more texts, without labels.")] = None,
    text: Annotated[str, typer.Option(help="The column of the text; else text, sentence, content.")] = "",
    label: Annotated[str, typer.Option(help="The column of the label; else label_desc or label.")] = "",
    leave_undescribed: Annotated[
        bool,
        typer.Option(
            "--leave-undescribed", help="Leave texts aside whose label the recipe does not describe."
        ),
    ] = False,
    intents: Annotated[
        str,
        typer.Option(
            help="For [support]: a recipe whose labels are told apart in place of its own questions.",
        ),
    ] = "",
    inductive: Annotated[
        bool, typer.Option("--inductive", help="Do not learn from the texts that are asked about.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the first draw.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Accuracy with intervals, calibration, time, baselines; a report in HTML and JSON."""
    from duli import applications
    from duli.dialogue import Support
    from duli.evaluate import class_report, classification, parts, phenopackets, ranking, report, supporting
    from duli.reason import load
    from duli.reason.estimator import target
    from duli.recipe import read as read_recipe

    source = read_recipe(recipe)
    if source.kind in OWN:
        judged = import_module(OWN[source.kind])
        with terminal.progress() as progress:
            application = applications.load(recipe, data=data, progress=progress)
            found = judged.run(application, judged.read(cases)[:limit], progress=progress)
        return _told(
            found, judged.to_html(found, f"{recipe}, {cases.name}"), judged.lines(found), out, as_json=as_json
        )
    if source.tables:
        read = parts.read_parts(
            cases,
            train=train,
            unlabelled=unlabelled,
            text=text,
            label=label,
            longest=LONGEST,
            fields=source.fields,
        )
        with terminal.progress() as progress:
            reasoner = load(intents or recipe, data=data, progress=progress)
            read, outside = supporting.parted(read) if source.support else (read, [])
            read = read.described(
                reasoner.classes_.tolist(),
                leave=leave_undescribed,
                limit=limit,
                called=target(reasoner).called,
            )
            trial, wanted = _trial(reasoner, read, shots, inductive=inductive)
            found = classification.run(trial, wanted, draws=draws, seed=seed)
            more, said = "", list(class_report.lines(found))
            if source.support:
                made = supporting.run(
                    trial, Support(load(recipe, data=data)), outside, wanted, seed=seed, progress=progress
                )
                found, more = {**found, "service": made}, supporting.to_html(made)
                said += supporting.lines(made)
        page = class_report.to_html(found, f"{recipe}, {cases.name}", more)
        return _told(found, page, said, out, as_json=as_json)
    if mode not in (*ranking.MODES, "both"):
        raise InputError(f"{mode!r} is not a mode", hint="ids, text or both")
    patients = phenopackets.read(cases)
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "outcomes.jsonl"
    if fresh:
        kept.unlink(missing_ok=True)
    with terminal.progress() as progress:
        asked = ranking.Ranking(load(recipe, data=data, progress=progress), patients[:limit])
        modes = ranking.MODES if mode == "both" else (mode,)
        outcomes = asked.run(modes, leave_out=leave_own_paper_out, kept=kept, progress=progress)
    figures = report.figures(outcomes, unknown=asked.unknown)
    page = report.to_html(figures, f"{recipe}, {cases.name}")
    return _told(figures, page, report.lines(figures), out, as_json=as_json)


def _trial(reasoner: Reasoner, read: Parts, shots: str, *, inductive: bool) -> tuple[Trial, list[int]]:
    """What is asked, and how many labels a class, one way after another."""
    from duli.evaluate.classification import Trial

    try:
        wanted = sorted({int(part) for part in shots.split(",")})
    except ValueError as error:
        raise InputError(f"{shots!r} is no number of labels", hint="--shots 0,8") from error
    if wanted[0] < 0:
        raise InputError(f"there cannot be {wanted[0]} labels a class", hint="--shots 0,8")
    return Trial.of_parts(reasoner, read, few=wanted[-1] > 0, inductive=inductive), wanted


def _told(found: Mapping[str, Any], page: str, lines: Iterable[str], out: Path, *, as_json: bool) -> int:
    """Write the report, and print it."""
    from duli.evaluate import report

    path, _ = report.write(found, page, out)
    if as_json:
        terminal.print_json(found)
        return 0
    for line in lines:
        print(line)
    print(f"the report: {path}")
    return 0
