"""``duli map``: a whole data set answered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from duli.service import terminal

EPILOG = """Examples:\n
    duli map support questions.csv answers.jsonl --column question\n
    duli map diagnosis letters.parquet found.parquet --engine ray\n
The same command goes on where it was stopped. A row that cannot be answered has an error in its place."""


def map_(
    recipe: Annotated[str, typer.Argument(help="A recipe.", autocompletion=terminal.recipe_names)],
    source: Annotated[Path, typer.Argument(help="Rows: .jsonl, .csv, .tsv, .txt (also .gz), or .parquet.")],
    target: Annotated[Path, typer.Argument(help="A new file: .jsonl, .csv or .parquet.")],
    column: Annotated[str, typer.Option(help="The column of the text; else text, sentence.")] = "",
    second: Annotated[
        str, typer.Option(help="The column of the second text, or of the question about a case.")
    ] = "",
    keep: Annotated[
        str, typer.Option(help="Columns that an answer repeats, with commas between; else id.")
    ] = "",
    why: Annotated[bool, typer.Option("--why", help="The best answer's proof with each.")] = False,
    engine: Annotated[
        str, typer.Option(help="one: this process; ray: all processors of a Ray cluster (extra ray).")
    ] = "one",
    batch: Annotated[int, typer.Option(min=1, help="Rows that are encoded and kept together.")] = 64,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder whose files replace those that the recipe takes from packages."),
    ] = None,
    fitted: Annotated[Path | None, typer.Option(help="A folder that duli fit wrote.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Answer every row of a data set: one answer or error for each, in order."""
    from duli.bulk import Settings, map_file

    settings = Settings(
        recipe,
        column,
        second,
        tuple(name for name in keep.split(",") if name),
        why,
        None if data is None else str(data),
        None if fitted is None else str(fitted),
        batch,
    )
    with terminal.progress() as progress:
        made = map_file(settings, source, target, engine=engine, progress=progress)
    if as_json:
        terminal.print_json({**vars(made), "target": str(target)})
    else:
        resumed = f", {made.resumed:,} of them from before" if made.resumed else ""
        print(f"{made.rows:,} answers{resumed}, {made.errors:,} errors, in {target}")
    return 0
