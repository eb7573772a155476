"""The application: routes as FastAPI has them, errors in one shape, and the guard in front."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from duli import __version__
from duli.errors import DuliError
from duli.service.http import problems, replies
from duli.service.http.asking import Asking
from duli.service.http.deciding import Deciding
from duli.service.http.examples import ERROR
from duli.service.http.guard import Guard
from duli.service.http.openai import OpenAI
from duli.service.http.operating import Operating
from duli.service.http.routing import Route, Routes
from duli.service.http.rules import Rules
from duli.service.http.server import Server
from duli.service.http.stating import Stating

PAGE = Path(__file__).parents[1] / "page"
_ABOUT = """Recipes of duli over HTTP. Every address but /health and /ready needs a token:
`Authorization: Bearer TOKEN`. Errors have one shape: `{"error": {"code", "message", "where", "hint"}}`."""


def make(server: Server, page: Path = PAGE) -> Guard:
    """The ASGI application of a server."""
    rooms = (
        Operating(server),
        OpenAI(server),
        Rules(server),
        Asking(server),
        Stating(server),
        Deciding(server),
    )
    known = [route for room in rooms for route in room.routes()]
    files = _files(page)
    app = FastAPI(
        title="duli",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(server),
    )
    for route in known:
        _add(app, route)
    for kind, handler in (
        (DuliError, _ours),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (Exception, _mistake),
    ):
        app.add_exception_handler(kind, handler)
    if files:
        app.mount("/", StaticFiles(directory=page, html=True))
    return Guard(app, server, Routes(known, files))


def _add(app: FastAPI, route: Route) -> None:
    public = route.path in ("/health", "/ready")
    security: list[dict[str, Any]] = [] if public else [{"token": [route.scope] if route.scope else []}]
    app.add_api_route(
        route.path,
        route.answer,
        methods=[route.method],
        summary=route.about,
        response_model=None,
        operation_id=route.answer.__name__,
        responses={
            200: {"description": "The answer", "content": {route.kind: {"example": route.example}}},
            "default": {"description": "An error", "content": {"application/json": {"example": ERROR}}},
        },
        openapi_extra={"security": security, "x-scope": "none" if public else route.scope or "any"},
    )


def _lifespan(server: Server) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        server.shelf.start()
        try:
            yield
        finally:
            server.close()

    return lifespan


def _files(page: Path) -> frozenset[str]:
    """The addresses of the page's files."""
    if not (page / "index.html").is_file():
        return frozenset()
    names = {f"/{path.relative_to(page).as_posix()}" for path in page.rglob("*") if path.is_file()}
    return frozenset({"/", *(name for name in names if not name.endswith(".py"))})


async def _ours(request: Request, error: DuliError) -> Response:
    return replies.failure(error)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    return replies.failure(problems.of_validation(list(error.errors())))


async def _http(request: Request, error: HTTPException) -> Response:
    return replies.failure(problems.of_http(error.status_code, request.url.path[:200]))


async def _mistake(request: Request, error: Exception) -> Response:
    return replies.failure(problems.unexpected())
