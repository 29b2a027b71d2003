"""The two secrets of the dashboard: the one in its link, and the token for a scraper of metrics."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from attrs import frozen

from twisted_mule.store.directory import DASHBOARD_KEY, METRICS_TOKEN, StateDirectory

_BYTES: Final = 16
_FORM: Final = re.compile(rb"[0-9a-f]{32}\s*")


@frozen
class WebKeys:
    """
    Made at the first start and kept, so that a bookmark and a cookie outlive a restart.

    :ivar secret: stands in the link; 32 hexadecimal digits, as ``token``.
    """

    secret: str
    token: str


def load_web_keys(directory: StateDirectory, entropy: Callable[[int], bytes]) -> WebKeys:
    """
    The secrets of this state directory; what is missing or no secret is made anew.

    :raise StateError: when the directory cannot be used.
    """
    return WebKeys(*(_load(directory, name, entropy) for name in (DASHBOARD_KEY, METRICS_TOKEN)))


def _load(directory: StateDirectory, name: str, entropy: Callable[[int], bytes]) -> str:
    kept = directory.read(name)
    if kept is not None and _FORM.fullmatch(kept):
        return kept.decode().strip()
    fresh = entropy(_BYTES).hex()
    directory.write(name, f"{fresh}\n".encode())
    return fresh
