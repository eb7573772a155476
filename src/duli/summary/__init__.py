"""Summaries: sentences of articles, chosen by a stated objective, each with its place and the reason."""
