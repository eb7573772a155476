"""The gallery of docs/gallery.md: each recipe's command is run, and its answer becomes a picture.

    python dev.py gallery [RECIPE …]

The scenes stand in docs/gallery/scenes.toml. Times are left out of the pictures, so that the same answer gives the same
file.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from duli.recipe import built_in
from duli.recipe.tomlfile import TomlFile

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SCENES = DOCS / "gallery" / "scenes.toml"
WIDTH = 110
_SECONDS = 600
_FONT = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
_FORMAT = _FONT.sub("", CONSOLE_SVG_FORMAT)
TIMES = re.compile(r"\b\d+(?:\.\d+)?(?= (?:s|ms)\b)")
_WORDS = {
    "en": (
        "# Gallery",
        "[中文](zh/gallery.md) · [the whole library](index.md)",
        "A picture and five lines of each recipe. `python dev.py gallery` runs them again and writes this page.",
        "more",
    ),
    "zh": (
        "# 图集",
        "[English](../gallery.md) · [全库一页](index.md)",
        "每个配方一幅图、五行字。`python dev.py gallery` 重新运行这些命令并写出本页。",
        "详情",
    ),
}


def scenes() -> list[dict[str, Any]]:
    """The scenes of the recipes that are there."""
    found: list[dict[str, Any]] = TomlFile(SCENES).tables["scene"]
    return [scene for scene in found if scene["recipe"] in built_in()]


def answer(scene: Mapping[str, Any]) -> str:
    """What the command of a scene prints, without times; of a dialogue each message before its reply.

    Raises:
        RuntimeError: the command fails.
    """
    messages = scene.get("type", "").splitlines()
    printed = [_run(scene, "".join(f"{m}\n" for m in messages[:n])) for n in range(1, len(messages) + 1)]
    if not messages:
        return _run(scene, "")
    before = ["", *printed[:-1]]
    return "".join(f"> {m}\n{p[len(b) :]}" for m, p, b in zip(messages, printed, before, strict=True))


def _run(scene: Mapping[str, Any], typed: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for name in scene["files"]:
            shutil.copy(ROOT / name, folder)
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(scene["command"])],
            cwd=folder,
            env={**os.environ, "DULI_OFFLINE": "1", "DULI_MEMORY": folder, "PYTHONPATH": str(ROOT / "src")},
            input=typed,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{scene['command']} failed: {done.stderr}{done.stdout}")
    return TIMES.sub("…", done.stdout)


def picture(scene: Mapping[str, Any], printed: str) -> str:
    """The command and what it printed as SVG, which needs nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, highlight=False)
    console.print(Text(f"$ {scene['command']}", style="bold green"))
    lines = printed.rstrip("\n").split("\n")
    for line in lines[: scene["lines"]]:
        console.print(Text(line[: 4 * WIDTH], style="cyan" if line.startswith("> ") else ""))
    if len(lines) > scene["lines"]:
        console.print(Text("…"))
    drawn = console.export_svg(
        title=scene["recipe"], code_format=_FORMAT, unique_id=f"gallery-{scene['recipe']}"
    )
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def page(shown: Sequence[Mapping[str, Any]], language: str) -> str:
    """The page of the gallery in a language."""
    title, links, about, more = _WORDS[language]
    up = "" if language == "en" else "../"
    parts = [title, links, about]
    for scene in shown:
        name, linked = scene["recipe"], scene["page"]
        linked = linked if language == "en" or not linked.startswith("..") else f"../{linked[:-3]}.zh.md"
        parts.append(f"## {name}")
        parts.append("\n".join(f"- {line}" for line in scene[language]))
        parts.append(f"[{more}]({linked})\n\n![{name}]({up}gallery/{name}.svg)")
    return "\n\n".join(parts) + "\n"


def main(wanted: Collection[str] = ()) -> None:
    """Run the scenes of some recipes, or of all, and write the pictures and the pages."""
    found = scenes()
    for scene in found:
        if not wanted or scene["recipe"] in wanted:
            print(scene["command"], flush=True)
            path = DOCS / "gallery" / f"{scene['recipe']}.svg"
            path.write_text(picture(scene, answer(scene)), "utf-8")
    shown = [scene for scene in found if (DOCS / "gallery" / f"{scene['recipe']}.svg").is_file()]
    (DOCS / "gallery.md").write_text(page(shown, "en"), "utf-8")
    (DOCS / "zh" / "gallery.md").write_text(page(shown, "zh"), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
