"""What a simulation saves: cipher, self-check, old traces; nothing that a node could tell."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Final

from twisted_mule.kad import ids, obfuscation, packing, records, requests
from twisted_mule.kad.core import Kad
from twisted_mule.node import MuleNode
from twisted_mule.outbound import unseen

#: What is made once and shared by all nodes of a process, which else do not share: contacts that
#: are read, candidates of lookups, identifiers as they travel, greetings packed ...
_SHARED: Final = (
    (records, "_contact"),
    (requests, "candidate"),
    (ids, "_wire"),
    (packing, "_small"),
)
#: ... so many of each, or two for each of the people.
_REMEMBERED: Final = 8_192
#: Traces of finished lookups that a node keeps at whose lookups somebody looks once a minute.
_TRACES: Final = 8


class ClearText:
    """
    Stands for the cipher: it changes the first four bytes by the key, and no others.

    So a datagram keeps its size and its form, and a wrong key still opens nothing; whatever else
    passes is as it was.

    :param secret: the key, of four bytes or more.
    """

    __slots__ = ("_mask",)

    def __init__(self, secret: bytes) -> None:
        self._mask: bytes | None = secret[:4]

    def encrypt(self, text: bytes) -> bytes:
        """``text`` with its first four bytes changed, when it is the first of its stream."""
        mask, self._mask = self._mask, None
        if mask is None:
            return text
        head = int.from_bytes(text[:4], "big") ^ int.from_bytes(mask, "big")
        return head.to_bytes(4, "big") + text[4:]

    decrypt = encrypt


def short_memory(core: Kad, *, looked_at: bool) -> None:
    """Keep few traces of lookups that are over, or none: nobody has them drawn."""
    core._agenda.slots.traces = deque(maxlen=_TRACES if looked_at else 0)


class Unmeasured:
    """Stands for the self-check, which measures a node for its user and changes nothing."""

    __slots__ = ("failures",)

    def __init__(self) -> None:
        self.failures = self

    def heard(self, arrived: float, *, defect: bool) -> None:
        """A message was handled."""

    def null_entry(self, arrived: float, ticks: tuple[int, ...]) -> None:
        """A message could not be read."""

    def asked(self, asked: object, *, online: bool) -> None:
        """A request place was decided."""


_UNMEASURED: Final = Unmeasured()


def unmeasured(node: MuleNode) -> None:
    """Leave out the self-check of a node: it is for a user who looks at pages."""
    node.check = _UNMEASURED  # type: ignore[assignment]
    node.sender.observe = unseen


@contextmanager
def shared_reading(people: int = 0) -> Iterator[None]:
    """Let all nodes of this process, of so many people, share what they read of contacts."""
    size = max(_REMEMBERED, 2 * people)
    with ExitStack() as around:
        for module, name in _SHARED:
            around.enter_context(_larger(module, name, size))
        yield


@contextmanager
def _larger(module: ModuleType, name: str, size: int) -> Iterator[None]:
    """Let a function remember what all nodes of this process call it with."""
    real = getattr(module, name)
    setattr(module, name, lru_cache(maxsize=size)(real.__wrapped__))
    try:
        yield
    finally:
        setattr(module, name, real)


@contextmanager
def without_cipher() -> Iterator[None]:
    """Let the nodes of this process cover their datagrams with clear text."""
    real = obfuscation._stream
    obfuscation._stream = _clear  # type: ignore[assignment]
    try:
        yield
    finally:
        obfuscation._stream = real


def _clear(secret: bytes, salt: bytes) -> ClearText:
    del salt
    return ClearText(secret)
