"""Traces as files of this machine: new ones only, for their owner's eyes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from twisted_mule import __version__
from twisted_mule.recording.recorder import Recorder
from twisted_mule.recording.rows import Header, Pseudonyms

_KEY: Final = 16
_MINE: Final = 0o600


def opened(
    path: Path, entropy: Callable[[int], bytes], contract: str | None, source: str = "node"
) -> tuple[IO[str], Recorder]:
    """
    A new trace at ``path`` that nobody else can read, its header written.

    :param entropy: gives the key of its pseudonyms, which is kept nowhere.
    :param contract: the fingerprint of the contract's numbers, if it is known.
    :param source: who records.
    :raise OSError: when the file is there already, or cannot be made.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MINE)
    # Line by line: what was recorded outlives a kill, and a line is far below a turn's budget.
    file = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8")
    recorder = Recorder(file, Pseudonyms(entropy(_KEY)))
    recorder.begin(Header(source, f"twisted_mule {__version__}", contract))
    return file, recorder
