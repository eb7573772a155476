"""The neural predicate ``link``: phrases to entities of the knowledge base, as exclusive alternatives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from duli.errors import DataError, InputError
from duli.neural.calibration import Calibration, calibrate
from duli.neural.index import Entities, Index, Vectors, nearest
from duli.neural.metric import Metric, fit_metric
from duli.neural.names import inverted, normalise
from duli.neural.phrases import Phrase
from duli.types import Codes, Features, Floats, Mention

_BLOCK = 64
_LONGEST_NAME = 160
_LEAST = 0.002
_OF_ANOTHER = "said of a relative"
_FOREIGN = "in a script that none of the names is written in"

_Candidates = tuple[tuple[str, str, float], ...]


class Linker:
    """Finds what phrases stand for.

    Args:
        entities: of each name [n]; an entity may have several. Codes come back as their decimal text.
        names: what the rows say [n]: labels, synonyms, also definitions.
        vectors: unit vectors of the names [n, d], float32, moved by the metric where there is one.
        calibration: what turns similarities into probabilities.
        metric: moves the features of phrases into the space of the vectors.

    Raises:
        InputError: when there is not one name and one vector for each entity.
    """

    def __init__(
        self,
        entities: Entities,
        names: Sequence[str],
        vectors: Vectors,
        calibration: Calibration | None = None,
        *,
        metric: Metric | None = None,
    ) -> None:
        if len(names) != len(entities):
            raise InputError(f"there must be one name for each entity: {len(names)}, {len(entities)}")
        if not len(names):
            raise InputError("there is nothing to link to")
        self._vectors = vectors
        self._index = Index(entities, vectors)
        self._names = names
        self.calibration = calibration or Calibration()
        self.metric = metric

    @classmethod
    def fit(cls, entities: Entities, names: Sequence[str], vectors: Vectors) -> Linker:
        """A linker whose metric and calibration are learned from the names alone, without labels; O(n d^2)."""
        metric = fit_metric(entities, vectors)
        moved = metric.apply(vectors)
        return cls(entities, names, moved, calibrate(entities, moved, names=names), metric=metric)

    def save(self, folder: Path) -> None:
        """Write what was learned into an empty folder: .npy and JSON."""
        if self.metric is not None:
            np.save(folder / "mean.npy", self.metric.mean)
            np.save(folder / "matrix.npy", self.metric.matrix)
        np.save(folder / "vectors.npy", self._vectors)
        (folder / "calibration.json").write_text(json.dumps(self.calibration.to_dict()), "utf-8")

    @classmethod
    def load(cls, folder: Path, entities: Entities, names: Sequence[str]) -> Linker:
        """What ``save`` wrote, mapped, for the same entities and names; DataError when it is damaged."""
        try:
            calibration = Calibration.from_dict(json.loads((folder / "calibration.json").read_text("utf-8")))
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
            metric = None
            if (folder / "matrix.npy").exists():
                mean, matrix = (np.load(folder / f"{n}.npy", allow_pickle=False) for n in ("mean", "matrix"))
                metric = Metric(mean, matrix)
            return cls(entities, names, vectors, calibration, metric=metric)
        except (OSError, ValueError, InputError) as error:
            raise DataError(f"a linker's file is damaged: {error}", where=str(folder)) from error

    def known(self, text: str) -> bool:
        """Whether a text is the name of an entity, but for case, punctuation, plural and spelling."""
        return normalise(text) in self._exact

    def link(self, phrases: Sequence[Phrase], features: Features) -> tuple[Mention, ...]:
        """What each phrase may stand for, in the order of the phrases.

        Equal names beat everything; else the nearest entities are candidates, as far as they have a probability of
        0.002 or more. What is said of a relative, or in another script, is reported with no
        candidates. O(m n d) for m phrases and n names: one product for 64 phrases.

        Args:
            phrases: from ``split`` [m].
            features: of the phrases' texts [m, d].

        Raises:
            InputError: when the features are not one finite vector for each phrase.
        """
        vectors = self._checked(phrases, features)
        mentions = [Mention(p.span, p.negated, note=self._unasked(p)) for p in phrases]
        asked = [i for i, mention in enumerate(mentions) if mention.note is None]
        for start in range(0, len(asked), _BLOCK):
            block = asked[start : start + _BLOCK]
            similarities = self._index.similarities(self._moved(vectors[block]))
            best = self._index.per_entity(similarities)
            numbers, values = nearest(best, self.calibration.candidates)
            p = self.calibration.probabilities(values)
            for j, i in enumerate(block):
                exact = self._exact.get(normalise(phrases[i].span.text))
                found = self._near(similarities[j], numbers[j], p[j])
                if exact is not None:
                    found = self._equal(exact, similarities[j], numbers[j], p[j])
                mentions[i] = Mention(phrases[i].span, phrases[i].negated, *_whole(found))
        return tuple(mentions)

    def _unasked(self, phrase: Phrase) -> str | None:
        """Why a phrase has no candidates before any is looked for; None where it may have some."""
        if phrase.other:
            return _OF_ANOTHER
        letters = [c for c in phrase.span.text.casefold() if c.isalpha()]
        foreign = sum(c not in self._alphabet for c in letters) * 2 > len(letters)
        return _FOREIGN if foreign else None

    def _checked(self, phrases: Sequence[Phrase], features: Features) -> Vectors:
        shape = (len(phrases), self._index.vectors.shape[1])
        if features.vectors.shape != shape:
            found = features.vectors.shape
            raise InputError(f"there must be one vector for each phrase: {shape}, not {found}")
        if not np.isfinite(features.vectors).all():
            raise InputError("the features of a phrase must be finite")
        return features.vectors.astype(np.float32, copy=False)

    def _moved(self, vectors: Vectors) -> Vectors:
        return vectors if self.metric is None else self.metric.apply(vectors)

    def _near(self, similarities: Vectors, numbers: Codes, p: Floats) -> _Candidates:
        pairs = zip(numbers.tolist(), p[:-1].tolist(), strict=True)
        return tuple(self._candidate(n, self._index.row(similarities, n), x) for n, x in pairs)

    def _equal(self, rows: list[int], similarities: Vectors, numbers: Codes, p: Floats) -> _Candidates:
        """Entities of an equal name share ``exact`` by similarity; the others and none share the rest."""
        row_of = {int(self._index.entity_of[row]): row for row in reversed(rows)}
        logits = self.calibration.scale * similarities[list(row_of.values())].astype(np.float64)
        share = np.exp(logits - logits.max())
        share *= self.calibration.exact / share.sum()
        other = ~np.isin(numbers, list(row_of))
        room = max(self.calibration.candidates - len(row_of), 0)
        kept = np.flatnonzero(other)[:room]
        left = p[:-1][kept]
        left = left * (1 - self.calibration.exact) / (p[:-1][other].sum() + p[-1])
        found = [self._candidate(n, row, float(x)) for (n, row), x in zip(row_of.items(), share, strict=True)]
        found += self._near(similarities, numbers[kept], np.append(left, 0.0))
        return tuple(sorted(found, key=lambda c: -c[2]))

    def _candidate(self, number: int, row: int, probability: float) -> tuple[str, str, float]:
        return self._index.entities[number], self._names[int(self._index.rows[row])], probability

    @cached_property
    def _alphabet(self) -> set[str]:
        return set("".join(self._names).casefold())

    @cached_property
    def _exact(self) -> dict[str, list[int]]:
        """Rows by the form in which names are compared."""
        rows: dict[str, list[int]] = {}
        for row, original in enumerate(self._index.rows.tolist()):
            name = self._names[original]
            if len(name) > _LONGEST_NAME:
                continue
            for form in (name, inverted(name)):
                key = normalise(form) if form else ""
                if key and row not in rows.get(key, ()):
                    rows.setdefault(key, []).append(row)
        return rows


def _whole(found: _Candidates) -> tuple[_Candidates, float]:
    """The candidates worth a fact and what is left for none of them, so that all sum to 1."""
    found = tuple(candidate for candidate in found if candidate[2] >= _LEAST)
    return found, max(0.0, 1.0 - sum(probability for _, _, probability in found))
