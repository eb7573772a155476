"""Files that want to be run: ``python -m bench.reliability.hostile``.

200 models and pieces of knowledge: pickles of every protocol under honest and false names, code that a model brings,
safetensors and arrays with wrong heads, rules that call a shell, knowledge with formulas and other people's files.
Each is opened by the public function that would read it, in one process that watches itself: nothing may be run,
unpickled or imported from them, and each must end in an error of duli's own or in an answer.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import random
import signal
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duli.errors import DuliError

_SECONDS = 60
_MARK = "ran"
_BANNED = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen")
_RECIPE = """[recipe]
name = "hostile"
[model]
encoder = "fake"
[[classify]]
predicate = "topic"
labels = { a = "one", b = "two" }
[[knowledge]]
format = "%s"
path = "%s"
relation = "known"
columns = [{ name = "x" }, { name = "y" }]
"""


class _Payload:
    """Touches a file when it is unpickled."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


class _LateError(BaseException):
    """The time for a case is up."""


@dataclass(frozen=True)
class Case:
    """Files, and what opens their folder."""

    name: str
    door: str
    files: dict[str, bytes]


@dataclass
class Seen:
    """What the process did while a case was open."""

    watching: bool = False
    events: list[str] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching:
            return
        name = str(arguments[0]) if arguments else ""
        # The compiler of the engine's kernels unpickles its own cache, which holds nothing of these.
        pickled = event == "pickle.find_class" and name in ("posix", "nt", "os")
        if pickled or event.startswith(_BANNED) or (event == "import" and "hostile_code" in name):
            self.events.append(f"{event} {name[:60]}")


def pickles(mark: str) -> Iterator[Case]:
    """Pickles where weights, tokenizers and arrays belong."""
    names = (
        "pytorch_model.bin",
        "model.pt",
        "model.ckpt",
        "model.safetensors",
        "tokenizer.json",
        "model.npy",
    )
    config = json.dumps({"model_type": "bert", "architectures": ["BertModel"]}).encode()
    for protocol in range(6):
        raw = pickle.dumps(_Payload(mark), protocol)
        for name in names:
            yield Case(f"pickle {protocol} as {name}", "hf", {"config.json": config, name: raw})
        yield Case(f"pickle {protocol}, checked", "check", {"config.json": config, "model.bin": raw})
        yield Case(f"pickle {protocol}, fitted", "fitted", {"config.json": b"{}", "model.safetensors": raw})
        array = io.BytesIO()
        array.write(b"\x93NUMPY\x01\x00")
        head = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
        array.write(struct.pack("<H", len(head)) + head + raw)
        yield Case(
            f"array of pickle {protocol}", "onnx", {"model.onnx": array.getvalue(), "tokenizer.json": raw}
        )


def code(mark: str) -> Iterator[Case]:
    """Code that a model brings, or asks to be fetched."""
    source = f"import os\nos.system('touch {mark}')\nclass Model: pass\n".encode()
    for key in ("AutoModel", "AutoConfig", "AutoTokenizer", "AutoModelForCausalLM"):
        for target in ("hostile_code.Model", "other/repository--hostile_code.Model"):
            config = {"model_type": "hostile", "auto_map": {key: target}, "trust_remote_code": True}
            files = {"config.json": json.dumps(config).encode(), "hostile_code.py": source}
            yield Case(f"{key} from {target}", "hf", files)
    template = "{{ cycler.__init__.__globals__.os.system('touch MARK') }}".replace("MARK", mark)
    tokenizer = {"chat_template": template, "tokenizer_class": "hostile_code.Tokenizer"}
    yield Case("a template that calls", "hf", {"tokenizer_config.json": json.dumps(tokenizer).encode()})
    yield Case(
        "recipe with code", "recipe", {"recipe.toml": b"[recipe]\nname='x'\n", "hostile_code.py": source}
    )
    yield Case("conftest", "check", {"__init__.py": source, "hostile_code.py": source, "config.json": b"{}"})


