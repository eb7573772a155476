"""Errors become answers here, and nowhere else: one shape, a status for each code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duli.errors import DuliError, Place

STATUS = {
    "cancelled": 504,
    "conflict": 409,
    "data": 422,
    "deadline": 504,
    "error": 422,
    "forbidden": 403,
    "inconsistent_evidence": 422,
    "input": 422,
    "internal": 500,
    "limit": 422,
    "method": 405,
    "missing_extra": 501,
    "model": 503,
    "not_found": 404,
    "not_ready": 503,
    "program": 422,
    "recipe": 422,
    "request": 422,
    "size": 413,
    "stopping": 503,
    "store": 503,
    "too_many": 429,
    "unauthorised": 401,
}
"""The HTTP status of each error's code."""

_OF_FILES = frozenset({"recipe", "data", "model", "store", "program"})


class RefusalError(DuliError):
    """A request that is not served.

    Args:
        code: one of ``STATUS``.
        message, where, hint: as of every error.
        after: seconds after which to try again; None where that does not help.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        after: float | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.code = code
        self.after = after


def status(error: DuliError) -> int:
    """The status of an error."""
    return STATUS.get(error.code, 500)


def headers(error: DuliError) -> dict[str, str]:
    """What the error says in headers: when to come again, how to show who one is."""
    found = {}
    if isinstance(error, RefusalError) and error.after is not None:
        found["Retry-After"] = str(max(1, round(error.after)))
    if error.code == "unauthorised":
        found["WWW-Authenticate"] = "Bearer"
    return found


def told(error: DuliError) -> dict[str, dict[str, str | None]]:
    """The error as a client sees it: a file by its name, not by where it lies on this machine."""
    where, found = error.where, error.to_dict()
    if isinstance(where, Place):
        found["error"]["where"] = str(where._replace(file=Path(where.file).name))
    elif where is not None and error.code in _OF_FILES:
        found["error"]["where"] = Path(where).name
    return found


def unexpected() -> RefusalError:
    """What a client is told of a mistake of ours: nothing of the inside, which is in the log."""
    return RefusalError(
        "internal",
        "this is a mistake of duli",
        hint="the log says more under this answer's request id; report it",
    )


def of_http(code: int, path: str) -> RefusalError:
    """The error of a status that the framework found: no such path, no such method, a body that is not JSON."""
    if code == 404:
        return RefusalError(
            "not_found", "there is nothing at this address", where=path, hint="see /openapi.json"
        )
    if code == 405:
        return RefusalError(
            "method", "this address is not asked in this way", where=path, hint="see /openapi.json"
        )
    return RefusalError("request", "the request cannot be read", where=path, hint="send JSON in UTF-8")


def of_validation(errors: list[Mapping[str, Any]]) -> RefusalError:
    """The first thing that is wrong with a request, with its JSON pointer."""
    first = errors[0] if errors else {}
    place = [str(part) for part in first.get("loc", ())]
    kind, inner = (place[0], place[1:]) if place else ("body", [])
    pointer = "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in inner)
    where = pointer if kind == "body" else f"{kind} {'/'.join(inner)}"
    if first.get("type") == "model_attributes_type" and not inner:
        return RefusalError(
            "request", "the body is no JSON object", where="/", hint="Content-Type: application/json"
        )
    message = str(first.get("msg", "the request is not as it should be"))
    return RefusalError("request", message, where=where[:300], hint="see /openapi.json for what is expected")
