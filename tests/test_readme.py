"""The two commands of set-up are the same in both languages, and CI runs the second one."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def commands(page: str) -> list[str]:
    return [
        block.strip() for block in re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    ]


def test_both_languages_have_the_same_two_one_line_commands() -> None:
    english = commands("README.md")
    assert english == commands("README.zh.md")
    assert len(english) == 2
    assert all("\n" not in command and "-c constraints.txt" in command for command in english)
    assert english[0].endswith('kidney tumors; no fever"')
    assert english[1].endswith("dev.py check")


def test_ci_runs_the_second_one_as_it_is_written() -> None:
    found = subprocess.run(
        ["grep", "-m1", "dev.py check$", "README.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == commands("README.md")[1]
    assert "grep -m1 'dev.py check$' README.md" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_requirement_is_pinned() -> None:
    pins = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().split()
    }
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    wanted = set(re.findall(r'^\s*"([a-zA-Z0-9-]+)[>=]', text, re.MULTILINE)) - {"tomli"}
    wanted |= {"pyarrow", "pytest", "ruff", "mypy", "hypothesis"}
    assert wanted - pins == set()


def test_links_of_the_documentation_lead_somewhere() -> None:
    subprocess.run([sys.executable, "dev.py", "docs"], cwd=ROOT, check=True, capture_output=True)
