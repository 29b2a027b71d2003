"""Tests for :mod:`twisted_mule.outbound`: the drive, the shuffle and the bounds of the one exit."""

from __future__ import annotations

import itertools

from twisted.internet.task import Clock, LoopingCall

from tests.laws import kendall_tau
from tests.samples import destination
from tests.senders import STEP, RecordingSink, Requests, SenderCase
from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.outbound import UniformSender
from twisted_mule.places import Outgoing, Places
from twisted_mule.selfcheck.samples import Batch
from twisted_mule.ticks import TickSchedule


class DriveTests(SenderCase):
    """A LoopingCall of interval 0 waits for each next tick of the absolute schedule."""

    def test_looping_call(self) -> None:
        """The drive is Twisted's LoopingCall, on the given clock, and its interval is never set."""
        self.run_for(10.0)
        (loop,) = [
            value
            for value in (getattr(self.sender, a) for a in ("_loop",))
            if isinstance(value, LoopingCall)
        ]
        self.assertTrue(loop.running)
        self.assertIs(self.clock, loop.clock)
        self.assertEqual(0, loop.interval)

    def test_every_tick_once_at_its_time(self) -> None:
        """Each tick asks for its request once, within a step after its scheduled time."""
        self.requests.willing = True
        self.run_for(60.0)
        count = len(self.requests.asked)
        self.assertEqual(list(range(count)), self.requests.asked)
        self.assertGreater(self.reference.time_of(count), 60.0 - 2 * STEP)

    def test_no_heartbeat(self) -> None:
        """Between ticks one timer waits, for the deadline and then for the tick: nothing polls."""
        for tick in range(20):
            due = self.reference.time_of(tick)
            for when in (due - contract.COMMIT_DEADLINE, due):
                (call,) = self.clock.getDelayedCalls()
                self.assertAlmostEqual(when, call.getTime())
                self.clock.advance(when - self.clock.seconds())

    def test_lateness_is_not_handed_on(self) -> None:
        """A reactor that is 0.2 s late at one tick is on time at the next."""
        self.clock.advance(self.reference.time_of(3) + 0.2)
        (call,) = self.clock.getDelayedCalls()
        upcoming = self.reference.time_of(self.reference.following(self.clock.seconds()))
        deadline = upcoming - contract.COMMIT_DEADLINE
        self.assertAlmostEqual(max(deadline, self.clock.seconds()), call.getTime())

    def test_late_tick_is_skipped(self) -> None:
        """After a stall of minutes the missed ticks send nothing, then or later."""
        self.requests.willing = True
        self.answer(1, b"stale")
        self.clock.advance(300.0)
        self.assertEqual([], self.sink.sent)
        self.assertEqual(1, self.sender.record.skipped)
        self.run_for(3.0)
        self.assertNotIn(b"stale", [text for _, text in self.sink.sent])
        self.assertLessEqual(len(self.sink.sent), 8)

    def test_survives_defects(self) -> None:
        """Neither a failing core nor a failing sink ends the ticking."""
        self.requests.broken = True
        self.run_for(5.0)
        self.assertGreater(len(self.flushLoggedErrors(RuntimeError)), 2)
        self.requests.broken, self.requests.willing, self.sink.broken = False, True, True
        self.run_for(5.0)
        self.assertGreater(len(self.flushLoggedErrors(OSError)), 2)
        self.sink.broken = False
        self.run_for(5.0)
        self.assertGreater(len(self.sink.sent), 2)

    def test_defects_of_the_core_cost_no_answer(self) -> None:
        """A tick whose request cannot be made still sends its answers."""
        self.requests.broken = True
        self.answer(1, b"answer")
        self.run_for(4.0)
        self.flushLoggedErrors(RuntimeError)
        self.assertEqual([b"answer"], [text for _, text in self.sink.sent])

    def test_stop(self) -> None:
        """After stopping nothing is sent and no timer is left, in mid-batch as well."""
        self.requests.willing = True
        self.clock.advance(self.reference.time_of(0))
        self.successResultOf(self.sender.stop())
        self.assertEqual([], self.clock.getDelayedCalls())
        self.clock.advance(60.0)
        self.assertEqual([], self.sink.sent)


