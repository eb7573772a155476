"""Pictures and speech as evidence: each source gives probabilities of its own, and they are put together at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from duli.errors import InputError
from duli.lm import hub
from duli.neural.fusion import fuse
from duli.reason.classes import Classified
from duli.recipe.labels import TEXT, Labels
from duli.types import Example, Floats

if TYPE_CHECKING:
    from duli.reason import Reasoner


def evidence(reasoner: Reasoner, text: Example, files: Mapping[str, Path]) -> tuple[Classified, ...]:
    """What a text, a picture and a recording say together of each table that reads more than text.

    A medium that is not given, and a text that is empty, is no evidence. Where there is no text, tables that read text
    alone say that all labels are alike.

    Args:
        reasoner: whose tables and models these are.
        text: may be empty where there is a file.
        files: by medium, ``image`` or ``speech``.

    Raises:
        InputError: no table reads the medium, or a file is not there or cannot be read.
    """
    tables = [table for table in reasoner.recipe.tables if table.kind == "classify"]
    for name, path in files.items():
        if not any(name in table.inputs for table in tables):
            raise InputError(f"the recipe reads no {name}", hint=f'[[classify]] inputs = ["text", "{name}"]')
        if not path.is_file():
            raise InputError("the file is not there", where=str(path))
    written = bool(text.strip()) if isinstance(text, str) else True
    heard = _heard(reasoner, files)
    found = []
    for table in tables:
        if written and table.inputs == (TEXT,):
            continue
        said = [_of_text(reasoner, table, text)] if written and TEXT in table.inputs else []
        if "speech" in table.inputs and heard.strip():
            said.append(_of_text(reasoner, table, heard))
        if "image" in table.inputs and "image" in files:
            said.append(_of_picture(reasoner, table, files["image"]))
        found.append(_together(table, said))
    return tuple(found)


def unread(tables: Sequence[Labels], count: int, given: Sequence[Classified]) -> tuple[Classified, ...]:
    """What tables that do not read text say of n texts, where they are not given: that all labels are alike."""
    known = {each.labels.predicate for each in given}
    return tuple(
        Classified(table, np.repeat(_together(table, ()).probabilities, count, 0))
        for table in tables
        if TEXT not in table.inputs and table.predicate not in known
    )


def _together(table: Labels, said: Sequence[Floats]) -> Classified:
    return Classified(table, fuse(said, len(table.classes))[None, : len(table.names)])


def _of_text(reasoner: Reasoner, table: Labels, text: Example) -> Floats:
    """Of each class [K]."""
    votes = reasoner.votes(table, [text])
    found: Floats = reasoner.trained(table).probabilities(reasoner.vectors(table, [text]), votes)[0]
    return found


def _of_picture(reasoner: Reasoner, table: Labels, path: Path) -> Floats:
    """Of each class [K]: the likelihoods of its descriptions, their mean for each class."""
    model = _picture_model(reasoner)
    p = model.likely(_bytes(path), [str(text) for text in table.descriptions])
    of = np.array(table.of)
    mean = np.bincount(of, p, len(table.classes)) / np.bincount(of, minlength=len(table.classes))
    found: Floats = mean / mean.sum()
    return found


def _heard(reasoner: Reasoner, files: Mapping[str, Path]) -> str:
    """What is said in the recording, if there is one."""
    if "speech" not in files:
        return ""
    return str(_speech_model(_folder(reasoner, "speech")).text(_bytes(files["speech"])))


def _bytes(path: Path) -> bytes:
    from duli.lm import pictures, speech

    size, most = path.stat().st_size, max(pictures.LARGEST, speech.LARGEST)
    if size > most:
        raise InputError(f"the file has {size:,} bytes; {most:,} is the limit", where=str(path))
    return path.read_bytes()


def _folder(reasoner: Reasoner, medium: str) -> Path:
    named = reasoner.recipe.media[medium]
    return named["folder"] if "folder" in named else hub.snapshot(named["model"], named["revision"])


def _picture_model(reasoner: Reasoner) -> Any:
    return _clip(_folder(reasoner, "image"))


@lru_cache(2)
def _clip(folder: Path) -> Any:
    from duli.lm.pictures import Clip

    return Clip(folder)


@lru_cache(2)
def _speech_model(folder: Path) -> Any:
    from duli.lm.speech import Recogniser

    return Recogniser(folder)
