"""The prober stays within the flood limits of the network, whoever answers and whatever is lost."""

from __future__ import annotations

from collections import defaultdict

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.probing import SELF, Stage, contacts
from tests.contract.spectrum import most_within
from tests.probing.hostile import Mute
from tests.probing.imule import IMuleLike, crowd
from tests.probing.rust import RustLike
from tests.probing.street import Production, Resident, Street
from twisted_mule.kad import messages as m
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.packing import PACKED_PROTOCOL, PLAIN_PROTOCOL
from twisted_mule.probing.pace import LIMITS, Budget, Kind, Pace
from twisted_mule.simulation.clock import HeapClock

#: What eMule takes in a minute (anonymity.md 1), Kad1 together with Kad2.
MINUTE = {
    (m.BootstrapRequest.opcode, m.LegacyBootstrapRequest.opcode): 2,
    (m.HelloRequest.opcode, m.LegacyHelloRequest.opcode): 3,
    (m.FindNodeRequest.opcode, m.LegacyFindNodeRequest.opcode): 10,
    (m.SearchKeyRequest.opcode, m.LegacySearchRequest.opcode): 3,
    (m.SearchNotesRequest.opcode,): 3,
    (m.PublishKeyRequest.opcode, m.LegacyPublishRequest.opcode): 2,
    (m.PublishSourceRequest.opcode,): 2,
    (m.PublishNotesRequest.opcode,): 2,
    (m.Ping.opcode,): 2,
}
KAD = (PLAIN_PROTOCOL, PACKED_PROTOCOL)
REQUESTS = [opcode for group in MINUTE for opcode in group]
#: Of all kinds: what our node takes of one peer in a minute is twelve.
TOGETHER = 10


def moments(street: Street, kad_id: KadID) -> dict[int, list[float]]:
    """When requests of each opcode reached the node."""
    found: dict[int, list[float]] = defaultdict(list)
    for at, datagram in street.arrived:
        opened = open_datagram(datagram, kad_id, 0)
        # What is under a key that the node gave to us is an answer; it stays closed here.
        if opened.protocol in KAD and opened.opcode in REQUESTS:
            found[opened.opcode].append(at)
    return found


class LimitTests(SynchronousTestCase):
    """What arrives in any minute, by kind and together."""

    def check(self, resident: Resident, kad_id: KadID, loss: float) -> None:
        """A run against somebody."""
        street = Street(resident, Pace(listen=0.0), scatter=4.0, loss=loss)
        street.run()
        found = moments(street, kad_id)
        for group, limit in MINUTE.items():
            times = sorted(at for opcode in group for at in found[opcode])
            self.assertLessEqual(most_within(times, 60.0), limit, (group, loss))
        together = sorted(at for times in found.values() for at in times)
        self.assertGreater(len(together), 8)
        self.assertLessEqual(most_within(together, 60.0), TOGETHER)

    def test_all_of_them(self) -> None:
        """Against iMule, rust-mule, our node and silence, with and without loss."""
        for loss in (0.0, 0.3):
            for peer in (IMuleLike(HeapClock(), crowd(30)), RustLike(HeapClock(), crowd(30))):
                self.check(peer, peer.kad_id, loss)
            stage = Stage(contacts(30))
            self.check(Production(stage, SELF.destination), SELF.kad_id, loss)

    def test_our_node_admits_all(self) -> None:
        """The production node drops nothing of a run for its rate."""
        stage = Stage(contacts(30))
        street = Street(Production(stage, SELF.destination))
        told = street.run()
        asked = [one for one in street.prober.evidence.trials.values() if one.answers]
        self.assertEqual([1] * len(asked), [len(one.sent) for one in asked])
        self.assertTrue(told.whole)


class SilenceTests(SynchronousTestCase):
    """A node that says nothing."""

    def test_given_up(self) -> None:
        """It is asked seven times at most, and then left alone."""
        street = Street(Mute(HeapClock()), Pace())
        told = street.run()
        self.assertTrue(told.whole)
        self.assertFalse(told.answered)
        self.assertEqual(7, len(street.asked))
        self.assertEqual("The node did not answer.", told.conclusion)
        self.assertLess(told.seconds, 240.0)


class BudgetTests(SynchronousTestCase):
    """The counters themselves."""

    def test_window(self) -> None:
        """What left a window ago does not count any more."""
        budget = Budget(Pace())
        for kind, limit in LIMITS.items():
            for number in range(limit):
                self.assertTrue(Budget(Pace()).allows(kind, limit - number, 0.0))
            self.assertFalse(budget.allows(kind, limit + 1, 0.0))
        for _ in range(LIMITS[Kind.PING]):
            budget.spend(Kind.PING, 0.0)
        self.assertFalse(budget.allows(Kind.PING, 1, 69.0))
        self.assertTrue(budget.allows(Kind.PING, 1, 70.0))

    def test_answers_do_not_hold_up_requests(self) -> None:
        """A node that asks us a lot cannot keep us from asking."""
        budget = Budget(Pace())
        for _ in range(LIMITS[Kind.ANSWER]):
            budget.spend(Kind.ANSWER, 0.0)
        self.assertFalse(budget.allows(Kind.ANSWER, 1, 0.0))
        self.assertTrue(budget.allows(Kind.REQ, 8, 0.0))
