"""
The fingerprint register, F17 to F20 and F24 (node-behaviour 15): when the node says something.

One class a row; all of it is read off the wire of the production node.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.crowd import Crowd, Neighbour, requests_of, stage_with
from tests.contract.day import busy_day
from tests.contract.probing import BEGAN, SELF, Probe, Stage, contacts
from tests.contract.spectrum import most_within, strongest
from tests.kad.published import HOUR, WORD, a_file
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.ids import BITS, KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.query import parse
from twisted_mule.outbound import REQUEST_SEAT
from twisted_mule.places import departures
from twisted_mule.ticks import TickSchedule

MINUTE = 60.0
#: What the six kinds of request are answered with.
ANSWERS = (
    m.Pong,
    m.FindNodeResponse,
    m.BootstrapResponse,
    m.SearchResponse,
    m.PublishResponse,
    m.LegacyHelloResponse,
)


class F17(SynchronousTestCase):
    """Requests about the node's own neighbourhood."""

    def test_self_lookup_only(self) -> None:
        """Over six hours no target shares more than 20 bits with our identifier but itself."""
        near = {
            one.target
            for _, one in busy_day().asked
            if isinstance(one, m.FindNodeRequest) and shared_bits(one.target) > 20
        }
        self.assertEqual({SELF.kad_id}, near)

    def test_four_hours_apart(self) -> None:
        """
        Our own identifier is looked up soon after the start, and then hours apart.

        Its wish comes within two minutes; then it waits for a slot of its kind, as every lookup.
        """
        moments = [
            sent.at
            for sent, one in busy_day().asked
            if isinstance(one, m.FindNodeRequest) and one.target == SELF.kad_id
        ]
        begins = [
            at for place, at in enumerate(moments) if place == 0 or at - moments[place - 1] > HOUR
        ]
        first, second = begins
        self.assertLess(first - BEGAN, 15 * MINUTE)
        self.assertTrue(2.75 * HOUR <= second - first <= 5.25 * HOUR, second - first)
        # Each of them is one lookup: what it may spend, no more.
        self.assertLessEqual(len(moments), 2 * contract.LOOKUP_REQUESTS)


def shared_bits(target: KadID) -> int:
    """The leading bits that ``target`` has in common with our identifier."""
    return BITS - target.distance(SELF.kad_id).bit_length()


@cache
def delays() -> dict[str, list[float]]:
    """How long the answers to 300 requests of each of six kinds took, none of them crowded."""
    stage = Stage(contacts(60))
    taken: dict[str, list[float]] = {}
    for number in range(300):
        asked: list[tuple[Probe, m.Message]] = []
        for place in range(6):
            probe = Probe(stage, 10 * number + place)
            find = m.FindNodeRequest(2, WORD, SELF.kad_id, probe.kad_id)
            legacy = m.LegacyHelloRequest(probe.legacy_record)
            kinds: tuple[m.Message, ...] = (
                m.Ping(),
                find,
                m.BootstrapRequest(),
                m.SearchKeyRequest(WORD),
                m.PublishKeyRequest(KadID(number << 64), (a_file(number),)),
                legacy,
            )
            asked.append((probe, kinds[place]))
        for probe, request in asked:
            arrived = stage.clock.seconds()
            probe.say(request)
            stage.run(0.5)
            label = type(request).__name__
            taken.setdefault(label, []).append(arrived)
        stage.run(3.0)
        for probe, request in asked:
            times = taken[type(request).__name__]
            answer = next(one for one in probe.got if isinstance(probe.read(one), ANSWERS))
            times[-1] = answer.at - times[-1]
    return taken


class F18(SynchronousTestCase):
    """How long an answer takes."""

    def test_base_and_jitter(self) -> None:
        """Every answer, of whatever kind, takes from 0.5 to 3.25 s."""
        for label, times in delays().items():
            self.assertGreaterEqual(min(times), contract.DELAY_LEAST, label)
            self.assertLessEqual(max(times), contract.DELAY_MOST, label)
            self.assertLess(min(times), 1.0, label)
            self.assertGreater(max(times), 2.7, label)

    def test_one_law(self) -> None:
        """No two kinds differ in how long they take (Kolmogorov and Smirnov, p above 0.01)."""
        kinds = sorted(delays().items())
        critical = 1.63 * (2 / 300) ** 0.5
        for at, (label, times) in enumerate(kinds):
            for other, theirs in kinds[at + 1 :]:
                self.assertLess(distance(times, theirs), critical, (label, other))


def distance(ones: Sequence[float], others: Sequence[float]) -> float:
    """The Kolmogorov-Smirnov distance of two samples."""
    ones, others = sorted(ones), sorted(others)
    return max(
        abs(bisect_right(ones, x) / len(ones) - bisect_right(others, x) / len(others))
        for x in (*ones, *others)
    )


