"""The developer's commands: ``python dev.py check`` runs all that must be green before a change lands."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def run(*command: str) -> int:
    """Run a Python module in this environment; returns its exit code."""
    print("+", *command, flush=True)
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode


def lint() -> int:
    """Style and likely mistakes."""
    return run("ruff", "check", ".") or run("ruff", "format", "--check", ".")


def types() -> int:
    """Types, strict."""
    return run("mypy")


def test() -> int:
    """All tests."""
    return run("pytest")


def docs() -> int:
    """Every link in the documentation leads somewhere, and every English page has its Chinese one."""
    print("+ docs", flush=True)
    wrong = [
        problem for page in sorted(ROOT.rglob("*.md")) if ".venv" not in page.parts for problem in _dead(page)
    ]
    for page in sorted((ROOT / "docs").glob("*.md")):
        if not (ROOT / "docs" / "zh" / page.name).is_file():
            wrong.append(f"{page.relative_to(ROOT)}: there is no docs/zh/{page.name}")
    print("\n".join(wrong))
    return 1 if wrong else 0


def _dead(page: Path) -> list[str]:
    links = _LINK.findall(page.read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    return [
        f"{page.relative_to(ROOT)}: {link} leads nowhere"
        for link in local
        if not (page.parent / link).exists()
    ]


def settings() -> int:
    """Write the table of the server's settings into its pages."""
    sys.path.insert(0, str(ROOT / "src"))
    from duli.service.http.settings import table

    for page, language in (("docs/serve.md", "en"), ("docs/zh/serve.md", "zh")):
        path, made = ROOT / page, table(language)
        before, _, after = path.read_text("utf-8").partition(made.partition("\n")[0])
        path.write_text(before + made + re.sub(r"\A(\n\|.*)*", "", after), "utf-8")
    return 0


def bench() -> int:
    """All benchmarks; see bench/."""
    names = {path.stem for path in (ROOT / "bench").glob("[a-z]*") if path.suffix == ".py" or path.is_dir()}
    return max((run(f"bench.{name}") for name in sorted(names)), default=0)


def gallery() -> int:
    """The pictures and pages of docs/gallery.md, made by running the recipes."""
    return run("examples.gallery")


def check() -> int:
    """Lint, types, docs, test."""
    return max(step() for step in (lint, types, docs, test))


COMMANDS: dict[str, Callable[[], int]] = {
    f.__name__: f for f in (check, lint, types, test, docs, settings, bench)
}


def main() -> int:
    """Run the command that is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__)
    return COMMANDS[parser.parse_args().command]()


if __name__ == "__main__":
    sys.exit(main())
