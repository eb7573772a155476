"""Ontologies in the OBO 1.2 and 1.4 flat file formats.

They fill these relations:

    term(Id)                      a term that is not obsolete
    name(Id, Text)                its label
    synonym(Id, Text, Scope)      its synonyms; Scope is EXACT, BROAD, NARROW or RELATED
    definition(Id, Text)
    is_a(Id, Parent)
    alt_id(Alternative, Id)       an identifier that was merged into the term
    obsolete(Id)                  a term that is no longer used
    replaced_by(Obsolete, Id)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from duli.errors import DataError, Place
from duli.kb.table import lines

ARITIES = {
    "term": 1,
    "name": 2,
    "synonym": 3,
    "definition": 2,
    "is_a": 2,
    "alt_id": 2,
    "obsolete": 1,
    "replaced_by": 2,
}
_TAGS = ("id", "name", "synonym", "def", "is_a", "alt_id", "is_obsolete", "replaced_by")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*([A-Z]+)?')
_ESCAPED = re.compile(r"\\(.)")
_END_OF_TEXT = re.compile(r"\s+(?:!.*|\{[^{}]*\}\s*(?:!.*)?)$")
_CUT = "is the file cut short?"

Rows = dict[str, list[tuple[str, ...]]]
_Stanza = list[tuple[str, str, int]]


def read(path: Path) -> tuple[Rows, str]:
    """The rows of each relation, and the file's version.

    Raises:
        DataError: with file and line: a line that is no tag, a text that does not end, a term without a name,
            a parent that the file does not have.
    """
    rows: Rows = {name: [] for name in ARITIES}
    version = ""
    parents: list[tuple[str, int]] = []
    for kind, stanza in _stanzas(path):
        if kind == "":
            version = next((value for tag, value, _ in stanza if tag == "data-version"), "")
        elif kind == "Term":
            _add(stanza, rows, parents, path)
    if not rows["term"]:
        raise DataError(
            "there is no term in this file", where=str(path), hint="an OBO file has [Term] stanzas"
        )
    _check_parents(rows, parents, path)
    return rows, version.rsplit("/", 1)[-1]


def _stanzas(path: Path) -> Iterator[tuple[str, _Stanza]]:
    """(kind, lines as (tag, value, number)) of each stanza; the header's kind is empty."""
    stanza: _Stanza = []
    kind = ""
    for number, raw in enumerate(lines(path), 1):
        line = raw.strip()
        if line.startswith("["):
            yield kind, stanza
            if not line.endswith("]"):
                raise DataError("this stanza's name does not end", where=_at(path, number, line), hint=_CUT)
            kind, stanza = line[1:-1], []
        elif line and not line.startswith("!"):
            tag, colon, value = line.partition(":")
            if not colon:
                raise DataError("this line has no tag", where=_at(path, number, line), hint=_CUT)
            stanza.append((tag, value.strip(), number))
    yield kind, stanza


def _add(stanza: _Stanza, rows: Rows, parents: list[tuple[str, int]], path: Path) -> None:
    found: dict[str, list[tuple[str, int]]] = {tag: [] for tag in _TAGS}
    for tag, value, number in stanza:
        if tag in found:
            found[tag].append((value, number))
    number = stanza[0][2] if stanza else 1
    if not found["id"]:
        raise DataError("this term has no id", where=Place(str(path), number), hint=_CUT)
    term = _identifier(found["id"][0][0])
    rows["alt_id"] += [(_identifier(value), term) for value, _ in found["alt_id"]]
    rows["replaced_by"] += [(term, _identifier(value)) for value, _ in found["replaced_by"]]
    if any(value.startswith("true") for value, _ in found["is_obsolete"]):
        rows["obsolete"].append((term,))
        return
    if not found["name"]:
        raise DataError(f"the term {term} has no name", where=Place(str(path), number), hint=_CUT)
    rows["term"].append((term,))
    rows["name"].append((term, _plain(found["name"][0][0])))
    for value, at in found["synonym"]:
        text, scope = _quoted(value, path, at)
        rows["synonym"].append((term, text, scope or "RELATED"))
    rows["definition"] += [(term, _quoted(value, path, at)[0]) for value, at in found["def"]]
    for value, at in found["is_a"]:
        rows["is_a"].append((term, _identifier(value)))
        parents.append((_identifier(value), at))


def _check_parents(rows: Rows, parents: list[tuple[str, int]], path: Path) -> None:
    """A parent may be missing only where it belongs to another ontology."""
    known = {row[0] for name in ("term", "obsolete", "alt_id") for row in rows[name]}
    own = {term.partition(":")[0] for term in known}
    for parent, number in parents:
        if parent not in known and parent.partition(":")[0] in own:
            message = f"the parent {parent} is not in this file"
            raise DataError(message, where=Place(str(path), number), hint=_CUT)


def _identifier(value: str) -> str:
    return value.split(maxsplit=1)[0] if value else ""


def _plain(value: str) -> str:
    return _unescaped(_END_OF_TEXT.sub("", value))


def _quoted(value: str, path: Path, number: int) -> tuple[str, str]:
    match = _QUOTED.match(value)
    if match is None:
        raise DataError("this text in quotes does not end", where=_at(path, number, value), hint=_CUT)
    return _unescaped(match.group(1)), match.group(2) or ""


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: {"n": "\n", "t": "\t", "W": " "}.get(m.group(1), m.group(1)), text)


def _at(path: Path, number: int, text: str) -> Place:
    return Place(str(path), number, None, text[:200])
