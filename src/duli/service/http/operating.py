"""What an operator asks: is it alive, is it ready, what does it serve, what does it count."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from duli import __version__
from duli.service.http import call, metrics, replies
from duli.service.http.examples import RECIPE
from duli.service.http.problems import RefusalError
from duli.service.http.routing import Route
from duli.service.http.server import Server
from duli.service.http.shelf import summary


class Operating:
    """The routes about the server itself."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def routes(self) -> list[Route]:
        """Health, readiness, recipes, reload, metrics, and this document."""
        health, ready = {"status": "ok", "version": __version__}, {"status": "ready", "waiting": []}
        return [
            Route("GET", "/health", self.health, None, "Is it alive? (no token)", health),
            Route("GET", "/ready", self.ready, None, "Can everything be asked? (no token)", ready),
            Route("GET", "/v1/recipes", self.recipes, "ask", "What is served", {"recipes": [RECIPE]}),
            Route("POST", "/v1/{recipe}/reload", self.reload, "admin", "Load a recipe anew", RECIPE),
            Route("GET", "/metrics", self.metrics, "admin", "Counters", "", kind="text/plain"),
            Route("GET", "/openapi.json", self.document, None, "This document", {"openapi": "3.1.0"}),
        ]

    async def health(self) -> Response:
        """The process answers."""
        return replies.reply({"status": "ok", "version": __version__})

    async def ready(self) -> Response:
        """All recipes are loaded, and the server is not about to stop."""
        if self.server.stopping():
            raise RefusalError("stopping", "the server is about to stop", after=5)
        if waiting := self.server.shelf.waiting:
            raise RefusalError("not_ready", f"not loaded yet: {', '.join(waiting)}", after=1)
        return replies.reply({"status": "ready", "waiting": []})

    async def recipes(self) -> Response:
        """List them."""
        return replies.reply({"recipes": [summary(one) for one in self.server.shelf.served.values()]})

    async def reload(self, recipe: str) -> Response:
        """The old one is served until the new one has answered a question."""
        who, store = call.current().who, await self.server.work.run(lambda: self.server.kept.store)
        one = await self.server.shelf.reload(recipe)
        await self.server.work.run(store.log, "recipe.reload", {"recipe": recipe, "key": one.key}, by=who)
        return replies.reply(summary(one))

    async def metrics(self) -> Response:
        """In Prometheus's text format."""
        return Response(self.server.metrics.text(), media_type=metrics.CONTENT_TYPE)

    async def document(self, request: Request) -> Response:
        """OpenAPI 3.1."""
        return replies.reply(request.app.openapi())
