"""The loop of a recursion by joins, compiled by Numba; see ``duli.logic.fixpoint``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_RO2 = nb.types.Array(nb.int64, 2, "C", readonly=True)
_RO1 = nb.types.Array(nb.int64, 1, "C", readonly=True)
_RW1 = nb.int64[::1]
_RWS = nb.uint64[::1]
_I = nb.int64
_U = nb.uint64
_SIX = np.uint64(6)
_LAST = np.uint64(63)
_ONE = np.uint64(1)
_SHIFT = np.uint64(32)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@compiled(_I(_RWS, _U))
def _slot(words: Words, key: Any) -> Any:
    """Where a key belongs in a hash set of keys + 1 (linear probing, 0 is empty); -1 where it is in already."""
    mask = np.uint64(len(words) - 1)
    h = key * _FACTOR
    at = (h ^ (h >> _SHIFT)) & mask
    while words[at] != 0:
        if words[at] == key + _ONE:
            return -1
        at = (at + _ONE) & mask
    return np.int64(at)


@compiled(nb.void(_RO2, _RO1, _RO1, _RWS))
def fill(rows: Ints, lows: Ints, factors: Ints, words: Words) -> None:
    """Put distinct rows into a hash set."""
    for i in range(len(rows)):
        key = 0
        for j in range(rows.shape[1]):
            key += (rows[i, j] - lows[j]) * factors[j]
        words[_slot(words, np.uint64(key))] = np.uint64(key) + _ONE


@compiled(nb.boolean(_RO1, _I, _RO2))
def _fits(rows: Ints, at: int, own: Ints) -> Any:
    """Whether the row that begins at a place has the codes, and the same codes, that a literal asks for."""
    for c in range(len(own)):  # noqa: SIM110
        if rows[at + own[c, 1]] != (rows[at + own[c, 2]] if own[c, 0] == 1 else own[c, 2]):
            return False
    return True


@compiled(nb.boolean(_RW1, _I, _RO2))
def _holds(bound: Ints, level: int, checks: Ints) -> Any:
    """Whether the values bound so far are equal, or differ, where they should."""
    for c in range(len(checks)):
        if checks[c, 0] == level and (bound[checks[c, 1]] == bound[checks[c, 2]]) != (checks[c, 3] == 1):
            return False
    return True


@compiled(_I(_RW1, _I, _RO2))
def _part(bound: Ints, level: int, terms: Ints) -> int:
    """What the values of one level add to the key of the result."""
    part = 0
    for c in range(len(terms)):
        if terms[c, 0] == level:
            part += bound[terms[c, 1]] * terms[c, 2]
    return part


@compiled(nb.void(_RO1, _I, _I, _I, _I, _I, _RO2, _RW1, _RW1))
def chain(
    rows: Ints,
    stride: int,
    start: int,
    stop: int,
    column: int,
    low: int,
    own: Ints,
    heads: Ints,
    following: Ints,
) -> None:
    """Put the rows from start to stop that fit into chains by a column, newest first; -1 ends a chain."""
    for i in range(start, stop):
        if _fits(rows, i * stride, own):
            k = rows[i * stride + column] - low
            following[i] = heads[k]
            heads[k] = i


@compiled(
    _I(
        _RO1, _RO2, _RO1, _RO1, _RO1, _RO1, _RO1, _RO1, _RO1, _RO1, _RO2, _RO2, _RO1,
        _RW1, _RO1, _RW1, _RWS, _RW1, _RW1,
    )
)  # fmt: skip
def turn(
    source: Ints,
    own: Ints,
    rows1: Ints,
    offsets1: Ints,
    following1: Ints,
    added1: Ints,
    rows2: Ints,
    offsets2: Ints,
    following2: Ints,
    added2: Ints,
    terms: Ints,
    checks: Ints,
    head: Ints,
    bound: Ints,
    shape: Ints,
    out: Ints,
    words: Words,
    ends: Ints,
    state: Ints,
) -> int:
    """Join rows of a source with two levels and append what is new to out: 1 at the end, 0 to be called again.

    A level is a relation by the code in one column: rows side by side (``following`` is empty), or in chains. All rows
    are flat.

    Args:
        source, own: the rows to start from, and what they must have in themselves.
        rows1, offsets1, following1, added1: a level; `added` is what each row adds to the key, empty for chains.
        rows2, offsets2, following2, added2: the last level.
        terms: [level, place among the bound values, factor] of what adds to the key and is not in `added`.
        checks: [level, place, place, 1 for equal and 0 for different].
        head: the places of the result's columns.
        bound: the values of source, levels, and then constants.
        shape: [source's width; of each level: width, key's place, lowest key, 1 if one match is enough; 1 for a hash
            set; what is added to every key; 1 when out is the source and all rounds are to be done].
        out, words: the rows of the result, and the set of their keys: a hash set or a bit for each.
        ends: gets how many rows there were after each round.
        state: [next row of source, where to stop, where level 1 goes on or -2, rows of out, candidates left before a
            pause, rounds ended]; updated.
    """
    width0 = shape[0]
    width1, key1, low1, once1 = shape[1], shape[2], shape[3], shape[4] == 1
    width2, key2, low2, once2 = shape[5], shape[6], shape[7], shape[8] == 1
    hashed, base = shape[9] == 1, shape[10]
    chained1, chained2 = len(following1) > 0, len(following2) > 0
    plain = not chained2 and not once2
    for c in range(len(checks)):
        plain &= checks[c, 0] != 2
    arity = len(head)
    room = len(out) // arity
    if hashed:
        room = min(room, len(words) // 2)
    start, stop, n, left = state[0], state[1], state[3], state[4]
    while True:
        for i in range(start, stop):
            at = i * width0
            if not _fits(source, at, own):
                continue
            for j in range(width0):
                bound[j] = source[at + j]
            if not _holds(bound, 0, checks):
                continue
            k1 = bound[key1] - low1
            if k1 < 0 or k1 >= len(offsets1) - 1:
                continue
            part0 = base + _part(bound, 0, terms)
            t = state[2] if state[2] != -2 else offsets1[k1]
            state[2] = -2
            end1 = -1 if chained1 else offsets1[k1 + 1]
            left -= 1
            while t != end1:
                if left <= 0:
                    state[0], state[1], state[2], state[3] = i, stop, t, n
                    return 0
                left -= 1
                for j in range(width1):
                    bound[width0 + j] = rows1[t * width1 + j]
                k2 = bound[key2] - low2
                if _holds(bound, 1, checks) and 0 <= k2 < len(offsets2) - 1:
                    part1 = part0 + (_part(bound, 1, terms) if chained1 else added1[t])
                    u = offsets2[k2]
                    end2 = -1 if chained2 else offsets2[k2 + 1]
                    found = False
                    if plain:
                        left -= end2 - u
                        found = u < end2
                    while u != end2:
                        if not plain:
                            left -= 1
                            for j in range(width2):
                                bound[width0 + width1 + j] = rows2[u * width2 + j]
                            if not _holds(bound, 2, checks):
                                u = following2[u] if chained2 else u + 1
                                continue
                            found = True
                        key = np.uint64(part1 + (_part(bound, 2, terms) if chained2 else added2[u]))
                        if hashed:
                            where = _slot(words, key)
                        else:
                            where = np.int64(key >> _SIX)
                            if words[where] & (_ONE << (key & _LAST)) != 0:
                                where = -1
                        if where >= 0:
                            if n >= room:
                                state[0], state[1], state[2], state[3] = i, stop, t, n
                                return 0
                            if hashed:
                                words[where] = key + _ONE
                            else:
                                words[where] |= _ONE << (key & _LAST)
                            if plain:
                                for j in range(width2):
                                    bound[width0 + width1 + j] = rows2[u * width2 + j]
                            for j in range(arity):
                                out[n * arity + j] = bound[head[j]]
                            n += 1
                        if once2:
                            break
                        u = following2[u] if chained2 else u + 1
                    if once1 and found:
                        break
                t = following1[t] if chained1 else t + 1
        if shape[11] == 0 or n == stop:
            state[3] = n
            return 1
        start, stop = stop, n
        ends[state[5]] = n
        state[5] += 1
        if state[5] == len(ends):
            state[0], state[1], state[3] = start, stop, n
            return 0
