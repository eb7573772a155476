"""duli: a frozen language model reads; knowledge and rules decide, with a probability and a proof.

    reasoner = duli.load("diagnosis")
    answer = reasoner.ask("seizures, white patches on the skin; no fever")
    answer.best, answer.probability, answer.proof

    program = duli.compile("0.3::edge(a,b). path(X,Y) :- edge(X,Y). query(path(a,X)).")
    program.run().probabilities

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duli.applications import load
    from duli.logic import compile
    from duli.reason import Reasoner

__version__ = "0.1.0"
__all__ = ["Reasoner", "compile", "load"]

_HOMES = {"Reasoner": "duli.reason", "load": "duli.applications", "compile": "duli.logic"}


def __getattr__(name: str) -> Any:
    if name == "torch":
        from importlib import import_module

        return import_module("duli.torch")
    if name not in _HOMES:
        raise AttributeError(f"module 'duli' has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = found = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
