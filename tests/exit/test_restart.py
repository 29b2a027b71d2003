"""An exit process that ends and comes back takes nothing with it that the node still needs."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.exit.rig import PING, PONG, Apart, always_pinging
from tests.samples import destination
from twisted_mule.exit import records


class RestartTests(SynchronousTestCase):
    """A fresh exit process under a node that runs."""

    def setUp(self) -> None:
        """One request is under way when the process ends."""
        self.apart = Apart()
        ask = always_pinging(self.apart, destination(7))
        asked: list[int] = []

        def once(tick: int, now: float) -> object:
            if asked:
                return None
            asked.append(tick)
            return ask(tick, now)

        self.patch(self.apart.node, "request_for", once)
        self.apart.clock.pump([0.01] * 200)
        self.assertEqual(1, len(self.apart.port.sent))
        self.apart.restart()
        self.apart.told.clear()

    def test_awaited(self) -> None:
        """The answer to a request that the last process sent has its allowance in the new one."""
        self.apart.hear(destination(7), PONG)
        self.assertEqual([True], [record.answers for record in self.apart.arrived()])
        self.assertEqual(1, self.apart.node.answers)

    def test_settled(self) -> None:
        """Once it is settled here it is over there: what comes then pays like anything else."""
        self.apart.hear(destination(7), PONG)
        self.assertEqual(0, len(self.apart.inside.tracking))
        self.apart.hear(destination(7), PONG)
        first, second = self.apart.arrived()
        self.assertEqual((True, False), (first.answers, second.answers))
        self.assertEqual((0, 1), (len(first.places), len(second.places)))

    def test_expired(self) -> None:
        """A request that is given up here is given up there too, and no number stays behind."""
        node, now = self.apart.node, self.apart.clock.seconds()
        for pending in list(node.core._tracking._order):
            node.core._tracking.forget(pending)
        self.assertEqual(0, len(self.apart.inside.tracking))
        self.assertEqual({}, self.apart.inside._pending)
        self.assertIsNone(self.apart.inside.tracking.match(destination(7), PONG[1], now))

    def test_ticks_go_on(self) -> None:
        """It ticks, and no number of a tick is used twice."""
        before = self.apart.exit.next_tick
        self.apart.hear(destination(1), PING)
        self.apart.clock.pump([0.01] * 400)
        ticks = [record.tick for record in self.apart.told if isinstance(record, records.Wanted)]
        self.assertGreaterEqual(min(ticks), before)
        self.assertEqual(2, len(self.apart.port.sent))

    def test_counts_go_on(self) -> None:
        """What people read counts from the start of the node, not of the present process."""
        self.apart.hear(destination(1), PING)
        self.apart.clock.pump([0.01] * 200)
        seen = [self._counts()]
        self.apart.restart()
        self.apart.clock.pump([0.01] * 101)
        seen.append(self._counts())
        self.apart.hear(destination(2), PING)
        self.apart.clock.pump([0.01] * 101)
        seen.append(self._counts())
        self.assertEqual([(1, 1), (1, 1), (2, 2)], [counts[:2] for counts in seen])
        ticks = [counts[2] for counts in seen]
        self.assertEqual(sorted(ticks), ticks)
        self.assertGreater(ticks[0], 1)

    def _counts(self) -> tuple[int, int, int]:
        node = self.apart.node
        carried = self.apart.carrier.counts["received"]
        return node.intake.received, carried, node.sender.record.ticks
