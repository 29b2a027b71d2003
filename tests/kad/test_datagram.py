"""Tests of whole datagrams: encoded, packed, obfuscated, and back."""

from __future__ import annotations

import zlib
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.test_obfuscation import Dealt, sealed
from tests.recorded import recorded
from tests.samples import destination
from tests.strategies import messages
from twisted_mule import contract
from twisted_mule.kad.codec import encode
from twisted_mule.kad.datagram import OversizeError, message, to_wire
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import Cover, Envelope, ForKey, ForNode, Plain, Seal
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import (
    FindNodeResponse,
    Message,
    PeerRecord,
    Ping,
    PublishNotesRequest,
)
from twisted_mule.kad.obfuscation import OVERHEAD, obfuscate
from twisted_mule.kad.opening import Opened, open_datagram
from twisted_mule.kad.packing import HEADER_SIZE
from twisted_mule.kad.tags import DESCRIPTION, Tag
from twisted_mule.kad.verify import verify_key

OWN_ID = KadID.from_hex("00112233445566778899aabbccddeeff")
OWN_KEY = 0x0A0B0C0D
PEER_KEY = 0x01020304

#: A message that packing makes smaller.
CONTACTS = FindNodeResponse(
    KadID(9), tuple(PeerRecord(8, KadID(n), destination(n)) for n in range(1, 26))
)


def note(size: int, compressible: bool = False) -> PublishNotesRequest:
    """A message of exactly ``size`` payload bytes."""
    head = len(encode(PublishNotesRequest(KadID(1), KadID(2), (Tag(DESCRIPTION, b""),))))
    left = size + HEADER_SIZE - head
    blob = bytes(left) if compressible else Random(1).randbytes(left)
    return PublishNotesRequest(KadID(1), KadID(2), (Tag(DESCRIPTION, blob),))


def sent(what: Message, seal: Seal) -> bytes:
    """The bytes of a message whose sender gives the key ``PEER_KEY``."""
    return to_wire(what, seal, PEER_KEY, Random(5))


def opened(datagram: bytes) -> Opened:
    """What arrives at us."""
    return open_datagram(datagram, OWN_ID, OWN_KEY)


class SendTests(SynchronousTestCase):
    """From a message to bytes."""

    def test_plain(self) -> None:
        """A plain message is its encoding."""
        self.assertEqual(sent(Ping(), Plain()), b"\x05\x1e")

    def test_recorded(self) -> None:
        """A PING goes out as iMule sends it with the same salt and marker."""
        cases = [c for c in recorded("obfuscation_imule")["encrypt"] if c["plain_hex"] == "051e"]
        self.assertEqual(len(cases), 3)
        for case in cases:
            dealt = Dealt(bytes.fromhex(case["random_bytes_in_order"]))
            datagram = to_wire(Ping(), sealed(case), case["sender_verify_key"], dealt)
            self.assertEqual(datagram.hex(), case["cipher_hex"])

    def test_packed_before_covered(self) -> None:
        """A long message is packed first and covered then."""
        datagram = sent(CONTACTS, ForNode(OWN_ID))
        self.assertLess(len(datagram), len(encode(CONTACTS)))
        self.assertEqual(opened(datagram).protocol, 6)

    def test_largest(self) -> None:
        """The largest payload fills a datagram to the last byte that an iMule takes."""
        self.assertEqual(contract.PAYLOAD_SIZE + HEADER_SIZE + OVERHEAD, contract.DATAGRAM_SIZE)
        for seal in (ForNode(OWN_ID), ForKey(OWN_KEY)):
            datagram = sent(note(contract.PAYLOAD_SIZE), seal)
            self.assertEqual(len(datagram), contract.DATAGRAM_SIZE)
            self.assertEqual(message(opened(datagram)), note(contract.PAYLOAD_SIZE))

    def test_oversize(self) -> None:
        """One byte more is refused, with any seal, even if packing would make it fit."""
        for compressible in (False, True):
            much = note(contract.PAYLOAD_SIZE + 1, compressible)
            for seal in (Plain(), ForNode(OWN_ID), ForKey(OWN_KEY)):
                reason = self.assertRaises(OversizeError, sent, much, seal)
                self.assertEqual(
                    str(reason), "PublishNotesRequest has 10223 payload bytes, over 10222"
                )


