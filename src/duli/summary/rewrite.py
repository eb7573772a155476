"""Sentences in a model's words, each held against its source: what says more, or something else, is not taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from duli.errors import ModelError
from duli.lm import Generator, Settings, generate_json
from duli.summary.details import denies, details
from duli.summary.summary import Kept
from duli.summary.words import content, tokens

NEW = 0.25
"""The share of a rewritten sentence's words that its source need not have."""

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"sentence": {"type": "string", "minLength": 1, "maxLength": 600}},
    "required": ["sentence"],
    "additionalProperties": False,
}
_PROMPT = """Write this sentence shorter, in its own language, in one sentence. Keep every name, number and date that \
you use exactly as it stands; add nothing that the sentence does not say.

{sentence}
"""


def rewritten(
    kept: Sequence[Kept], generator: Generator, settings: Settings | None = None
) -> tuple[Kept, ...]:
    """Each sentence in the model's words where these stand the check; else as it stands, with the reason.

    A model that cannot be asked leaves all sentences as they stand.
    """
    return tuple(_rewritten(each, generator, settings) for each in kept)


def _rewritten(kept: Kept, generator: Generator, settings: Settings | None) -> Kept:
    source = kept.sentence.text
    try:
        said = generate_json(generator, _PROMPT.format(sentence=source), _SCHEMA, settings)[
            "sentence"
        ].strip()
    except ModelError as error:
        return replace(kept, refused=error.message)
    reason = unsupported(said, source)
    return replace(kept, refused=reason) if reason else replace(kept, rewritten=said)


def unsupported(said: str, source: str) -> str:
    """Why a sentence is not supported by its source; empty where it is.

    It is where all its names, amounts and dates stand in the source with the same value, it denies as the source does,
    it is no longer, and at most a quarter of its words are new. This is a check of form: a model that puts the same
    words together to another claim is not found out.

    >>> unsupported("The fire killed 13 people.", "The fire in Leeds killed 12 people on Monday.")
    'it says 13 people, which its source does not'
    >>> unsupported("The fire killed 12 people.", "The fire in Leeds killed 12 people on Monday.")
    ''
    """
    if not content(said):
        return "it says nothing"
    if len(tokens(said)) > len(tokens(source)):
        return "it is longer than its source"
    known = {(d.kind, d.unit, d.value) for d in details(source)}
    low = source.lower()
    for detail in details(said):
        if (detail.kind, detail.unit, detail.value) not in known and (
            detail.kind == "amount" or detail.text.lower() not in low
        ):
            return f"it says {detail.text}, which its source does not"
    if denies(said) != denies(source):
        return "one of it and its source denies, the other does not"
    has = set(content(source))
    new = [word for word in content(said) if word not in has]
    return f"{new[0]!r} is not in its source" if len(new) > NEW * len(content(said)) else ""
