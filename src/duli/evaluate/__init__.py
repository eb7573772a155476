"""Metrics, data set readers, reports."""
