"""How fast texts are encoded."""