class OpenTests(SynchronousTestCase):
    """What stands on the envelope before the content is looked into."""

    def test_plain(self) -> None:
        """A plain datagram has an empty envelope."""
        self.assertEqual(opened(b"\x05\x1e"), Opened(b"\x05\x1e", Envelope()))

    def test_node_id(self) -> None:
        """Under our identifier come the sender's key and what it has of ours, proven or not."""
        for receiver_key, proven in ((0, False), (OWN_KEY, True), (OWN_KEY ^ 1, False)):
            self.assertEqual(
                opened(sent(Ping(), ForNode(OWN_ID, receiver_key))).envelope,
                Envelope(Cover.NODE_ID, receiver_key, PEER_KEY, proven),
            )

    def test_receiver_key(self) -> None:
        """Under our own key the sender has proven that we gave it."""
        self.assertEqual(
            opened(sent(Ping(), ForKey(OWN_KEY))).envelope,
            Envelope(Cover.RECEIVER_KEY, OWN_KEY, PEER_KEY, True),
        )

    def test_contradiction(self) -> None:
        """Under our own key, but with another one inside, nothing is proven."""
        hidden = bytearray(obfuscate(b"\x05\x1e", ForKey(OWN_KEY), PEER_KEY, Random(1)))
        hidden[8] ^= 1
        envelope = opened(bytes(hidden)).envelope
        self.assertEqual(envelope, Envelope(Cover.RECEIVER_KEY, OWN_KEY ^ 1, PEER_KEY, False))

    def test_another_source(self) -> None:
        """A key that we gave to one destination opens and proves nothing from another."""
        mine, other = (verify_key(7, destination(n).dest_hash) for n in (1, 2))
        for seal, proven in ((ForKey(mine), False), (ForNode(OWN_ID, mine), False)):
            replayed = open_datagram(sent(Ping(), seal), OWN_ID, other)
            self.assertIs(replayed.envelope.proven, proven)

    def test_opcode_without_unpacking(self) -> None:
        """Protocol and opcode can be read of a packed datagram, broken or not."""
        for datagram in (sent(CONTACTS, ForKey(OWN_KEY)), b"\x06\x13broken"):
            arrived = opened(datagram)
            self.assertEqual((arrived.protocol, arrived.opcode), (0x06, 0x13))
            self.assertTrue(arrived.envelope.packed)

    def test_too_short(self) -> None:
        """Where there is no byte there is no protocol and no opcode."""
        nothing, one = opened(b""), opened(b"\x05")
        self.assertEqual((nothing.protocol, nothing.opcode), (None, None))
        self.assertEqual((one.protocol, one.opcode), (5, None))

    @given(st.binary(max_size=400))
    def test_any_bytes(self, datagram: bytes) -> None:
        """Arbitrary bytes are opened without an error, and their content is they."""
        arrived = opened(datagram)
        self.assertEqual(arrived.content, datagram)
        self.assertIs(arrived.envelope.cover, Cover.PLAIN)
        self.assertIs(arrived.envelope.proven, False)


class MessageTests(SynchronousTestCase):
    """From the content to a message."""

    def test_refused(self) -> None:
        """What is not Kad, cannot be unpacked or not be decoded is refused with one error."""
        inflated = b"\x06\x1f" + zlib.compress(bytes(200 * 1024))
        for content in (b"", b"\x05", b"\x04\x60", b"\x05\xff", b"\x06\x13broken", inflated):
            self.assertRaises(DecodeError, message, opened(content))

    @given(st.binary(max_size=400))
    def test_any_bytes(self, datagram: bytes) -> None:
        """Arbitrary bytes are a message or are refused with one error."""
        try:
            found = message(opened(datagram))
        except DecodeError:
            return
        self.assertEqual(found.opcode, datagram[1])

    @given(
        messages,
        st.sampled_from([Plain(), ForNode(OWN_ID), ForNode(OWN_ID, OWN_KEY), ForKey(OWN_KEY)]),
        st.integers(0, 2**32 - 1).map(Random),
    )
    def test_round_trip(self, what: Message, seal: Seal, random: Random) -> None:
        """Every message arrives as it was sent, under every seal."""
        datagram = to_wire(what, seal, PEER_KEY, random)
        self.assertLessEqual(len(datagram), contract.DATAGRAM_SIZE)
        arrived = opened(datagram)
        self.assertEqual(arrived.opcode, what.opcode)
        self.assertEqual(message(arrived), what)
