"""What ``--record`` writes down is the same with the exit in another process."""

from __future__ import annotations

from attrs import define, field
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.exit.rig import KEY, PING, SECRET, Apart, Port
from tests.kad.people import NOW, kad_of
from tests.samples import destination
from twisted_mule.exit import records
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.node import MuleNode
from twisted_mule.places import Outgoing

#: More at once than one peer may send, and than all may.
FLOOD = 40


@define
class Notes:
    """A watcher that keeps what it is told."""

    rows: list[tuple[object, ...]] = field(factory=list)

    def sent(self, outgoing: Outgoing, tick: int, now: float) -> None:
        """A datagram left."""
        self.rows.append(("sent", outgoing.destination, outgoing.label, tick, now))

    def heard(self, source: Destination, size: int, arrived: float, label: str | None) -> None:
        """A datagram came."""
        self.rows.append(("heard", source, size, arrived, label))


class WatchedTests(SynchronousTestCase):
    """Every datagram has a row, refused ones included."""

    def together(self) -> list[tuple[object, ...]]:
        """The rows of a node in one process."""
        clock, notes = Clock(), Notes()
        clock.advance(NOW)
        node = MuleNode(clock, Chance(KEY), kad_of(), SECRET, Port(clock), notes)
        node.startService()
        for number in range(FLOOD):
            node.received(destination(number % 3), PING, clock.seconds())
            clock.pump([0.01] * 10)
        clock.pump([0.01] * 400)
        self.successResultOf(node.stopService())
        return notes.rows

    def test_same(self) -> None:
        """The rows are those of one process, in the same order, ticks and refusals included."""
        notes = Notes()
        apart = Apart(watch=notes)
        for number in range(FLOOD):
            apart.hear(destination(number % 3), PING)
            apart.clock.pump([0.01] * 10)
        apart.clock.pump([0.01] * 400)
        rows = self.together()
        self.assertEqual(rows, notes.rows)
        self.assertGreater(sum(row[-1] is None for row in rows), 5)

    def test_unwatched(self) -> None:
        """Without a watcher nobody is told of what was refused."""
        apart = Apart()
        for _ in range(FLOOD):
            apart.hear(destination(1), PING)
        self.assertLess(len(apart.arrived()), FLOOD)
        self.assertFalse([one for one in apart.told if isinstance(one, records.Refused)])

    def test_fresh_process(self) -> None:
        """A fresh process goes on telling."""
        apart = Apart(watch=Notes())
        apart.restart()
        for _ in range(FLOOD):
            apart.hear(destination(1), PING)
        self.assertTrue([one for one in apart.told if isinstance(one, records.Refused)])
