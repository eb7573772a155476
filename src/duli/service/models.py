"""``duli models``: which models can be used here; one is checked, or made ready."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from duli.service import terminal

app = typer.Typer(
    help="Language models: which can be used here, whether one is what it should be.", rich_markup_mode=None
)
_EPILOG = """Examples:\n
    duli models\n
    duli models check embedded\n
    duli models check models/minilm --json"""

Target = Annotated[
    str, typer.Argument(help="A back end that brings its model (embedded, use, …), or a model's folder.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True, epilog=_EPILOG)
def list_(context: typer.Context, as_json: Json = False) -> int:
    """List the back ends: what each makes, and what is missing for it."""
    from duli.lm import models

    if context.invoked_subcommand is not None:
        return 0
    found = models.back_ends()
    if as_json:
        terminal.print_json({"back_ends": [{**asdict(one), "usable": not one.missing} for one in found]})
        return 0
    rows = [(one.name, ", ".join(one.makes), one.install or "ready", one.about) for one in found]
    terminal.table(("name", "makes", "state", "what it is"), rows)
    return 0


@app.command(epilog=_EPILOG)
def check(target: Target, as_json: Json = False) -> int:
    """Load a model: hashes of its files, revision, dimension. A pickle in its folder is refused."""
    return _tell(target, as_json=as_json, files=True)


@app.command(epilog="Example: duli models warm embedded")
def warm(target: Target, as_json: Json = False) -> int:
    """Make a model ready, so that the first question does not wait: fetch it (DULI_OFFLINE=0), build, load."""
    return _tell(target, as_json=as_json, files=False)


def _tell(target: str, *, as_json: bool, files: bool) -> int:
    from duli.lm import models

    found = asdict(models.check(target))
    hashes = found.pop("files")
    if as_json:
        terminal.print_json(found | {"files": hashes} if files else found)
        return 0
    rows = [(key, f"{value:.2f}" if key == "seconds" else value) for key, value in found.items()]
    terminal.table(("", target), rows)
    if files and hashes:
        terminal.table(("file", "SHA-256"), list(hashes.items()))
    return 0
