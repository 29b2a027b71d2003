"""Tests of the obfuscation."""

from __future__ import annotations

from hashlib import md5
from random import Random
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from twisted_mule.kad.exchange import Cover, ForKey, ForNode, Plain, Seal
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.obfuscation import OVERHEAD, Revealed, obfuscate, reveal
from twisted_mule.kad.verify import verify_key

OWN_ID = KadID.from_hex("00112233445566778899aabbccddeeff")
OWN_KEY = 0x0A0B0C0D
PING = b"\x05\x1e"
PLAIN_FIRST_BYTES = b"\x03\x04\x05\x06\xa3\xb2"

KEYS = st.integers(1, 2**32 - 1)
IDS = st.integers(1, 2**128 - 1).map(KadID)
CONTENTS = st.binary(min_size=1, max_size=600)
CHANCE = st.integers(0, 2**32 - 1).map(Random)


class Dealt(Random):
    """Chance that deals the given bytes and has no others."""

    def __init__(self, dealt: bytes) -> None:
        super().__init__()
        self.left = dealt

    def randbytes(self, n: int) -> bytes:
        """The next ``n`` of the bytes."""
        assert n <= len(self.left), "more was drawn than dealt"
        taken, self.left = self.left[:n], self.left[n:]
        return taken


def sealed(case: dict[str, Any]) -> Seal:
    """The seal of a recorded encryption."""
    node = case.get("node_id_crypt_hex")
    if node is None:
        return ForKey(case["receiver_verify_key"])
    return ForNode(KadID.from_wire(bytes.fromhex(node)), case["receiver_verify_key"])


def covered(secret: bytes, clear: bytes, hidden: bytes) -> bytes:
    """A datagram made by hand: marker and salt in the clear, the rest under ``secret``."""
    key = md5(secret + clear[1:], usedforsecurity=False).digest()
    return clear + Cipher(ARC4(key), mode=None).encryptor().update(hidden)


class RecordedTests(SynchronousTestCase):
    """With the same random bytes we write what both implementations write."""

    def encrypts_like(self, name: str, count: int) -> None:
        """Compare with the encryptions of one recording."""
        cases = recorded(name)["encrypt"]
        self.assertEqual(len(cases), count)
        for case in cases:
            dealt = Dealt(bytes.fromhex(case["random_bytes_in_order"]))
            plain = bytes.fromhex(case["plain_hex"])
            datagram = obfuscate(plain, sealed(case), case["sender_verify_key"], dealt)
            self.assertEqual(datagram.hex(), case["cipher_hex"], case["name"])
            self.assertEqual(len(dealt.left), case["random_bytes_left"], case["name"])

    def test_imule_encryption(self) -> None:
        """Byte for byte what iMule sends, with the same draws in the same order."""
        self.encrypts_like("obfuscation_imule", 7)

    def test_rust_encryption(self) -> None:
        """Byte for byte what rust-mule sends."""
        self.encrypts_like("obfuscation_rust", 9)

    def revealed(self, case: dict[str, Any]) -> Revealed:
        """What we make of a recorded datagram."""
        own_key = verify_key(case["my_secret"], case["from_dest_hash"])
        own_id = KadID.from_hex(case["my_id"])
        return reveal(bytes.fromhex(case["cipher_hex"]), own_id, own_key)

    def reads(self, case: dict[str, Any], expected: dict[str, Any], unchanged: bool) -> None:
        """Compare what we make of a recorded datagram with what was made of it."""
        revealed = self.revealed(case)
        self.assertEqual(revealed.content.hex(), expected["plain_hex"], case["name"])
        self.assertEqual(revealed.receiver_key, expected["receiver_verify_key"], case["name"])
        self.assertEqual(revealed.sender_key, expected["sender_verify_key"], case["name"])
        self.assertEqual(revealed.cover is Cover.PLAIN, unchanged, case["name"])

    def test_imule_decryption(self) -> None:
        """We read what iMule reads, and let pass what it lets pass."""
        cases = recorded("obfuscation_imule")["decrypt"]
        self.assertEqual(len(cases), 10)
        for case in cases:
            self.reads(case, case, case["passed_through_unchanged"])

    def test_rust_decryption(self) -> None:
        """We read what rust-mule reads, but for two differences that have a name."""
        cases = recorded("obfuscation_rust")["decrypt"]
        self.assertEqual(len(cases), 23)
        for case in cases:
            if "error" in case["result"]:
                # D9: a wrong magic is an error there; here as in iMule the bytes just pass.
                self.assertEqual(self.revealed(case), Revealed(bytes.fromhex(case["cipher_hex"])))
            elif "marker byte 0x02" in case["name"]:
                # D8: 02 is plain there, but an iMule may send it for the receiver-key kind.
                self.assertFalse(case["result"]["was_obfuscated"])
                expected = Revealed(b"\x05\x13\1\2\3", Cover.RECEIVER_KEY, 660179518, 78)
                self.assertEqual(self.revealed(case), expected)
            else:
                self.reads(case, case["result"], not case["result"]["was_obfuscated"])

    def test_primitives(self) -> None:
        """The digest and the key stream are the plain ones, from their first byte."""
        (case,) = recorded("obfuscation_imule")["primitives"]
        key = md5(bytes.fromhex(case["md5_input"]), usedforsecurity=False).digest()
        self.assertEqual(key.hex(), case["md5"])
        stream = Cipher(ARC4(key), mode=None).encryptor().update(bytes(32))
        self.assertEqual(stream.hex(), case["rc4_keystream_no_discard_32"])


