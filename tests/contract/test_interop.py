"""Acceptance 10 of node-behaviour 17: peers that judge as iMule does take all that we say."""

from __future__ import annotations

from functools import cache
from typing import Final

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.contract import flips
from tests.contract.imule import IMule
from tests.contract.peers import ME, PUBLIC, REQUESTS, peer
from tests.contract.stage import Stage, veteran
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import Contact
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.exchange import Plain
from twisted_mule.kad.ids import KadID

GUESTS: Final = tuple(number for number in range(60, 100) if peer(number).version == m.VERSION)[:16]
HOUR: Final = 3600.0
#: Every so many seconds a guest asks something.
PACE: Final = 20.0
COUNTS: Final = (2, 4, 11, 25, 31)
ASKED: Final = [name for name in REQUESTS if not name.startswith("Kad1")]


def invite(stage: Stage, number: int, *, shy: bool = False) -> IMule:
    """
    A peer of iMule's behaviour, whom the node hears of when it comes.

    :param shy: whether it asks nothing; the node knows its name instead.
    """
    one = peer(number)
    source, clock = one.destination, stage.clock

    def post(datagram: bytes) -> None:
        stage.arrives(source, datagram, clock.seconds() + 1.0)

    guest = IMule(one, clock.seconds, post)
    stage.guests[source] = guest.hear

    def ask(turn: int) -> None:
        draws = PUBLIC.stream("guest", number, turn)
        kind = "HELLO_REQ" if turn == 0 else ASKED[turn % len(ASKED)]
        if kind == "REQ":
            target = KadID.from_natural(draws.randbytes(16))
            count = COUNTS[turn // len(ASKED) % len(COUNTS)]
            guest.ask(m.FindNodeRequest(count, target, ME.kad_id, one.kad_id))
        else:
            guest.ask(REQUESTS[kind](one, draws))
        clock.callLater(PACE, ask, turn + 1)

    if shy:
        stage.core.table.add(evolve(one.seed, verified=False), stage.curtain)
    else:
        clock.callLater(1.0 + number % 10, ask, 0)
    return guest


@cache
def party() -> tuple[Stage, list[IMule], list[IMule]]:
    """Two hours of a node with a user among such peers: those that ask, and the shy ones."""
    stage = Stage(core=veteran(known=30))
    bold = [invite(stage, number) for number in GUESTS[::2]]
    shy = [invite(stage, number, shy=True) for number in GUESTS[1::2]]
    flips.searching(stage)
    flips.sharing(stage)
    stage.play((), 2 * HOUR)
    return stage, bold, shy


def found(stage: Stage, guest: IMule) -> Contact:
    """What the node keeps of a guest."""
    contact = stage.core.table.at(guest.me.destination)
    assert contact is not None
    return contact


class InteropTests(SynchronousTestCase):
    """10: count check, tracking, one bad contact, the ACK rule, 25 contacts, the ban."""

    def test_nothing_is_refused(self) -> None:
        """None of them refuses or bans, whatever the node asks and answers."""
        _, bold, shy = party()
        self.assertEqual([], [line for guest in (*bold, *shy) for line in guest.refused])
        self.assertFalse(any(guest.banned for guest in (*bold, *shy)))

    def test_everything_is_answered(self) -> None:
        """Every kind of request has its answers, for every one that asks."""
        _, bold, _ = party()
        for guest in bold:
            for kind in (
                m.HelloResponse,
                m.FindNodeResponse,
                m.BootstrapResponse,
                m.Pong,
                m.SearchResponse,
                m.PublishResponse,
            ):
                self.assertGreater(guest.accepted[kind], 20, kind)

    def test_the_handshake_when_they_greet(self) -> None:
        """Their acknowledgement under the node's key proves them to it."""
        stage, bold, _ = party()
        for guest in bold:
            contact = found(stage, guest)
            self.assertTrue(contact.verified and contact.handshaken)

    def test_the_handshake_when_the_node_greets(self) -> None:
        """The node acknowledges under their key, which proves it to them."""
        stage, _, shy = party()
        for guest in shy:
            self.assertTrue(found(stage, guest).hello_seen)
            self.assertGreater(guest.accepted[m.HelloResponseAck], 0)
            self.assertTrue(guest.verified)

    def test_they_are_asked_too(self) -> None:
        """The node asks them for contacts: they are part of its network."""
        _, bold, shy = party()
        asked = sum(guest.accepted[m.FindNodeRequest] > 0 for guest in (*bold, *shy))
        self.assertGreater(asked, len(GUESTS) // 2)


class JudgeTests(SynchronousTestCase):
    """A judge that takes everything would prove nothing."""

    def guest(self) -> tuple[IMule, list[float]]:
        """One peer with a clock that the test moves."""
        now = [0.0]
        return IMule(peer(60), lambda: now[0], lambda _: None), now

    def said(self, guest: IMule, what: m.Message) -> list[str]:
        """What it says of this."""
        guest.hear(plain(what))
        return guest.refused

    def test_what_nobody_asked_for(self) -> None:
        """An answer without a request, a second answer, and one after three minutes."""
        guest, now = self.guest()
        self.assertEqual(1, len(self.said(guest, m.Pong())))
        guest.ask(m.Ping())
        self.assertEqual(1, len(self.said(guest, m.Pong())))
        self.assertEqual(2, len(self.said(guest, m.Pong())))
        guest.ask(m.Ping())
        now[0] = 181.0
        self.assertEqual(3, len(self.said(guest, m.Pong())))

    def test_too_many_contacts(self) -> None:
        """Three contacts to one who asked for two."""
        guest, _ = self.guest()
        target = KadID(5)
        guest.ask(m.FindNodeRequest(2, target, ME.kad_id, guest.me.kad_id))
        records = tuple(peer(number).record for number in range(3))
        self.assertIn("3 contacts", self.said(guest, m.FindNodeResponse(target, records))[0])

    def test_one_bad_contact(self) -> None:
        """A contact of version 9 voids the answer."""
        guest, _ = self.guest()
        target = KadID(5)
        guest.ask(m.FindNodeRequest(2, target, ME.kad_id, guest.me.kad_id))
        record = m.PeerRecord(8, KadID(77), peer(1).destination)
        good, older = (
            bytearray(plain(m.FindNodeResponse(target, (evolve(record, version=version),))))
            for version in (8, 7)
        )
        (place,) = [n for n, (a, b) in enumerate(zip(good, older, strict=True)) if a != b]
        good[place] = 9
        guest.hear(bytes(good))
        self.assertIn("one bad contact", guest.refused[0])

    def test_the_ban(self) -> None:
        """Two pings a minute are answered; the eleventh at once is a ban."""
        guest, _ = self.guest()
        for _ in range(10):
            self.said(guest, m.Ping())
        self.assertEqual((2, False), (guest.accepted[m.Ping], guest.banned))
        self.said(guest, m.Ping())
        self.assertTrue(guest.banned)

    def test_an_acknowledgement_without_its_key(self) -> None:
        """It proves nothing."""
        guest, _ = self.guest()
        self.said(guest, m.HelloRequest(m.PeerRecord(8, ME.kad_id, ME.destination)))
        self.assertIn("not under its key", self.said(guest, m.HelloResponseAck(ME.kad_id))[0])
        self.assertFalse(guest.verified)


def plain(what: m.Message) -> bytes:
    """A plain datagram."""
    return to_wire(what, Plain(), 1, PUBLIC.stream("plain", 0))
