"""Streams of news: speed, false alarms, delay."""
