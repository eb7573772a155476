"""Tokens are kept as hashes, and do what their scopes say."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from duli.errors import DuliError
from duli.service import cli
from duli.service.http import tokens


def test_a_token_is_made_and_only_its_hash_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tokens.toml"
    assert cli.run(["token", "phone", "--scope", "ask", "--file", str(file)]) == 0
    assert cli.run(["token", "desk", "--scope", "ask", "--scope", "review", "--file", str(file)]) == 0
    phone, desk = capsys.readouterr().out.split()
    known, fresh = tokens.load(file, {})
    assert fresh is None
    assert phone not in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = known.find(phone), known.find(desk)
    told = [(one.name, sorted(one.scopes)) for one in found if one]
    assert told == [("phone", ["ask"]), ("desk", ["ask", "review"])]
    assert known.find("") is None
    assert known.find(phone[:-1]) is None
    assert cli.run(["token", "desk", "--file", str(file)]) == 2
    assert "there is a token 'desk'" in capsys.readouterr().err


def test_without_any_there_is_one_for_this_run() -> None:
    known, secret = tokens.load(None, {})
    assert secret is not None
    owner = known.find(secret)
    assert owner is not None
    assert owner.scopes == set(tokens.SCOPES)
    again = tokens.load(None, {})[1]
    assert again != secret


def test_the_environments_token_may_do_all() -> None:
    known, secret = tokens.load(None, {tokens.VARIABLE: "0123456789abcdef"})
    assert secret is None
    assert known.find("0123456789abcdef") is not None
    with pytest.raises(DuliError, match="at least 16"):
        tokens.load(None, {tokens.VARIABLE: "short"})


@pytest.mark.parametrize(
    "text",
    [
        "token = 3",
        '[[token]]\nname = "a"',
        '[[token]]\nname = "a b"\nsha256 = "' + "0" * 64 + '"\nscopes = []',
        '[[token]]\nname = "a"\nsha256 = "secret"\nscopes = ["ask"]',
        '[[token]]\nname = "a"\nsha256 = "' + "0" * 64 + '"\nscopes = ["all"]',
        "[other]",
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(DuliError):
        tokens.load(file, {})
