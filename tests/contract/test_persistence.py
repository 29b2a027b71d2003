"""Contract clause 6: whole nodes with state directories, restarted, stopped, cut off."""

from __future__ import annotations

from pathlib import Path
from random import Random

from attrs import define, field
from twisted.trial.unittest import SynchronousTestCase

from tests.contract.spectrum import most_within
from tests.kad.published import WORD, a_file
from tests.network.resident import Resident, SwitchBridge, result
from tests.network.village import Village
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Plain
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.opening import open_datagram
from twisted_mule.node import MuleNode
from twisted_mule.places import Outgoing
from twisted_mule.roles import Bridge
from twisted_mule.status import Phase

MINUTE, HOUR = 60.0, 3600.0
STRANGER = destination(70_001)
TARGETS = tuple(KadID(Random(n).getrandbits(128)) for n in range(4))


@define(eq=False)
class Tap:
    """
    A look at what leaves a node: when, to whom, what.

    :ivar asked: when a request of its own took the place of a tick.
    """

    node: MuleNode
    bridge: Bridge
    sent: list[tuple[float, Destination, bytes]] = field(factory=list)
    asked: list[float] = field(factory=list)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink."""
        self.sent.append((self.node.clock.seconds(), destination, datagram))
        self.bridge.send(destination, datagram)

    def request_for(self, tick: int, now: float) -> Outgoing | None:
        """The source of requests."""
        request = self.node.request_for(tick, now)
        if request is not None:
            self.asked.append(now + contract.COMMIT_DEADLINE)
        return request

    def departed(self, outgoing: Outgoing, now: float) -> None:
        """Something left."""
        self.node.departed(outgoing, now)

    def answers(self) -> list[m.Message]:
        """What the stranger got."""
        return [
            message(open_datagram(datagram, ZERO, 0))
            for _, to, datagram in self.sent
            if to == STRANGER
        ]


class PersistenceCase(SynchronousTestCase):
    """A node that has lived in a network of 14 for a while, and has a file to share."""

    #: For how long: the nodes know each other by then.
    lived = 10 * MINUTE

    def setUp(self) -> None:
        """It is well known by then."""
        self.village = Village(14)
        root = Path(self.mktemp()).absolute()
        (root / "files").mkdir(parents=True)
        (root / "files" / "slackware volume one.iso").write_bytes(b"x" * 5000)
        self.alice = Resident(self.village, "Alice", root / "alice")
        result(self.alice.desk.share_add(str(root / "files")))
        self.tap = self.tapped()
        self.village.run(self.lived)

    @property
    def node(self) -> MuleNode:
        """The node of the present process."""
        node = self.alice.daemon.node
        assert node is not None
        return node

    def tapped(self) -> Tap:
        """Look at what leaves from now on."""
        bridge = self.alice.daemon._bridge
        assert bridge is not None
        tap = Tap(self.node, bridge)
        self.node.sender.sink = self.node.sender.requests = tap
        return tap

    def say(self, content: m.Message) -> None:
        """A stranger says something to the node."""
        datagram = to_wire(content, Plain(), 0, Random(1))
        self.alice.daemon.received(STRANGER, datagram, self.village.clock.seconds())

    def named(self) -> list[set[KadID]]:
        """Whom the node names for each of the targets; it takes 16 s."""
        before = len(self.tap.answers())
        for target in TARGETS:
            self.say(m.FindNodeRequest(11, target, self.node.core.me.kad_id, KadID(1)))
            self.village.run(4.0)
        found = [one for one in self.tap.answers()[before:] if isinstance(one, m.FindNodeResponse)]
        return [{contact.kad_id for contact in one.contacts} for one in found]

    def published(self) -> int:
        """How many publishes this process has sent."""
        return sum(
            self.node.counters.total(f"sent_publish_{kind}_request")
            for kind in ("source", "key", "notes")
        )

    def restart(self, after: float) -> None:
        """End the process; a new one begins so much later."""
        self.alice.stop()
        self.village.run(after)
        self.alice.start()
        self.tap = self.tapped()


class RestartTests(PersistenceCase):
    """A restart does not show."""

    def tearDown(self) -> None:
        """End the node."""
        self.alice.stop()

    def test_answers_as_before(self) -> None:
        """From its first tick it names the contacts and serves the index of the last process."""
        self.say(m.PublishKeyRequest(WORD, (a_file(1),)))
        self.village.run(10.0)
        before = self.named()
        self.restart(30.0)
        began = self.village.clock.seconds()
        self.say(m.SearchKeyRequest(WORD))
        self.village.run(4.0)
        (found,) = self.tap.answers()
        assert isinstance(found, m.SearchResponse)
        self.assertEqual([KadID(1)], [one.kad_id for one in found.results])
        self.assertEqual([11] * len(TARGETS), [len(one) for one in before])
        for then, now in zip(before, self.named(), strict=True):
            self.assertEqual(11, len(now))
            # A minute has passed: of two dozen contacts somebody may have come or gone.
            self.assertLessEqual(len(then ^ now), 2)
        self.assertLess(self.tap.sent[0][0] - began, contract.DELAY_MOST)

    def test_key_is_nowhere(self) -> None:
        """What made the streams of a process is in none of its files."""
        self.alice.stop()
        files = [path.read_bytes() for path in self.alice.root.iterdir() if path.is_file()]
        self.assertGreater(len(files), 3)
        self.assertFalse(any(b"Alice 1" in content for content in files))
        self.alice.start()


class PublisherTests(PersistenceCase):
    """A restart of a node that has published."""

    #: The hold of publishing is over.
    lived = 15 * MINUTE

    def tearDown(self) -> None:
        """End the node."""
        self.alice.stop()

    def await_published(self) -> None:
        """Let time pass until the network knows the file and its words."""
        end = self.village.clock.seconds() + 2 * HOUR
        while True:
            view = self.alice.desk.publishing()
            assert view is not None
            (file,) = view.files
            if file.known and file.keywords_known == file.keywords:
                break
            self.assertLess(self.village.clock.seconds(), end)
            self.village.run(2 * MINUTE)
        self.assertGreater(self.published(), 3)

    def test_gentle_and_not_early(self) -> None:
        """It asks only after its hold, without a burst, and publishes nothing that is not due."""
        self.await_published()
        self.restart(5 * MINUTE)
        began = self.village.clock.seconds()
        self.village.run(15 * MINUTE)
        asked = self.tap.asked
        least, most = contract.START_HOLD
        assert self.node.asks_at is not None
        self.assertTrue(least <= self.node.asks_at - began <= most + 2.0)
        self.assertGreaterEqual(asked[0], self.node.asks_at)
        self.assertGreater(len(asked), 20)
        self.assertEqual(1, most_within(asked, contract.TICK_BASE - 0.01))
        in_ten = most_within([at for at in asked if at < began + 10 * MINUTE], MINUTE)
        self.assertLessEqual(in_ten, MINUTE / (contract.TICK_BASE + contract.TICK_SPREAD / 2) + 6)
        self.assertEqual(0, self.published())


class StopTests(PersistenceCase):
    """A stop is graceful."""

    def test_fades(self) -> None:
        """After the signal it asks nothing, goes on answering, and closes in 30 to 120 s."""
        began, asked = self.village.clock.seconds(), len(self.tap.asked)
        stopped = self.alice.daemon.stopService()
        self.assertIs(Phase.DRAINING, self.node.phase)
        self.say(m.Ping())
        self.village.run(25.0)
        self.assertEqual([m.Pong()], self.tap.answers())
        self.assertNoResult(stopped)
        while self.node.phase is not Phase.CLOSED:
            self.village.run(0.5)
        least, most = contract.STOP_CLOSE
        self.assertTrue(least <= self.village.clock.seconds() - began <= most + 1.0)
        self.assertEqual(asked, len(self.tap.asked))
        self.successResultOf(stopped)
        saved_at = self.alice.daemon.facts.saved_at
        assert saved_at is not None
        self.assertLess(self.alice.wall() - saved_at, 1.0)  # at the end, not at the signal

    def test_second_signal(self) -> None:
        """A second signal ends it at once, and all is saved all the same."""
        contacts = len(self.node.core.table)
        stopped = self.alice.daemon.stopService()
        self.village.run(1.0)
        self.assertNoResult(stopped)
        self.alice.daemon.hurry()
        self.successResultOf(stopped)
        self.assertEqual(self.alice.wall(), self.alice.daemon.facts.saved_at)
        self.alice.start()
        self.assertEqual(contacts, len(self.node.core.table))
        self.alice.stop()


class RouterLossTests(PersistenceCase):
    """The router goes away for five minutes."""

    def tearDown(self) -> None:
        """End the node."""
        self.alice.stop()

    def test_kept(self) -> None:
        """Nothing is sent, nothing forgotten, and nothing made up for when it is back."""
        bridge = self.alice.daemon._bridge
        assert isinstance(bridge, SwitchBridge)
        attachment, bridge.attachment = bridge.attachment, None
        self.village.run(2.0)
        contacts, count = len(self.node.core.table), len(self.tap.asked)
        self.village.run(5 * MINUTE)
        self.assertEqual(contacts, len(self.node.core.table))
        self.assertEqual(count, len(self.tap.asked))
        bridge.attachment = attachment
        back = self.village.clock.seconds()
        self.village.run(10 * MINUTE)
        asked = [at for at in self.tap.asked if at > back]
        self.assertGreater(len(asked), 5)
        self.assertEqual(1, most_within(asked, contract.TICK_BASE - 0.01))
        usual = MINUTE / (contract.TICK_BASE + contract.TICK_SPREAD / 2)
        self.assertLessEqual(most_within(asked, MINUTE), usual + 6)
