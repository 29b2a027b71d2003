"""Tests for :mod:`twisted_mule.selfcheck.check`: a healthy node, and defects one by one."""

from __future__ import annotations

import itertools

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.selfcheck.defects import (
    HastyPlaces,
    SlowSchedule,
    back_to_back,
    doubled,
    quick,
    sorted_batch,
)
from tests.selfcheck.simulated import STEADY, SimulatedNode, with_left
from twisted_mule import contract
from twisted_mule.selfcheck.samples import Asked, Batch, Left
from twisted_mule.status import Finding

#: A look comes once a minute, about 60 ticks.
LOOK = 75


class HealthyTests(SynchronousTestCase):
    """A node that keeps the contract is told so, and nothing else."""

    def test_no_false_alarm(self) -> None:
        """Hours at little, usual and overwhelming load, with noise in between: nothing broken."""
        for seed, (load, unreadable) in enumerate(((0.2, 0.0), (1.0, 0.5), (6.0, 0.1))):
            node = SimulatedNode(seed, load=load, unreadable=unreadable, late=0.004)
            node.run(4000)
            self.assertEqual([], [said for _, said in node.said if "broken" in said])

    def test_kept(self) -> None:
        """Half an hour is enough to find all seven clauses kept, each in one sentence."""
        node = SimulatedNode(4)
        for number in range(30):
            node.check.failures.heard(float(number), defect=False)
        node.run(1800)
        kept = [said for _, said in node.said if said.endswith("kept.")]
        self.assertEqual(7, len(kept), node.said)
        self.assertEqual(7, len(node.said))

    def test_not_enough_data(self) -> None:
        """A node that has just begun claims nothing of its laws."""
        node = SimulatedNode(5)
        node.run(70)
        for name in ("delay_law", "tick_law", "batch_order", "request_places", "lateness_p99"):
            self.assertIs(Finding.UNKNOWN, node.finding(name).finding, name)

    def test_no_cover_no_verdict(self) -> None:
        """Without cover lookups the clause of participation is neither kept nor broken."""
        node = SimulatedNode(6, willing=0.3, hour=evolve(STEADY, cover=None))
        node.run(1000)
        self.assertEqual([], [said for _, said in node.said if "participation" in said])

    def test_a_sleeping_machine(self) -> None:
        """Ticks that were slept through are no defect of what came before and after."""
        node = SimulatedNode(7)

        def sleepy(batch: Batch) -> Batch:
            asleep = batch.tick % 100 in range(50, 53)
            return evolve(batch, skipped=True, left=()) if asleep else batch

        node.run(1500, sleepy)
        self.assertEqual([], node.broken())


