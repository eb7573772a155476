"""First-order logic: formulas, and what follows from them."""
