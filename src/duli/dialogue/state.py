"""What a dialogue remembers, as facts; kept in a file that is there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from duli.errors import DataError
from duli.files import write_atomic
from duli.types import Value

_FORMAT = 1


@dataclass(frozen=True)
class Pending:
    """A question that the customer was asked.

    Args:
        intent: what the answer will be for; empty where it is the intent itself that was asked for.
        slot: what was asked for; empty where it is the intent.
        options: the intents to choose from.
        times: how often it was asked.
    """

    intent: str = ""
    slot: str = ""
    options: tuple[str, ...] = ()
    times: int = 1


@dataclass(frozen=True)
class State:
    """A dialogue so far.

    Args:
        said: the slots that were told, with their values.
        tried: the intents that were answered, in order.
        turns: how many messages there were.
        pending: what was asked and not yet answered.
        language: of the last message.
    """

    said: Mapping[str, str] = field(default_factory=dict)
    tried: tuple[str, ...] = ()
    turns: int = 0
    pending: Pending | None = None
    language: str = "en"

    def facts(self, today: str) -> dict[str, Sequence[tuple[Value, ...]]]:
        """The same as facts for the rules."""
        return {
            "said": list(self.said.items()),
            "tried": [(intent,) for intent in dict.fromkeys(self.tried)],
            "turn": [(self.turns,)],
            "language": [(self.language,)],
            "today": [(today,)],
        }

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"format": _FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str = "the state") -> State:
        """What ``to_dict`` gave; DataError where it is something else."""
        try:
            if data["format"] != _FORMAT:
                raise KeyError("format")
            pending = data["pending"]
            made = cls(
                {str(k): str(v) for k, v in data["said"].items()},
                tuple(str(each) for each in data["tried"]),
                int(data["turns"]),
                None if pending is None else Pending(**{**pending, "options": tuple(pending["options"])}),
                str(data["language"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"this is no dialogue of format {_FORMAT}: {error!r}",
                where=where,
                hint="name another --state",
            ) from error
        return made

    def save(self, path: Path) -> None:
        """Write it; a reader sees the old state or the new one."""
        write_atomic(path, (json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> State:
        """The state of a file, a new one where there is none; DataError where it is damaged."""
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"the state cannot be read: {error}", where=str(path)) from error
        try:
            data = json.loads(text)
        except ValueError as error:
            raise DataError(
                f"this is not JSON: {error}", where=str(path), hint="name another --state"
            ) from error
        return cls.from_dict(data, str(path))

    def told(self, slots: Mapping[str, str], language: str) -> State:
        """After a message: one turn more, with what it told."""
        return replace(self, said={**self.said, **slots}, turns=self.turns + 1, language=language)
