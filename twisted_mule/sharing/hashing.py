"""The ed2k hash of a file: MD4 over its parts, in a thread that may wait."""

from __future__ import annotations

import os
import stat
from typing import Final, Self

from attrs import define, field, frozen
from Crypto.Hash import MD4

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.sights import modified

#: Bytes of one part.
PART: Final = 9_728_000
#: Bytes of one read: whole blocks fill a part, so that no block belongs to two.  Larger
#: and smaller ones were slower, and so was a thread that reads ahead (docs/performance.md).
BLOCK: Final = PART // 8


class ChangedError(Exception):
    """The file did not stay the same while it was read."""


@frozen
class Ed2k:
    """
    The two readings of "MD4 of the hashes of the parts".

    They differ only for files whose size is a multiple of the size of a part, other than 0.

    :ivar hash: eMule's, under which a file is known in the network: after a last part that is full
        comes one more of nothing.
    :ivar unpadded: the older one, without it; other programs still print it.
    """

    hash: KadID
    unpadded: KadID


@define
class Ed2kHash:
    """The hash of bytes that come one after the other."""

    _part: MD4.MD4Hash = field(factory=MD4.new, init=False)
    _room: int = field(default=PART, init=False)
    _parts: list[bytes] = field(factory=list, init=False)

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take in the next bytes, any number of them."""
        view = memoryview(data)
        while view:
            taken = view[: self._room]
            self._part.update(taken)
            self._room -= len(taken)
            view = view[len(taken) :]
            if not self._room:
                self._parts.append(self._part.digest())
                self._part, self._room = MD4.new(), PART  # noqa: S303 - fixed by the network

    def result(self) -> Ed2k:
        """The hash of what came so far."""
        padded = [*self._parts, self._part.digest()]
        whole = self._room == PART and len(self._parts) > 0
        return Ed2k(_joined(padded), _joined(self._parts if whole else padded))


def _joined(parts: list[bytes]) -> KadID:
    """One part stands for itself; several are hashed once more."""
    if len(parts) == 1:
        return KadID.from_natural(parts[0])
    return KadID.from_natural(MD4.new(b"".join(parts)).digest())  # noqa: S303


@define(eq=False)
class Reading:
    """
    One open file on its way to its hash.

    :meth:`advance` waits for the disk and belongs into a thread; :attr:`done` may be read and
    :meth:`interrupt` called from any other one meanwhile.

    :ivar descriptor: the file, which :meth:`close` closes.
    :ivar size: bytes of the file.
    :ivar modified: its time of modification, nanoseconds.
    :ivar done: bytes that went into the hash so far.
    """

    descriptor: int
    size: int
    modified: int
    done: int = field(default=0, init=False)
    _hash: Ed2kHash = field(factory=Ed2kHash, init=False)
    _buffer: memoryview = field(init=False)
    _interrupted: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._buffer = memoryview(bytearray(min(BLOCK, self.size)))

    @classmethod
    def of(cls, descriptor: int) -> Self:
        """
        A reading of the whole open file, which is closed when that cannot be.

        :raise ChangedError: when it is not a regular file (any more).
        """
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise ChangedError("it is not a file any more")
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return cls(descriptor, status.st_size, modified(status))

    def interrupt(self) -> None:
        """Make :meth:`advance` return after the block it is at, or at once; the next goes on."""
        self._interrupted = True

    def advance(self) -> Ed2k | None:
        """
        Go on to the end, or until interrupted; the hash at the end, else None.

        :raise ChangedError: when the file is not the same any more.
        :raise OSError: when it cannot be read.
        """
        while self.done < self.size and not self._interrupted:
            self._take(self._read())
        self._interrupted = False  # only now: it may have been asked for before we began
        if self.done < self.size:
            return None
        self._check()
        return self._hash.result()

    def _take(self, block: memoryview) -> None:
        self._hash.update(block)
        self.done += len(block)
        self._check()

    def _read(self) -> memoryview:
        """The next block, whole."""
        wanted = self._buffer[: self.size - self.done]
        filled = 0
        while filled < len(wanted):
            count = os.preadv(self.descriptor, [wanted[filled:]], self.done + filled)
            if not count:
                raise ChangedError("it became shorter while it was read")
            filled += count
        return wanted

    def _check(self) -> None:
        status = os.fstat(self.descriptor)
        if not status.st_nlink:
            raise ChangedError("it was removed or replaced while it was read")
        if (status.st_size, modified(status)) != (self.size, self.modified):
            raise ChangedError("it changed while it was read")

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)