class DefectTests(SynchronousTestCase):
    """Each defect breaks its clause within a stated number of ticks."""

    def broken_within(self, clause: int, most: int, name: str, node: SimulatedNode) -> None:
        """``node`` is found out within so many ticks, by the measurement ``name``."""
        ticks = node.run_until_broken(clause, most)
        self.assertLessEqual(ticks, most, f"{name}: {node.broken()}")
        self.assertIn(name, node.broken())

    def test_fast_path(self) -> None:
        """An answer that leaves at once: at the next look."""
        node = SimulatedNode(10)
        node.run(400)
        node.change = with_left(quick)
        self.broken_within(1, LOOK, "delay_bounds", node)

    def test_hasty_law(self) -> None:
        """A law that leans towards early ticks but keeps the bounds: within an hour."""
        self.broken_within(1, 3600, "delay_law", SimulatedNode(11, places=HastyPlaces))

    def test_delay_from_completion(self) -> None:
        """Places booked when 80 ms of handling are over: within 1,500 ticks, by the bounds."""
        self.broken_within(1, 1500, "delay_bounds", SimulatedNode(12, handling=0.08))

    def test_tick_law(self) -> None:
        """Ticks 50 ms too far apart: at once if one leaves the bounds, by drift within 2,500."""
        node = SimulatedNode(13, schedule=SlowSchedule, load=0.1)
        self.assertLessEqual(node.run_until_broken(1, 600), 600)
        node.run(2500 - node.ticks)
        self.assertIn("tick_drift", node.broken())

    def test_late_machine(self) -> None:
        """A machine that comes 50 ms late on average: once there are departures enough."""
        self.broken_within(1, 800, "lateness_median", SimulatedNode(14, late=0.05))

    def test_sorted_batch(self) -> None:
        """Datagrams in the order of booking: within 150 ticks."""
        self.broken_within(2, 150, "batch_order", SimulatedNode(15, change=sorted_batch))

    def test_back_to_back(self) -> None:
        """Datagrams without gaps: at the next look."""
        node = SimulatedNode(16)
        node.run(100)
        node.change = back_to_back
        self.broken_within(2, LOOK, "batch_gap", node)

    def test_empty_request_places(self) -> None:
        """Half of the places empty: in half an hour, after an hour of good behaviour."""
        node = SimulatedNode(17)
        node.run(1200)
        node.willing = 0.5
        self.broken_within(3, 500, "request_places", node)

    def test_mix(self) -> None:
        """A node that mostly searches: as soon as its hour shows it."""
        hour = evolve(STEADY, value=120, store=10, node=10)
        self.broken_within(3, LOOK, "lookup_mix", SimulatedNode(18, hour=hour))

    def test_unreadable_without_place(self) -> None:
        """Noise that is let in and gets no place: at the next look."""
        node = SimulatedNode(19)
        node.run(100)
        node.check.failures.null_entry(100.0, ())
        self.broken_within(4, LOOK, "null_entries_without_place", node)

    def test_quick_null_entries(self) -> None:
        """Noise whose places come sooner than those of others: within an hour and a half."""
        node = SimulatedNode(20, places=HastyPlaces, unreadable=0.7)
        self.broken_within(4, 5400, "null_entry_law", node)

    def test_defects(self) -> None:
        """A defect in handling a datagram: at the next look."""
        node = SimulatedNode(21)
        node.check.failures.heard(1.0, defect=True)
        self.broken_within(4, LOOK, "defects", node)

    def test_caps(self) -> None:
        """Two requests in a tick, an hour with too many lookups or stores: at the next look."""
        self.broken_within(5, LOOK, "requests_per_tick", SimulatedNode(22, change=doubled))
        many, stores = evolve(STEADY, node=32), evolve(STEADY, store=71)
        self.broken_within(5, LOOK, "lookups_per_hour", SimulatedNode(23, hour=many))
        self.broken_within(5, LOOK, "stores_per_hour", SimulatedNode(24, hour=stores))

    def test_caps_of_a_peer(self) -> None:
        """Nine REQs, or seventeen answered datagrams, in a minute of one peer: at the next look."""
        same = with_left(lambda left: evolve(left, peer=b"the same"))
        node = SimulatedNode(25, load=0.05)
        node.change = same
        self.broken_within(5, LOOK, "requests_per_peer", node)
        node = SimulatedNode(26, load=2.0)
        node.change = same
        self.broken_within(5, LOOK, "answers_per_peer", node)

    def test_size(self) -> None:
        """A datagram that no buffer of the network takes: at the next look."""
        big = with_left(lambda left: evolve(left, size=contract.DATAGRAM_SIZE + 1))
        self.broken_within(5, LOOK, "datagram_size", SimulatedNode(27, change=big))


