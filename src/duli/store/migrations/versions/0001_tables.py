"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(*names: str, nullable: bool = False) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text, nullable=nullable) for name in names)


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "facts",
        _number(),
        *_text("recipe", "predicate", "arguments"),
        sa.Column("probability", sa.Float, nullable=False),
        *_text("source"),
        *_text("date", nullable=True),
        sa.Column("trust", sa.Float, nullable=False),
        *_text("asserted", "asserted_by"),
        *_text("retracted", "retracted_by", nullable=True),
    )
    op.create_index("facts_now", "facts", ["recipe", "retracted", "predicate", "id"])
    op.create_table("labels", _number(), *_text("recipe", "predicate", "text", "label", "at", "by"))
    op.create_index("labels_of", "labels", ["recipe", "predicate", "id"])
    op.create_table(
        "reviews",
        _number(),
        *_text("recipe", "subject"),
        sa.Column("people", sa.Integer, nullable=False),
        *_text("state", "opened", "opened_by"),
        *_text("closed", nullable=True),
    )
    op.create_index("reviews_open", "reviews", ["state", "recipe", "id"])
    op.create_table(
        "votes",
        _number(),
        sa.Column("review", sa.BigInteger, sa.ForeignKey("reviews.id"), nullable=False),
        sa.Column("approves", sa.Integer, nullable=False),
        *_text("comment", "at", "by"),
        sa.UniqueConstraint("review", "by", name="one_vote"),
    )
    op.create_table(
        "runs",
        _number(),
        *_text("recipe", "kind", "state", "detail"),
        *_text("result", nullable=True),
        *_text("began"),
        *_text("ended", nullable=True),
        *_text("by"),
    )
    op.create_index("runs_of", "runs", ["recipe", "id"])
    op.create_table(
        "alerts",
        _number(),
        *_text("recipe", "key", "detail", "raised"),
        *_text("seen", "seen_by", nullable=True),
        sa.UniqueConstraint("recipe", "key", name="one_alert"),
    )
    op.create_index("alerts_open", "alerts", ["seen", "recipe", "id"])
    op.create_table("audit", _number(), *_text("at", "by", "action", "subject", "content", "detail", "hash"))
    op.create_index("audit_of", "audit", ["subject", "id"])
