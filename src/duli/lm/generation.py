"""Text from a frozen model: what every generator has in common."""

from __future__ import annotations

import json
import math
from collections.abc import Generator as Pieces
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol

from duli.errors import InputError, ModelError
from duli.lm.graph import need

Schema = Mapping[str, Any]
"""A JSON schema."""

_RETRY_TEMPERATURE = 0.7


@dataclass(frozen=True)
class Settings:
    """How text is drawn.

    Args:
        max_tokens: at most so many, at least 1.
        temperature: 0: the likeliest token each time; 1: as probable as the model says.
        seed: of the draws.
        stop: texts at whose first place the answer ends; they are left out.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise InputError("max_tokens is at least 1")
        if not (self.temperature >= 0 and math.isfinite(self.temperature)):
            raise InputError("temperature is a number of 0 or more")
        if not isinstance(self.stop, tuple) or not all(self.stop):
            raise InputError("stop is a tuple of texts, none of them empty")


class Generator(Protocol):
    """A frozen model that answers a prompt. Stops and checks are above it: ``lm.generate``, ``lm.generate_json``."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def revision(self) -> str:
        """A hash of all that its answers depend on."""
        ...

    def stream(
        self, prompt: str, settings: Settings, schema: Schema | None = None
    ) -> Pieces[str, None, None]:
        """The answer, piece by piece, as JSON that fits the schema where there is one and the model can.

        ``settings.stop`` is heeded by the caller.
        """
        ...


def generate(generator: Generator, prompt: str, settings: Settings | None = None) -> Pieces[str, None, None]:
    """The answer to a prompt, piece by piece: ``"".join(generate(…))`` is all of it.

    Raises:
        ModelError: the model cannot answer.
    """
    settings = settings or Settings()
    return _until(generator.stream(prompt, settings), settings.stop)


def generate_json(
    generator: Generator, prompt: str, schema: Schema, settings: Settings | None = None, *, tries: int = 3
) -> Any:
    """The answer to a prompt as JSON that fits a schema: held to it token by token where the model can, checked always.

    The prompt is followed by the schema, which a constraint alone would not tell the model.

    Args:
        generator: the frozen model.
        prompt: what is asked.
        schema: a JSON schema; references lead nowhere outside it.
        settings: of the first try; each further one counts the seed up and draws at a temperature of at least 0.7.
        tries: at least 1.

    Returns:
        the parsed answer.

    Raises:
        MissingExtraError: jsonschema is not installed.
        InputError: it is no schema.
        ModelError: no try gave JSON that fits.
    """
    validator = _validator(schema)
    asked = f"{prompt}\n\nAnswer in JSON by this schema: {json.dumps(schema, ensure_ascii=False)}\n"
    first = settings or Settings()
    reason = ""
    for attempt in range(max(1, tries)):
        warmer = max(first.temperature, _RETRY_TEMPERATURE) if attempt else first.temperature
        again = replace(first, seed=first.seed + attempt, temperature=warmer)
        text = "".join(_until(generator.stream(asked, again, schema), again.stop))
        try:
            answer = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            reason = f"not JSON: {error}; it ends with {text[-40:]!r}"
            continue
        wrong = next(iter(validator.iter_errors(answer)), None)
        if wrong is None:
            return answer
        reason = f"{wrong.json_path}: {wrong.message[:200]}"
    raise ModelError(
        f"the model {generator.name!r} gave no JSON that fits the schema in {max(1, tries)} tries ({reason})",
        hint="raise max_tokens, make the schema simpler, or use a larger model",
    )


def _validator(schema: Schema) -> Any:
    """A validator that fetches nothing; InputError where it is no schema, or refers to something outside it."""
    jsonschema, referencing = need("jsonschema", "json"), need("referencing", "json")
    try:
        kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
        kind.check_schema(schema)
        json.dumps(schema)
    except (jsonschema.SchemaError, TypeError, ValueError) as error:
        raise InputError(f"this is no JSON schema: {str(error).partition(chr(10))[0]}") from error
    if any(not target.startswith("#") for target in _references(schema)):
        raise InputError("a reference of the schema leads outside it", hint="write it under $defs")
    return kind(schema, registry=referencing.Registry())


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                yield value
            yield from _references(value)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _references(part)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _until(pieces: Pieces[str, None, None], stop: Sequence[str]) -> Pieces[str, None, None]:
    """The pieces up to the first of the stops; what may be the beginning of one is held back until it is known."""
    back = max(map(len, stop), default=1) - 1
    held = ""
    # Closed as soon as nobody wants more, so that the model stops computing.
    with closing(pieces):
        for piece in pieces:
            held += piece
            places = [place for text in stop if (place := held.find(text)) >= 0]
            if places:
                held = held[: min(places)]
                break
            ready = len(held) - back
            if ready > 0:
                yield held[:ready]
                held = held[ready:]
    if held:
        yield held
