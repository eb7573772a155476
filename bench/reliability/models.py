"""``save_pretrained`` killed at random points: ``python -m bench.reliability.models --kills 200``.

A process saves two fitted reasoners into one folder by turns and is killed (SIGKILL) at a random moment. The folder
must then load as the one or as the other: weights, configuration and recipe together.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from duli.errors import DuliError
from duli.reason import Reasoner, load

_RECIPE = """
[recipe]
name = "mood"
version = "{version}"
description = "Whether a text is glad."

[model]
encoder = "fake"

[[classify]]
predicate = "mood"
labels = {{ {labels} }}
"""
_LABELS = {
    "1": 'good = ["good, glad, 好"], bad = ["bad, sad, 坏"]',
    "2": 'cold = ["cold, ice, 冷"], hot = ["hot, fire, 热"], mild = ["mild, warm, 温"]',
}
_LONGEST = 0.6


def main() -> int:
    """Print what was found; 1 where a folder was half."""
    parser = argparse.ArgumentParser(prog="bench.reliability.models", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311
    began, wrong, found = time.monotonic(), 0, dict.fromkeys(_LABELS, 0)
    with tempfile.TemporaryDirectory() as place:
        reasoners = {version: _fitted(Path(place), version) for version in _LABELS}
        folder = Path(place) / "saved"
        reasoners["1"].save_pretrained(folder)
        for kill in range(given.kills):
            _killed(reasoners, folder, chance.uniform(0, _LONGEST))
            try:
                loaded = load(folder)
                version = loaded.recipe.version
                same = loaded.predict_proba(["good"]) == reasoners[version].predict_proba(["good"])
                assert same.all()
                found[version] += 1
            except (DuliError, AssertionError) as error:
                wrong += 1
                print(f"kill {kill}: {error}", file=sys.stderr)
    seconds = time.monotonic() - began
    print(
        f"killed at {given.kills} points while saving: the folder was one of the two models {sum(found.values())} "
        f"times ({found['1']} and {found['2']}), half {wrong} times, {seconds:.0f} s"
    )
    return 1 if wrong else 0


def _fitted(place: Path, version: str) -> Reasoner:
    folder = place / version
    folder.mkdir()
    text = _RECIPE.format(version=version, labels=_LABELS[version])
    (folder / "recipe.toml").write_text(text, "utf-8")
    (folder / "rules.dl").touch()
    reasoner = load(folder)
    return reasoner.fit([f"text {i} {version}" for i in range(20)])


def _killed(reasoners: dict[str, Reasoner], folder: Path, seconds: float) -> None:
    child = os.fork()
    if child == 0:
        try:
            while True:
                for reasoner in (reasoners["2"], reasoners["1"]):
                    reasoner.save_pretrained(folder)
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    sys.exit(main())
