"""``duli fit``: learn what decides, φ, from texts with few labels, many, or none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duli.errors import InputError
from duli.service import terminal

if TYPE_CHECKING:
    from duli.evaluate.examples import Examples
    from duli.learn.guarantees import Promise
    from duli.reason import Reasoner
    from duli.recipe import Recipe
    from duli.types import Example

EPILOG = """Examples:\n
    duli fit mine/ intents.csv --text utterance --label intent --out mine-fitted\n
    duli fit mine/ intents.csv --shots 8 --unlabelled more.txt\n
    duli fit mine/ intents.csv --posterior kronecker --risk 0.05\n
    duli fit mine/ letters.txt --shots 0                   (no labels: the texts alone)\n
    duli fit recommend shop-data/ --out shop               (a folder with items.* and taken.*)\n
Then: duli ask mine-fitted "a text", or duli.load("mine", fitted="mine-fitted").predict(["a text"])."""

LONGEST = 100_000
"""Characters of a text, as of a question."""


def fit(
    recipe: Annotated[
        str,
        typer.Argument(help="A recipe with [[classify]].", autocompletion=terminal.recipe_names),
    ],
    data: Annotated[
        Path,
        typer.Argument(
            help="Texts, with labels or without: .jsonl, .csv, .tsv, .parquet, .txt; or a folder with its parts."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder for what is learned.")] = Path("duli-fitted"),
    text: Annotated[str, typer.Option(help="The column of the text; else text, sentence, content.")] = "",
    label: Annotated[str, typer.Option(help="The column of the label; else label_desc or label.")] = "",
    unlabelled: Annotated[Path | None, typer.Option(help="A file of more texts, without labels.")] = None,
    shots: Annotated[
        int | None, typer.Option(min=0, help="Use the labels of so many texts a class; 0: of none.")
    ] = None,
    leave_undescribed: Annotated[
        bool,
        typer.Option(
            "--leave-undescribed", help="Leave texts aside whose label the recipe does not describe."
        ),
    ] = False,
    posterior: Annotated[
        str,
        typer.Option(help="Keep what few labels leave open: kronecker, full. Answers then carry intervals."),
    ] = "",
    risk: Annotated[
        float | None,
        typer.Option(help="Promise that at most this share of answers is wrong, e.g. 0.05; else abstain."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all random numbers.")] = 0,
    track: Annotated[
        str,
        typer.Option(help="Trackers beside JSON lines: tensorboard, wandb (offline), mlflow; with commas."),
    ] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace what the folder holds of an earlier run.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Learn to tell the recipe's labels apart on your texts. The model does not change; it takes seconds."""
    from duli.learn import tracking
    from duli.reason import fitted, load
    from duli.recipe import read as read_recipe

    if not fresh and (out / fitted.CONFIG).exists():
        raise InputError(
            "the folder holds a model", where=str(out), hint="name another with --out, or --fresh"
        )
    source = read_recipe(recipe)
    if source.kind == "recommend":
        return _recommend(source, data, out, seed=seed, as_json=as_json)
    with terminal.progress() as progress:
        reasoner = load(source.for_learning, progress=progress)
        texts, labels, more = read(
            reasoner, data, text, label, unlabelled, shots=shots, leave=leave_undescribed, seed=seed
        )
        structure: Any = posterior or None
        reasoner.fit(texts, labels, unlabelled=more, posterior=structure, risk=risk, seed=seed)
        probabilities = reasoner.predict_proba(texts)
        reasoner.save_pretrained(out)
    rows = [
        {"row": row, "label": str(reasoner.classes_[p.argmax()]), "probability": round(float(p.max()), 6)}
        for row, p in enumerate(probabilities, 1)
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "predictions.jsonl").write_text(lines, "utf-8")
    reports = {table.predicate: list(reasoner.trained(table).report) for table in reasoner.recipe.tables}
    assert reasoner.record is not None  # noqa: S101
    tracker = tracking.begin(track, out / "run", reasoner.record)
    for step, report in enumerate(each for found in reports.values() for each in found):
        tracker.log(step, {k: float(v) for k, v in report.items() if isinstance(v, bool | int | float)})
    tracker.artifact(out / fitted.WEIGHTS)
    tracker.finish("finished")
    if as_json:
        terminal.print_json({"folder": str(out), "reports": reports, "run": reasoner.record.to_dict()})
        return 0
    for name, found in reports.items():
        for report in found[:1]:
            print(f"{name}: {said(report)}")
            if "program" in report:
                print(f"{name}: {taught(report['program'])}")
    for table in reasoner.recipe.tables:
        promise = reasoner.trained(table).promise
        if promise is not None:
            print(f"{table.predicate}: {kept(promise)}")
    print(f"the model has not changed; what was learned: {out}")
    return 0


