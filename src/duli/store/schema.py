"""The tables. Times are text in UTC (ISO 8601), data is JSON text, so that a row has one form on every database."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA = "0001"
"""The newest migration in ``migrations/versions``."""

metadata = MetaData()


def _number() -> Column[int]:
    """The key of a row: numbers are given by the store, under its lock."""
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


facts = Table(
    "facts",
    metadata,
    _number(),
    Column("recipe", Text, nullable=False),
    Column("predicate", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("probability", Float, nullable=False),
    Column("source", Text, nullable=False),
    Column("date", Text),
    Column("trust", Float, nullable=False),
    Column("asserted", Text, nullable=False),
    Column("asserted_by", Text, nullable=False),
    Column("retracted", Text),
    Column("retracted_by", Text),
    Index("facts_now", "recipe", "retracted", "predicate", "id"),
)

labels = Table(
    "labels",
    metadata,
    _number(),
    Column("recipe", Text, nullable=False),
    Column("predicate", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Index("labels_of", "recipe", "predicate", "id"),
)

reviews = Table(
    "reviews",
    metadata,
    _number(),
    Column("recipe", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("closed", Text),
    Index("reviews_open", "state", "recipe", "id"),
)

votes = Table(
    "votes",
    metadata,
    _number(),
    Column("review", BigInteger, ForeignKey("reviews.id"), nullable=False),
    Column("approves", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    UniqueConstraint("review", "by", name="one_vote"),
)

runs = Table(
    "runs",
    metadata,
    _number(),
    Column("recipe", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("result", Text),
    Column("began", Text, nullable=False),
    Column("ended", Text),
    Column("by", Text, nullable=False),
    Index("runs_of", "recipe", "id"),
)

alerts = Table(
    "alerts",
    metadata,
    _number(),
    Column("recipe", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("raised", Text, nullable=False),
    Column("seen", Text),
    Column("seen_by", Text),
    UniqueConstraint("recipe", "key", name="one_alert"),
    Index("alerts_open", "seen", "recipe", "id"),
)

audit = Table(
    "audit",
    metadata,
    _number(),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_of", "subject", "id"),
)

CONTENT = (facts, labels, reviews, votes, runs, alerts)
"""The tables whose rows the audit log vouches for, each after those that it refers to."""
