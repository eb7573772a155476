"""What is stated, labelled, reviewed, run and raised: durable, shared, and with a log that shows tampering."""

from duli.store.chain import Anchor, Entry, Verdict
from duli.store.connection import default_url
from duli.store.records import Alert, Fact, Label, Review, Run, StoredFact, Vote
from duli.store.store import Store

__all__ = [
    "Alert",
    "Anchor",
    "Entry",
    "Fact",
    "Label",
    "Review",
    "Run",
    "Store",
    "StoredFact",
    "Verdict",
    "Vote",
    "default_url",
]
