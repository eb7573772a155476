"""Texts to features: what every encoder's answer goes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from duli.errors import InputError, ModelError
from duli.files import Progress, silent
from duli.lm.protocol import Encoder, TokenEncoder, TokenStates, Vectors
from duli.types import Features

ON_DISK = 64
"""Fewer texts than this are encoded faster than they are worth a file."""


def encode(
    encoder: Encoder, texts: Sequence[str], *, cache: bool = True, progress: Progress = silent
) -> Features:
    """The features of some texts; a text that stands more than once is encoded once.

    With the cache, 64 texts or more are kept on disk and never encoded again, and a run that was interrupted
    goes on where it stopped. For texts that are read once, such as the pieces of a document, do without it.

    Args:
        encoder: the frozen model.
        texts: n texts.
        cache: whether vectors are read from and written to the disk.
        progress: told ``("encoding names", done, total)`` after every batch, in distinct texts.

    Returns:
        vectors [n, d] in the order of the texts, read-only.

    Raises:
        InputError: one text in place of a list.
        ModelError: the encoder's answer breaks its promise.

    >>> from duli.lm import FakeEncoder
    >>> encode(FakeEncoder(), ["renal cyst", "seizure", "renal cyst"]).vectors.shape
    (3, 256)
    """
    if isinstance(texts, str):
        raise InputError("one text was given where a list of texts belongs", hint="write [text]")
    if cache and len(texts) >= ON_DISK:
        from duli.lm.cache import cached

        vectors = cached(encoder, texts, progress)
    else:
        vectors = each_once(texts, lambda distinct: checked(encoder, distinct, progress))
    vectors.setflags(write=False)
    return Features(vectors, f"{encoder.name}@{encoder.revision}")


def token_states(encoder: Encoder, texts: Sequence[str]) -> list[TokenStates]:
    """The states of each text's tokens, and where they stand in it; they are not kept on disk.

    Raises:
        ModelError: the encoder gives whole texts only.
    """
    if not isinstance(encoder, TokenEncoder):
        raise ModelError(
            f"the encoder {encoder.name!r} gives no states of tokens", hint="use 'embedded' or 'hf'"
        )
    return encoder.token_states(texts)


def each_once(texts: Sequence[str], run: Callable[[list[str]], Vectors]) -> Vectors:
    """Run over the distinct texts, in the order of their first place; give every text its vector: [n, d]."""
    rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    vectors = run(list(rows))
    return vectors if len(rows) == len(texts) else vectors[[rows[text] for text in texts]]


def checked(encoder: Encoder, texts: Sequence[str], progress: Progress) -> Vectors:
    """The encoder's vectors [n, d], held to its promise: shape, type, finite, of length 1.

    Raises:
        ModelError: the promise is broken.
    """
    vectors = encoder.encode(texts, progress)
    wanted = (len(texts), encoder.dimension)
    if vectors.shape != wanted or vectors.dtype != np.float32:
        found = f"{vectors.dtype} {vectors.shape}"
        raise ModelError(f"the encoder {encoder.name!r} gave {found} where float32 {wanted} belongs")
    lengths = np.einsum("nd,nd->n", vectors, vectors)
    # Written so that nan, which is never close, is caught too.
    if not np.all(np.abs(lengths - 1) < 1e-3):
        raise ModelError(f"the encoder {encoder.name!r} gave vectors whose length is not 1")
    return vectors
