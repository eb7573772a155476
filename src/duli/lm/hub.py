"""Fetch a checkpoint's files from the Hugging Face hub, or from the mirror that HF_ENDPOINT names."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from pathlib import Path

from duli.errors import ModelError
from duli.files import write_atomic
from duli.lm.weights import Checkpoint, not_published

_LARGEST = 1 << 30
_SECONDS = 60
_HINT = "try again later, name a mirror in HF_ENDPOINT, or put the files into a folder named in DULI_MODELS"


def download(checkpoint: Checkpoint, folder: Path) -> Path:
    """Fetch all files of the checkpoint; none is written whose hash is not the published one.

    Returns:
        the folder.

    Raises:
        ModelError: the hub cannot be reached, sent something else, or the file cannot be written.
    """
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    if not endpoint.startswith(("https://", "http://")):
        raise ModelError(f"HF_ENDPOINT is not an address of the web: {endpoint!r}", hint=_HINT)
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
