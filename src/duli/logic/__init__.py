"""The rule language and its engine: text to program, program and relations to result."""

from duli.logic.live import Change, Live
from duli.logic.meter import Cancel
from duli.logic.prepared import Prepared
from duli.logic.program import Program, compile
from duli.logic.result import Result
from duli.logic.sizes import Estimate, Size, estimate
from duli.logic.values import Symbols

__all__ = [
    "Cancel",
    "Change",
    "Estimate",
    "Live",
    "Prepared",
    "Program",
    "Result",
    "Size",
    "Symbols",
    "compile",
    "estimate",
]
