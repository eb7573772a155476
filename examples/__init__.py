"""Examples: each is run as it stands."""
