"""A request's question, put to a recipe in the way that its kind wants it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duli import recipe as recipes
from duli.dialogue.state import State
from duli.errors import InputError
from duli.explain import lines, render
from duli.reason.cases import Decision
from duli.recipe import Recipe
from duli.service.http import call
from duli.service.http.bodies import Dialogue, Given, Pair, Pending
from duli.service.http.facts import Rows
from duli.types import Atom, Proof

_LONGEST_PROOF = 10.0


@dataclass(frozen=True)
class Question:
    """What is asked.

    Args:
        text: the text, or two; of a recipe about cases, the question.
        question: of a recipe that takes problems: what is asked about the text.
        facts: by predicate.
        options: how the answer is wanted; a recipe leaves those that it does not know.
        proof: whether the proof is wanted.
        state: of a recipe that talks: the dialogue so far.
    """

    text: Given
    question: str = ""
    facts: Rows = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    proof: bool = False
    state: Dialogue | None = None


def put(application: Any, asked: Question) -> Any:
    """What the application answers.

    Raises:
        DuliError: what the application raises; InputError where it has no use for what was sent.
    """
    kind = application.recipe.kind
    if kind == "case":
        # Facts alone make the case: as data, then as quoted atoms, so that no text of a user is ever read as a rule.
        rows = (Atom(name, row) for name, found in asked.facts.items() for row in found)
        return application.ask("\n".join(f"{atom}." for atom in rows), _one(asked), name="facts")
    if kind == "support":
        return application.ask(
            _one(asked), state=_state(application, asked.state), **_known(application, asked)
        )
    if kind == "prove":
        seconds = min(_LONGEST_PROOF, call.current().left)
        return application.ask(_one(asked), asked.question, seconds=seconds)
    options = _known(application, asked)
    if asked.facts:
        options["facts"] = asked.facts
    text = asked.text
    return application.ask((text.text, text.second) if isinstance(text, Pair) else text, **options)


def answer(application: Any, asked: Question) -> dict[str, Any]:
    """What the application answers, as JSON."""
    found: dict[str, Any] = put(application, asked).to_dict(proof=asked.proof)
    return found


def explained(application: Any, asked: Question, form: str, value: Any = None) -> dict[str, Any]:
    """Why an answer follows: the checked proof of one value.

    Args:
        application: what answers.
        asked: the question.
        form: tree, text, json, mermaid or dot; of a problem's proof always text.
        value: the answer that is explained; None: the best.

    Raises:
        DuliError: what the application raises; InputError where there is no such answer.
    """
    found = put(application, asked)
    shown: Any
    if application.recipe.kind == "prove":
        form, shown = "text", "\n".join(found.lines())
    else:
        proof = _proof(found, value)
        shown = list(lines(proof)) if form == "tree" else render(proof, form)
    return {"form": form, "value": value, "proof": shown, "answer": found.to_dict(proof=False)}


def _proof(found: Any, value: Any) -> Proof:
    """The proof of one of the values of an answer, of the best where none is named."""
    if isinstance(found, Decision):
        proofs = {str(one.atom): one.proof for one in found.findings}
    else:
        proofs = {}
        for one in getattr(found, "ranked", ()):
            if value in (None, one.value) and found.prove is not None:
                proofs[str(one.value)] = found.prove(one.value)
                break
    if not proofs:
        reason = getattr(found, "reason", None) or "this is not among the answers"
        raise InputError(f"nothing can be explained: {reason}", where="/value")
    if value is not None and str(value) not in proofs:
        raise InputError(f"{value!r} is not among the answers", where="/value")
    return proofs[str(value)] if value is not None else next(iter(proofs.values()))


def trial(application: Any) -> None:
    """Ask what the recipe itself gives as an example, else what one of its labels is described by."""
    source: Recipe = application.recipe
    if source.kind == "prove":
        example = recipes.examples(str(source.folder))[source.example]
        application.ask(example.read_text("utf-8"))
        return
    said = [text for table in source.tables for text in table.descriptions]
    text = source.example or (said[0] if said else "")
    if text and isinstance(text, str):
        put(application, Question(Pair(text=text, second=text) if source.pairs else text))


def stated(source: Recipe) -> dict[str, int]:
    """The predicates of which facts may be stated, with their number of arguments."""
    if source.kind not in ("text", "case"):
        return {}
    return {**({} if source.cases is None else source.cases.inputs), **source.answer.inputs}


def _one(asked: Question) -> str:
    if isinstance(asked.text, Pair):
        raise InputError("the recipe takes one text", where="/text")
    return asked.text


def _known(application: Any, asked: Question) -> dict[str, Any]:
    """The options that the application takes."""
    takes = inspect.signature(application.ask).parameters
    return {name: value for name, value in asked.options.items() if name in takes}


def _state(application: Any, given: Dialogue | None) -> State | None:
    """The dialogue so far; what a client sends may name only what the recipe has."""
    if given is None:
        return None
    known, slots = {"", *application.table.names}, {"", *(slot.name for slot in application.settings.slots)}
    pending = given.pending or Pending(times=1)
    intents = {pending.intent, *pending.options, *given.tried}
    if not (intents <= known and {pending.slot, *given.said} <= slots):
        raise InputError("the state names what the recipe does not have", where="/state")
    return State.from_dict(given.model_dump(), "/state")
