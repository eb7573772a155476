"""The threads that answer, and how many requests may be here at once."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from duli.service.http.problems import RefusalError

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")


class Work:
    """Runs what is slow outside the event loop. A request beyond what threads and queue hold is refused at once.

    Args:
        threads: how much is done at the same time.
        queue: how many requests may wait for that.
    """

    def __init__(self, threads: int, queue: int) -> None:
        self.threads, self.most = threads, threads + queue
        self.here = 0
        self.running = 0
        self.seconds = 0.05
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold one of the places; RefusalError with code ``too_many`` where there is none."""
        if self.here >= self.most:
            after = self.seconds * self.here / self.threads
            raise RefusalError(
                "too_many",
                f"{self.here} requests are being answered, and no more are taken",
                hint="wait as long as Retry-After says, and try again",
                after=after,
            )
        self.here += 1
        try:
            yield
        finally:
            self.here -= 1

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's value, found in a thread that knows the current request."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: context.run(self._counted, function, *args, **kwargs)
        )

    async def each(self, function: Callable[[A], T], items: Sequence[A]) -> AsyncIterator[tuple[int, T]]:
        """(place, value) of each item as it is ready; half of the threads are left to others."""
        free = asyncio.Semaphore(max(1, self.threads // 2))

        async def one(place: int) -> tuple[int, T]:
            async with free:
                return place, await self.run(function, items[place])

        tasks = [asyncio.ensure_future(one(place)) for place in range(len(items))]
        try:
            for done in asyncio.as_completed(tasks):
                yield await done
        finally:
            for task in tasks:
                task.cancel()

    def close(self) -> None:
        """Take nothing more, and do not wait for what runs: it is cancelled elsewhere."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _counted(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.running += 1
        try:
            return function(*args, **kwargs)
        finally:
            self.running -= 1
