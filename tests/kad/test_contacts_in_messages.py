"""Tests of contacts in messages: the usable ones are kept, the others counted or refused."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.parts import CONTACT, KEY_CERTIFICATE, LEGACY, PEER, TARGET, framed
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import ZERO


class ContactTests(SynchronousTestCase):
    """Contacts in lists and contacts that speak of themselves."""

    def bad_contacts(self) -> list[bytes]:
        """Contacts that nobody may store, one for each reason."""
        good = encode(m.HelloRequest(CONTACT))[2:406]
        return [
            b"\x09" + good[1:],
            b"\xff" + good[1:],
            good[:1] + bytes(16) + good[17:],
            good[:17] + KEY_CERTIFICATE,
            good[:17] + bytes(387),
            good[:17] + bytes(4) + good[21:],
        ]

    def test_skipped_in_res(self) -> None:
        """A bad contact in a RES is left out and counted, the others are kept."""
        good = encode(m.HelloRequest(CONTACT))[2:406]
        for bad in self.bad_contacts():
            message = decode(framed(b"\x13", TARGET.wire, b"\x03", good, bad, good))
            self.assertEqual(message, m.FindNodeResponse(TARGET, (CONTACT, CONTACT)))
            assert isinstance(message, m.FindNodeResponse)
            self.assertEqual(message.skipped, 1)

    def test_skipped_in_bootstrap(self) -> None:
        """A bad contact in a BOOTSTRAP_RES is left out and counted, the others are kept."""
        whole = encode(m.BootstrapResponse(PEER, 8, None, (CONTACT, CONTACT)))
        for bad in self.bad_contacts():
            message = decode(whole[:-404] + bad)
            self.assertEqual(message, m.BootstrapResponse(PEER, 8, None, (CONTACT,)))
            assert isinstance(message, m.BootstrapResponse)
            self.assertEqual(message.skipped, 1)

    def test_version_zero(self) -> None:
        """Version 0 is tolerated in lists and refused in a HELLO, in both directions."""
        old = evolve(CONTACT, version=0)
        message = m.FindNodeResponse(TARGET, (old,))
        self.assertEqual(decode(encode(message)), message)
        self.assertRaises(ValueError, encode, m.HelloRequest(old))
        hello = encode(m.HelloRequest(CONTACT))
        self.assertRaises(DecodeError, decode, hello[:2] + b"\0" + hello[3:])

    def test_bad_self(self) -> None:
        """A HELLO whose own contact is bad is refused."""
        for bad in self.bad_contacts():
            for opcode in (m.HelloRequest.opcode, m.HelloResponse.opcode):
                self.assertRaises(DecodeError, decode, bytes((5, opcode)) + bad + b"\0")

    def test_hello_needs_tag_count(self) -> None:
        """A HELLO without the count of its tags is refused."""
        hello = encode(m.HelloRequest(CONTACT))
        self.assertEqual(len(hello), 2 + 404 + 1)
        self.assertRaises(DecodeError, decode, hello[:-1])

    def test_bootstrap_sender(self) -> None:
        """A BOOTSTRAP_RES from version 0, 9 or identifier zero, or with a cut TCP, is refused."""
        good = encode(m.BootstrapResponse(PEER, 8, destination(2), ()))
        for bad in (
            good[:2] + bytes(16) + good[18:],
            good[:18] + b"\0" + good[19:],
            good[:18] + b"\x09" + good[19:],
            good[:19] + KEY_CERTIFICATE + good[-2:],
        ):
            self.assertRaises(DecodeError, decode, bad)

    def test_no_tcp(self) -> None:
        """A TCP destination of zeros means that there is none."""
        datagram = encode(m.BootstrapResponse(PEER, 8, None, ()))
        self.assertEqual(datagram[19:-2], bytes(387))
        self.assertEqual(decode(datagram), m.BootstrapResponse(PEER, 8, None, ()))
        self.assertEqual(
            decode(encode(m.LegacyHelloRequest(evolve(LEGACY, tcp=None)))),
            m.LegacyHelloRequest(evolve(LEGACY, tcp=None)),
        )

    def test_zero_sender(self) -> None:
        """A message whose sender claims the identifier zero is refused in both directions."""
        for message in (
            m.FindNodeRequest(2, TARGET, TARGET, PEER),
            m.HelloResponseAck(PEER),
            m.SearchResponse(PEER, TARGET, ()),
            m.LegacyFindNodeRequest(2, TARGET, TARGET, PEER),
            m.LegacySearchNotesRequest(TARGET, PEER),
        ):
            zeroed = encode(message).replace(PEER.wire, ZERO.wire)
            self.assertRaises(DecodeError, decode, zeroed)
        self.assertRaises(ValueError, encode, m.FindNodeRequest(2, TARGET, TARGET, ZERO))
        self.assertRaises(ValueError, encode, m.HelloResponseAck(ZERO))
        self.assertRaises(ValueError, encode, m.SearchResponse(ZERO, TARGET, ()))
