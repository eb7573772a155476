"""What a recipe becomes when it is loaded, whichever kind it is: an ``Application``, which can be asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from duli import recipe
from duli.files import Progress, silent
from duli.recipe import Recipe
from duli.types import Application

__all__ = ["KINDS", "load"]


def load(
    name: str | Path | Recipe,
    *,
    encoder: Any = None,
    data: str | Path | None = None,
    fitted: str | Path | None = None,
    progress: Progress = silent,
) -> Any:
    """A recipe, by the name of a built-in one or by its folder, ready to be asked: an ``Application``.

    What it is follows from the recipe's kind: a ``Reasoner`` for texts, a ``Judge`` for cases, and so on; all have
    ``recipe`` and ``ask``.

    Args:
        name: of a built-in recipe, or its folder; or a recipe that was read.
        encoder, data, fitted, progress: as of ``duli.reason.load``; what has no use for one leaves it.

    Raises:
        RecipeError: there is no such recipe, or it has a mistake.
        DataError, ModelError, InputError: what was fitted is damaged, or of another model or other labels.
    """
    source = name if isinstance(name, Recipe) else recipe.read(name)
    return KINDS[source.kind](source, encoder=encoder, data=data, fitted=fitted, progress=progress)


def _reasoner(source: Recipe, **settings: Any) -> Application:
    from duli import reason

    return reason.load(source, **settings)


def _judge(source: Recipe, **_: Any) -> Application:
    from duli.reason.cases import Judge

    return Judge(source)


def _prover(source: Recipe, **_: Any) -> Application:
    from duli.applications.proofs import Prover

    return Prover(source)


def _support(source: Recipe, **settings: Any) -> Application:
    from duli import reason
    from duli.dialogue import Support

    return Support(reason.load(source, **settings), again=lambda: reason.load(source.folder, **settings))


def _monitor(source: Recipe, **settings: Any) -> Application:
    from duli import reason
    from duli.stream.application import Monitor

    return Monitor(reason.load(source, **settings))


def _summariser(source: Recipe, *, encoder: Any = None, progress: Progress = silent, **_: Any) -> Application:
    from duli.summary.summariser import Summariser

    return Summariser(source, encoder, progress)


def _recommender(source: Recipe, **settings: Any) -> Application:
    from duli.recommend import load

    return load(source, **settings)


def _converse(source: Recipe, **settings: Any) -> Application:
    from duli import reason
    from duli.dialogue import Converse

    def again() -> reason.Reasoner:
        return reason.load(source.folder, **settings)

    return Converse(reason.load(source, **settings), load, again=again)


KINDS: dict[str, Callable[..., Application]] = {
    "text": _reasoner,
    "case": _judge,
    "prove": _prover,
    "support": _support,
    "monitor": _monitor,
    "summarise": _summariser,
    "recommend": _recommender,
    "converse": _converse,
}
"""What makes an application of each ``Recipe.kind``, from the recipe and the settings of ``load``."""
