"""Random programs against outside engines: clingo's enumeration of worlds, and ProbLog."""
