"""The ed2k hash: both conventions, published values, and files that do not keep still."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from attrs import define, field
from Crypto.Hash import MD4
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.hashing import BLOCK, PART, ChangedError, Ed2k, Ed2kHash, Reading

#: Size of a file of zeros: eMule's hash and the unpadded one, as published by AniDB and others.
ZEROS = {
    0: ("31d6cfe0d16ae931b73c59d7e0c089c0", "31d6cfe0d16ae931b73c59d7e0c089c0"),
    9_727_999: ("ac44b93fc9aff773ab0005c911f8396f", "ac44b93fc9aff773ab0005c911f8396f"),
    9_728_000: ("fc21d9af828f92a8df64beac3357425d", "d7def262a127cd79096a108e7a9fc138"),
    9_728_001: ("06329e9dba1373512c06386fe29e3c65", "06329e9dba1373512c06386fe29e3c65"),
    19_455_999: ("a4aed104a077de7e4210e7f5b131fe25", "a4aed104a077de7e4210e7f5b131fe25"),
    19_456_000: ("114b21c63a74b6ca922291a11177dd5c", "194ee9e4fa79b2ee9f8829284c466051"),
    19_456_001: ("e57f824d28f69fe90864e17673668457", "e57f824d28f69fe90864e17673668457"),
}

#: The test suite of RFC 1320.
SHORT = {
    b"a": "bde52cb31de33e46245e05fbdbd6fb24",
    b"abc": "a448017aaf21d8525fc10ae87aa6729d",
    b"message digest": "d9130a8164549fe818874806e1c7014b",
}


def md4(data: bytes) -> bytes:
    """The MD4 digest."""
    return MD4.new(data).digest()  # noqa: S303


def expected(data: bytes) -> Ed2k:
    """The hash, computed in the most straightforward way."""
    parts = [md4(data[start : start + PART]) for start in range(0, len(data), PART)]
    padded = [*parts, md4(b"")] if len(data) % PART == 0 else parts

    def top(hashes: list[bytes]) -> KadID:
        whole = hashes[0] if len(hashes) == 1 else md4(b"".join(hashes))
        return KadID.from_natural(whole)

    return Ed2k(top(padded), top(parts or padded))


def noise(size: int) -> bytes:
    """Bytes in which no part is like another."""
    return Random(size).randbytes(size)


class Ed2kHashTests(SynchronousTestCase):
    """Hashing bytes."""

    def test_rfc_1320(self) -> None:
        """What fits into one part is hashed by MD4 alone."""
        for data, digest in SHORT.items():
            ed2k = Ed2kHash()
            ed2k.update(data)
            self.assertEqual(Ed2k(KadID.from_hex(digest), KadID.from_hex(digest)), ed2k.result())

    def test_published(self) -> None:
        """Files of zeros have the hashes that others publish, by both conventions."""
        zeros = bytes(max(ZEROS))
        for size, (padded, unpadded) in ZEROS.items():
            ed2k = Ed2kHash()
            ed2k.update(memoryview(zeros)[:size])
            wanted = Ed2k(KadID.from_hex(padded), KadID.from_hex(unpadded))
            self.assertEqual(wanted, ed2k.result(), size)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(0, PART + 5), max_size=3))
    def test_pieces(self, cuts: list[int]) -> None:
        """It does not matter in which pieces the bytes come."""
        data = memoryview(NOISE)
        ed2k, at = Ed2kHash(), 0
        for cut in cuts:
            ed2k.update(data[at : at + cut])
            at = min(at + cut, len(data))
        ed2k.update(data[at:])
        self.assertEqual(EXPECTED, ed2k.result())


NOISE = noise(PART + 12_345)
EXPECTED = expected(NOISE)


@define(eq=False)
class Disturbed(Reading):
    """
    A reading during which something happens.

    :ivar act: done once, between the first block and the second.
    """

    act: Callable[[], object] | None = field(default=None, init=False)

    def _take(self, block: memoryview) -> None:
        if self.done == BLOCK and self.act is not None:
            act, self.act = self.act, None
            act()
        super()._take(block)


class ReadingTests(SynchronousTestCase):
    """Hashing files."""

    def file(self, content: bytes) -> Path:
        """A file with this content."""
        path = Path(self.mktemp())
        path.write_bytes(content)
        return path

    def opened(self, path: Path) -> Disturbed:
        """A reading of the file at ``path``, closed at the end."""
        reading = Disturbed.of(os.open(path, os.O_RDONLY))
        self.addCleanup(reading.close)
        return reading

    def test_sizes(self) -> None:
        """At all sizes around parts and blocks the hash is that of the content."""
        data = noise(2 * PART + 1)
        for size in (0, 1, BLOCK, BLOCK + 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1):
            reading = self.opened(self.file(data[:size]))
            self.assertEqual(expected(data[:size]), reading.advance(), size)
            self.assertEqual(size, reading.done)

    def test_interrupted(self) -> None:
        """An interrupted reading stops after a block and goes on where it was."""
        reading = self.opened(self.file(NOISE))
        reading.act = reading.interrupt
        self.assertIsNone(reading.advance())
        self.assertEqual(2 * BLOCK, reading.done)
        self.assertEqual(EXPECTED, reading.advance())

    def test_interrupted_before(self) -> None:
        """An interruption that comes before the work begins is not lost, and counts once."""
        for content in (b"short", NOISE):
            reading = self.opened(self.file(content))
            reading.interrupt()
            self.assertIsNone(reading.advance())
            self.assertEqual(0, reading.done)
            self.assertEqual(expected(content), reading.advance())

    def disturbed(self, act: Callable[[Path], object]) -> str:
        """The complaint about a file with which ``act`` was done while it was read."""
        path = self.file(NOISE)
        reading = self.opened(path)
        reading.act = lambda: act(path)
        return str(self.assertRaises(ChangedError, reading.advance))

    def test_grows(self) -> None:
        """A file that grows while it is read has no hash."""

        def grow(path: Path) -> None:
            with path.open("ab") as file:
                file.write(b"more")

        self.assertIn("changed", self.disturbed(grow))

    def test_written_to(self) -> None:
        """A file that is written to while it is read has no hash, though its size is the same."""
        self.assertIn("changed", self.disturbed(lambda path: os.utime(path, ns=(1, 1))))

    def test_shrinks(self) -> None:
        """A file that becomes shorter while it is read has no hash."""
        complaint = self.disturbed(lambda path: os.truncate(path, BLOCK))
        self.assertTrue("changed" in complaint or "shorter" in complaint, complaint)

    def test_shorter_than_it_says(self) -> None:
        """A file that holds less than its size says has no hash."""
        path = self.file(b"content")
        reading = Reading(os.open(path, os.O_RDONLY), 8, path.stat().st_mtime_ns)
        self.addCleanup(reading.close)
        self.assertRaises(ChangedError, reading.advance)

    def test_replaced(self) -> None:
        """A file that is removed or replaced while it is read has no hash."""
        self.assertIn("removed", self.disturbed(Path.unlink))
        self.assertIn("removed", self.disturbed(lambda path: self.file(b"new").replace(path)))

    def test_not_a_file(self) -> None:
        """What is not a regular file is not read, and closed."""
        descriptor = os.open("/dev/null", os.O_RDONLY)
        self.assertRaises(ChangedError, Reading.of, descriptor)
        self.assertRaises(OSError, os.close, descriptor)
