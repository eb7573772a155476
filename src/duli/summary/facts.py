"""Sentences as facts for a recipe's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from duli.logic.values import Symbols, encode_rows
from duli.summary.article import Sentence
from duli.summary.details import Detail, denies
from duli.summary.features import Features
from duli.types import Relation, Value

Row = tuple[Value, ...]
FEATURES = ("graph", "tied", "centre", "title")
INPUTS = {
    "feature": 3,
    "place": 2,
    "share": 2,
    "marked": 2,
    "name": 2,
    "amount": 4,
    "date": 4,
    "denies": 1,
    "text": 2,
    "alike": 3,
    "best": 1,
}
"""What the rules may read, with arity; the first argument is the number of a sentence."""


def rows(
    sentences: Sequence[Sentence],
    features: Features,
    named: Sequence[Sequence[Detail]],
    marks: Mapping[str, Sequence[str]],
    alike: Iterable[tuple[int, int, float]],
    budget: int,
) -> dict[str, list[Row]]:
    """The facts of all predicates but ``best``."""
    found: dict[str, list[Row]] = {name: [] for name in INPUTS}
    for name in FEATURES:
        found["feature"] += [(i, name, float(v)) for i, v in enumerate(getattr(features, name))]
    for i, sentence in enumerate(sentences):
        low = sentence.text.lower()
        found["place"].append((i, sentence.number))
        found["share"].append((i, sentence.length / budget))
        found["text"].append((i, sentence.text))
        found["marked"] += [(i, mark) for mark, said in marks.items() if any(p.lower() in low for p in said)]
        if denies(sentence.text):
            found["denies"].append((i,))
        for detail in named[i]:
            if detail.kind == "name":
                found["name"].append((i, detail.text))
            else:
                found[detail.kind].append((i, detail.unit, detail.value, detail.text))
    found["alike"] = [(i, j, x) for i, j, x in alike]
    return found


def relations(
    facts: Mapping[str, Sequence[Row]], sentences: Sequence[Sentence]
) -> tuple[dict[str, Relation], Symbols]:
    """The facts as columns, each cited by the place of its sentence; and their symbols."""
    symbols = Symbols()
    places = symbols.add_many(s.place for s in sentences)
    made = {}
    for name, found in facts.items():
        codes = encode_rows(list(found), INPUTS[name], symbols)
        cited = places[np.array([row[0] for row in found], np.int64)] if found else None
        made[name] = Relation(tuple(codes.T), source=cited)
    return made, symbols
