"""Tests for :mod:`twisted_mule.simulation.network`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.kad.destination import Destination
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.laws import UniformDelay
from twisted_mule.simulation.network import Climate, Network, Port

CLEAR = Climate(UniformDelay(1.0, 5.0), loss=0.0, search=(0.0, 0.0))


class NetworkTests(SynchronousTestCase):
    """What is sent arrives late, sometimes never, and the same way in every run."""

    def build(self, climate: Climate = CLEAR, key: bytes = b"key") -> tuple[Network, Port, Port]:
        """Two who are there; what the second one gets is written down."""
        self.clock = HeapClock(100.0)
        network = Network(self.clock, climate, key)
        first, second = network.port(destination(1)), network.port(destination(2))
        self.got: list[tuple[float, Destination, bytes]] = []
        first.open(lambda _source, _datagram: None)
        second.open(self.receive)
        return network, first, second

    def receive(self, source: Destination, datagram: bytes) -> None:
        """Something came."""
        self.got.append((self.clock.seconds(), source, datagram))

    def send_many(self, port: Port, to: Port, count: int, size: int = 100) -> None:
        """One datagram a second."""
        for number in range(count):
            content = number.to_bytes(2, "big") + bytes(size - 2)
            self.clock.callLater(float(number), port.send, to.destination, content)
        self.clock.run(count + 10.0)

    def test_delay(self) -> None:
        """All that is not lost comes within the bounds of the law, from whom it was sent."""
        network, first, second = self.build()
        self.send_many(first, second, 300)
        self.assertEqual(300, len(self.got))
        delays = [when - 100.0 - int.from_bytes(d[:2], "big") for when, _, d in self.got]
        self.assertTrue(1.0 <= min(delays) < 1.2 and 4.8 < max(delays) <= 5.0)
        self.assertEqual({first.destination}, {source for _, source, _ in self.got})
        self.assertEqual((300, 0, 0), (network.sent, network.lost, network.vain))

    def test_fragments(self) -> None:
        """The larger a datagram, the likelier it is lost: it has more fragments to lose."""
        climate = Climate(UniformDelay(1.0, 5.0), loss=0.05, search=(0.0, 0.0))
        kept = []
        for size in (1_000, 5_000):
            _, first, second = self.build(climate)
            self.send_many(first, second, 2_000, size)
            kept.append(len(self.got) / 2_000)
        self.assertApproximates(0.95, kept[0], 0.025)
        self.assertApproximates(0.95**5, kept[1], 0.045)

    def test_first_datagrams(self) -> None:
        """What is sent before the lease set is found is lost; an answer finds its way at once."""
        climate = Climate(UniformDelay(1.0, 1.1), loss=0.0, search=(3.0, 3.0), memory=60.0)
        _, first, second = self.build(climate)
        self.send_many(first, second, 10)
        self.assertEqual(list(range(3, 10)), [int.from_bytes(d[:2], "big") for *_, d in self.got])
        heard: list[bytes] = []
        first.open(lambda _source, datagram: heard.append(datagram))
        second.send(first.destination, b"answer")
        self.clock.run(5.0)
        self.assertEqual([b"answer"], heard)
        self.clock.run(100.0)
        self.got.clear()
        first.send(second.destination, b"forgotten")
        self.clock.run(5.0)
        self.assertEqual([], self.got)

    def test_gone(self) -> None:
        """Nothing arrives at who has left, nor in a later stay of the same one."""
        network, first, second = self.build()
        first.send(second.destination, b"late")
        second.close()
        second.open(self.receive)
        first.send(destination(9), b"nobody")
        self.clock.run(10.0)
        self.assertEqual([], self.got)
        self.assertEqual(2, network.vain)

    def test_same_key_same_chance(self) -> None:
        """The same key gives the same delays; a datagram more shifts no other one."""
        runs = []
        for key, more in ((b"a", False), (b"a", True), (b"b", False)):
            network, first, second = self.build(key=key)
            if more:
                second.send(first.destination, b"one more")
            self.send_many(first, second, 20)
            runs.append((self.got, network.fingerprint))
        self.assertEqual(runs[0][0], runs[1][0])
        self.assertNotEqual(runs[0][0], runs[2][0])
        self.assertNotEqual(runs[0][1], runs[1][1])
