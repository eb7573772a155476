"""Who may import whom, and what a light import means."""

from __future__ import annotations

import ast
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NetworkError

SOURCE = Path(__file__).parents[1] / "src" / "duli"
COMMON = {"errors", "types", "files"}
MAY_IMPORT = {
    "errors": set(),
    "types": {"errors"},
    "files": set(),
    "provenance": COMMON,
    "logic": COMMON | {"provenance"},
    "torch": COMMON | {"logic", "provenance"},
    "kb": COMMON | {"logic"},
    "lm": COMMON,
    "neural": COMMON,
    "learn": COMMON | {"lm", "logic", "neural"},
    "fol": COMMON | {"logic", "provenance"},
    "language": COMMON | {"fol", "lm"},
    "explain": COMMON,
    "store": COMMON,
    "bulk": COMMON | {"applications", "lm", "recipe"},
    "recipe": COMMON | {"kb"},
    "reason": COMMON | {"kb", "lm", "logic", "neural", "learn", "explain", "recipe"},
    "dialogue": COMMON
    | {"fol", "kb", "lm", "logic", "neural", "learn", "language", "explain", "recipe", "reason"},
    "recommend": COMMON | {"kb", "lm", "logic", "neural", "explain", "recipe", "reason", "provenance"},
    "applications": COMMON
    | {"recipe", "reason", "fol", "language", "dialogue", "recommend", "stream", "summary"},
    "stream": COMMON | {"kb", "lm", "logic", "neural", "learn", "explain", "recipe", "reason"},
    "evaluate": COMMON
    | {
        "dialogue",
        "fol",
        "kb",
        "language",
        "learn",
        "lm",
        "logic",
        "neural",
        "reason",
        "recipe",
        "recommend",
        "stream",
        "summary",
        "torch",
    },
    "summary": COMMON | {"explain", "kb", "language", "lm", "logic", "provenance", "recipe"},
    "service": COMMON
    | {
        "kb",
        "lm",
        "logic",
        "fol",
        "language",
        "explain",
        "recipe",
        "reason",
        "evaluate",
        "learn",
        "store",
        "bulk",
        "summary",
        "applications",
        "dialogue",
        "stream",
        "recommend",
        "__init__",
    },
    "__init__": {"applications", "logic", "reason"},
    "__main__": {"service"},
}
MODULES = sorted(SOURCE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The rooms of the house that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "duli":
            rooms = {p.stem for p in SOURCE.iterdir()}
            yield from (alias.name if alias.name in rooms else "__init__" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("duli."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("duli."))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    found = set(imported(path)) - {room(path)}
    assert found <= MAY_IMPORT[room(path)]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_module_is_short_and_parses_on_the_oldest_python(path: Path) -> None:
    text = path.read_text("utf-8")
    ast.parse(text, feature_version=(3, 10))
    assert len(text.splitlines()) <= 400


def test_recipes_are_data() -> None:
    assert list((SOURCE / "recipes").rglob("*.py")) == []


def test_importing_duli_is_light() -> None:
    code = "import sys, json, duli; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "onnxruntime", "transformers", "numba", "numpy", "pyarrow", "rich", "typer"}
    assert set(json.loads(out.stdout)) & heavy == set()


def test_the_command_line_does_not_import_what_a_program_does_not_need() -> None:
    code = (
        "import sys, duli.service.cli as c; c.run(['run', sys.argv[1]]); print('onnxruntime' in sys.modules)"
    )
    program = Path(__file__).parents[1] / "examples" / "reach.dl"
    out = subprocess.run(
        [sys.executable, "-c", code, str(program)], capture_output=True, text=True, check=True
    )
    assert out.stdout.splitlines()[-1] == "False"
    assert "reach(" in out.stdout


def test_other_machines_are_refused() -> None:
    with pytest.raises(NetworkError), socket.socket() as s:
        s.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkError):
        socket.create_connection(("example.org", 80), timeout=1)
    with pytest.raises(NetworkError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", ("192.0.2.1", 53))


def test_this_machine_is_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as s,
    ):
        assert s.getpeername() == server.getsockname()