class F19(SynchronousTestCase):
    """Chains of reactions."""

    def test_no_greeting_for_a_request(self) -> None:
        """Whoever asks is answered, and gets nothing else: no HELLO follows."""
        stage = Stage(contacts(20))
        probe = Probe(stage, 1)
        probe.say(m.FindNodeRequest(2, WORD, SELF.kad_id, probe.kad_id))
        stage.run(10 * MINUTE)
        self.assertEqual([m.FindNodeResponse], [type(probe.read(one)) for one in probe.got])

    def test_nothing_is_moved(self) -> None:
        """
        What arrives changes no moment at which something else leaves.

        The same boot twice, once with fifty requests of strangers: the requests of the node leave
        at the same times, and go to the same peers.  (Strangers who name a key may have a cover
        lookup walk towards it later; those who name none change nothing.)
        """
        quiet, asked = Stage(contacts(60)), Stage(contacts(60))
        quiet.run(10 * MINUTE)
        for number in range(50):
            Probe(asked, number).say(m.BootstrapRequest())
            asked.run(12.0)
        strangers = set(asked.wire.crowd)
        self.assertGreater(len(quiet.sent), 100)
        self.assertEqual(
            [(one.at, one.to) for one in quiet.sent],
            [(one.at, one.to) for one in asked.sent if one.to not in strangers],
        )

    def test_no_request_at_once(self) -> None:
        """Nor is a newcomer asked anything sooner after its greeting than it could be answered."""
        waits = []
        for number in range(30):
            stage = Stage(contacts(20))
            stage.run(MINUTE)
            for place in range(8):  # so many that greetings wait for their turn all the time
                probe, began = Probe(stage, 10 * number + place), stage.clock.seconds()
                probe.say(m.LegacyHelloRequest(probe.legacy_record))
                stage.run(1.7)
                waits += [one.at - began for one in probe.got]
        self.assertGreater(len(waits), 100)
        self.assertGreaterEqual(min(waits), contract.DELAY_BASE)

    def test_no_step_at_once(self) -> None:
        """
        No step of a lookup is moved by the answer to the last one.

        The request place of each tick has its moment from the boot key alone, and over a day full
        of answers every request leaves at such a moment, one a tick.
        """
        moments = [sent.at for sent, _ in busy_day().asked]
        chance = Chance(b"boot")
        schedule = TickSchedule(chance, BEGAN)
        drawn = [
            schedule.time_of(tick) + departures(tick, chance)[REQUEST_SEAT]
            for tick in schedule.within(BEGAN, moments[-1])
        ]
        nearest = [min(abs(one - drawn[at]) for at in around(drawn, one)) for one in moments]
        self.assertLess(max(nearest), 1e-6)
        self.assertEqual(1, most_within(moments, contract.TICK_BASE - contract.BATCH_SPAN))


def around(moments: Sequence[float], one: float) -> tuple[int, int]:
    """The places of the moments before and after one."""
    at = min(max(bisect_left(moments, one), 1), len(moments) - 1)
    return at - 1, at


class F20(SynchronousTestCase):
    """Periods."""

    #: Periods from half a second to a quarter of an hour, and from ten milliseconds to a second.
    SLOW = (0.25, 2**16, 900.0)
    FAST = (0.005, 2**18, 1.0)

    def test_busy(self) -> None:
        """No period shows in the requests of a node whose user shares and searches."""
        moments = [sent.at for sent, _ in busy_day().asked]
        self.assertGreater(len(moments), 2000)
        self.assertLess(strongest(moments, *self.SLOW), 1.0)
        self.assertLess(strongest(moments, *self.FAST), 1.0)

    def test_resting(self) -> None:
        """Nor in those of a node that nobody uses."""
        stage = stage_with(Crowd(60))
        stage.run(5 * HOUR)
        moments = [sent.at for sent, _ in requests_of(stage)]
        self.assertGreater(len(moments), 800)
        self.assertLess(strongest(moments, *self.SLOW), 1.0)
        self.assertLess(strongest(moments, *self.FAST), 1.0)

    def test_lines_are_seen(self) -> None:
        """The test sees what it is for: a timer of 60 s, a grid of 1 s, a heartbeat of 50 ms."""
        random, now, ticks = Random(1), 0.0, []
        while now < 17_000:
            now += 0.4 + 1.2 * random.betavariate(2, 2)
            ticks.append(now)
        timer = sorted(ticks[::6] + [60.0 * k + 5.0 * random.random() for k in range(280)])
        grid = [k + 0.3 * random.random() for k in range(17_000)]
        heartbeat = [round(one / 0.05) * 0.05 + 0.003 * random.random() for one in ticks]
        self.assertLess(strongest(ticks, *self.SLOW), 1.0)
        self.assertLess(strongest(ticks, *self.FAST), 1.0)
        self.assertGreater(strongest(timer, *self.SLOW), 10.0)
        self.assertGreater(strongest(grid, *self.SLOW), 10.0)
        self.assertGreater(strongest(heartbeat, *self.FAST), 10.0)


class F24(SynchronousTestCase):
    """An answer in several parts."""

    def test_all_parts_count(self) -> None:
        """The results of all four parts are there, and nobody is asked for them again."""

        def found(who: Neighbour, target: KadID) -> list[tuple[m.Entry, ...]]:
            del target
            first = 100 * (who.number + 1)
            return [(a_file(first + part, f"kubuntu {first + part}.iso"),) for part in range(4)]

        stage = stage_with(Crowd(40, found))
        stage.run(MINUTE)
        stage.core.search(parse("kubuntu"))
        stage.run(5 * MINUTE)
        target = keyword_id("kubuntu")
        asked = [
            sent.to
            for sent, one in requests_of(stage)
            if isinstance(one, m.SearchKeyRequest) and one.target == target
        ]
        (view,) = stage.core.searches()
        self.assertGreater(len(asked), 5)
        self.assertEqual(len(asked), len(set(asked)))
        self.assertEqual(4 * len(asked), len(view.results))
