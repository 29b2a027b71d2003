"""Peers that lie, flood and send what is no message do not break a run, nor misuse it."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.contract.spectrum import most_within
from tests.probing import hostile
from tests.probing.hostile import Liar, Spoiled
from tests.probing.imule import crowd
from tests.probing.street import ASKER, Street, fits, verdict
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.exchange import ForNode, Plain
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.obfuscation import obfuscate
from twisted_mule.kad.packing import PLAIN_PROTOCOL
from twisted_mule.kad.tags import AGENT, Tag
from twisted_mule.probing.evidence import KEPT
from twisted_mule.probing.pace import LIMITS, Kind, Pace
from twisted_mule.probing.populations import RUST, Population, Undecided
from twisted_mule.probing.prober import Phase, Prober
from twisted_mule.probing.report import report
from twisted_mule.simulation.clock import HeapClock

NODE = destination(930)
QUIET = Pace(listen=0.0)


def prober() -> Prober:
    """A run that just began."""
    return Prober(ASKER, NODE, Random(1), QUIET)


class SpoiledTests(SynchronousTestCase):
    """Rubbish between the answers."""

    def test_rubbish(self) -> None:
        """Bytes, bombs and broken messages change nothing of the verdict."""
        for spoil in (hostile.bomb, hostile.cut, lambda random: random.randbytes(70), _empty):
            told = Street(Spoiled(HeapClock(), crowd(60), spoil=spoil), QUIET).run()
            self.assertEqual({Population.IMULE}, told.resembles.populations, spoil)
            self.assertTrue(told.whole)

    def test_size_is_seen(self) -> None:
        """A datagram of 64,000 bytes is over the bounds, readable or not."""
        told = Street(Spoiled(HeapClock(), crowd(60), spoil=hostile.giant), QUIET).run()
        self.assertEqual(RUST, fits(told, "F12"))
        self.assertIn("64002 bytes", verdict(told, "F12").because)

    def test_lists_of_255(self) -> None:
        """So is a list of 255 contacts that nobody asked for."""
        told = Street(Spoiled(HeapClock(), crowd(60), spoil=hostile.crowded), QUIET).run()
        self.assertIn("255 contacts", verdict(told, "F12").because)
        self.assertTrue(told.whole)

    def test_flood(self) -> None:
        """Of a flood a bounded part is kept, and the run ends when it would have ended."""
        peer = Spoiled(HeapClock(), crowd(60), spoil=_rubbish, times=200)
        street = Street(peer, QUIET)
        told = street.run()
        self.assertTrue(told.whole)
        self.assertEqual(KEPT, told.heard)
        self.assertGreater(told.discarded, KEPT)
        self.assertEqual(24, len(told.findings))

    def test_nobody_is_amplified(self) -> None:
        """However often it asks us, six small answers leave in a minute."""
        peer = Spoiled(HeapClock(), crowd(60), spoil=hostile.greedy, times=10)
        street = Street(peer, QUIET)
        street.run()
        asked = sum(len(one.sent) for one in street.prober.evidence.trials.values())
        answered = len(street.asked) - asked
        minutes = (street.asked[-1][0] - street.asked[0][0]) / 60.0
        self.assertGreater(answered, 6)
        self.assertLessEqual(answered, LIMITS[Kind.ANSWER] * (minutes + 1.0))
        answer = bytes([PLAIN_PROTOCOL, m.FindNodeResponse.opcode])
        small = [at for at, datagram in street.asked if datagram[:2] == answer]
        self.assertEqual({19}, {len(one) for _, one in street.asked if one[:2] == answer})
        self.assertLessEqual(most_within(small, 60.0), LIMITS[Kind.ANSWER])


def _empty(_: Random) -> bytes:
    return b""


def _rubbish(random: Random) -> bytes:
    return random.randbytes(60)


class LiarTests(SynchronousTestCase):
    """Names that change."""

    def test_the_first_name_counts(self) -> None:
        """Who gives another identifier later is asked under the first one, and answers nothing."""
        names = [KadID(77), KadID(78), KadID(79)]
        told = Street(Liar(HeapClock(), crowd(9), names=names), QUIET).run()
        self.assertEqual(KadID(77).hex, told.kad_id)
        self.assertTrue(told.whole)
        self.assertIsInstance(verdict(told, "F9"), Undecided)

    def test_names_that_nobody_can_have(self) -> None:
        """Zero, and our own identifier, are not taken for the node's."""
        names = [KadID(0), ASKER.kad_id]
        told = Street(Liar(HeapClock(), crowd(60), names=names), QUIET).run()
        self.assertEqual(KadID(0x1234 << 112).hex, told.kad_id)

    def test_terminal(self) -> None:
        """What a vendor calls itself is harmless on a terminal, and short."""
        one = prober()
        one.due(0.0)
        one.due(20.0)
        name = "\x1b[31m" + "\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 500
        record = m.PeerRecord(8, KadID(5), NODE)
        hello = m.HelloResponse(record, (Tag(AGENT, name),))
        one.hear(NODE, to_wire(hello, Plain(), 0, Random(0)), 21.0)
        because = verdict(report(one, 1.0), "F1").because
        self.assertIn("\\x1b[31m", because)
        self.assertTrue(because.isascii() and because.isprintable())
        self.assertLess(len(because), 100)


class AnyBytesTests(SynchronousTestCase):
    """Whatever comes, in whatever phase."""

    @given(st.lists(st.binary(max_size=300), max_size=5))
    def test_bytes(self, datagrams: list[bytes]) -> None:
        """No datagram raises or begins a phase; a report can be made of it."""
        one = prober()
        one.due(0.0)
        for datagram in datagrams:
            one.hear(NODE, datagram, 1.0)
            one.hear(ASKER.destination, datagram, 1.0)
        self.assertEqual(24, len(report(one, 1.0).findings))
        self.assertIs(Phase.OPENING, one.phase)

    @given(st.sampled_from(sorted(range(1, 0x20))), st.binary(max_size=200), st.booleans())
    def test_payloads(self, opcode: int, payload: bytes, covered: bool) -> None:
        """Nor does any payload under a known opcode, in clear or obfuscated."""
        one = prober()
        one.due(0.0)
        content = bytes([5, opcode]) + payload
        if covered:
            content = obfuscate(content, ForNode(ASKER.kad_id), 9, Random(1))
        one.hear(NODE, content, 1.0)
        self.assertEqual(1, len(one.evidence.heard))
        self.assertEqual(24, len(report(one, 1.0).findings))

    def test_others_are_not_listened_to(self) -> None:
        """What other destinations send is no evidence, and gets no answer."""
        one = prober()
        one.due(0.0)
        ping = to_wire(m.Ping(), Plain(), 0, Random(0))
        self.assertEqual([], one.hear(destination(931), ping, 1.0))
        self.assertEqual([], one.evidence.heard)
        self.assertEqual(1, len(one.hear(NODE, ping, 1.0)))