def heads() -> Iterator[Case]:
    """Safetensors, ONNX and GGUF whose heads lie."""
    config = b'{"model_type": "bert"}'
    tensor = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    for name, size, head in (
        ("huge head", 2**60, b"{}"),
        ("negative", 2**64 - 1, b"{}"),
        ("no JSON", 9, b"\xff" * 9),
        ("past the end", None, json.dumps({"a": {**tensor, "data_offsets": [0, 2**40]}}).encode()),
        ("backwards", None, json.dumps({"a": {**tensor, "data_offsets": [8, 0]}}).encode()),
        ("overlapping", None, json.dumps({"a": tensor, "b": tensor}).encode()),
        ("endless shape", None, json.dumps({"a": {**tensor, "shape": [2**31] * 4}}).encode()),
        ("nested", None, b'{"a":' * 3000 + b"1" + b"}" * 3000),
    ):
        raw = struct.pack("<Q", len(head) if size is None else size) + head + b"\0" * 8
        for door in ("hf", "fitted", "check"):
            yield Case(f"safetensors: {name}", door, {"config.json": config, "model.safetensors": raw})
    for name, raw in (("gguf", b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60)), ("onnx", b"\x08" * 500)):
        yield Case(f"{name} that lies", name, {f"model.{name}": raw, "tokenizer.json": b"{}"})


def rules(mark: str) -> Iterator[Case]:
    """Rules that call, include and load."""
    for text in (
        f":- initialization(shell('touch {mark}')).",
        f":- shell('touch {mark}').",
        f"a :- shell('touch {mark}'). query(a).",
        f"a(X) :- X is system('touch {mark}'). query(a(X)).",
        "a :- open('/etc/passwd', read, _). query(a).",
        ":- consult('/etc/passwd').",
        ":- include('/etc/passwd').",
        ":- use_module(library(process)).",
        ":- use_module('hostile_code.py').",
        ":- use_module(library(hostile_code)).",
        "a :- call(b). query(a).",
        "a(X) :- read_term(X, []). query(a(X)).",
        "a :- assertz(b). query(a).",
        "nn(m, [X], Y, [a, b]) :: a(X, Y). query(a(1, Y)).",
        f"a :- process_create(path(touch), ['{mark}'], []). query(a).",
        f"a(X) :- py_call(os:system('touch {mark}'), X). query(a(X)).",
        "a(" * 500 + ")" * 500 + ".",
        "a(X) :- X is 10 ** 10 ** 10. query(a(X)).",
        "p(0). p(Y) :- p(X), Y is X + 1. query(p(X)).",
        "\x00\x01\x02",
    ):
        for folder in (False, True):
            given = (_RECIPE % ("csv", "k.csv")).encode()
            files = {"rules.dl": text.encode(), "recipe.toml": given, "k.csv": b"x,y\n1,2\n"}
            yield Case(f"rules: {text[:40]!r}", "recipe" if folder else "rules", files)


def knowledge(mark: str) -> Iterator[Case]:
    """Knowledge that is none, or somebody else's."""
    formula = f'x,y\n=cmd|"/c touch {mark}"!A1,@SUM(1)\n+1,$(touch {mark})\n'.encode()
    for kind, raw in (
        ("csv", formula),
        ("csv", b"x,y\n" + b'"' * 100_000),
        ("csv", b"x,y\n" + bytes(range(256))),
        ("tsv", b"x\ty\n" + b"\t" * 100_000),
        ("jsonl", b'{"x": ' * 20_000),
        ("jsonl", b'{"x": 1e999, "y": NaN}\n'),
        ("jsonl", b'{"__class__": "os.system", "x": "touch", "y": {"py/object": "os.system"}}\n'),
        ("jsonl", pickle.dumps(_Payload(mark))),
        ("parquet", b"PAR1" + b"\xff" * 100 + b"PAR1"),
        ("parquet", b"PAR1" + pickle.dumps(_Payload(mark)) + struct.pack("<I", 2**31) + b"PAR1"),
        ("obo", b"format-version: 1.2\nimport: /etc/passwd\n[Term]\nid: a\nis_a: a\n"),
        ("obo", f"[Term]\nid: $(touch {mark})\nname: `touch {mark}`\n".encode()),
    ):
        files = {"recipe.toml": (_RECIPE % (kind, f"k.{kind}")).encode(), f"k.{kind}": raw}
        files["rules.dl"] = b"query(topic(A, B))."
        yield Case(f"{kind}: {raw[:30]!r}", "recipe", files)
    for path in (
        "/etc/passwd",
        "../../../../etc/passwd",
        "|touch x",
        "https://127.0.0.1:9/x",
        "file:///etc/passwd",
    ):
        given = (_RECIPE % ("jsonl", path)).encode()
        yield Case(
            f"knowledge at {path}", "recipe", {"recipe.toml": given, "rules.dl": b"query(topic(A, B))."}
        )


