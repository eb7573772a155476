"""Who may do what: tokens with scopes, kept as hashes, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from duli.errors import InputError
from duli.files import write_atomic
from duli.recipe.tomlfile import TomlFile

Scope = Literal["ask", "write", "review", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
VARIABLE = "DULI_SERVE_TOKEN"
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_SHORTEST = 16


@dataclass(frozen=True)
class Token:
    """What a token allows.

    Args:
        name: whose it is; stands in logs, and beside what is written.
        digest: the token's SHA-256, in hexadecimal digits. A token is 32 random bytes, so a slow hash adds nothing.
        scopes: what it may do.
    """

    name: str
    digest: str
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class Tokens:
    """All tokens that are known."""

    known: tuple[Token, ...]

    def find(self, secret: str) -> Token | None:
        """Whose token this is; None when it is nobody's. Takes the same time for all of them."""
        digest, found = hashed(secret), None
        for token in self.known:
            if hmac.compare_digest(token.digest, digest):
                found = token
        return found


def hashed(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def fresh() -> str:
    """A new token."""
    return secrets.token_urlsafe(32)


def load(file: Path | None, environment: Mapping[str, str] | None = None) -> tuple[Tokens, str | None]:
    """The tokens of a file and of the variable ``DULI_SERVE_TOKEN``, which may do all.

    Returns:
        the tokens; and, where there were none, the secret of the one that was made for this run.

    Raises:
        InputError: the file is not there, or the variable's token is short.
        RecipeError: the file is not as ``line`` writes it.
    """
    known = () if file is None else _of_file(file)
    given = (os.environ if environment is None else environment).get(VARIABLE, "").strip()
    if given and len(given) < _SHORTEST:
        raise InputError(
            f"a token has at least {_SHORTEST} characters", where=VARIABLE, hint="duli token makes one"
        )
    if known and not given:
        return Tokens(known), None
    secret = given or fresh()
    owner = Token("environment" if given else "this-run", hashed(secret), frozenset(SCOPES))
    return Tokens((*known, owner)), None if given else secret


def line(name: str, secret: str, scopes: tuple[Scope, ...]) -> str:
    """A token as it stands in the file; InputError where the name is none."""
    if not _NAME.match(name):
        raise InputError("a token's name has 1 to 64 letters, digits, dots and dashes")
    quoted = ", ".join(f'"{scope}"' for scope in scopes)
    return f'[[token]]\nname = "{name}"\nsha256 = "{hashed(secret)}"\nscopes = [{quoted}]\n'


def _of_file(path: Path) -> tuple[Token, ...]:
    if not path.is_file():
        raise InputError(
            "the file of tokens is not there", where=str(path), hint="duli token NAME --file FILE makes one"
        )
    file = TomlFile(path)
    file.check_known(file.tables, ("token",), "table")
    found, rows = [], file.tables.get("token", ())
    if not isinstance(rows, list | tuple):
        raise file.error("tokens are tables", "token", hint="write [[token]]")
    for number, row in enumerate(rows):
        name, digest, scopes = (row.get(key) for key in ("name", "sha256", "scopes"))
        if not (isinstance(name, str) and _NAME.match(name)):
            raise file.error("a token needs a name", "token", "name", nth=number)
        if not (isinstance(digest, str) and _HASH.match(digest)):
            raise file.error(
                "sha256 is the token's hash, 64 hexadecimal digits", "token", "sha256", nth=number
            )
        if not (isinstance(scopes, list) and set(scopes) <= set(SCOPES)):
            raise file.error(f"scopes are among {', '.join(SCOPES)}", "token", "scopes", nth=number)
        found.append(Token(name, digest, frozenset(cast(list[Scope], scopes))))
    return tuple(found)


def add(path: Path, name: str, text: str) -> None:
    """Put a token's lines behind those of a file, which only its owner may read.

    Raises:
        InputError: the file has a token of this name.
        RecipeError: the file is not one of tokens.
    """
    known = _of_file(path) if path.is_file() else ()
    if any(token.name == name for token in known):
        raise InputError(f"there is a token {name!r}", where=str(path))
    before = path.read_text("utf-8") if known else ""
    write_atomic(path, f"{before}{chr(10) if before else ''}{text}".encode())
