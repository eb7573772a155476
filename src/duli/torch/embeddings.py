"""Vectors of entities from what is known of them: embeddings of a knowledge graph.

The libraries for it were looked at and not taken: one brings twenty packages and was last released in April 2025, the
other in 2023. Here are four ways to score a triple and one way to learn, by ``train``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from duli.errors import InputError
from duli.files import Progress, silent
from duli.torch.training import Options, train
from duli.types import Codes, Floats

DEFAULT = Options(decay=0.0, batch=256, epochs=60, held_out=0.0)
_START = 0.1
_BLOCK = 1_024

Fold = Callable[[Tensor, Tensor], Tensor]


def _times(a: Tensor, b: Tensor) -> Tensor:
    """Products of complex numbers, whose real parts are the first half of the last axis."""
    (x, y), (u, v) = a.chunk(2, -1), b.chunk(2, -1)
    return torch.cat((x * u - y * v, x * v + y * u), -1)


def _turned(a: Tensor, angles: Tensor) -> Tensor:
    half = angles.chunk(2, -1)[0]
    return _times(a, torch.cat((half.cos(), half.sin()), -1))


_FOLDS: dict[str, tuple[Fold, bool]] = {
    "transe": (torch.add, True),
    "distmult": (torch.mul, False),
    "complex": (_times, False),
    "rotate": (_turned, True),
}
METHODS = tuple(_FOLDS)
"""A head h and a relation r are folded into one vector q, which is compared with every tail t:

transe: q = h + r, -|q - t| (Bordes et al. 2013); distmult: q = h r, <q, t> (Yang et al. 2015); complex: the same in
complex numbers, Re <q, conj t> (Trouillon et al. 2016); rotate: q = h e^(i r), -|q - t| in complex numbers (Sun et al.
2019). Distances are Euclidean, so that all tails are compared by one product of matrices.
"""


class Triples(nn.Module):
    """Scores of all tails for heads and relations; relation r + R is the inverse of r (Lacroix et al. 2018).

    Args:
        entities, relations: how many there are, m and R.
        method: one of ``METHODS``.
        size: d, even; a complex number takes two.
        dropout: share of an entity's numbers that is left out while learning.
    """

    def __init__(
        self, entities: int, relations: int, *, method: str, size: int = 200, dropout: float = 0.5
    ) -> None:
        super().__init__()
        if method not in _FOLDS or size < 2 or size % 2:
            raise InputError(
                f"the method is one of {', '.join(METHODS)}, the size even: not {method!r}, {size}"
            )
        self.fold, self.distance = _FOLDS[method]
        self.entities = nn.Parameter(_START * torch.randn(entities, size))
        # Angles begin anywhere, factors near 1 and differences near 0 in length.
        spread = torch.pi / 2 if method == "rotate" else _START if self.distance else 1.0
        self.relations = nn.Parameter(spread * torch.randn(2 * relations, size))
        self.sharpness = nn.Parameter(torch.tensor(1.0))
        self.dropout = nn.Dropout(dropout)

    def forward(self, pairs: Tensor) -> Tensor:
        """Scores [n, m], logits of the tail, for rows (head, relation) [n, 2]."""
        heads, relations = self.dropout(self.entities[pairs[:, 0]]), self.relations[pairs[:, 1]]
        folded = self.fold(heads, relations)
        if self.distance:
            return -self.sharpness.exp() * torch.cdist(folded, self.entities)
        return folded @ self.entities.T


@dataclass(frozen=True, eq=False)
class Embeddings:
    """What was learned.

    Args:
        model: scores triples.
        vectors: of the entities [m, d], for knowledge attention.
        epochs: how many there were.
    """

    model: Triples
    vectors: Floats
    epochs: int


def embed(
    triples: Codes,
    entities: int,
    relations: int,
    *,
    method: str = "complex",
    size: int = 200,
    dropout: float = 0.5,
    options: Options = DEFAULT,
    progress: Progress = silent,
) -> Embeddings:
    """Learn by telling the tail of each triple, and of its inverse, from all entities (Ruffinelli et al. 2020: 1vsAll).

    O(epochs n m d): for graphs of some tens of thousands of entities.

    Args:
        triples: rows (head, relation, tail) of numbers from 0 [n, 3].
        entities, relations: how many there are.
        method, size, dropout: as of ``Triples``.
        options: of learning.
        progress: told after each epoch.

    Raises:
        InputError: numbers out of range, another method, or an odd size.
    """
    _check(triples, entities, relations)
    both = torch.from_numpy(np.concatenate([triples, _inverse(triples, relations)]))

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        model = Triples(entities, relations, method=method, size=size, dropout=dropout)
    trained = train(model, [both[:, :2]], both[:, 2], options, progress=progress)
    vectors = model.entities.detach().numpy().astype(np.float64)
    return Embeddings(model, vectors, len(trained.losses))


def ranks(model: Triples, asked: Codes, known: Codes) -> Floats:
    """Filtered ranks, from 1, of the tails of triples and of the heads [2 n]; ties share the middle one.

    Other entities that make a known triple are not counted (Bordes et al. 2013).

    Args:
        model: that scores.
        asked: rows (head, relation, tail) [n, 3].
        known: all triples that hold, those asked among them or not [k, 3].
    """
    count, relations = len(model.entities), len(model.relations) // 2
    _check(np.concatenate([asked, known]), count, relations)
    both, true = (np.concatenate([part, _inverse(part, relations)]) for part in (asked, known))
    keys = true[:, 0] * (2 * relations) + true[:, 1]
    order = np.argsort(keys, kind="stable")
    keys, tails = keys[order], true[order, 2]
    found = []
    for start in range(0, len(both), _BLOCK):
        rows = both[start : start + _BLOCK]
        with torch.no_grad():
            scores = model(torch.from_numpy(rows[:, :2])).numpy().astype(np.float64)
        at = np.arange(len(rows))
        own = scores[at, rows[:, 2]].copy()
        first, last = (
            np.searchsorted(keys, rows[:, 0] * (2 * relations) + rows[:, 1], side)
            for side in ("left", "right")
        )
        sizes = last - first
        filtered = tails[np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())]
        scores[np.repeat(at, sizes), filtered] = -np.inf
        scores[at, rows[:, 2]] = -np.inf
        better, alike = (scores > own[:, None]).sum(1), (scores == own[:, None]).sum(1)
        found.append(1 + better + alike / 2)
    return np.concatenate(found)


def _inverse(triples: Codes, relations: int) -> Codes:
    turned: Codes = triples[:, [2, 1, 0]] + np.array([0, relations, 0])
    return turned


def _check(triples: Codes, entities: int, relations: int) -> None:
    limits = np.array([entities, relations, entities])
    if triples.ndim != 2 or triples.shape[1] != 3 or (triples < 0).any() or (triples >= limits).any():
        raise InputError(
            f"triples must be [n, 3], of {entities} entities and {relations} relations, not {triples.shape}"
        )
