"""First-order logic: formulas, and what follows from them."""

from duli.fol.decide import Prepared, decide, prepare
from duli.fol.theory import Model, Proof, Step, Theory, Verdict

__all__ = ["Model", "Prepared", "Proof", "Step", "Theory", "Verdict", "decide", "prepare"]
