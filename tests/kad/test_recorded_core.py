"""The core against what iMule, executed, answered to the same datagrams."""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, proven
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import (
    Cover,
    Envelope,
    ForKey,
    ForNode,
    Heard,
    Plain,
    Reply,
    Request,
    RequestKind,
)
from twisted_mule.kad.ids import KadID

PEER = destination(23)


def scenario(start: str) -> dict[str, Any]:
    """The recorded scenario whose name starts so."""
    found: list[dict[str, Any]] = [
        one for one in recorded("messages_imule")["scenarios"] if one["scenario"].startswith(start)
    ]
    assert len(found) == 1, start
    return found[0]


def sent(one: dict[str, Any], opcode: int) -> tuple[m.Message, dict[str, Any]]:
    """The recorded message of this opcode, decoded, and what else is known of it."""
    (row,) = (row for row in one["sent"] if row["opcode"] == opcode)
    return decode(bytes.fromhex(row["plain_hex"])), row


def neighbours() -> list[Seed]:
    """The contacts of iMule's table in the recordings."""
    return [
        Seed(
            KadID((0xF << 124) + number),
            destination(30 + number),
            (8, 5, 8)[number - 1],
            destination(40 + number),
            verified=number < 3,
        )
        for number in (1, 2, 3)
    ]


class RecordedTests(SynchronousTestCase):
    """We answer what iMule answered, but for the order of lists and the serials of tags."""

    def setUp(self) -> None:
        """A node with the identity and the table of the recordings."""
        saved = [proven(one) for one in neighbours()]
        self.kad = Kad(ME, 0xDEADBEEF, saved, now=NOW, random=Random(1))

    def handle(
        self, message: m.Message, source: Any = PEER, key: int = 85, request: Request | None = None
    ) -> Reply:
        """The one reply to a message under a key."""
        envelope = Envelope(Cover.NODE_ID, 0, key)
        (reply,) = self.kad.handle(Heard(source, message, envelope, request), NOW, Random(1))
        return reply

    def test_res(self) -> None:
        """The same contacts are named in RES, under the same key."""
        one = scenario("reply to kad2 req: only verified")
        expected, row = sent(one, 0x13)
        reply = self.handle(decode(bytes.fromhex(one["fields"]["request_hex"])))
        assert isinstance(expected, m.FindNodeResponse)
        assert isinstance(reply.message, m.FindNodeResponse)
        self.assertEqual(expected.target, reply.message.target)
        self.assertEqual(set(expected.contacts), set(reply.message.contacts))
        self.assertEqual(ForKey(row["receiver_verify_key"]), reply.seal)

    def test_kad1_res(self) -> None:
        """The same contacts are named in the RES of Kad1."""
        expected, _ = sent(scenario("reply to kad1 req"), 0x06)
        assert isinstance(expected, m.LegacyFindNodeResponse)
        request = m.LegacyFindNodeRequest(11, expected.target, ME.kad_id, KadID(5))
        reply = self.handle(request)
        assert isinstance(reply.message, m.LegacyFindNodeResponse)
        self.assertEqual(set(expected.contacts), set(reply.message.contacts))
        self.assertEqual(Plain(), reply.seal)

    def test_bootstrap_res(self) -> None:
        """The same contacts are named in BOOTSTRAP_RES, unverified ones included."""
        expected, row = sent(scenario("reply to kad2 bootstrap request"), 0x0E)
        reply = self.handle(m.BootstrapRequest())
        assert isinstance(expected, m.BootstrapResponse)
        assert isinstance(reply.message, m.BootstrapResponse)
        self.assertEqual(set(expected.contacts), set(reply.message.contacts))
        self.assertEqual(evolve(expected, contacts=()), evolve(reply.message, contacts=()))
        self.assertEqual(ForKey(row["receiver_verify_key"]), reply.seal)

    def test_kad1_bootstrap_res(self) -> None:
        """In Kad1 the asker itself is named as well, and we are last."""
        expected, _ = sent(scenario("reply to kad1 bootstrap request"), 0x02)
        assert isinstance(expected, m.LegacyBootstrapResponse)
        asker = m.LegacyRecord(
            KadID.from_hex(recorded("messages_imule")["fixtures"]["peer_id"]),
            PEER,
            destination(24),
        )
        reply = self.handle(m.LegacyBootstrapRequest(asker))
        assert isinstance(reply.message, m.LegacyBootstrapResponse)
        self.assertEqual(set(expected.contacts), set(reply.message.contacts))
        self.assertEqual(expected.contacts[-1], reply.message.contacts[-1])

    def test_hello_res(self) -> None:
        """A version 8 HELLO_REQ is answered obfuscated for its sender and asks for the ACK."""
        one = scenario("reply to kad2 hello request (v8")
        expected, row = sent(one, 0x10)
        request = decode(bytes.fromhex(one["fields"]["request_hex"]))
        assert isinstance(request, m.HelloRequest)
        reply = self.handle(request, request.contact.destination, 0x77)
        assert isinstance(expected, m.HelloResponse)
        assert isinstance(reply.message, m.HelloResponse)
        self.assertEqual(expected.contact, reply.message.contact)
        self.assertEqual(
            [(tag.name, tag.value) for tag in expected.tags],
            [(tag.name, tag.value) for tag in reply.message.tags],
        )
        self.assertEqual(ForNode(request.contact.kad_id, row["receiver_verify_key"]), reply.seal)

    def test_hello_res_ack(self) -> None:
        """A HELLO_RES that asks for it is acknowledged under the key that it came with."""
        one = scenario("hello response asking for ACK with sender key")
        expected, row = sent(one, 0x12)
        response = decode(bytes.fromhex(one["fields"]["response_hex"]))
        assert isinstance(response, m.HelloResponse)
        source = response.contact.destination
        expects = frozenset({response.opcode})
        hello = Request(source, m.Ping(), Plain(), RequestKind.HELLO, expects)
        self.kad.replied(source, Reply(m.Ping(), Plain(), expects), NOW)
        reply = self.handle(response, source, 0x99, hello)
        self.assertEqual(expected, reply.message)
        self.assertEqual(ForKey(row["receiver_verify_key"]), reply.seal)

    def test_kad1_hello_res(self) -> None:
        """A Kad1 HELLO_REQ is answered with the very same bytes' meaning."""
        expected, _ = sent(scenario("reply to kad1 hello request"), 0x04)
        peer = m.LegacyRecord(KadID(7), PEER, None)
        self.assertEqual(expected, self.handle(m.LegacyHelloRequest(peer)).message)

    def test_pong(self) -> None:
        """A plain ping gets a plain pong."""
        expected, _ = sent(scenario("reply to plain ping"), 0x1F)
        self.assertEqual(expected, self.handle(m.Ping(), key=0).message)
