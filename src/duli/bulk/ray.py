"""Batches answered by Ray's processes, in order; a few more than there are processes are under way at once.

Each process loads the recipe once. Its columns and its prepared program are files of the node's cache that all the
node's processes map, so the node has them in memory once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import ray

from duli.bulk.answering import Answerer, Settings
from duli.bulk.rows import Row
from duli.errors import InputError

_AHEAD = 2


def answered(settings: Settings, batches: Iterator[tuple[int, list[Row]]]) -> Iterator[list[dict[str, Any]]]:
    """The answers of each batch, in the batches' order; a batch whose process died is asked again.

    Raises:
        DuliError: the recipe cannot be loaded.
    """
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False)
    worker = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=-1)(Answerer)
    first = worker.remote(settings)
    try:
        ray.get(first.answer.remote(0, []))  # it fills the cache that the others map
    except ray.exceptions.RayError as error:
        raise InputError(f"the recipe cannot be loaded by Ray's processes: {error}") from error
    count = max(1, int(ray.cluster_resources().get("CPU", 1)))
    workers = deque([first, *(worker.remote(settings) for _ in range(count - 1))])
    waiting: deque[Any] = deque()
    for number, batch in batches:
        waiting.append(workers[0].answer.remote(number, batch))
        workers.rotate(-1)
        if len(waiting) >= _AHEAD * count:
            yield ray.get(waiting.popleft())
    while waiting:
        yield ray.get(waiting.popleft())
    for one in workers:
        ray.kill(one)
