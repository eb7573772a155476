"""Labels of answers teach what is beneath them: sums of digits, and fields of headlines.

    python -m bench.answers DATA [--rounds 3] [--write]            needs the extras torch and multilingual; scikit-learn

Digits: 700 pairs of scikit-learn's handwritten digits; only sums are told. Beside the same network and steps told the
digits themselves, and a network that is told the sums of two images laid side by side. Headlines: FewCLUE's tnews in
DATA; of the texts to learn from only the field is told (5), the topics (15) are asked about. Beside it: no labels, and
the topics themselves told.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from sklearn import datasets

import duli
from duli.evaluate.metrics import mean, shown
from duli.evaluate.parts import read_parts
from duli.torch import LogicLayer, semantic_loss
from duli.types import Codes

HERE = Path(__file__).parent
PROGRAM = """nn(reader, [X], Y, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, Y).
sum(Z) :- digit(left, X), digit(right, Y), Z is X + Y.
query(sum(Z))."""
EPOCHS, BATCH, HELD_OUT = 16, 25, 397

Loss = Callable[[torch.Tensor, Codes], torch.Tensor]


def network(width: int, answers: int) -> torch.nn.Module:
    """One hidden layer."""
    return torch.nn.Sequential(torch.nn.Linear(width, 64), torch.nn.ReLU(), torch.nn.Linear(64, answers))


def trained(
    parameters: Iterator[torch.nn.Parameter], pixels: torch.Tensor, labels: Codes, seed: int, loss: Loss
) -> None:
    """Adam on pairs of images that are not held out, drawn anew in each of the epochs."""
    random, optimiser = np.random.default_rng(seed), torch.optim.Adam(parameters, lr=3e-3)
    for _ in range(EPOCHS):
        pairs = HELD_OUT + random.permutation(len(labels) - HELD_OUT).reshape(-1, 2)
        for some in np.array_split(pairs, len(pairs) // BATCH):
            optimiser.zero_grad()
            loss(pixels[torch.from_numpy(some)], labels[some]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()


def digits(seed: int) -> Iterator[tuple[str, Codes, Codes]]:
    """Of each way: its name, whether each digit that was held out is read, whether each sum is right."""
    images, targets = datasets.load_digits(return_X_y=True)
    torch.manual_seed(seed)
    order = np.random.default_rng(seed).permutation(len(images))
    pixels, labels = torch.from_numpy(images[order]).float() / 16, targets[order]
    asked, gold = pixels[: HELD_OUT - 1].reshape(-1, 2, 64), labels[: HELD_OUT - 1].reshape(-1, 2)

    def read(reader: torch.nn.Module, of: torch.Tensor = asked) -> Codes:
        found: Codes = reader(of).argmax(-1).numpy()
        return found

    reader = network(64, 10)
    layer = LogicLayer(PROGRAM, {"digit": [("left",), ("right",)]}, networks={"reader": reader})
    column = {atom.arguments[0]: i for i, atom in enumerate(layer.atoms)}

    def told_sums(x: torch.Tensor, y: Codes) -> torch.Tensor:
        wanted = torch.tensor([column[total] for total in y.sum(1).tolist()])
        loss: torch.Tensor = semantic_loss(layer({"digit": x})[torch.arange(len(y)), wanted])
        return loss

    trained(layer.parameters(), pixels, labels, seed, told_sums)
    found = read(reader)
    yield "sums, through the program", found == gold, found.sum(1) == gold.sum(1)

    cross = torch.nn.functional.cross_entropy
    other = network(64, 10)
    trained(
        other.parameters(),
        pixels,
        labels,
        seed,
        lambda x, y: cross(other(x).flatten(0, 1), torch.from_numpy(y).flatten()),
    )
    found = read(other)
    yield "the digits themselves", found == gold, found.sum(1) == gold.sum(1)

    whole = network(128, 19)
    trained(
        whole.parameters(),
        pixels,
        labels,
        seed,
        lambda x, y: cross(whole(x.flatten(1)), torch.from_numpy(y.sum(1))),
    )
    yield "sums, no program", np.empty(0, np.bool_), read(whole, asked.flatten(1)) == gold.sum(1)


def headlines(data: Path) -> Iterator[tuple[str, Codes, Codes]]:
    """Of each way: its name, whether each topic is right, whether each field is."""
    reasoner = duli.load(HERE / "fields")
    (table,) = reasoner.recipe.tables
    parts = read_parts(data / "fewclue_tnews").described(table.names)
    assert parts.shown is not None
    assert parts.shown.labels is not None
    assert parts.asked.labels is not None
    field = {str(row[0]): str(row[1]) for row in reasoner.about(["-"]).rows("of")}
    numbers = {name: k for k, name in enumerate(table.names)}
    gold = np.array([numbers[label] for label in parts.asked.labels])
    fields = np.array([field[name] for name in table.names])
    texts = [*parts.shown.texts, *parts.asked.texts]
    vectors = reasoner.vectors(table, parts.asked.texts)

    def said(name: str) -> tuple[str, Codes, Codes]:
        found = reasoner.trained(table).probabilities(vectors).argmax(1)
        return name, found == gold, fields[found] == fields[gold]

    reasoner.fit(texts)
    yield said("no labels")
    reasoner.fit(texts, [*(field[label] for label in parts.shown.labels), *([None] * len(gold))])
    yield said("fields, through the program")
    plain = duli.load(HERE.parent / "classify" / "sets" / "fewclue_tnews")
    plain.fit(texts, [*parts.shown.labels, *([None] * len(gold))])
    found = plain.trained(plain.recipe.tables[0]).probabilities(vectors).argmax(1)
    yield "the topics themselves", found == gold, fields[found] == fields[gold]


def table(found: Iterator[tuple[str, Codes, Codes]], beneath: str, answer: str) -> list[str]:
    """Rows of Markdown: the mean of all rounds of a way."""
    ways: dict[str, tuple[list[Codes], list[Codes]]] = {}
    for name, below, above in found:
        for kept, hits in zip(ways.setdefault(name, ([], [])), (below, above), strict=True):
            kept.append(hits.ravel())
    lines = [f"| told | {beneath} | {answer} |", "|---|---|---|"]
    for name, both in ways.items():
        cells = [shown(mean(np.mean(hits, 0)).to_list()) if hits[0].size else "" for hits in both]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return lines


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="bench.answers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="of the digits")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md beside this file")
    given = parser.parse_args()
    lines = []
    for title, found, beneath, answer in (
        ("Handwritten digits", chain.from_iterable(map(digits, range(given.rounds))), "digit", "sum"),
        ("Headlines (FewCLUE tnews)", headlines(given.data), "topic", "field"),
    ):
        lines += [f"## {title}", "", *table(found, beneath, answer), ""]
    print("\n".join(lines))
    if given.write:
        about = f"`python -m bench.answers DATA --rounds {given.rounds} --write`; shares that are right, held out."
        page = "\n".join(["# Learning from answers", "", about, "", *lines])
        (HERE / "RESULTS.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
