"""Relations between two names in real stories: kin in CLUTRR, with no labels and with eight a relation.

    python -m bench.extract DATA [--stories 400] [--draws 3] [--json] [--write]

DATA is the folder that holds ``clutrr``. A row is a pair of people of whom a story says in one sentence what one is to
the other; labels are drawn from stories of two and three steps, those of two to ten steps are asked about. Beside it,
on the same vectors: the largest class, the nearest description; and logistic regression, which is not told which of the
two stands first.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import duli
from duli.errors import InputError
from duli.evaluate.classification import Trial, run
from duli.evaluate.examples import Examples
from duli.evaluate.metrics import shown
from duli.evaluate.parts import Parts
from duli.neural.relations import located, pairs
from duli.types import Example

HERE = Path(__file__).parent
SHOTS = 8
_NAME = re.compile(r"\[([^\]]+)\]")


def related(path: Path, stories: int) -> Examples:
    """Pairs of people that one sentence relates, of the first stories of a file."""
    texts, labels = list[Example](), list[str]()
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line, _ in zip(file, range(stories), strict=False):
            for example, label in _pairs(json.loads(line)):
                texts.append(example)
                labels.append(label)
    return Examples(texts, labels)


def _pairs(story: dict[str, str]) -> Iterator[tuple[Example, str]]:
    people = [each.split(":")[0] for each in story["genders"].split(",")]
    text = _NAME.sub(r"\1", story["story"])
    for (one, other), kin in zip(ast.literal_eval(story["story_edges"]), story["edge_types"], strict=True):
        try:
            spans = located(text, people[one], people[other])
        except InputError:  # a name that is part of another
            continue
        if any(pairs(text, spans)):
            yield (text, people[one], people[other]), kin


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="bench.extract", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--stories", type=int, default=400, help="of each part")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md beside this file")
    given = parser.parse_args()
    reasoner = duli.load(HERE / "kin")
    shown_part, asked = (
        related(given.data / "clutrr" / name, given.stories)
        for name in ("train.jsonl.gz", "dev_2_10.jsonl.gz")
    )
    trial = Trial.of_parts(reasoner, Parts(shown_part, asked, []), few=True)
    found = run(trial, (0, SHOTS), draws=given.draws)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    lines = ["| | accuracy | ECE |", "|---|---|---|"]
    for shots, way in found["ways"].items():
        figures = way["figures"]
        name = f"{shots} labels a relation" if shots != "0" else "no labels"
        lines.append(f"| {name} | {shown(figures['accuracy'])} | {figures['ece'][0]:.3f} |")
    lines += [f"| {name} | {shown(value['accuracy'])} | |" for name, value in found["baselines"].items()]
    print("\n".join(lines))
    if given.write:
        about = (
            f"`python -m bench.extract DATA --stories {given.stories} --draws {given.draws} --write`; "
            f"{found['model']['encoder']}; {found['n']:,} pairs asked about, {found['classes'] - 1} relations."
        )
        page = "\n".join(["# What a story says of two people (CLUTRR)", "", about, "", *lines, ""])
        (HERE / "RESULTS.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
