"""
Twin runs: same key, same public inputs, one secret flipped, and the same datagrams leave.

The gate is exact, so it needs no statistics and cannot be flaky (anonymity.md section 5).  What a
secret legitimately is answered is *outside*, and each test says what that is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from attrs import evolve

from tests.contract import flips
from tests.contract.peers import ASKERS, KEYS, PUBLIC
from tests.contract.script import Knock, changed, usual
from tests.contract.stage import CURTAIN, Stage, veteran
from tests.contract.twins import (
    FAST,
    LENGTH,
    MINUTE,
    PAUSE,
    SLOW,
    SLOWER,
    SLOWEST,
    Outside,
    TwinCase,
    nothing,
    own_requests,
    pauses,
    plain_run,
    public,
)
from tests.contract.views import (
    Row,
    but_whom_we_ask,
    coalition,
    everything,
    first_difference,
    full,
    one_peer,
    schedule,
    to_the_byte,
)
from twisted_mule import contract
from twisted_mule.kad.core import Kad

DAY: Final = 86_400.0


class HostTests(TwinCase):
    """How fast a node is, and what else its processor does, cannot be seen."""

    def test_cost_of_handling(self) -> None:
        """A message may cost 1, 10, 80 or 150 ms: all times, peers and sizes stay."""
        for cost in (SLOWER, SLOW, SLOWEST):
            slow = Stage(cost=flips.costs(cost))
            self.assert_twins(plain_run(), slow.play(public(), LENGTH))
            self.assertEqual(0, slow.node.places.late)

    def test_other_keys(self) -> None:
        """It is not luck of one key."""
        script, seconds = public(10 * MINUTE), 10 * MINUTE
        for key in (b"a", b"b", b"c", b"d"):
            fast, slow = (Stage(cost=flips.costs(cost), key=key) for cost in (FAST, SLOW))
            self.assert_twins(fast.play(script, seconds), slow.play(script, seconds))

    def test_pauses(self) -> None:
        """Neither do pauses of 300 ms show."""
        paused = Stage(cost=flips.costs(FAST))
        pauses(paused)
        self.assert_twins(plain_run(), paused.play(public(), LENGTH))

    def test_cache(self) -> None:
        """What was asked about before may cost nearly nothing."""
        warm = Stage(cost=flips.cached(SLOW))
        self.assert_twins(plain_run(), warm.play(public(), LENGTH))

    def test_one_processor_for_all(self) -> None:
        """
        Where the sender has to wait for the messages, the schedule is the same.

        Datagrams are late against it by the work that was under way, and never early: what that
        comes to on a real machine is the live test's to say.
        """
        for cost in (SLOWER, SLOW):
            shared = Stage(cost=flips.costs(cost), shared=True)
            self.assert_twins(plain_run(), shared.play(public(), LENGTH), schedule)
            self.assertEqual(0, shared.record.skipped)
            lateness = [row.left - row.scheduled for row in shared.record.rows]
            self.assertGreaterEqual(min(lateness), -1e-6)
            self.assertLess(max(lateness), 3 * cost)

    def test_pauses_of_the_one_processor(self) -> None:
        """The same with pauses: late by one pause at the most, the schedule stays."""
        shared = Stage(cost=flips.costs(FAST), shared=True)
        pauses(shared)
        self.assert_twins(plain_run(), shared.play(public(), LENGTH), schedule)
        self.assertLess(max(row.left - row.scheduled for row in shared.record.rows), PAUSE + 0.02)


class ContentTests(TwinCase):
    """
    Whether what comes is valid cannot be seen, but by the silence that it gets itself.

    The targets of cover lookups are keys that were seen in valid requests, so whom the node asks
    may differ, but not when, nor the size class.
    """

    SENDERS = frozenset({0, 3, 7, 12, 45})

    def silenced(self, script: Sequence[Knock], which: Callable[[Knock], bool]) -> Outside:
        """Outside: what the flipped datagrams themselves are answered."""
        flipped = {(one.peer.number, round(one.at, 6)) for one in script if which(one)}
        return lambda row: (
            row.arrived is not None and ((row.peer, round(row.arrived, 6)) in flipped)
        )

    def test_damaged(self) -> None:
        """Sixteen kinds of worthless REQ are the same to all as valid ones, and get silence."""
        script, seconds = public(5 * MINUTE), 5 * MINUTE
        which = flips.from_peers(self.SENDERS, "REQ")
        outside = self.silenced(script, which)
        valid = plain_run(seconds)
        self.assertGreater(sum(map(outside, valid)), 30)
        for kind, how in flips.DAMAGE.items():
            rows = Stage(cost=flips.costs(FAST)).play(
                changed(script, which, flips.damaged(how)), seconds
            )
            difference = first_difference(valid, rows, but_whom_we_ask, outside)
            self.assertEqual(("", 0), (difference, sum(map(outside, rows))), kind)

    def test_worthless_is_not_cheaper(self) -> None:
        """The same on a slow host, where a worthless message costs nothing and a valid one much."""
        script = public()
        which = flips.from_peers(self.SENDERS, "REQ")
        how = flips.damaged(flips.DAMAGE["cut in the middle"])
        rows = Stage(cost=flips.costs(SLOW)).play(changed(script, which, how), LENGTH)
        outside = self.silenced(script, which)
        self.assert_twins(plain_run(), rows, but_whom_we_ask, outside)

    def test_a_peer_that_is_over_its_limit(self) -> None:
        """What is dropped at arrival is dropped blind to what it is."""
        flood = tuple(evolve(one, at=one.at / 30) for one in public())
        flood = tuple(one for one in flood if one.peer.number < 2 or one.at < 20)
        which = flips.from_peers(frozenset({0}), "REQ")
        how = flips.damaged(flips.DAMAGE["noise"])
        one = Stage().play(flood, 3 * MINUTE)
        other = Stage().play(changed(flood, which, how), 3 * MINUTE)
        self.assert_twins(
            one, other, but_whom_we_ask, lambda row: row.peer == 0 and not row.is_request
        )


class UserTests(TwinCase):
    """What the user does cannot be seen, but in whom the node asks and what for."""

    def played(self, role: flips.Role, seconds: float = LENGTH) -> list[Row]:
        """A run with this user."""
        stage = Stage(cost=flips.costs(FAST))
        role(stage)
        return stage.play(public(seconds), seconds)

    def test_everything_that_leaves(self) -> None:
        """Resting, searching, sharing: who sees the wire sees the same times and size classes."""
        for role in (flips.searching, flips.sharing):
            self.assert_twins(plain_run(), self.played(role), everything)

    def test_answers(self) -> None:
        """Resting, searching, sharing: all answers keep their times, receivers and sizes."""
        for role in (flips.searching, flips.sharing):
            self.assert_twins(plain_run(), self.played(role), outside=own_requests)

    def test_one_peer_and_some(self) -> None:
        """So one peer, or some who work together, get the same answers at the same times."""
        busy = self.played(flips.searching)
        for view in (one_peer(0), one_peer(33), coalition(range(0, 60, 7))):
            self.assertEqual("", first_difference(plain_run(), busy, view, own_requests))


class AgeTests(TwinCase):
    """How long a node has been up cannot be seen."""

    def test_uptime(self) -> None:
        """An hour or a month: everything keeps its time and size class, answers their receivers."""
        old = Stage(cost=flips.costs(FAST), core=veteran(30 * DAY))
        self.assert_twins(plain_run(), old.play(public(), LENGTH), but_whom_we_ask)

    def test_restart(self) -> None:
        """
        A node that was restarted answers as the one that was not, and names the same contacts.

        Both get the same key here, as no restart does: this is about what the node knows.
        """
        later = CURTAIN + LENGTH
        kept, lost = (self.lived() for _ in range(2))
        restored = Kad(
            lost.me,
            0xDEADBEEF,
            lost.saved(later),
            now=later,
            random=PUBLIC.stream("start", 0),
            due=lost.due_rows(later),
            index=lost.index,
        )
        for key in KEYS:
            named = [
                {contact.kad_id for contact in core.table.closest(key, 11)}
                for core in (kept, restored)
            ]
            self.assertEqual(*named)
        script = usual(LENGTH, name="afterwards")
        before, after = (
            Stage(core=core, curtain=later).play(script, LENGTH) for core in (kept, restored)
        )
        self.assert_twins(before, after, coalition(range(ASKERS)), own_requests)

    def lived(self) -> Kad:
        """A core that has gone through the script once."""
        stage = Stage()
        stage.play(public(), LENGTH)
        return stage.core


class HarnessTests(TwinCase):
    """A gate that could not fail would be none."""

    ROW = Row(3, 4.0, 4.0, 5, 600, "pong", 2.5)

    def test_the_first_difference_is_named(self) -> None:
        """What is said names the datagram in both runs."""
        late = evolve(self.ROW, scheduled=4.1, left=4.1)
        said = first_difference([self.ROW, self.ROW], [self.ROW, late], full, nothing)
        self.assertTrue(said.startswith("datagram 1 of 2 and 2: Row(tick=3"), said)
        self.assertIn("left=4.1", said)

    def test_what_is_missing_is_a_difference(self) -> None:
        """A datagram more or less is seen, even at the end."""
        self.assertIn("None", first_difference([self.ROW], [], full, nothing))

    def test_sizes_within_a_fragment_are_seen_by_peers_only(self) -> None:
        """The wire shows fragments; who counts bytes sees more."""
        other = evolve(self.ROW, size=700)
        for view, differs in ((everything, False), (full, False), (to_the_byte, True)):
            self.assertEqual(differs, bool(first_difference([self.ROW], [other], view, nothing)))

    def test_a_delay_from_completion_is_seen(self) -> None:
        """A node that books a place when it is done with a message cannot hide what that cost."""
        runs = []
        for cost in (FAST, SLOW):
            stage = Stage(cost=flips.costs(cost))
            received, processor = stage.node.received, stage.processor

            def late(*what: object, received=received, processor=processor) -> None:  # type: ignore[no-untyped-def]
                received(*what[:2], processor.seconds())

            self.patch(stage.node, "received", late)
            runs.append(stage.play(public(), 10 * MINUTE))
        fast, slow = runs
        self.assertNotEqual("", first_difference(fast, slow, full, nothing))

    def test_the_bounds_hold_in_the_plain_run(self) -> None:
        """The run that all others are compared to keeps clause 1 itself."""
        delays = [row.left - row.arrived for row in plain_run() if row.arrived is not None]
        self.assertGreaterEqual(min(delays), contract.DELAY_LEAST - 1e-6)
        self.assertLessEqual(max(delays), contract.DELAY_MOST + 1e-6)
