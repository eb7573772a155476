"""What is known of the request that is being answered, in whatever thread it is worked on."""

from __future__ import annotations

import re
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

from duli.files import Progress
from duli.logic import Cancel
from duli.logic.meter import watched
from duli.service.http.problems import RefusalError
from duli.service.http.tokens import Token

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")


@dataclass
class Call:
    """One request.

    Args:
        id: what logs and the answer call it.
        begun: the clock's reading when it came.
        seconds: how long it may take.
        cancel: stops the work for it.
        token: who asks; None before that is known, and where it does not matter.
        route: the template of its address, so that logs and metrics hold no identifiers.
        progress: what is told of long work for it.
    """

    id: str
    seconds: float
    begun: float = field(default_factory=time.monotonic)
    cancel: Cancel = field(default_factory=Cancel)
    token: Token | None = None
    route: str = "none"
    progress: Progress | None = None

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self.begun + self.seconds - time.monotonic())

    @property
    def who(self) -> str:
        """The name of the token."""
        return "" if self.token is None else self.token.name


_current: ContextVar[Call | None] = ContextVar("call", default=None)


def start(given_id: str, seconds: float) -> Call:
    """A new request, which is the current one in this context from now on; runs of the engine watch its cancel."""
    call = Call(given_id if _ID.match(given_id) else uuid.uuid4().hex, seconds)
    _current.set(call)
    watched.set(call.cancel)
    return call


def current() -> Call:
    """The request that is worked on."""
    call = _current.get()
    if call is None:
        raise RefusalError("internal", "there is no request")
    return call


def request_id() -> str:
    """The current request's name; empty where there is none."""
    call = _current.get()
    return "" if call is None else call.id


def tell(what: str, done: int, total: int) -> None:
    """A ``Progress`` that reaches whoever asked, where that is wanted."""
    call = _current.get()
    if call is not None and call.progress is not None:
        call.progress(what, done, total)
