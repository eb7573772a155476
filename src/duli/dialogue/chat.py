"""A dialogue as it goes on: messages and commands in, replies out, the state kept after each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from duli.dialogue import corrections
from duli.dialogue.converse import Converse, Told
from duli.dialogue.memory import Memory
from duli.dialogue.reply import Reply
from duli.dialogue.state import State
from duli.dialogue.support import Support
from duli.errors import InputError
from duli.explain import lines
from duli.recipe.converse import GUEST

Said = Reply | Told | str
"""A reply; of a command what it tells."""


class Chat(Protocol):
    """A dialogue."""

    def say(self, text: str) -> Said:
        """What is replied to a message, or told by a command, which begins with a slash."""
        ...


class SupportChat:
    """A dialogue with customer service.

    Args:
        support: who replies.
        file: where the state is kept; None keeps it in memory.
    """

    def __init__(self, support: Support, file: Path | None = None) -> None:
        self.support, self.file = support, file
        self.state = State() if file is None else State.load(file)
        self.last: Reply | None = None
        self._text = ""
        self._commands: dict[str, Callable[[str], str]] = {
            "/why": self._why,
            "/state": self._state,
            "/new": self._new,
            "/correct": self._correct,
        }

    def say(self, text: str) -> Said:
        """As ``Chat``; InputError where there is no such command, or the message is none."""
        if text.startswith("/"):
            return command(self._commands, text)
        self.last = self.support.ask(text, state=self.state)
        self._text = text
        self._keep(self.last.state)
        return self.last

    def _keep(self, state: State) -> None:
        self.state = state
        if self.file is not None:
            state.save(self.file)

    def _why(self, _: str) -> str:
        if self.last is None:
            return "nothing was said yet"
        if self.last.proof is None:
            return self.last.reason or "it stands in the documents that are cited"
        return "\n".join(lines(self.last.proof))

    def _state(self, _: str) -> str:
        return json.dumps(self.state.to_dict(), ensure_ascii=False)

    def _new(self, _: str) -> str:
        self._keep(State())
        return "a new dialogue"

    def _correct(self, intent: str) -> str:
        corrections.add(self.support.corrections, self._text, intent, self.support.table.names)
        return f"kept in {self.support.corrections}; it counts when the recipe is loaded again"


class ConverseChat:
    """A talk with a persona; what somebody tells of himself is remembered by his name.

    Args:
        persona: who replies.
        memory: of who talks.
    """

    def __init__(self, persona: Converse, memory: Memory) -> None:
        self.persona, self.memory = persona, memory
        self.last: Told | None = None
        self._commands: dict[str, Callable[[str], str]] = {
            "/why": self._why,
            "/memory": self._memory,
            "/forget": self._forget,
        }

    def say(self, text: str) -> Said:
        """As ``Chat``; InputError where there is no such command, or the message is none."""
        if text.startswith("/"):
            return command(self._commands, text)
        self.last = self.persona.ask(text, memory=self.memory)
        return self.last

    def _why(self, _: str) -> str:
        return "nothing was said yet" if self.last is None else "\n".join(self.last.lines(why=True))

    def _memory(self, _: str) -> str:
        known = self.memory.sentences
        return "\n".join(f"{n}. {sentence}" for n, sentence in enumerate(known, 1)) or "nothing is remembered"

    def _forget(self, which: str) -> str:
        return (
            "\n".join(f"forgotten: {sentence}" for sentence in self.memory.forget(which))
            or "nothing was there"
        )


def command(known: dict[str, Callable[[str], str]], text: str) -> str:
    """Run a command; InputError where there is none of that name."""
    name, _, rest = text.partition(" ")
    if name not in known:
        raise InputError(f"there is no command {name[:40]}", hint=f"there are: {', '.join(known)}, /quit")
    return known[name](rest.strip())


def begin(application: Any, file: Path | None = None, user: str = "") -> Chat:
    """A dialogue with an application.

    Args:
        application: that talks.
        file: where the state of customer service is kept; None keeps it in memory.
        user: whose memory a persona opens; empty: nobody's.

    Raises:
        InputError: it does not talk, or has no use for the file or the user.
    """
    talks = isinstance(application, Converse)
    if (talks and file) or (isinstance(application, Support) and user):
        raise InputError("--state is for customer service, --user for a persona", hint="leave it away")
    if isinstance(application, Support):
        return SupportChat(application, file)
    if isinstance(application, Converse):
        memory = Memory.of(user, application.recipe.name) if user else Memory(GUEST)
        return ConverseChat(application, memory)
    raise InputError(
        f"the recipe {application.recipe.name} does not talk", hint="duli ask answers one question"
    )