class MarkerTests(SynchronousTestCase):
    """The first byte."""

    def marker(self, seal: Seal, dealt: bytes) -> int:
        """The first byte of a PING, and nothing dealt may be left."""
        chance = Dealt(b"\xaa\x55" + dealt)
        datagram = obfuscate(PING, seal, OWN_KEY, chance)
        self.assertEqual(chance.left, b"")
        return datagram[0]

    def test_kinds(self) -> None:
        """The low two bits tell which key was used."""
        for candidate in (0x10, 0x55, 0xFE, 0xFF):
            self.assertEqual(self.marker(ForNode(OWN_ID), bytes([candidate])), candidate & 0xFC)
            self.assertEqual(self.marker(ForKey(7), bytes([candidate])), candidate & 0xFC | 2)

    def test_redrawn(self) -> None:
        """What somebody takes for a plain datagram is drawn again, 02 included."""
        self.assertEqual(self.marker(ForNode(OWN_ID), b"\x04\x07\x05\x20"), 0x20)
        self.assertEqual(self.marker(ForKey(7), b"\x00\x03\x04\xb0\xb3\x20"), 0x22)

    def test_every_marker(self) -> None:
        """All markers that nobody mistakes occur, and no others."""
        random = Random(3)
        for seal, bits, avoided in ((ForNode(OWN_ID), 0, {4}), (ForKey(7), 2, {2, 6, 0xB2})):
            found = {obfuscate(PING, seal, OWN_KEY, random)[0] for _ in range(2000)}
            self.assertEqual(found, set(range(bits, 256, 4)) - avoided)

    def test_accepted(self) -> None:
        """Reading, any first byte but the six plain ones is tried, with whatever hint."""
        hidden = b"\xc1\x2e\x5f\x39\0" + bytes(4) + (77).to_bytes(4, "little") + PING
        for marker in range(256):
            for secret, cover in (
                (OWN_ID.wire, Cover.NODE_ID),
                (OWN_KEY.to_bytes(4, "little"), Cover.RECEIVER_KEY),
            ):
                datagram = covered(secret, bytes([marker, 1, 2]), hidden)
                expected = Revealed(PING, cover, 0, 77)
                if marker in PLAIN_FIRST_BYTES:
                    expected = Revealed(datagram)
                self.assertEqual(reveal(datagram, OWN_ID, OWN_KEY), expected)


class SealTests(SynchronousTestCase):
    """Which key covers a datagram."""

    def test_plain(self) -> None:
        """A plain datagram is unchanged and draws nothing."""
        self.assertEqual(obfuscate(PING, Plain(), OWN_KEY, Dealt(b"")), PING)

    def test_no_key(self) -> None:
        """Without an identifier and without a key a datagram stays plain."""
        for seal in (ForKey(0), ForNode(ZERO), ForNode(ZERO, 0)):
            self.assertEqual(obfuscate(PING, seal, OWN_KEY, Dealt(b"")), PING)

    def test_zero_identifier(self) -> None:
        """Without an identifier the receiver key is used."""
        self.assertEqual(
            obfuscate(PING, ForNode(ZERO, 7), OWN_KEY, Random(1)),
            obfuscate(PING, ForKey(7), OWN_KEY, Random(1)),
        )

    def test_one_pass(self) -> None:
        """Two datagrams with other draws have nothing in common but their size."""
        one, two = (obfuscate(PING, ForNode(OWN_ID, 7), OWN_KEY, Random(n)) for n in (1, 2))
        self.assertEqual((len(one), len(two)), (18, 18))
        self.assertNotEqual(one[3:], two[3:])

    @given(CONTENTS, IDS, st.integers(0, 2**32 - 1), KEYS, CHANCE)
    def test_round_trip_node(
        self, content: bytes, kad_id: KadID, receiver_key: int, sender_key: int, random: Random
    ) -> None:
        """Whoever has the identifier reads the content and both keys."""
        datagram = obfuscate(content, ForNode(kad_id, receiver_key), sender_key, random)
        self.assertEqual(len(datagram), len(content) + OVERHEAD)
        expected = Revealed(content, Cover.NODE_ID, receiver_key, sender_key)
        self.assertEqual(reveal(datagram, kad_id, OWN_KEY), expected)

    @given(CONTENTS, KEYS, KEYS, CHANCE)
    def test_round_trip_key(
        self, content: bytes, receiver_key: int, sender_key: int, random: Random
    ) -> None:
        """Whoever gave the key reads the content and both keys."""
        datagram = obfuscate(content, ForKey(receiver_key), sender_key, random)
        self.assertEqual(len(datagram), len(content) + OVERHEAD)
        expected = Revealed(content, Cover.RECEIVER_KEY, receiver_key, sender_key)
        self.assertEqual(reveal(datagram, OWN_ID, receiver_key), expected)

    @given(st.sampled_from(PLAIN_FIRST_BYTES), st.binary(max_size=600))
    def test_round_trip_plain(self, first: int, rest: bytes) -> None:
        """A plain datagram is read as it was sent."""
        content = bytes([first]) + rest
        datagram = obfuscate(content, Plain(), OWN_KEY, Dealt(b""))
        self.assertEqual(reveal(datagram, OWN_ID, OWN_KEY), Revealed(content))

    @given(CONTENTS, IDS, KEYS, CHANCE)
    def test_others_read_nothing(
        self, content: bytes, kad_id: KadID, key: int, random: Random
    ) -> None:
        """Whoever has neither sees bytes that pass unchanged, and no keys."""
        other = KadID(kad_id.value ^ 1)
        for seal in (ForNode(kad_id, 7), ForKey(key)):
            datagram = obfuscate(content, seal, OWN_KEY, random)
            self.assertEqual(reveal(datagram, other, key ^ 1), Revealed(datagram))


