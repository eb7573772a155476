"""``duli kb``: what is known; looked at, and added to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from duli.errors import InputError
from duli.service import terminal

app = typer.Typer(help="Knowledge: import files, look facts up.", no_args_is_help=True, rich_markup_mode=None)
_FORMATS = {".tsv": "tsv", ".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet", ".obo": "obo"}
_IMPORT_EPILOG = """Examples:\n
    duli kb import diagnosis                                   (a recipe: compile all that it knows)\n
    duli kb import likes.tsv --relation likes --columns who,what,times:integer\n
    duli kb import likes.tsv --relation likes --columns who,what --into mine/"""

Data = Annotated[
    Path | None, typer.Option(help="A folder whose files replace those that the recipe takes from packages.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("import", epilog=_IMPORT_EPILOG)
def import_(
    source: Annotated[str, typer.Argument(help="A recipe, or a file: .tsv .csv .jsonl .parquet .obo")],
    relation: Annotated[str, typer.Option(help="The predicate that the file fills.")] = "",
    columns: Annotated[str, typer.Option(help="Its arguments: name or name:type, with commas between.")] = "",
    into: Annotated[
        Path | None, typer.Option(help="Copy the file into this recipe and add it there.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """Compile knowledge into columns on disk; say what is in it."""
    from duli import kb, recipe

    suffix = "".join(s for s in Path(source).suffixes if s != ".gz")[-8:]
    is_file = suffix in _FORMATS
    table = _table(Path(source), _FORMATS[suffix], relation, columns) if is_file else {}
    sources = [kb.Source.from_dict(table, Path())] if is_file else recipe.read(source).sources
    with terminal.progress() as progress:
        known = kb.load(sources, data=data, progress=progress)
    if into is not None and is_file:
        _add(Path(source), table, into)
    _show(known.describe(), as_json)
    if is_file and into is None and not as_json:
        print(f"\nto use it, copy the file beside a recipe.toml and write there:\n{_toml(table)}")
    return 0


@app.command("show")
def show(
    recipe: Annotated[str, typer.Argument(help="A recipe.", autocompletion=terminal.recipe_names)],
    name: Annotated[str | None, typer.Argument(help="A relation, or a symbol to look up.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many facts of each relation.")] = 10,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """List relations; or a relation's first facts; or the facts that mention a symbol."""
    from duli.reason import load

    with terminal.progress() as progress:
        known = load(recipe, data=data, progress=progress).knowledge
    if name is None:
        _show(known.describe(), as_json)
        return 0
    if name in known.relations:
        facts = [(name, values, source) for values, source in known.facts(name, limit)]
    else:
        facts = list(known.about(name, limit))
    if not facts and name not in known.relations:
        raise InputError(
            f"nothing is known of {name!r}", hint="a symbol is written as in the data: OMIM:191100"
        )
    if as_json:
        rows = [{"relation": n, "values": list(values), "source": s} for n, values, s in facts]
        terminal.print_json({"facts": rows})
    else:
        terminal.table(("relation", "values", "by"), [(n, ", ".join(map(str, v)), s) for n, v, s in facts])
    return 0


def _show(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        terminal.print_json({"relations": rows})
    else:
        head = ("relation", "arity", "rows", "origin", "trust")
        terminal.table(head, [[row[key] for key in head] for row in rows], right=(1, 2, 4))


def _table(path: Path, format: str, relation: str, columns: str) -> dict[str, object]:
    """The ``[[knowledge]]`` table that a file's options stand for."""
    table: dict[str, object] = {"format": format, "path": str(path)}
    if format == "obo":
        return table
    pairs = [(part.strip(), *rest) for part, *rest in (c.split(":") for c in columns.split(",") if c.strip())]
    made = [{"name": name, **({"type": rest[0].strip()} if rest else {})} for name, *rest in pairs]
    return {**table, "relation": relation, "columns": made}


def _add(file: Path, table: dict[str, object], folder: Path) -> None:
    from duli import recipe

    target = recipe.find(folder) / "knowledge" / file.name
    if target.exists() and target.resolve() != file.resolve():
        raise InputError("the recipe has a file of this name", where=str(target), hint="give it another name")
    target.parent.mkdir(exist_ok=True)
    if target.resolve() != file.resolve():
        shutil.copyfile(file, target)
    with (recipe.find(folder) / "recipe.toml").open("a", encoding="utf-8") as written:
        written.write("\n" + _toml({**table, "path": f"knowledge/{file.name}"}))


def _toml(table: dict[str, object]) -> str:
    lines = ["[[knowledge]]"]
    for key, value in table.items():
        if isinstance(value, list):
            inner = [", ".join(f"{k} = {_quoted(v)}" for k, v in column.items()) for column in value]
            lines.append(f"{key} = [{', '.join(f'{{ {part} }}' for part in inner)}]")
        else:
            lines.append(f"{key} = {_quoted(str(value))}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's too."""
    return json.dumps(text, ensure_ascii=False)
