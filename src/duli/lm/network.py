"""Whether other machines may be reached: one setting, ``DULI_OFFLINE``.

- not set: a server that the user names is asked; nothing is downloaded.
- ``1``: a server on this machine that the user names is asked; nothing else.
- ``0``: models may be downloaded too.
"""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from duli.errors import ModelError

SETTING = "DULI_OFFLINE"


def may_download() -> bool:
    """Whether a model that is not here may be fetched: only where the setting is 0."""
    return os.environ.get(SETTING) == "0"


def is_local(url: str) -> bool:
    """Whether the address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allow(url: str) -> None:
    """ModelError when the setting is on (neither absent, empty nor 0) and the address is another machine's."""
    if os.environ.get(SETTING, "") not in ("", "0") and not is_local(url):
        raise ModelError(
            f"{SETTING} is on: no other machine is asked",
            where=url,
            hint=f"unset {SETTING}, or name a local server",
        )
