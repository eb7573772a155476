"""Embeddings of knowledge graphs: filtered mean reciprocal rank and hits of all methods, heads and tails asked alike.

    python -m bench.kge DATA [SET …] [--size 200] [--epochs 60] [--method transe …]

DATA is the folder that holds the sets, each with train.jsonl, valid.jsonl and test.jsonl of head, relation, tail.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from duli.torch.embeddings import DEFAULT, METHODS, embed, ranks
from duli.types import Codes

_PARTS = ("train", "valid", "test")


def read(folder: Path) -> tuple[list[Codes], int, int]:
    """The triples of each part as numbers, how many entities, how many relations."""
    entities: dict[str, int] = {}
    relations: dict[str, int] = {}

    def rows(path: Path) -> Iterator[tuple[int, int, int]]:
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            head, tail = (entities.setdefault(row[name], len(entities)) for name in ("head", "tail"))
            yield head, relations.setdefault(row["relation"], len(relations)), tail

    parts = [np.array(list(rows(folder / f"{name}.jsonl")), np.int64) for name in _PARTS]
    return parts, len(entities), len(relations)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="without, nothing is measured")
    parser.add_argument("sets", nargs="*", metavar="SET", default=["kg_umls", "kg_kinship", "kg_nations"])
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=DEFAULT.epochs)
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--rate", type=float, default=DEFAULT.rate)
    parser.add_argument("--method", nargs="+", choices=METHODS, default=list(METHODS))
    given = parser.parse_args()
    if given.data is None:
        parser.print_usage()
        return
    options = replace(DEFAULT, rate=given.rate, epochs=given.epochs)
    print(
        "| set | method | valid MRR | test MRR | hits@1 | hits@3 | hits@10 | seconds |\n" + "|---" * 8 + "|"
    )
    for name in given.sets:
        (train, valid, test), entities, relations = read(given.data / name)
        known = np.concatenate([train, valid, test])
        for method in given.method:
            begun = time.perf_counter()
            made = embed(
                train,
                entities,
                relations,
                method=method,
                size=given.size,
                dropout=given.dropout,
                options=options,
            )
            seconds = time.perf_counter() - begun
            before, found = ranks(made.model, valid, known), ranks(made.model, test, known)
            hits = " | ".join(f"{(found <= k).mean():.3f}" for k in (1, 3, 10))
            reciprocal = f"{(1 / before).mean():.3f} | {(1 / found).mean():.3f}"
            print(f"| {name} | {method} | {reciprocal} | {hits} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