def mutated(draw: random.Random, cases: list[Case], count: int) -> Iterator[Case]:
    """More, by flipping bytes of those there are."""
    for _ in range(count):
        one = draw.choice(cases)
        name = draw.choice(sorted(one.files))
        raw = bytearray(one.files[name] or b"\0")
        for _ in range(draw.randrange(1, 9)):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        yield Case(f"{one.name}, changed", one.door, {**one.files, name: bytes(raw)})


def _recipe(folder: Path) -> None:
    import duli

    made = duli.load(folder)
    _ = made.prepared
    made.ask("one")


def _rules(folder: Path) -> None:
    from duli import logic
    from duli.types import Limits

    text = (folder / "rules.dl").read_text("utf-8", "replace")
    _ = logic.compile(text).run(limits=Limits(seconds=2, tuples=100_000)).probabilities


def _doors() -> dict[str, Callable[[Path], Any]]:
    import torch  # noqa: F401 - what takes long to import is, before the time counts
    import transformers  # noqa: F401

    from duli import lm, reason
    from duli.lm.models import check

    plain = Path(__file__).parents[2] / "examples" / "support"
    return {
        "hf": lambda folder: lm.encoder("hf", folder),
        "onnx": lambda folder: lm.encoder("onnx", folder),
        "gguf": lambda folder: lm.encoder("gguf", folder),
        "check": lambda folder: check(str(folder)),
        "fitted": lambda folder: reason.load(plain, encoder=lm.FakeEncoder(), fitted=folder),
        "recipe": _recipe,
        "rules": _rules,
    }


def opened(case: Case, folder: Path, doors: dict[str, Callable[[Path], Any]]) -> str:
    """What became of a case: ``answered``, ``refused``, ``stopped`` by the clock, or an error that is not duli's."""
    for name, raw in case.files.items():
        (folder / name).write_bytes(raw)

    def late(*_: object) -> None:
        raise _LateError

    signal.signal(signal.SIGALRM, late)
    signal.alarm(_SECONDS)
    try:
        doors[case.door](folder)
    except DuliError:
        return "refused"
    except _LateError:
        return "stopped"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]}"
    finally:
        signal.alarm(0)
    return "answered"


def main() -> None:
    """Open all; the exit code is 1 where one was run, or ended in an error that is not duli's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    options = parser.parse_args()
    found, seen = Counter[str](), Seen()
    with tempfile.TemporaryDirectory() as root:
        mark = str(Path(root) / _MARK)
        os.environ["DULI_CACHE"] = str(Path(root) / "cache")
        cases = [*pickles(mark), *code(mark), *heads(), *rules(mark), *knowledge(mark)]
        draw = random.Random(0)  # noqa: S311
        cases += mutated(draw, cases, max(0, options.cases - len(cases)))
        doors = _doors()
        sys.addaudithook(seen)
        for number, case in enumerate(cases[: options.cases]):
            folder = Path(root) / str(number)
            folder.mkdir()
            seen.watching = True
            what = opened(case, folder, doors)
            seen.watching = False
            if what not in ("answered", "refused", "stopped"):
                print(f"{case.name} ({case.door}): {what}", flush=True)
                what = "other errors"
            if seen.events or Path(mark).exists():
                print(f"{case.name} ({case.door}): RAN {seen.events}", flush=True)
                what = "ran"
                seen.events.clear()
                Path(mark).unlink(missing_ok=True)
            found[what] += 1
    told = ", ".join(f"{n} {what}" for what, n in sorted(found.items()))
    print(f"{sum(found.values())} hostile files: {found['ran']} were run ({told})")
    raise SystemExit(bool(found["ran"] or found["other errors"]))


if __name__ == "__main__":
    main()
