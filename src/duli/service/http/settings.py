"""What the server is told by a file and by the environment; docs/serve.md has the table that is made from here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from duli.errors import InputError
from duli.recipe.tomlfile import TomlFile

PREFIX = "DULI_SERVE_"


def _setting(default: Any, en: str, zh: str, least: float = 0) -> Any:
    return field(default=default, metadata={"en": en, "zh": zh, "least": least})


@dataclass(frozen=True)
class Settings:
    """Every setting; each has a default that is safe. The table in docs/serve.md says what they mean."""

    host: str = _setting("127.0.0.1", "address to listen at", "监听的地址")
    port: int = _setting(8741, "port; 0 takes a free one", "端口；0 表示取一个空闲端口")
    tokens: str = _setting(
        "", "file of tokens; without it there is one, for this run", "令牌文件；没有时，本次运行生成一个"
    )
    store: str = _setting(
        "", "file or URL of the store; empty: the user's data folder", "存储的文件或 URL；空：用户的数据目录"
    )
    watched: str = _setting(
        "", "file that duli watch keeps, for alerts and trends", "duli watch 保存的文件，用于警报和趋势"
    )
    processes: int = _setting(
        1,
        "server processes at the address; each has its own limits and counters",
        "同一地址上的进程数；限额和计数各自独立",
        1,
    )
    threads: int = _setting(8, "requests worked on at once", "同时处理的请求数", 1)
    queue: int = _setting(16, "requests that may wait; more get 429", "可以等待的请求数；更多的得到 429")
    deadline: float = _setting(30.0, "seconds a request may take", "一个请求最多用的秒数", 0.01)
    body: int = _setting(1_000_000, "bytes a request may have", "一个请求最多的字节数", 1)
    text: int = _setting(100_000, "characters a text may have", "一段文本最多的字符数", 1)
    texts: int = _setting(256, "texts a request may have", "一个请求最多的文本数", 1)
    rate: float = _setting(
        1000.0, "requests a second and token, on average", "每个令牌平均每秒的请求数", 0.001
    )
    burst: int = _setting(2000, "requests a token may send at once", "每个令牌一次可发的请求数", 1)
    batch: int = _setting(64, "texts that are encoded together", "一起编码的文本数", 1)
    remembered: int = _setting(4096, "texts whose vectors are kept in memory", "在内存中保留向量的文本数")
    grace: float = _setting(10.0, "seconds that running requests get at the end", "停止时留给在途请求的秒数")
    look: float = _setting(
        1.0, "seconds between looks at the recipes' files; 0: never", "查看配方文件的间隔秒数；0：不看"
    )
    log: str = _setting("info", "debug, info, warning or error", "debug、info、warning 或 error")
    telemetry: str = _setting(
        "", "address of an OpenTelemetry collector (extra telemetry)", "OpenTelemetry 收集器的地址"
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value, least = getattr(self, each.name), each.metadata["least"]
            if isinstance(value, int | float) and not least <= value < float("inf"):
                raise InputError(f"{each.name} is at least {least:g}", where=f"setting {each.name}")
        if self.log not in ("debug", "info", "warning", "error"):
            raise InputError("log is debug, info, warning or error", where="setting log")


def read(file: Path | None = None, environment: Mapping[str, str] | None = None, **given: object) -> Settings:
    """The settings: what is given, else the environment's (``DULI_SERVE_PORT``), else the file's, else the defaults.

    Args:
        file: TOML with the settings' names as keys; None for none.
        environment: None takes the process's.
        given: values that are not None come first.

    Raises:
        InputError: a value is not of its kind.
        RecipeError: the file is not there or not TOML, or has a key that is none.
    """
    known = {each.name: each for each in fields(Settings)}
    values: dict[str, Any] = {}
    if file is not None:
        if not file.is_file():
            raise InputError("the file of settings is not there", where=str(file))
        toml = TomlFile(file)
        toml.check_known(toml.tables, list(known), "setting")
        values |= {name: _typed(known[name], value, str(file)) for name, value in toml.tables.items()}
    variables = os.environ if environment is None else environment
    for name, each in known.items():
        if (variable := PREFIX + name.upper()) in variables:
            values[name] = _typed(each, variables[variable], variable)
    return Settings(**values | {name: value for name, value in given.items() if value is not None})


def _typed(known: Field[Any], value: Any, where: str) -> Any:
    kind: Any = type(known.default)
    try:
        if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
            raise ValueError
        return kind(value)
    except (ValueError, TypeError):
        wanted = {int: "a whole number", float: "a number", str: "a text"}[kind]
        raise InputError(f"{known.name} is {wanted}, not {value!r}", where=where) from None


def table(language: str) -> str:
    """The settings as a Markdown table, in ``en`` or ``zh``."""
    head = {"en": ("setting", "default", "what it is"), "zh": ("设置", "默认", "含义")}[language]
    rows = [(f"`{f.name}`", f"`{f.default!r}`", f.metadata[language]) for f in fields(Settings)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * 3, *rows))
