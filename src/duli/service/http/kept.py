"""What the server keeps, opened when it is first needed; and what of it a question is answered with."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from duli.service.http.facts import Rows

if TYPE_CHECKING:
    from duli.store import Store


class Kept:
    """The store behind a server.

    Args:
        url: a file or URL; empty for the default one.
    """

    def __init__(self, url: str) -> None:
        self._url, self._lock = url, threading.Lock()
        self._store: Store | None = None
        self._read: dict[str, tuple[object, Rows]] = {}

    @property
    def store(self) -> Store:
        """The store; the errors are those of ``duli.store.Store``."""
        from duli.store import Store

        with self._lock:
            if self._store is None:
                self._store = Store(self._url or None)
            return self._store

    def facts(self, recipe: str) -> Rows:
        """The facts of a recipe that stand; read again when anything in the store has changed."""
        head = self.store.head()
        known = self._read.get(recipe)
        if known is None or known[0] != head:
            rows: Rows = {}
            for fact in self.store.facts(recipe):
                rows.setdefault(fact.predicate, []).append(fact.arguments)
            self._read[recipe] = known = head, rows
        return known[1]

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            if self._store is not None:
                self._store.close()