class RevealTests(SynchronousTestCase):
    """What comes in, good or bad."""

    HEAD = b"\xc1\x2e\x5f\x39"
    KEYS = b"\x01\0\0\0\x02\0\0\0"

    def opened(self, hidden: bytes) -> Revealed:
        """What a datagram for our identifier reveals."""
        self.datagram = covered(OWN_ID.wire, b"\x10\xab\xcd", hidden)
        return reveal(self.datagram, OWN_ID, OWN_KEY)

    def test_padding(self) -> None:
        """Padding of every length is skipped."""
        for size in range(256):
            hidden = self.HEAD + bytes([size]) + b"x" * size + self.KEYS + PING
            self.assertEqual(self.opened(hidden), Revealed(PING, Cover.NODE_ID, 1, 2))

    def test_nothing_left(self) -> None:
        """A cover over nothing passes unchanged, as in iMule (D9)."""
        for size in (0, 1, 5, 255):
            hidden = self.HEAD + bytes([size]) + b"x" * size + self.KEYS
            self.assertEqual(self.opened(hidden), Revealed(self.datagram))
            self.assertEqual(self.opened(hidden + b"\x05").content, b"\x05")

    def test_padding_beyond_the_end(self) -> None:
        """Padding that is longer than the datagram makes it pass unchanged."""
        hidden = self.HEAD + b"\xff" + self.KEYS + PING * 20
        self.assertEqual(self.opened(hidden), Revealed(self.datagram))

    def test_wrong_magic(self) -> None:
        """Another magic makes it pass unchanged."""
        hidden = b"\xc1\x2e\x5f\x38\0" + self.KEYS + PING
        self.assertEqual(self.opened(hidden), Revealed(self.datagram))

    def test_shortest(self) -> None:
        """Seventeen bytes are the shortest datagram that can have a cover."""
        datagram = obfuscate(b"\x05", ForNode(OWN_ID), 1, Random(1))
        self.assertEqual(len(datagram), 17)
        self.assertEqual(reveal(datagram, OWN_ID, OWN_KEY).content, b"\x05")
        self.assertEqual(reveal(datagram[:16], OWN_ID, OWN_KEY), Revealed(datagram[:16]))

    @given(st.binary(max_size=400))
    def test_any_bytes(self, datagram: bytes) -> None:
        """Arbitrary bytes never raise and come back unchanged."""
        self.assertEqual(reveal(datagram, OWN_ID, OWN_KEY), Revealed(datagram))

    @given(st.binary(max_size=400), st.sampled_from([OWN_ID.wire, b"\x0d\x0c\x0b\x0a"]))
    def test_any_bytes_after_the_magic(self, rest: bytes, secret: bytes) -> None:
        """Arbitrary bytes under the right key never raise and never grow."""
        datagram = covered(secret, b"\x10\xab\xcd", self.HEAD + rest)
        revealed = reveal(datagram, OWN_ID, OWN_KEY)
        if revealed.cover is Cover.PLAIN:
            self.assertEqual(revealed.content, datagram)
        else:
            self.assertTrue(rest.endswith(revealed.content))
            self.assertIn(len(rest) - len(revealed.content), range(9, 265))
