"""The frozen models that the served recipes read with; recipes that name the same one share it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from duli import lm
from duli.service.http.batching import Batched, Observer


class Encoders:
    """Encoders by what a recipe's ``[model]`` says.

    Args:
        most, remembered, observe: as of ``Batched``.
    """

    def __init__(self, most: int, remembered: int, observe: Observer) -> None:
        self._most, self._remembered, self._observe = most, remembered, observe
        self._made: dict[str, Batched] = {}

    def of(self, model: Mapping[str, Any]) -> Batched:
        """The encoder of a recipe's model; it is made when it is first asked."""
        key = repr(sorted((name, str(value)) for name, value in model.items()))
        if key not in self._made:
            self._made[key] = Batched(
                partial(lm.encoder, **model),
                most=self._most,
                remembered=self._remembered,
                observe=self._observe,
            )
        return self._made[key]

    def close(self) -> None:
        """Stop all threads."""
        for encoder in self._made.values():
            encoder.close()
