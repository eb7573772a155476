"""``duli label``: a person labels the texts that teach most."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duli.errors import DataError, InputError
from duli.service import terminal

if TYPE_CHECKING:
    from duli.recipe.labels import Labels
    from duli.types import Example

EPILOG = """Examples:\n
    duli label mine/ texts.jsonl --out labels.jsonl\n
    duli label mine/ texts.csv --text sentence --count 50 --again 10\n
    duli label mine/ labels.jsonl --suspects --json       (which labels are probably wrong)\n
What was answered is in the file at once; the same command goes on from there. ``duli fit`` reads it."""

_SHOWN = 9
_SKIP, _STOP = "s", "q"


def label(
    recipe: Annotated[
        str, typer.Argument(help="A recipe with [[classify]].", autocompletion=terminal.recipe_names)
    ],
    texts: Annotated[
        Path,
        typer.Argument(
            help="Texts without labels: .jsonl, .csv, .tsv, .txt, or .gz of these; with --suspects with labels."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Where labels are added, a JSON line each.")] = Path(
        "labels.jsonl"
    ),
    count: Annotated[int, typer.Option(min=1, help="How many texts to ask about.")] = 20,
    again: Annotated[int, typer.Option(min=1, help="Learn from the answers after so many.")] = 5,
    field: Annotated[
        str,
        typer.Option("--text", help="The column of the text; else text, sentence; of several with commas."),
    ] = "",
    predicate: Annotated[
        str | None, typer.Option(help="Which [[classify]] table; the first when not given.")
    ] = None,
    suspects: Annotated[
        bool, typer.Option("--suspects", help="Ask nothing: list labels that are probably wrong.")
    ] = False,
    label_column: Annotated[
        str,
        typer.Option("--label", help="With --suspects: the column of the label; else label_desc or label."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="With --suspects: print JSON.")] = False,
) -> int:
    """Ask in the terminal for the labels that teach most: of texts that are unclear, unlike each other, and on whose
    labels the program's answers hang."""
    from duli.evaluate import examples
    from duli.reason import load, questions
    from duli.recipe import read as read_recipe

    if suspects:
        return _suspects(recipe, texts, field, label_column, predicate, as_json=as_json)
    if as_json:
        raise InputError(
            "answers are asked for in the terminal, not as JSON", hint="--json goes with --suspects"
        )
    given = examples.read(texts, text=field, label=None, fields=read_recipe(recipe).fields)
    read = list(dict.fromkeys(given.texts))
    with terminal.progress() as progress:
        reasoner = load(recipe, progress=progress)
        table = _table(reasoner.recipe.tables, predicate)
        known = _kept(out, table, given.columns)
    asked, skipped = 0, set[Any]()
    while asked < count:
        with terminal.progress() as progress:
            rows = questions.worth(
                reasoner,
                table,
                read,
                known,
                skipped=skipped,
                count=min(again, count - asked),
                progress=progress,
            )
        if not rows:
            print("every text has a label or was skipped")
            break
        for row, ranked in rows:
            answer = _ask(_shown(read[row]), table.classes, ranked, f"{asked + 1}/{count}")
            if answer == _STOP:
                print(f"{len(known):,} labels in {out}")
                return 0
            if answer == _SKIP:
                skipped.add(read[row])
                continue
            known[read[row]] = answer
            cells = (read[row],) if isinstance(read[row], str) else read[row]
            _append(out, {**dict(zip(given.columns, cells, strict=True)), "label": answer})
            asked += 1
    print(f"{len(known):,} labels in {out}")
    return 0


def _suspects(
    recipe: str, path: Path, field: str, column: str, predicate: str | None, *, as_json: bool
) -> int:
    """Labels that contradict what the others teach, the worst first."""
    import numpy as np

    from duli.evaluate import examples
    from duli.learn import active
    from duli.reason import load
    from duli.reason.classes import known as as_numbers
    from duli.reason.classes import train
    from duli.reason.inputs import described

    with terminal.progress() as progress:
        reasoner = load(recipe, progress=progress)
        table = _table(reasoner.recipe.tables, predicate)
        read = examples.read(path, text=field, label=column, fields=reasoner.recipe.fields)
        read = read.described(table.classes, called=table.called)
        labels, votes = read.labels or [], reasoner.votes(table, read.texts)
        made = train(table, reasoner.encoder, read.texts, labels, votes=votes, progress=progress)
    assert made.held_out is not None  # noqa: S101
    gold = as_numbers(table, read.texts, labels).argmax(1)
    rows, gains = active.suspects(made.held_out, gold)
    classes = described(table).classes
    found = [
        {
            "where": str(read.places[row]),
            "text": _shown(read.texts[row]),
            "label": labels[row],
            "rather": classes[int(np.argmax(made.held_out[row]))],
            "by": round(float(gain), 4),
        }
        for row, gain in zip(rows.tolist(), gains.tolist(), strict=True)
    ]
    if as_json:
        terminal.print_json({"suspects": found, "n": len(labels)})
        return 0
    for each in found:
        print(
            f"{each['where']}  {each['label']} -> {each['rather']}? (+{each['by']:.2f})  {each['text'][:100]}"
        )
    print(f"{len(found):,} of {len(labels):,} labels are probably wrong")
    return 0


def _table(tables: Sequence[Labels], predicate: str | None) -> Labels:
    if not tables:
        raise InputError("the recipe has no [[classify]]: there is nothing to label")
    found = [t for t in tables if predicate in (None, t.predicate)]
    if not found:
        raise InputError(
            f"no [[classify]] fills {predicate!r}", hint=f"known: {', '.join(t.predicate for t in tables)}"
        )
    if not found[0].exclusive:
        raise InputError(
            f"the labels of {found[0].predicate} do not exclude one another: one answer is not enough"
        )
    return found[0]


def _shown(example: Example) -> str:
    return example if isinstance(example, str) else " | ".join(example)


def _kept(out: Path, table: Labels, columns: Sequence[str]) -> dict[Example, str]:
    """Labels by text that the file holds already."""
    from duli.evaluate import examples

    if not out.exists() or not out.stat().st_size:
        return {}
    read = examples.read(out, text=",".join(columns), fields=len(columns))
    for row, given in enumerate(read.labels or [], 1):
        if given not in table.classes:
            raise DataError(f"the label {given!r} is not one of the recipe's", where=f"{out}:{row}")
    return dict(zip(read.texts, read.labels or [], strict=True))


def _ask(text: str, labels: Sequence[str], ranked: list[tuple[int, float]], where: str) -> str:
    """One answer: a label, skip or stop."""
    print(f"\n[{where}] {text}")
    shown = ranked[:_SHOWN]
    for number, (k, p) in enumerate(shown, 1):
        print(f"  {number}  {labels[k]}  {p:.2f}")
    more = f", or the name of one of {len(labels)}" if len(labels) > _SHOWN else ""
    while True:
        print(f"1-{len(shown)}{more}; {_SKIP} skip, {_STOP} stop > ", end="", flush=True)
        line = sys.stdin.readline()
        given = line.strip()
        if not line or given == _STOP:
            return _STOP
        if given == _SKIP:
            return _SKIP
        if given.isdigit() and 1 <= int(given) <= len(shown):
            return labels[shown[int(given) - 1][0]]
        if given in labels:
            return given
        print(f"{given!r} is none of these")


def _append(out: Path, row: dict[str, Any]) -> None:
    """A line that is on the disk when this returns."""
    with out.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
