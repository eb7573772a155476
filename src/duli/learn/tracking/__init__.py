"""What a run was and how it went, for people and tools that look at it later.

JSON lines are always written. Others are asked for by name, several with commas between:

run = tracking.record("tune", {"rank": 8}, data="3f2c…", model="9a1b…", seed=0)
tracker = tracking.begin("tensorboard,mlflow", folder, run)
tracker.log(1, {"loss": 0.7})
tracker.finish("finished")
"""

from __future__ import annotations

from duli.learn.tracking.jsonl import JsonLines, read
from duli.learn.tracking.protocol import Run, Tracker, record
from duli.learn.tracking.several import NAMES, Several, begin

__all__ = ["NAMES", "JsonLines", "Run", "Several", "Tracker", "begin", "read", "record"]
