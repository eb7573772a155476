"""The recipes that are served: loaded and tried in the background, and loaded anew when their files change.

What it must do: the server answers for one recipe while another is loaded; a recipe that changes goes on as it was
until the new one is loaded and has answered a question; one that is broken never takes the place of one that works.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duli import recipe
from duli.errors import DuliError, InputError
from duli.files import content_key
from duli.recipe import Recipe
from duli.service.http.problems import RefusalError, told, unexpected
from duli.service.http.questions import stated, trial

Open = Callable[[Path], Any]
"""A recipe's folder to what answers."""

_NAME = re.compile(r"[\w.-]{1,64}\Z")
_MOST_FILES = 10_000
_log = logging.getLogger("duli.recipes")


@dataclass
class Served:
    """One recipe.

    Args:
        name: as it stands in addresses.
        folder: where its files are.
        recipe: as it was read last.
        application: what answers; None before it is loaded.
        key: of the files that it was loaded from.
        loaded: when, in seconds since 1970; 0 before.
        error: why its files, as they are now, are not served; None where they are.
    """

    name: str
    folder: Path
    recipe: Recipe
    application: Any = None
    key: str = ""
    loaded: float = 0.0
    error: DuliError | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    ready: asyncio.Event = field(default_factory=asyncio.Event, repr=False)


class Shelf:
    """Recipes by name.

    Args:
        sources: names of built-in recipes, or folders.
        open_: makes what answers.
        look: seconds between two looks at the files; 0: none.
        observe: told of each loading: the recipe, and whether it went well.

    Raises:
        RecipeError: one is not there or has a mistake.
        InputError: two have the same name, or a name that no address can have.
    """

    def __init__(
        self, sources: Sequence[str | Path], open_: Open, *, look: float, observe: Callable[[str, str], None]
    ) -> None:
        self._open, self._look, self._observe = open_, look, observe
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="loader")
        self._tasks: list[asyncio.Task[None]] = []
        self.served: dict[str, Served] = {}
        for source in sources:
            found = recipe.read(source)
            name = found.name
            if not _NAME.match(name) or name in self.served:
                raise InputError(
                    f"two recipes are called {name!r}" if name in self.served else f"{name!r} is no address",
                    where=str(found.folder),
                    hint="give each its own name of letters, digits, dots and dashes in [recipe]",
                )
            self.served[name] = Served(name, found.folder, found)

    @property
    def names(self) -> list[str]:
        """The recipes' names, in the order in which they were given."""
        return list(self.served)

    @property
    def waiting(self) -> list[str]:
        """The recipes that cannot be asked yet."""
        return [one.name for one in self.served.values() if one.application is None]

    def start(self) -> None:
        """Begin to load, and to look at the files."""
        self._tasks.append(asyncio.ensure_future(self._load_all()))
        if self._look:
            self._tasks.append(asyncio.ensure_future(self._watch()))

    def find(self, name: str) -> Served:
        """A recipe; RefusalError with code ``not_found`` where it is not served."""
        if name not in self.served:
            raise RefusalError(
                "not_found",
                f"the recipe {name[:64]!r} is not served",
                hint=f"there are: {', '.join(self.served)}",
            )
        return self.served[name]

    async def get(self, name: str) -> Any:
        """What answers for a recipe; waits until it is loaded.

        Raises:
            RefusalError: it is not served.
            DuliError: it could not be loaded.
        """
        one = self.find(name)
        await one.ready.wait()
        if one.application is None:
            raise one.error or RefusalError("not_ready", f"the recipe {name} is not loaded")
        return one.application

    async def reload(self, name: str) -> Served:
        """Load a recipe anew, try it, and serve it from now on.

        Raises:
            RefusalError: it is not served.
            DuliError: it has a mistake; the old one is served as before.
        """
        one = self.find(name)
        await self._load(one)
        if one.error is not None:
            raise one.error
        return one

    def close(self) -> None:
        """Stop looking and loading."""
        for task in self._tasks:
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _load_all(self) -> None:
        for one in self.served.values():
            await self._load(one)

    async def _load(self, one: Served) -> None:
        async with one.lock:
            loop, begun, key = asyncio.get_running_loop(), time.monotonic(), _key(one.folder)
            try:
                made = await loop.run_in_executor(self._pool, self._made, one.folder)
                one.recipe, one.application = made.recipe, made
                one.loaded, one.error = time.time(), None
            except DuliError as error:
                one.error = error
            except Exception:
                _log.exception("a recipe does not load")
                one.error = unexpected()
            one.key = key
            one.ready.set()
            outcome = "failed" if one.error else "loaded"
            self._observe(one.name, outcome)
            fields = {"recipe": one.name, "seconds": round(time.monotonic() - begun, 3)}
            if one.error is not None:
                fields |= {
                    "code": one.error.code,
                    "where": str(one.error.where),
                    "message": one.error.message,
                }
            level = logging.WARNING if one.error else logging.INFO
            _log.log(level, f"recipe {outcome}", extra={"fields": fields})

    def _made(self, folder: Path) -> Any:
        made = self._open(folder)
        trial(made)
        return made

    async def _watch(self) -> None:
        seen = {one.name: _key(one.folder) for one in self.served.values()}
        while True:
            await asyncio.sleep(self._look)
            for one in self.served.values():
                now = await asyncio.to_thread(_key, one.folder)
                settled, seen[one.name] = now == seen[one.name], now
                # Files that are being written change again by the next look.
                if settled and now != one.key and one.ready.is_set():
                    await self._load(one)


def _key(folder: Path) -> str:
    """What changes when a file of a folder does."""
    parts = []
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if number >= _MOST_FILES:
            break
        try:
            stat = path.stat()
        except OSError:
            continue
        if path.is_file():
            parts.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return content_key(*parts)


def summary(one: Served) -> Mapping[str, Any]:
    """What is told of a recipe."""
    read = one.recipe
    return {
        "name": one.name,
        "version": read.version,
        "description": read.description,
        "notice": read.notice,
        "example": read.example,
        "ready": one.application is not None,
        "loaded": one.loaded,
        "kind": read.kind,
        "takes": "pair" if read.pairs else "text",
        "labels": {table.predicate: list(table.names) for table in read.tables},
        "facts": stated(read),
        "error": None if one.error is None else told(one.error)["error"],
    }
