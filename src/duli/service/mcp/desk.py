"""What an agent can have of recipes: answers, proofs, facts; as JSON, with no protocol in it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from duli import applications, kb, recipe
from duli.errors import InputError
from duli.fol.theory import Logic, World
from duli.recipe import Recipe
from duli.service.http import call, facts
from duli.service.http.bodies import Pair
from duli.service.http.questions import Question, answer, explained, stated

LONGEST = 100_000
"""Characters of a text."""


class Desk:
    """Some recipes, each loaded when it is first asked.

    Args:
        sources: names of built-in recipes, or folders.

    Raises:
        RecipeError: one is not there or has a mistake.
        InputError: two have the same name.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._recipes: dict[str, Recipe] = {}
        self._loaded: dict[str, Any] = {}
        self._lock = threading.Lock()
        for source in sources:
            found = recipe.read(source)
            if found.name in self._recipes:
                raise InputError(f"two recipes are called {found.name!r}", where=str(found.folder))
            self._recipes[found.name] = found

    def recipes(self) -> list[dict[str, Any]]:
        """What there is: each recipe's name, kind, what it says of itself, an example, the facts that it takes."""
        return [
            {
                "name": name,
                "kind": found.kind,
                "description": found.description,
                "notice": found.notice,
                "example": found.example,
                "takes": "pair" if found.pairs else "text",
                "facts": stated(found),
            }
            for name, found in self._recipes.items()
        ]

    def ask(self, name: str, asked: Question, given: Sequence[str] = ()) -> dict[str, Any]:
        """The answer of a recipe.

        Args:
            name: of the recipe.
            asked: the question.
            given: further facts, as a program writes them.

        Raises:
            DuliError: what the recipe raises; InputError where there is no such recipe, or the text is too long.
        """
        application = self._application(name)
        return answer(application, self._with(asked, application, given))

    def explain(
        self, name: str, asked: Question, given: Sequence[str], form: str, value: str | None
    ) -> dict[str, Any]:
        """The checked proof of one value; else as `ask`."""
        application = self._application(name)
        return explained(application, self._with(asked, application, given), form, value)

    def prove(self, text: str, question: str, world: World, logic: Logic, seconds: float) -> dict[str, Any]:
        """Whether a question follows from sentences, formulas or a problem in TPTP, with the proof."""
        from duli.applications.proofs import Prover

        _check(text)
        found = Prover(recipe.read("prove")).ask(text, question, world=world, logic=logic, seconds=seconds)
        return {**found.to_dict(), "told": list(found.lines())}

    def look_up(self, name: str, what: str, limit: int) -> dict[str, Any]:
        """What a recipe knows: its relations; the first facts of one; or the facts that mention a symbol."""
        known = kb.load(self._recipe(name).sources)
        if not what:
            return {"relations": known.describe()}
        if what in known.relations:
            rows = [(what, values, source) for values, source in known.facts(what, limit)]
        else:
            rows = list(known.about(what, limit))
        return {"facts": [{"relation": r, "values": list(values), "source": s} for r, values, s in rows]}

    def _recipe(self, name: str) -> Recipe:
        if name not in self._recipes:
            hint = f"there are: {', '.join(self._recipes)}"
            raise InputError(f"the recipe {name[:64]!r} is not served", hint=hint)
        return self._recipes[name]

    def _application(self, name: str) -> Any:
        found = self._recipe(name)
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = applications.load(found.folder)
            return self._loaded[name]

    def _with(self, asked: Question, application: Any, given: Sequence[str]) -> Question:
        for text in (asked.text.text, asked.text.second) if isinstance(asked.text, Pair) else (asked.text,):
            _check(text)
        asked.facts.update(facts.read(given, stated(application.recipe)))
        return asked


def begin(seconds: float) -> call.Call:
    """A request that may take so long, the current one in this context."""
    return call.start("", seconds)


def _check(text: str) -> None:
    if len(text) > LONGEST:
        raise InputError(f"a text has at most {LONGEST:,} characters", where="text")
