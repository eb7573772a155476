"""Inner loops of circuits, compiled by Numba: the batch is the innermost axis, for vector instructions."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Reals = NDArray[Any]

_I = nb.int64
_RO = nb.types.Array(nb.int64, 1, "C", readonly=True)


def _signatures(*shape: Any) -> list[Any]:
    return [
        nb.void(*(real[:, ::1] if part is None else part for part in shape))
        for real in (nb.float64, nb.float32)
    ]


@compiled(_signatures(None, _RO, _RO, _RO, _I))
def forward(values: Reals, terms_of: Ints, edges_of: Ints, edges: Ints, leaves: int) -> None:
    """Fill values[leaves:] from values[:leaves], one row a node, one column a sample of the batch."""
    b = values.shape[1]
    product = np.empty(b, values.dtype)
    for gate in range(len(terms_of) - 1):
        out = values[leaves + gate]
        out[:] = 0
        for term in range(terms_of[gate], terms_of[gate + 1]):
            first, last = edges_of[term], edges_of[term + 1]
            if first == last:
                for k in range(b):
                    out[k] += 1
                continue
            for at in range(first, last):
                row = values[edges[at] >> 1]
                negative = edges[at] & 1
                if at == first:
                    if negative:
                        for k in range(b):
                            product[k] = 1 - row[k]
                    else:
                        for k in range(b):
                            product[k] = row[k]
                elif negative:
                    for k in range(b):
                        product[k] *= 1 - row[k]
                else:
                    for k in range(b):
                        product[k] *= row[k]
            for k in range(b):
                out[k] += product[k]


@compiled(_signatures(None, _RO, None))
def read(values: Reals, outputs: Ints, out: Reals) -> None:
    """Copy the values of some edges into out [batch, outputs]."""
    for i in range(len(outputs)):
        row = values[outputs[i] >> 1]
        if outputs[i] & 1:
            for k in range(len(row)):
                out[k, i] = 1 - row[k]
        else:
            for k in range(len(row)):
                out[k, i] = row[k]


@compiled(_signatures(None, _RO, None))
def spread(outer: Reals, outputs: Ints, grads: Reals) -> None:
    """Add how much each output counts [batch, outputs] to what its node counts."""
    for i in range(len(outputs)):
        row = grads[outputs[i] >> 1]
        if outputs[i] & 1:
            for k in range(len(row)):
                row[k] -= outer[k, i]
        else:
            for k in range(len(row)):
                row[k] += outer[k, i]


@compiled(_signatures(None, None, _RO, _RO, _RO, _I, None))
def backward(
    values: Reals, grads: Reals, terms_of: Ints, edges_of: Ints, edges: Ints, leaves: int, scratch: Reals
) -> None:
    """Add to grads[:leaves] what flows back from grads[leaves:]; scratch is [longest term + 1, batch].

    The derivative of a product by one factor is the product of the others, from products of its head and its tail:
    nothing is divided, so that factors of 0 are right. Gates that do not count are left out.
    """
    b = values.shape[1]
    for gate in range(len(terms_of) - 2, -1, -1):
        outer = grads[leaves + gate]
        counts = False
        for k in range(b):
            counts |= outer[k] != 0
        if not counts:
            continue
        for term in range(terms_of[gate], terms_of[gate + 1]):
            first, last = edges_of[term], edges_of[term + 1]
            tail = scratch[last - first]
            for k in range(b):
                tail[k] = outer[k]
            for at in range(last - 1, first, -1):
                row, below, above = values[edges[at] >> 1], scratch[at - first], scratch[at - first + 1]
                if edges[at] & 1:
                    for k in range(b):
                        below[k] = above[k] * (1 - row[k])
                else:
                    for k in range(b):
                        below[k] = above[k] * row[k]
            head = scratch[0]
            for k in range(b):
                head[k] = 1
            for at in range(first, last):
                row, grad, rest = values[edges[at] >> 1], grads[edges[at] >> 1], scratch[at - first + 1]
                if edges[at] & 1:
                    for k in range(b):
                        grad[k] -= head[k] * rest[k]
                        head[k] *= 1 - row[k]
                else:
                    for k in range(b):
                        grad[k] += head[k] * rest[k]
                        head[k] *= row[k]


@compiled(nb.void(nb.float64[:, ::1], _RO, _RO, _RO, _I))
def forward_bounds(values: Reals, terms_of: Ints, edges_of: Ints, edges: Ints, leaves: int) -> None:
    """``forward`` for lower bounds in values[:, 0] and upper bounds in values[:, 1]."""
    for gate in range(len(terms_of) - 1):
        low, high = 0.0, 0.0
        for term in range(terms_of[gate], terms_of[gate + 1]):
            a, b = 1.0, 1.0
            for at in range(edges_of[term], edges_of[term + 1]):
                node = edges[at] >> 1
                if edges[at] & 1:
                    a *= 1 - values[node, 1]
                    b *= 1 - values[node, 0]
                else:
                    a *= values[node, 0]
                    b *= values[node, 1]
            low += a
            high += b
        values[leaves + gate, 0] = low
        values[leaves + gate, 1] = min(high, 1.0)
