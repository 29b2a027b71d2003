"""Tests for :mod:`twisted_mule.exit.far_carrier`: the way over TCP, and the self-test on it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.exit.rig import PING, Apart
from tests.samples import destination
from twisted_mule.exit import records

OWN = destination(3)


class OverTcpTests(SynchronousTestCase):
    """Where no UDP gets through, datagrams go over the control connection (design.md D14)."""

    def setUp(self) -> None:
        """A session over TCP."""
        self.apart = Apart()
        self.written: list[bytes] = []
        self.apart.carrier.own = OWN
        self.apart.carrier.over_tcp = self.written.append

    def test_answers(self) -> None:
        """What comes over TCP is let in, and its answer leaves over TCP, whole and at its tick."""
        began = self.apart.clock.seconds()
        self.apart.carrier.take(destination(1).base64, PING, began)
        self.assertEqual([began], [record.arrived for record in self.apart.arrived()])
        self.apart.clock.pump([0.01] * 400)
        (written,) = self.written
        line, _, payload = written.partition(b"\n")
        command = f"DATAGRAM SEND DESTINATION={destination(1).base64} SIZE={len(payload)}"
        self.assertEqual(command.encode(), line)
        self.assertEqual([], self.apart.port.sent)
        self.assertEqual(1, self.apart.node.counters.total("sent_pong"))

    def test_self_test(self) -> None:
        """A datagram to ourselves goes out over TCP, and is known when it comes back that way."""
        self.apart.carrier.probe()
        (written,) = self.written
        _, _, payload = written.partition(b"\n")
        self.assertEqual(0, self.apart.echoes)
        self.apart.carrier.take(OWN.base64, payload, self.apart.clock.seconds())
        self.assertEqual(1, self.apart.echoes)
        self.assertEqual([], self.apart.arrived())

    def test_hung_up(self) -> None:
        """With the connection gone, nothing is written to it; the next datagram takes UDP."""
        self.apart.carrier.over_tcp = None
        self.apart.inside.tell(records.TcpWrite(b"too late"))
        self.apart.carrier.probe()
        self.assertEqual([], self.written)
        self.assertEqual([OWN], [receiver for _, receiver, _ in self.apart.port.sent])

    def test_fresh_process(self) -> None:
        """A fresh process is told who we are and which way to take."""
        self.apart.restart()
        self.apart.carrier.probe()
        self.assertEqual(1, len(self.written))
