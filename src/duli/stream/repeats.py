"""Texts that were there before: the same words, or nearly (minhash over shingles; Broder 1997)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from duli.files import content_key
from duli.types import Codes

ALIKE = 0.8
"""The share of shingles from which on two texts are the same news."""

BANDS, ROWS = 8, 4
"""Two texts that share 0.8 of their shingles share a band with probability 1 - (1 - 0.8^4)^8 = 0.99."""

_PRIME = (1 << 31) - 1
_UNIT = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
_SHINGLE = 3
_SEEDS = np.random.default_rng(7).integers(1, _PRIME, (2, BANDS * ROWS), dtype=np.int64)


def plain(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared; of Chinese its characters.

    >>> plain("Acme  SOARS!"), plain("股价 大涨")
    (('acme', 'soars'), ('股', '价', '大', '涨'))
    """
    return tuple(_UNIT.findall(unicodedata.normalize("NFKC", text).casefold()))


def exact(words: Sequence[str]) -> str:
    """What texts of the same words share."""
    return content_key(*words)


def shingles(words: Sequence[str]) -> Codes:
    """Numbers of the distinct runs of three words, sorted."""
    runs = {" ".join(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}
    numbers = [int(content_key(run)[:12], 16) % _PRIME for run in runs]
    return np.unique(np.array(numbers, np.int64))


def bands(numbers: Codes) -> list[str]:
    """Names of the bands of a text: texts that are alike have one in common."""
    hashed = (numbers[:, None] * (_SEEDS[0] % 65_521) + _SEEDS[1]) % _PRIME
    least = hashed.min(0).reshape(BANDS, ROWS)
    return [f"{band}:{content_key(row.tobytes())[:12]}" for band, row in enumerate(least)]


def alike(one: Codes, other: Codes) -> float:
    """The share of shingles that two texts have in common (Jaccard), in [0, 1]."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / max(1, len(one) + len(other) - both)
