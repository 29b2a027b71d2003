"""
Whatever comes in is a message or a DecodeError, and soon.

``MULE_FUZZ`` is the number of damaged datagrams; by default 200,000 in CI and 20,000 elsewhere.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import zlib
from collections.abc import Callable, Iterator
from time import process_time

from hypothesis import Phase, given, settings
from twisted.logger import Logger
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.parts import CONTACT, PEER, TARGET
from tests.recorded import recorded
from tests.samples import destination
from tests.strategies import messages
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.datagram import message
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import ForKey, ForNode
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.obfuscation import obfuscate
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.packing import INFLATED_CAP, pack
from twisted_mule.kad.tags import FILENAME, FILESIZE, SOURCEDEST, Tag

LONGEST = 0.1
"""Seconds of processor time that no single datagram may take."""

OWN_ID = KadID(0x00112233445566778899AABBCCDDEEFF)
OWN_KEY = 0x0A0B0C0D

EDGES = bytes((0x00, 0x01, 0x02, 0x05, 0x06, 0x11, 0x7F, 0x80, 0x82, 0x87, 0x89, 0xA7, 0xFE, 0xFF))
"""Bytes at which something begins or ends."""

log = Logger()

Mutation = Callable[[random.Random, bytearray, list[bytes]], None]


def wanted() -> int:
    """How many damaged datagrams are to be read."""
    return int(os.environ.get("MULE_FUZZ") or (200_000 if os.environ.get("CI") else 20_000))


def spent(read: Callable[[bytes], object], datagram: bytes) -> float:
    """
    The processor time of reading ``datagram``, which may end in a DecodeError.

    A reading that seems slow is repeated twice: caches and interrupts are not the reader's.
    """
    least = float("inf")
    for _ in range(3):
        began = process_time()
        with contextlib.suppress(DecodeError):
            read(datagram)
        least = min(least, process_time() - began)
        if least < LONGEST / 2:
            break
    return least


# --- undamaged datagrams -------------------------------------------------------------------


def from_recordings() -> list[bytes]:
    """What iMule and rust-mule sent."""
    sent = [one for s in recorded("messages_imule")["scenarios"] for one in s["sent"]]
    theirs = [case["datagram_hex"] for case in recorded("messages_rust")["messages"]]
    return [bytes.fromhex(one) for one in [one["plain_hex"] for one in sent] + theirs]


def from_strategies() -> list[bytes]:
    """Messages of every type with fields of every kind, the same at every call."""
    found: list[bytes] = []

    @settings(max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
    @given(messages)
    def collect(one: m.Message) -> None:
        found.append(encode(one))

    collect()
    return found


def large() -> list[bytes]:
    """Full lists."""
    file = m.Entry(PEER, (Tag(FILENAME, "ubuntu-24.04.iso"), Tag(FILESIZE, 6114656256)))
    source = m.Entry(PEER, (Tag(SOURCEDEST, destination(1)),))
    full: tuple[m.Message, ...] = (
        m.FindNodeResponse(TARGET, (CONTACT,) * m.MAX_RES_CONTACTS),
        m.BootstrapResponse(PEER, 8, None, (CONTACT,) * m.MAX_BOOTSTRAP_CONTACTS),
        m.SearchResponse(PEER, TARGET, (source,) * 20),
        m.PublishKeyRequest(TARGET, (file,) * 100),
    )
    return [encode(one) for one in full]


# --- damage --------------------------------------------------------------------------------


def flip_bits(chance: random.Random, data: bytearray, corpus: list[bytes]) -> None:
    """Turn over up to eight bits."""
    del corpus
    for _ in range(chance.randrange(1, 9)):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def cut(chance: random.Random, data: bytearray, corpus: list[bytes]) -> None:
    """Leave bytes out, at the end or in the middle."""
    del corpus
    start = chance.randrange(len(data) + 1)
    end = len(data) if chance.random() < 0.5 else chance.randrange(start, len(data) + 1)
    del data[start:end]


def insert(chance: random.Random, data: bytearray, corpus: list[bytes]) -> None:
    """Put random bytes in."""
    del corpus
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.randrange(1, 40))


def overwrite(chance: random.Random, data: bytearray, corpus: list[bytes]) -> None:
    """Put edges in the place of up to four bytes."""
    del corpus
    for _ in range(chance.randrange(1, 5)):
        if data:
            data[chance.randrange(len(data))] = chance.choice(EDGES)


def splice(chance: random.Random, data: bytearray, corpus: list[bytes]) -> None:
    """Go on with the tail of another datagram."""
    other = chance.choice(corpus)
    data[chance.randrange(len(data) + 1) :] = other[chance.randrange(len(other) + 1) :]


def rename(chance: random.Random, data: bytearray, corpus: list[bytes]) -> None:
    """Call the message by the opcode of another."""
    if len(data) > 1:
        data[1] = chance.choice(corpus)[1]


MUTATIONS: tuple[Mutation, ...] = (flip_bits, cut, insert, overwrite, splice, rename)


def plain(chance: random.Random, content: bytes) -> bytes:
    """As it is."""
    del chance
    return content


def packed(chance: random.Random, content: bytes) -> bytes:
    """With a good zlib stream of the payload."""
    del chance
    return b"\x06" + content[1:2] + zlib.compress(content[2:], 1)


def hidden(chance: random.Random, content: bytes) -> bytes:
    """Obfuscated for us."""
    seal = ForNode(OWN_ID, OWN_KEY) if chance.random() < 0.5 else ForKey(OWN_KEY)
    return obfuscate(content, seal, chance.getrandbits(32), chance)


def both(chance: random.Random, content: bytes) -> bytes:
    """Packed, then obfuscated."""
    return hidden(chance, packed(chance, content))


FORMS = (plain, plain, packed, hidden, both)


def damaged(chance: random.Random, corpus: list[bytes], count: int) -> Iterator[bytes]:
    """``count`` datagrams, damaged once to three times inside their cover or outside it."""
    for _ in range(count):
        data = bytearray(chance.choice(corpus))
        form = chance.choice(FORMS)
        inside = chance.random() < 0.75
        if not inside:
            data = bytearray(form(chance, bytes(data)))
        for _ in range(chance.randrange(1, 4)):
            chance.choice(MUTATIONS)(chance, data, corpus)
        yield form(chance, bytes(data)) if inside else bytes(data)


class FuzzTests(SynchronousTestCase):
    """Damaged datagrams."""

    def setUp(self) -> None:
        """Keep what other tests left behind out of the garbage collections that are measured."""
        gc.collect()
        gc.freeze()
        self.addCleanup(gc.unfreeze)

    def test_damaged(self) -> None:
        """Every damaged datagram is a message or a DecodeError, within a tenth of a second."""
        corpus = from_recordings() + from_strategies() + large()
        self.assertGreater(len({datagram[1] for datagram in corpus}), 29)
        done, worst = 0, 0.0
        for datagram in damaged(random.Random(2), corpus, wanted()):
            worst = max(worst, spent(self.read, datagram))
            done += 1
        self.assertEqual(done, wanted())
        self.assertLess(worst, LONGEST)
        log.info("{done} datagrams read, the slowest in {ms:.2f} ms", done=done, ms=worst * 1000)

    def read(self, datagram: bytes) -> None:
        """Open and decode, as a node does."""
        message(open_datagram(datagram, OWN_ID, OWN_KEY))

    def test_survivors(self) -> None:
        """What is still a message after the damage survives its own bytes."""
        corpus = from_recordings() + from_strategies()
        chance = random.Random(3)
        survivors = 0
        for _ in range(wanted() // 10):
            data = bytearray(chance.choice(corpus))
            chance.choice(MUTATIONS)(chance, data, corpus)
            try:
                survivor = decode(bytes(data))
            except DecodeError:
                continue
            survivors += 1
            self.assertEqual(decode(encode(survivor)), survivor)
        self.assertGreater(survivors, wanted() // 50)

    def test_noise(self) -> None:
        """Random bytes of any length are read or refused, with every first byte."""
        chance = random.Random(4)
        for number in range(2560):
            noise = bytes([number % 256]) + chance.randbytes(chance.randrange(300))
            self.assertLess(spent(self.read, noise), LONGEST)


class BoundedWorkTests(SynchronousTestCase):
    """The largest payloads that unpacking lets through, built to be slow."""

    def assert_soon(self, opcode: int, head: bytes, filling: bytes, tail: bytes = b"") -> None:
        """Read ``head``, as many fillings as fit into an inflated payload, and ``tail``."""
        room = INFLATED_CAP - len(head) - len(tail)
        datagram = bytes((5, opcode)) + head + filling * (room // len(filling)) + tail
        self.assertLess(spent(decode, datagram), LONGEST)

    def test_tags(self) -> None:
        """As many tags as fit, in both dialects, readable or broken by the last byte."""
        for one in (b"\x89\x24\0\0\0\0\x01", b"\x89\x24\x01", b"\x01\x00\x00\x24\x01"):
            entry = bytes(16) + b"\xff" + one * 255
            count = (INFLATED_CAP // len(entry)).to_bytes(2, "little")
            for opcode in (0x18, 0x0A):
                for tail in (b"", b"\xff", bytes(16) + b"\x01\x8a"):
                    self.assert_soon(opcode, bytes(16) + count, entry, tail)

    def test_entries(self) -> None:
        """As many empty entries as fit."""
        for count in (INFLATED_CAP // 17, 0xFFFF):
            head = PEER.wire + bytes(16) + count.to_bytes(2, "little")
            self.assert_soon(0x17, head, bytes(17))

    def test_both_dialects(self) -> None:
        """Tags that one dialect reads and the other skips in one blob, and the reverse."""
        half = INFLATED_CAP // 2
        with_serials = b"\x89\x24\0\0\0\0\x01" * (half // 7)
        blob = b"\x87\x24" + half.to_bytes(4, "little")
        for order in (blob + with_serials, with_serials + blob):
            self.assert_soon(0x19, bytes(32) + b"\xff", order, b"\xff")

    def test_expressions(self) -> None:
        """As many terms as fit, wide or deep."""
        for filling in (b"\0\0\x01\0\0", b"\0\0", b"\0\1\0\2", b"\x02\0\0\x01"):
            self.assert_soon(0x14, bytes(16) + b"\0\x80", filling)
            self.assert_soon(0x07, bytes(16) + b"\x01", filling)

    def test_contacts(self) -> None:
        """As many contacts as a count can say, good and bad."""
        for contact in (encode(m.HelloRequest(CONTACT))[2:406], bytes(404), b"\xff" * 404):
            self.assert_soon(0x13, bytes(16) + bytes([(INFLATED_CAP - 17) // 404]), contact)
            self.assert_soon(0x0E, PEER.wire + b"\x08" + bytes(387) + b"\xff\xff", contact)

    def test_long_text(self) -> None:
        """A string of all the bytes, valid or not."""
        for letter in (b"a", b"\xe9", b"\xef\xbb\xbf"):
            self.assert_soon(0x19, bytes(32) + b"\x01\x82\x23\0\0\0\0\xff\xff", letter)

    def test_packed_bomb(self) -> None:
        """A small packed datagram that inflates to very much is refused soon."""
        bomb = b"\x06\x17" + zlib.compress(bytes(10_000_000), 9)[:10_000]
        self.assertRaises(DecodeError, message, open_datagram(bomb, OWN_ID, OWN_KEY))
        self.assertLess(spent(lambda d: message(open_datagram(d, OWN_ID, OWN_KEY)), bomb), LONGEST)
        self.assertEqual(pack(b"\x05\x17" + bytes(9_000))[0], 5)
