"""How fast shared files are hashed."""

from __future__ import annotations

import os
from pathlib import Path

from Crypto.Hash import MD4

from tests.bench.pace import Pace
from twisted_mule.sharing.hashing import PART, Ed2k, Reading

PARTS = 8


def ed2k(path: Path) -> Ed2k | None:
    """The hash of a file, as a shared one gets it."""
    reading = Reading.of(os.open(path, os.O_RDONLY))
    try:
        return reading.advance()
    finally:
        reading.close()


def md4(data: bytes | memoryview) -> bytes:
    """The hash that takes the time, in C."""
    return MD4.new(data).digest()  # noqa: S303 - fixed by the network


def in_memory(content: bytes) -> bytes:
    """The same work with everything in memory."""
    view = memoryview(content)
    digests = [md4(view[at : at + PART]) for at in range(0, len(content), PART)]
    return md4(b"".join([*digests, md4(b"")]))


def test_hashing(pace: Pace, tmp_path: Path) -> None:
    """ed2k hash of a file, over pycryptodome's MD4."""
    content = os.urandom(PART) * PARTS
    path = tmp_path / "file"
    path.write_bytes(content)
    found = ed2k(path)
    assert found is not None
    assert found.hash.natural == in_memory(content)
    pace.compare(lambda: ed2k(path), lambda: in_memory(content), 1 / 0.9, len(content))
