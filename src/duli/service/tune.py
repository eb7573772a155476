"""``duli tune``: adapt a frozen model by a small adapter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from duli.service import terminal

EPILOG = """Examples:\n
    duli tune models/minilm intents.csv --text utterance --label intent\n
    duli tune models/bert letters.txt --objective masked --steps 500 --out letters-adapter\n
    duli tune models/llama notes.jsonl --objective causal --method adalora --track tensorboard,mlflow\n
    accelerate launch --multi_gpu -m duli tune models/minilm intents.csv\n
Then, from Python: lm.encoder("hf", Path("models/minilm"), adapter=Path("duli-adapter")).\n
First try `duli` without it: knowledge, rules and label names often do more than an adapter, and cost nothing."""


def tune(
    model: Annotated[
        Path, typer.Argument(help="A model's folder: config.json, tokenizer, weights as safetensors.")
    ],
    data: Annotated[
        Path, typer.Argument(help="Texts: .jsonl, .csv, .tsv, or .txt (a text a line); also .gz.")
    ],
    out: Annotated[
        Path, typer.Option(help="The adapter's folder; a run that was stopped goes on there.")
    ] = Path("duli-adapter"),
    objective: Annotated[
        str,
        typer.Option(
            help="contrast (texts move to their labels' names), classify (labels by a linear head), "
            "masked (hidden tokens, for encoders), causal (next tokens, for decoders). The last two need no labels."
        ),
    ] = "contrast",
    method: Annotated[
        str, typer.Option(help="lora, adalora (ranks go where they count), or bottleneck.")
    ] = "lora",
    text: Annotated[str, typer.Option(help="The column of the text.")] = "text",
    label: Annotated[str, typer.Option(help="The column of the label.")] = "label",
    rank: Annotated[int, typer.Option(help="How large the adapter is: its rank, or its width.")] = 8,
    steps: Annotated[int, typer.Option(help="Batches, at most.")] = 200,
    tokens: Annotated[int, typer.Option(help="Tokens a batch.")] = 2048,
    longest: Annotated[int, typer.Option(help="Longest text, in tokens.")] = 128,
    learning_rate: Annotated[float, typer.Option(help="The highest.")] = 1e-3,
    dropout: Annotated[float, typer.Option(help="Share of the adapter's input that is left out.")] = 0.05,
    held_out: Annotated[
        float, typer.Option(help="Share of the texts on which it is measured when to stop; 0: never.")
    ] = 0.1,
    every: Annotated[int, typer.Option(help="Steps from one measurement, and checkpoint, to the next.")] = 20,
    patience: Annotated[int, typer.Option(help="Measurements without progress before it stops.")] = 5,
    seed: Annotated[int, typer.Option(help="Of all random numbers.")] = 0,
    track: Annotated[
        str,
        typer.Option(help="Trackers beside JSON lines: tensorboard, wandb (offline), mlflow; with commas."),
    ] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew where there is an adapter already.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Train a small adapter for a frozen model on your texts. The model's own weights do not change."""
    from duli import learn
    from duli.evaluate import examples

    options = learn.Tuning(
        objective=objective,
        method=method,
        rank=rank,
        steps=steps,
        tokens=tokens,
        longest=longest,
        learning_rate=learning_rate,
        dropout=dropout,
        held_out=held_out,
        every=every,
        patience=patience,
        seed=seed,
    )
    options.check()
    read = examples.read(data, text=text, label=label if options.labelled else None)
    with terminal.progress() as progress:
        made = learn.tune(
            model,
            read.plain,
            read.labels,
            out=out,
            options=options,
            track=track,
            fresh=fresh,
            progress=progress,
        )
    if not made.main:
        return 0
    if as_json:
        terminal.print_json(made.to_dict())
        return 0
    terminal.table(
        ("step", "loss", "held-out loss", "accuracy"), map(_row, made.history.items()), right=(0, 1, 2, 3)
    )
    print(
        f"\nkept: step {made.best} of {made.steps}; {made.parameters:,} numbers, {made.share:.2%} of the model's"
    )
    print(f"the model has not changed; the adapter: {made.folder}")
    return 0


def _row(measured: tuple[int, Mapping[str, float]]) -> tuple[str, ...]:
    step, metrics = measured
    names = ("loss", "held_out_loss", "held_out_accuracy")
    return str(step), *(f"{metrics[name]:.4f}" if name in metrics else "" for name in names)
