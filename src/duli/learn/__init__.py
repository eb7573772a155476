"""Learning: adapters for a frozen model (``tune``), and how runs are tracked."""
