"""Benchmarks: each module prints sizes, seconds, and ratios to its peers, all measured in the same run."""
