"""Fetch models from the Hugging Face hub, or from the mirror that HF_ENDPOINT names."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

from duli.errors import ModelError
from duli.files import cache_dir, cached_folder, write_atomic
from duli.lm.network import may_download
from duli.lm.weights import Checkpoint, hub_cache, not_published

_LARGEST = 1 << 30
_LARGEST_MODEL = 1 << 35
_SMALL = 1 << 26
_SMALL_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "chat_template.jinja",
    "modules.json",
    "1_Pooling/config.json",
)
_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_PART = re.compile(r"[\w-][\w.-]*\.safetensors", re.ASCII)
_SECONDS = 60
_HINT = "try again later, name a mirror in HF_ENDPOINT, or put the files into a folder named in DULI_MODELS"


def download(checkpoint: Checkpoint, folder: Path) -> Path:
    """Fetch all files of the checkpoint; none is written whose hash is not the published one.

    Returns:
        the folder.

    Raises:
        ModelError: the hub cannot be reached, sent something else, or the file cannot be written.
    """
    endpoint = _endpoint()
    for file, expected in checkpoint.files.items():
        url = f"{endpoint}/{checkpoint.repository}/resolve/main/{file}"
        data = _fetch(url)
        found = hashlib.sha256(data).hexdigest()
        if found != expected:
            raise not_published(url, file, expected, found)
        try:
            write_atomic(folder / file, data)
        except OSError as error:
            raise ModelError(f"{file} cannot be written ({error.strerror})", where=str(folder)) from error
    return folder


def snapshot(repository: str, revision: str) -> Path:
    """The folder of a model at the hub, in one revision: its safetensors, JSON and tokenizer files, nothing else.

    Looked for in the hub's own cache, then in ours; last, only where DULI_OFFLINE=0 allows it, at the hub.

    Args:
        repository: ``owner/name``.
        revision: the 40 digits of a commit: a name such as ``main`` could mean another model tomorrow.

    Raises:
        ModelError: it is no such name or commit, is nowhere, is too large, or has no safetensors.
    """
    if not _REPOSITORY.fullmatch(repository) or ".." in repository:
        raise ModelError(f"this is no model's name at the hub: {repository!r}", hint="owner/name")
    if not _COMMIT.fullmatch(revision):
        raise ModelError(
            f"a model of the hub is named with its revision, the 40 digits of a commit, not {revision!r}",
            hint="the hub shows it under Files and versions, History",
        )
    flat = repository.replace("/", "--")
    theirs = hub_cache() / f"models--{flat}" / "snapshots" / revision
    if (theirs / "config.json").is_file() and any(theirs.glob("*.safetensors")):
        return theirs
    name = f"models/{flat}/{revision}"
    if not may_download() and not (cache_dir() / name).is_dir():
        raise ModelError(
            f"the model {repository} is not here in the revision {revision}",
            hint="set DULI_OFFLINE=0 to download it",
        )
    return cached_folder(name, partial(_fill, f"{_endpoint()}/{repository}/resolve/{revision}"))


def _fill(base: str, folder: Path) -> None:
    if not may_download():
        raise ModelError("what was downloaded is damaged", where=base, hint="set DULI_OFFLINE=0")
    for file in _SMALL_FILES:
        _save(f"{base}/{file}", folder / file, _SMALL)
    if not (folder / "config.json").is_file():
        raise ModelError("there is no model at the hub: config.json is not there", where=base, hint=_HINT)
    if _save(f"{base}/model.safetensors", folder / "model.safetensors", _LARGEST_MODEL):
        return
    index = folder / "model.safetensors.index.json"
    if not _save(f"{base}/{index.name}", index, _SMALL):
        raise ModelError("the model has no weights as safetensors; pickles are not read", where=base)
    try:
        parts = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        strange = [part for part in parts if not _PART.fullmatch(part)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError("the list of the model's weights cannot be read", where=base) from error
    if strange:
        raise ModelError(f"the list of the model's weights names what is none: {strange[0]!r}", where=base)
    left = _LARGEST_MODEL
    for part in parts:
        if not _save(f"{base}/{part}", folder / part, left):
            raise ModelError(f"a part of the model's weights is not there: {part}", where=base)
        left -= (folder / part).stat().st_size


def _save(url: str, path: Path, largest: int) -> bool:
    """Fetch a file, a block at a time; False where there is none. What is written must be whole."""
    path.parent.mkdir(exist_ok=True)
    try:
        with urllib.request.build_opener().open(url, timeout=_SECONDS) as response, path.open("wb") as file:
            size = 0
            while block := response.read(1 << 20):
                size += len(block)
                if size > largest:
                    raise ModelError(f"a file of the model is larger than {largest:,} bytes", where=url)
                file.write(block)
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
        return True
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            return False
        reason = f"{error.code} {error.reason}"
    except (OSError, http.client.HTTPException) as error:
        reason = str(error)
    raise ModelError(f"the model could not be downloaded ({reason})", where=url, hint=_HINT)


def _endpoint() -> str:
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    if not endpoint.startswith(("https://", "http://")):
        raise ModelError(f"HF_ENDPOINT is not an address of the web: {endpoint!r}", hint=_HINT)
    return endpoint


def _fetch(url: str) -> bytes:
    try:
        with urllib.request.build_opener().open(url, timeout=_SECONDS) as response:
            data: bytes = response.read(_LARGEST)
            return data
    except urllib.error.HTTPError as error:
        error.close()
        reason = f"{error.code} {error.reason}"
    except (OSError, http.client.HTTPException) as error:
        reason = str(error)
    raise ModelError(f"the model could not be downloaded ({reason})", where=url, hint=_HINT)
