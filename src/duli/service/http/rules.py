"""The rules of a recipe, to be seen, and tried in another form; what is served stays as it is."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

import duli
from duli.service.http import call, facts, replies
from duli.service.http.bodies import Try
from duli.service.http.examples import ANSWER
from duli.service.http.problems import RefusalError
from duli.service.http.questions import Question, answer, stated
from duli.service.http.routing import Route
from duli.service.http.server import Server
from duli.service.http.shelf import Served


class Rules:
    """The routes about rules."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def routes(self) -> list[Route]:
        """``/rules`` and ``/try``."""
        shown = {"file": "rules.dl", "rules": "query(topic(Text, Label)).\n"}
        return [
            Route("GET", "/v1/{recipe}/rules", self.rules, "ask", "The rules that are served", shown),
            Route(
                "POST",
                "/v1/{recipe}/try",
                self.attempt,
                "admin",
                "Answer a text by other rules",
                ANSWER,
                True,
            ),
        ]

    async def rules(self, recipe: str) -> Response:
        """The recipe's program."""
        one = self._with_rules(recipe)
        return replies.reply({"file": one.recipe.rules_file, "rules": one.recipe.rules})

    async def attempt(self, recipe: str, body: Try) -> Response:
        """Only an administrator's request holds rules; they last as long as the request."""
        one = self._with_rules(recipe)
        if len(body.rules) > self.server.settings.text:
            raise RefusalError(
                "size", f"rules have at most {self.server.settings.text:,} characters", where="/rules"
            )
        changed = replace(one.recipe, rules=body.rules)
        encoder = self.server.encoders.of(changed.model)
        application = duli.load(changed, encoder=encoder, progress=call.tell)
        rows = facts.read(body.facts, stated(changed))
        asked = Question(body.text, facts=rows, options={"top": body.top}, proof=body.proof)
        return replies.reply(await self.server.work.run(answer, application, asked))

    def _with_rules(self, name: str) -> Served:
        one = self.server.shelf.find(name)
        if not one.recipe.rules:
            raise RefusalError("not_found", f"the recipe {name} has no rules")
        return one
