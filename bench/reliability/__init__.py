"""What happens when things go wrong: ``python -m bench.reliability.NAME``; figures in docs/reliability.md."""
