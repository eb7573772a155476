"""Back ends by name: each is a module of ``lm/backends``, found by its file.

Such a module imports nothing heavy and holds a function for each thing that it can make: ``encoder``, ``scorer``,
``generator``. The parameters of the function are the options that it takes.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Literal

from duli.errors import ModelError
from duli.lm import backends

Kind = Literal["encoder", "scorer", "generator"]
KINDS: tuple[Kind, ...] = ("encoder", "scorer", "generator")


def names(kind: Kind | None = None) -> tuple[str, ...]:
    """All names, or those of the back ends that make a thing of this kind."""
    found = sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(backends.__path__))
    return tuple(name for name in found if kind is None or hasattr(module(name), kind))


def module(name: str) -> ModuleType:
    """The back end's module; ``name`` is one of ``names()``."""
    return importlib.import_module(f"{backends.__name__}.{name.replace('-', '_')}")


def make(kind: Kind, name: str, options: Mapping[str, Any]) -> Any:
    """What the back end makes with the options that are not None.

    Raises:
        ModelError: no such back end, an option that it does not take, or one that is missing.
        MissingExtraError: a package that it needs is not installed.
    """
    if name not in names(kind):
        raise ModelError(f"there is no {kind} {name!r}", hint=f"use one of {', '.join(names(kind))}")
    maker = getattr(module(name), kind)
    takes = inspect.signature(maker).parameters
    given = {option: value for option, value in options.items() if value is not None}
    strange = [repr(option) for option in given if option not in takes]
    if strange:
        known = f"it takes {', '.join(takes)}" if takes else "it takes no options"
        raise ModelError(f"the {kind} {name!r} does not take {' or '.join(strange)}", hint=known)
    lacks = [repr(o) for o, p in takes.items() if p.default is p.empty and o not in given]
    if lacks:
        raise ModelError(f"the {kind} {name!r} needs {' and '.join(lacks)}", hint=maker.__doc__)
    return maker(**given)