class DepartureTests(SenderCase):
    """What leaves does so at the offsets of its tick, in no order of its own."""

    def test_delay_bounds(self) -> None:
        """Every answer leaves 0.5 to 3.25 s after its arrival, at every load."""
        arrivals = {}
        for number in range(400):
            text = b"%d" % number
            arrivals[text] = self.clock.seconds()
            (place,) = self.places.book(arrivals[text], b"peer", number)
            self.places.commit(place, Outgoing(destination(1), text, "pong"), arrivals[text])
            self.run_for(0.17 if number % 40 else 1.0)
        self.run_for(4.0)
        delays = [when - arrivals[text] for when, text in self.sink.sent]
        self.assertEqual(400, len(delays))
        self.assertGreaterEqual(min(delays), contract.DELAY_LEAST)
        self.assertLessEqual(max(delays), contract.DELAY_MOST + STEP)

    def test_shuffled(self) -> None:
        """Of answers that arrived together and leave in one batch, order tells nothing."""
        taus = []
        for round_number in range(300):
            ticks: dict[float, list[bytes]] = {}
            for n in range(8):
                text = b"%d" % n
                ticks.setdefault(self.answer(1000 * round_number + n, text), []).append(text)
            self.sink.sent.clear()
            self.clock.pump([0.02] * 180)
            order = {text: place for place, (_, text) in enumerate(self.sink.sent)}
            for batch in ticks.values():
                if len(batch) > 1:
                    taus.append(kendall_tau([(int(t), order[t]) for t in batch]))
        self.assertGreater(len(taus), 400)
        self.assertLess(abs(sum(taus) / len(taus)), 0.1)

    def test_never_back_to_back(self) -> None:
        """Two datagrams of one batch are at least 2 ms apart."""
        self.requests.willing = True
        for number in range(12):
            self.answer(number, b"x")
        self.clock.pump([0.0005] * 8000)
        moments = [when for when, _ in self.sink.sent]
        gaps = [b - a for a, b in itertools.pairwise(moments)]
        self.assertGreaterEqual(min(gaps), contract.BATCH_GAP - 0.00051)

    def test_late_batch(self) -> None:
        """A batch whose reactor comes late is neither sent at once nor in the order of booking."""
        taus = []
        for round_number in range(60):
            ticks: dict[float, list[bytes]] = {}
            for n in range(12):
                text = b"%d" % n
                ticks.setdefault(self.answer(1000 * round_number + n, text), []).append(text)
            due, batch = max(ticks.items(), key=lambda item: len(item[1]))
            self.clock.advance(due - 0.05 - self.clock.seconds())
            self.sink.sent.clear()
            self.clock.advance(0.35)
            self.clock.pump([0.0005] * 80)
            gone = [(when, text) for when, text in self.sink.sent if text in batch]
            self.assertEqual(sorted(batch), sorted(text for _, text in gone))
            gaps = [b - a for (a, _), (b, _) in itertools.pairwise(gone)]
            self.assertGreaterEqual(min(gaps, default=1.0), contract.BATCH_GAP - 0.00051)
            if len(gone) > 1:
                taus.append(kendall_tau([(int(t), n) for n, (_, t) in enumerate(gone)]))
            self.run_for(4.0)
        self.assertLess(abs(sum(taus) / len(taus)), 0.3)

    def test_work_on_the_request_does_not_show(self) -> None:
        """Answers leave at the same instants whether requests take 80 ms to make or none."""
        texts = [b"%d" % number for number in range(10)]
        quick = self.departures_of(texts, crowd=9)
        busy = self.departures_of(texts, crowd=9, busy=True)
        for text in texts:
            self.assertAlmostEqual(quick[text], busy[text], delta=0.002)

    def test_one_request_a_tick(self) -> None:
        """The request place of each tick sends one request, among the answers of that tick."""
        self.requests.willing = True
        self.run_for(100.0)
        sent = [text for _, text in self.sink.sent]
        self.assertEqual({b"request"}, set(sent))
        self.assertLessEqual(abs(len(sent) - len(self.requests.asked)), 1)

    def test_occupancy_shifts_nobody(self) -> None:
        """With the same key a datagram leaves at the same instant, whatever else leaves."""
        alone = self.departures_of([b"watched"], crowd=0)
        crowded = self.departures_of([b"watched"], crowd=9)
        self.assertEqual(alone[b"watched"], crowded[b"watched"])

    def departures_of(
        self, texts: list[bytes], crowd: int, *, busy: bool = False
    ) -> dict[bytes, float]:
        """When each answer leaves a fresh sender in which ``crowd`` others follow the first."""
        clock, chance = Clock(), Chance(b"same")
        schedule = TickSchedule(chance, 0.0)
        places, sink = Places(schedule, chance), RecordingSink(clock)
        requests = Requests(crowd > 0, busy=clock if busy else None)
        sender = UniformSender(clock, schedule, places, chance, requests, sink)
        sender.start()
        for number in range(crowd + 1):
            (place,) = places.book(0.0, b"%d" % number, 0)
            word = texts[number] if number < len(texts) else b"other"
            places.commit(place, Outgoing(destination(1), word, "pong"), 0.0)
        clock.pump([0.001] * 4000)
        self.successResultOf(sender.stop())
        return {text: when for when, text in sink.sent}

    def test_departures_are_reported(self) -> None:
        """Whoever fills places learns what has really left."""
        self.answer(1, b"a")
        self.run_for(4.0)
        self.assertEqual([b"a"], [gone.datagram for gone in self.requests.gone])
        self.assertEqual(1, self.sender.record.sent)
        self.assertLessEqual(self.sender.record.worst, STEP)

    def test_batches_are_told(self) -> None:
        """Each tick is told once, in order, with what it sent, when and to answer what."""
        for number in range(60):
            now = self.clock.seconds()
            for place in self.places.book(now, b"peer", number, parts=4):
                text = Outgoing(destination(1), b"x" * 7, "pong", None, now)
                self.assertTrue(self.places.commit(place, text, now))
            self.run_for(1.3)
        self.run_for(4.0)
        ticks = [batch.tick for batch in self.told]
        self.assertEqual(list(range(len(ticks))), ticks)
        self.assertEqual(self.sender.record.ticks, len(ticks))
        self.assertEqual(240, sum(batch.booked for batch in self.told))
        left = [each for batch in self.told for each in batch.left]
        self.assertEqual((240, {("pong", 7)}), (len(left), {(e.label, e.size) for e in left}))
        for each in left:
            assert each.arrived is not None
            self.assertTrue(contract.DELAY_LEAST <= each.due - each.arrived <= contract.DELAY_MOST)
            self.assertTrue(-1e-9 <= each.at - each.due <= 3 * STEP)
        self.assertTrue(all(batch.scheduled <= batch.released for batch in self.told))

    def test_told_after_the_last_has_left(self) -> None:
        """Nobody measures between a tick and the leaving of its datagrams."""
        self.requests.willing = True
        sent_when_told: list[int] = []

        def observe(batch: Batch) -> None:
            sent_when_told.append(len(self.sink.sent))
            raise ValueError("a defect in the measurement")

        self.sender.observe = observe
        for number in range(12):
            self.answer(number, b"x")
        self.run_for(5.0)
        self.assertGreater(len(self.flushLoggedErrors(ValueError)), 3)
        waits = [batch for batch in sent_when_told if batch == 0]
        self.assertEqual([], waits)
        self.assertEqual(len(self.sink.sent), sent_when_told[-1])

    def test_skipped_tick_is_told(self) -> None:
        """A tick that came too late is told as one that sent nothing."""
        self.answer(1, b"stale")
        self.clock.advance(30.0)
        self.assertEqual([(True, ())], [(batch.skipped, batch.left) for batch in self.told])
