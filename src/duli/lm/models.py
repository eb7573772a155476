"""Which models can be used here, and whether one is what it should be."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from duli.errors import InputError, ModelError
from duli.files import file_hash
from duli.lm import registry
from duli.lm.features import encode
from duli.lm.protocol import Encoder

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill")
# What pickle writes first, in protocols 2 to 5.
_PICKLED = tuple(bytes((0x80, protocol)) for protocol in (2, 3, 4, 5))


@dataclass(frozen=True)
class BackEnd:
    """One way to use a model.

    Args:
        name: for ``lm.encoder``, ``lm.scorer``, ``lm.generator``.
        about: a sentence.
        makes: which of the three.
        missing: modules that are not installed.
        install: the command that installs them, or an empty text.
    """

    name: str
    about: str
    makes: tuple[str, ...]
    missing: tuple[str, ...]
    install: str


@dataclass(frozen=True)
class Checked:
    """A model that could be loaded.

    Args:
        back_end: that loaded it.
        name: what people call it.
        revision: a hash of all that its answers depend on.
        dimension: of its vectors.
        files: SHA-256 of the files in its folder.
        seconds: from nothing to the first vector.
    """

    back_end: str
    name: str
    revision: str
    dimension: int
    files: Mapping[str, str]
    seconds: float


def back_ends() -> list[BackEnd]:
    """All there are; nothing is loaded."""
    found = []
    for name in registry.names():
        module = registry.module(name)
        missing = tuple(p for p in module.PACKAGES if importlib.util.find_spec(p) is None)
        install = f"pip install 'duli[{module.EXTRA}]'" if missing else ""
        makes = tuple(kind for kind in registry.KINDS if hasattr(module, kind))
        found.append(BackEnd(name, str(module.__doc__).partition("\n")[0], makes, missing, install))
    return found


def check(target: str) -> Checked:
    """Load a model by the name of its back end or from its folder, and ask it for the vector of one text.

    Raises:
        InputError: there is no such folder or name.
        ModelError: its files are not the published ones, a pickle is among them, or it cannot be loaded.
        MissingExtraError: a package that it needs is not installed.
    """
    begun = time.perf_counter()
    if target in registry.names("encoder") and not Path(target).is_dir():
        encoder: Encoder = registry.make("encoder", target, {})
        return _checked(target, encoder, {}, begun)
    place = Path(target)
    if not place.exists():
        raise InputError(
            f"there is no model's folder and no encoder {target!r}",
            hint=f"name a folder, or one of {', '.join(registry.names('encoder'))}",
        )
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    _refuse_pickles(files)
    name = _back_end(place, files)
    encoder = registry.make("encoder", name, {"folder": place})
    root = place.parent if place.is_file() else place
    return _checked(name, encoder, {str(path.relative_to(root)): file_hash(path) for path in files}, begun)


def _checked(name: str, encoder: Encoder, files: Mapping[str, str], begun: float) -> Checked:
    encode(encoder, ["a text"], cache=False)
    seconds = time.perf_counter() - begun
    return Checked(name, encoder.name, encoder.revision, encoder.dimension, files, seconds)


def _refuse_pickles(files: list[Path]) -> None:
    for path in files:
        with path.open("rb") as file:
            pickled = file.read(2) in _PICKLED
        if pickled or path.suffix in _PICKLES:
            raise ModelError(
                "a pickle is in the model's folder: it can run any code when it is read, and is refused",
                where=str(path),
                hint="convert the weights to safetensors, and remove it",
            )


def _back_end(place: Path, files: list[Path]) -> str:
    names = {path.name for path in files}
    if any(name.endswith(".gguf") for name in names):
        return "gguf"
    if "config.json" in names and any(name.endswith(".safetensors") for name in names):
        return "hf"
    if "model.onnx" in names:
        return "onnx"
    raise ModelError(
        "this is no model: there are no safetensors with config.json, no model.onnx, no .gguf",
        where=str(place),
    )