def _recommend(source: Recipe, data: Path, out: Path, *, seed: int, as_json: bool) -> int:
    """Learn what people take from a folder of items and histories."""
    from duli.recommend import folder

    with terminal.progress() as progress:
        report = folder.fit(source, data, out, seed=seed, progress=progress)
    if as_json:
        terminal.print_json({"folder": str(out), **report})
        return 0
    print(
        f"{report['items']:,} items, {report['users']:,} users, {report['rows']:,} rows, {report['seconds']} s"
    )
    terminal.table(
        ("signal", "counts"), [(name, f"{w:+.3f}") for name, w in report["signals"].items()], right=(1,)
    )
    print(f"what was learned, with the recipe and the data: {out}; then: duli ask {out} USER")
    return 0


def read(
    reasoner: Reasoner,
    data: Path,
    text: str,
    label: str,
    unlabelled: Path | None,
    *,
    shots: int | None,
    leave: bool,
    seed: int,
) -> tuple[Sequence[Example], Sequence[str | None] | None, Sequence[Example]]:
    """Texts, their labels (None where not used; None for all without labels), and more texts."""
    from duli.evaluate import examples, parts
    from duli.reason.estimator import target

    bare = shots == 0 or data.name.removesuffix(".gz").endswith(".txt")
    shape: Any = {"text": text, "longest": LONGEST, "fields": reasoner.recipe.fields}
    more = examples.read(unlabelled, label=None, **shape).texts if unlabelled else []
    if data.is_dir():
        read = parts.read_parts(data, label=label, **shape)
        given: Examples = read.shown or read.asked
        more = [*more, *read.unlabelled]
    else:
        given = examples.read(data, label=None if bare else label, **shape)
    if bare:
        return given.texts, None, more
    classes = reasoner.classes_.tolist()
    given = given.described(classes, leave=leave, called=target(reasoner).called)
    labels: list[str | None] = [*(given.labels or ())]
    if shots is not None:
        kept = set(examples.draw(given.labels or (), classes, shots, seed))
        labels = [name if row in kept else None for row, name in enumerate(labels)]
    return given.texts, labels, more


def kept(promise: Promise) -> str:
    """What is promised, in a sentence."""
    if promise.answer > 1:
        return f"{promise.texts:,} labels are too few to promise that at most {promise.risk:.0%} are wrong: no answers"
    return (
        f"at most {promise.risk:.0%} of answers are wrong where the probability is {promise.answer:.3f} or more: "
        f"{promise.answered:.0%} of the texts"
    )


def taught(report: dict[str, Any]) -> str:
    """What the program taught, in a sentence."""
    return (
        f"the program taught it: {report['answers']:,} answers, {report['told']:,} texts of which something was told; "
        f"log-probability of that {report['before']:.3f} -> {report['after']:.3f} in {report['rounds']} rounds, "
        f"{report['changed']:.0%} of the labels changed; {report['stopped']}"
    )


def said(report: dict[str, Any]) -> str:
    """What was learned from, and how it was decided, in a sentence."""
    way = "learning from unlabelled texts was kept" if report["mixture"] else "the descriptions were kept"
    return (
        f"{report['texts']:,} texts, {report['labelled']:,} of them labelled, {report['functions']} rules that vote; "
        f"{way} (agreement {report['agreement']:.2f}, where they are sure {report['sure']:.2f})"
    )
