"""The addresses of the server as a table: what answers, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from duli.service.http.tokens import Scope

_OPEN = frozenset({"/health", "/ready"})
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """One address.

    Args:
        method: of HTTP.
        path: with ``{name}`` where a part varies.
        answer: an ``async`` function, as FastAPI has them.
        scope: what the token must allow; None: any token.
        about: one line for the documentation.
        example: what an answer looks like.
        works: whether it counts among the requests that are worked on.
        kind: the type of the answer.
    """

    method: str
    path: str
    answer: Callable[..., Any]
    scope: Scope | None
    about: str
    example: Any
    works: bool = False
    kind: str = "application/json"
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = _PARAMETER.sub(r"(?P<\1>[^/]+)", re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}"))
        object.__setattr__(self, "pattern", re.compile(parts + r"\Z"))


class Routes:
    """All addresses; the first that fits is meant.

    Args:
        known: the routes.
        page: paths of the files of the page, which hold no data and need no token.
    """

    def __init__(self, known: Sequence[Route], page: frozenset[str] = frozenset()) -> None:
        self.known, self._public = tuple(known), _OPEN | page

    def find(self, method: str, path: str) -> Route | None:
        """The route of an address; None where there is none."""
        for route in self.known:
            if route.method == method and route.pattern.match(path):
                return route
        return None

    def public(self, path: str) -> bool:
        """Whether an address needs no token: health, readiness, and the page's files."""
        return path in self._public
