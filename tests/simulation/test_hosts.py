"""Tests for :mod:`twisted_mule.simulation.hosts`."""

from __future__ import annotations

from random import Random

from twisted.internet.interfaces import IReactorTime
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from tests.samples import destination
from twisted_mule.kad.destination import Destination
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.hosts import HostModel, SlowHost


class HostTests(SynchronousTestCase):
    """What handling costs, others wait for, unless ticks have a process of their own."""

    def setUp(self) -> None:
        """A true clock, and a place to write on."""
        self.clock = HeapClock(100.0)
        self.seen: list[tuple[str, float]] = []

    def host(self, model: HostModel) -> SlowHost:
        """A machine."""
        return SlowHost(self.clock, model, Random(1))

    def arrive(self, host: SlowHost) -> None:
        """A message comes, and handling it takes its time."""

        def received(source: Destination, datagram: bytes, arrived: float) -> None:
            self.seen.append(("stamped", arrived))
            host.spend()
            self.seen.append(("handled", host.seconds()))

        host.arrive(destination(1), b"", received)

    def test_interface(self) -> None:
        """To its node it is a clock like every other."""
        self.assertTrue(verifyObject(IReactorTime, self.host(HostModel())))

    def test_shared(self) -> None:
        """On one reactor a second message is stamped late, and a tick comes late."""
        host = self.host(HostModel(cost=0.5))
        host.callLater(0.2, lambda: self.seen.append(("tick", host.seconds())))
        self.arrive(host)
        self.arrive(host)
        self.clock.run(5.0)
        self.assertEqual(
            [
                ("stamped", 100.0),
                ("handled", 100.5),
                ("stamped", 100.5),
                ("handled", 101.0),
                ("tick", 101.0),
            ],
            sorted(self.seen, key=lambda one: one[1]),
        )

    def test_isolated(self) -> None:
        """With a process of their own stamps and ticks are exact; only handling queues up."""
        host = self.host(HostModel(cost=0.5, isolated=True))
        host.callLater(0.2, lambda: self.seen.append(("tick", host.seconds())))
        self.arrive(host)
        self.arrive(host)
        self.clock.run(5.0)
        self.assertEqual(
            [
                ("stamped", 100.0),
                ("handled", 100.5),
                ("stamped", 100.0),
                ("handled", 101.0),
                ("tick", 100.2),
            ],
            self.seen,
        )

    def test_pauses(self) -> None:
        """In a pause nothing happens: what is due then happens at its end."""
        host = self.host(HostModel(pause=2.0, every=10.0))
        for number in range(400):
            host.callLater(number / 10, lambda: self.seen.append(("tick", host.seconds())))
        self.clock.run(60.0)
        times = [when for _, when in self.seen]
        self.assertEqual(400, len(times))
        self.assertEqual(sorted(times), times)
        late = [when - (100.0 + n / 10) for n, when in enumerate(times)]
        self.assertTrue(1.8 < max(late) <= 2.0)
        self.assertTrue(40 < sum(one > 0.05 for one in late) < 140)

    def test_stopped(self) -> None:
        """A machine that is switched off reads nothing any more, and pauses no more."""
        host = self.host(HostModel(cost=0.5, pause=1.0, every=5.0))
        self.arrive(host)
        self.arrive(host)
        host.stop()
        self.clock.run(50.0)
        self.assertEqual(2, len(self.seen))
        self.assertEqual([], self.clock.getDelayedCalls())