class PersistenceTests(SynchronousTestCase):
    """Clauses 6 and 7: what is not in the datagrams."""

    def setUp(self) -> None:
        """A node that has just started."""
        self.node = SimulatedNode(30)
        self.persistence = self.node.check.persistence

    def finding(self, name: str, now: float) -> Finding:
        """What one measurement comes to."""
        return {check.name: check.finding for check in self.persistence.checks(now)}[name]

    def test_saved(self) -> None:
        """A state that was not saved for twenty minutes is not kept, one never saved neither."""
        self.assertIs(Finding.KEPT, self.finding("state_saved", 1100.0))
        self.assertIs(Finding.BROKEN, self.finding("state_saved", 1300.0))
        self.persistence._saved = None
        self.assertIs(Finding.UNKNOWN, self.finding("state_saved", 1100.0))
        self.assertIs(Finding.BROKEN, self.finding("state_saved", 1300.0))

    def request(self, when: float) -> Batch:
        """A tick with a request of ours."""
        left = Left(12, when, when, None, b"peer", "ping", 50)
        return Batch(1, when, when, 0, left=(left,))

    def test_hold(self) -> None:
        """The hold counts from the first session to the first request."""
        self.persistence.asked(Asked(100.0, able=False, used=False), online=False)
        self.persistence.asked(Asked(200.0, able=False, used=False), online=True)
        self.persistence.batch(self.request(204.0))
        self.persistence.batch(self.request(300.0))
        self.assertIs(Finding.BROKEN, self.finding("start_hold", 300.0))

    def test_patient_hold(self) -> None:
        """A hold of more than five seconds is kept."""
        self.persistence.asked(Asked(200.0, able=False, used=False), online=True)
        self.persistence.batch(self.request(206.0))
        self.assertIs(Finding.KEPT, self.finding("start_hold", 300.0))

    def test_back_off(self) -> None:
        """The shortest wait for the router counts."""
        self.assertIs(Finding.UNKNOWN, self.finding("back_off", 0.0))
        self.persistence.waited(15.0, 100.0)
        self.assertIs(Finding.KEPT, self.finding("back_off", 100.0))
        self.persistence.waited(3.0, 200.0)
        self.persistence.waited(80.0, 300.0)
        self.assertIs(Finding.BROKEN, self.finding("back_off", 300.0))

    def test_numbers(self) -> None:
        """A number of the contract that changes while the node runs is seen."""
        self.node.run(70)
        self.patch(contract, "TICK_SPREAD", 1.1)
        self.node.run(LOOK)
        self.assertIn("numbers_changed", self.node.broken())


class VerdictTests(SynchronousTestCase):
    """A change of verdict is one plain sentence, and does not flicker."""

    def test_sentence(self) -> None:
        """It names clause, measurement, figure, limit and number of observations."""
        node = SimulatedNode(40)
        node.run(150)
        node.run(LOOK, with_left(quick))
        (said,) = [said for _, said in node.said if "timing" in said and "broken" in said]
        self.assertIn("clause 1 of the contract (timing) broken", said)
        self.assertRegex(said, r"datagrams outside the bounds: \d+, may be at the most 0 \(n = \d+")

    def test_it_stands_for_an_hour_after(self) -> None:
        """What was broken is called so for an hour after it has ended, and is kept then again."""
        node = SimulatedNode(41)
        node.hour = evolve(STEADY, value=120, store=10, node=10)
        node.run(700)
        node.hour = STEADY
        node.run(3000)
        told = [said for _, said in node.said if "participation" in said]
        self.assertEqual(1, len(told))
        node.run(1000)
        told = [said for _, said in node.said if "participation" in said]
        self.assertEqual(2, len(told))
        self.assertTrue(told[-1].endswith("kept again."))

    def test_names_are_stable(self) -> None:
        """Programs know the measurements by name; each name is there once."""
        node = SimulatedNode(42)
        node.run(3)
        names = [check.name for check in node.found()]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(
            {
                1: "delay_law tick_law tick_memory tick_drift delay_bounds tick_bounds"
                " lateness_median lateness_p99",
                2: "batch_order batch_offsets batch_gap",
                3: "request_places lookup_mix cover_share",
                4: "null_entries_without_place null_entry_law defects",
                5: "answers_per_tick requests_per_tick answers_per_peer parts_per_answer"
                " requests_per_peer lookups_per_hour stores_per_hour datagrams_per_minute"
                " bytes_per_minute datagram_size",
                6: "state_saved start_hold back_off",
                7: "numbers_changed",
            },
            {
                number: " ".join(check.name for check in checks)
                for number, checks in node.check.checks.items()
            },
        )


class CostTests(SynchronousTestCase):
    """The self-check has constant memory."""

    def test_memory(self) -> None:
        """Everything that grows with the traffic is bounded by what leaves in a minute."""
        node = SimulatedNode(50, load=6.0)
        node.run(2500)
        check = node.check
        queues = (check.timing.delays, check.failures.law)
        self.assertLessEqual(max(len(queue._pending) for queue in queues), 200)
        self.assertLess(len(check.caps._minute._order), 5 * contract.PLACES * 160)
        moments = [left.at for left in itertools.islice(node._batch(node.ticks).left, 3)]
        self.assertEqual(sorted(moments), moments)
