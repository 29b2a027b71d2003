"""Tests for :mod:`twisted_mule.places`: the law of the delay, and its independence."""

import itertools
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.laws import beta_2_2_cdf, kendall_tau, ks_distance
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.places import Outgoing, Places, departures
from twisted_mule.ticks import TickSchedule


def make_places(key: bytes = b"key") -> Places:
    """A ledger on a schedule of its own."""
    chance = Chance(key)
    return Places(TickSchedule(chance, 0.0), chance)


def outgoing(text: bytes) -> Outgoing:
    """A datagram for anybody."""
    return Outgoing(destination(1), text, "pong")


class DelayLawTests(SynchronousTestCase):
    """An answer leaves base + jitter after the arrival of what it answers, by one law."""

    def test_bounds_and_law(self) -> None:
        """Booked ticks lie 0.5 to 3.0 s after arrival and follow Beta(2,2)."""
        places, random, now = make_places(), Random(1), 0.0
        delays = []
        for number in range(20_000):
            now += random.expovariate(1.0)
            (place,) = places.book(now, b"peer", number)
            delays.append(places.schedule.time_of(place.tick) - now)
        self.assertGreaterEqual(min(delays), contract.DELAY_BASE)
        self.assertLessEqual(max(delays), contract.DELAY_BASE + contract.DELAY_JITTER)

        def cdf(x: float) -> float:
            return beta_2_2_cdf((x - contract.DELAY_BASE) / contract.DELAY_JITTER)

        self.assertLess(ks_distance(delays, cdf), 0.02)

    def test_blind_to_others(self) -> None:
        """Until a tick is full, what others booked does not move a place."""
        quiet, busy = make_places(), make_places()
        for number in range(8):
            busy.book(10.0, b"other", number)
        mine, same = quiet.book(10.0, b"me", 7), busy.book(10.0, b"me", 7)
        self.assertEqual([place.tick for place in mine], [place.tick for place in same])

    def test_blind_to_what_answers_us(self) -> None:
        """What our own requests bring takes seats from the far end, and moves nobody's moment."""
        quiet, asking = make_places(), make_places()
        own = [place for number in range(4) for place in asking.book(10.0, b"asked", -1 - number)]
        mine, same = quiet.book(10.0, b"me", 7), asking.book(10.0, b"me", 7)
        self.assertEqual(mine, same)
        self.assertTrue({place.seat for place in own} <= {8, 9, 10, 11})

    def test_seats_from_both_ends_meet_once(self) -> None:
        """A tick has twelve answer places, from whichever end they are given."""
        places = make_places()
        booked = [place for n in range(100) for place in places.book(10.0, b"p", (-1) ** n * n)]
        self.assertEqual(len(booked), len(set(booked)))
        ticks = places.schedule.within(10.5, 13.0)
        self.assertEqual(contract.ANSWER_PLACES * len(ticks), len(booked))
        self.assertEqual(set(range(contract.ANSWER_PLACES)), {place.seat for place in booked})

    def test_full(self) -> None:
        """A tick has twelve answer places; when the window is full there is none, and no wait."""
        places = make_places()
        booked = [place for n in range(100) for place in places.book(10.0, b"p", n)]
        ticks = places.schedule.within(10.5, 13.0)
        per_tick = [sum(place.tick == tick for place in booked) for tick in ticks]
        self.assertEqual([contract.ANSWER_PLACES] * len(ticks), per_tick)
        self.assertEqual((), places.book(10.0, b"late", 1))
        self.assertEqual(len(booked), len(set(booked)))

    def test_parts(self) -> None:
        """A search books four places, each drawn by itself."""
        spread = {
            len({place.tick for place in make_places(b"%d" % n).book(0.0, b"p", 1, parts=4)})
            for n in range(50)
        }
        self.assertTrue(spread > {2})


class CommitTests(SynchronousTestCase):
    """A result reaches its place in time or is dropped, never sent late."""

    def setUp(self) -> None:
        """One booked place."""
        self.places = make_places()
        (self.place,) = self.places.book(0.0, b"peer", 1)
        self.due = self.places.schedule.time_of(self.place.tick) - contract.COMMIT_DEADLINE

    def test_in_time(self) -> None:
        """An answer that is there 0.1 s before its tick leaves in it."""
        self.assertTrue(self.places.commit(self.place, outgoing(b"a"), self.due))
        self.assertEqual({0: outgoing(b"a")}, self.places.take(self.place.tick))

    def test_late(self) -> None:
        """An answer that is not is dropped and counted."""
        self.assertFalse(self.places.commit(self.place, outgoing(b"a"), self.due + 0.001))
        self.assertEqual({}, self.places.take(self.place.tick))
        self.assertEqual(1, self.places.late)

    def test_after_its_tick(self) -> None:
        """Neither does it come back when its tick is long over and forgotten."""
        self.places.take(self.place.tick + 5)
        self.assertFalse(self.places.commit(self.place, outgoing(b"a"), self.due + 60))
        self.assertEqual(0, self.places.waiting())

    def test_empty_place(self) -> None:
        """A place without a result, the null entry, sends nothing."""
        self.assertEqual({}, self.places.take(self.place.tick))


class BatchTests(SynchronousTestCase):
    """Within a batch the order means nothing and nothing leaves back to back."""

    def test_offsets(self) -> None:
        """All seats leave within 0.25 s and at least 2 ms apart, for a thousand ticks."""
        for tick in range(1000):
            offsets = sorted(departures(tick, Chance(b"b")))
            gaps = [b - a for a, b in itertools.pairwise(offsets)]
            self.assertGreaterEqual(min(gaps), contract.BATCH_GAP - 1e-12)
            self.assertLessEqual(offsets[-1], contract.BATCH_SPAN)
            self.assertGreater(offsets[0], 0.0)

    def test_shuffled(self) -> None:
        """The seat, which is the order of booking, and the departure are not correlated."""
        taus = [
            kendall_tau(list(enumerate(departures(tick, Chance(b"s"))))) for tick in range(1000)
        ]
        self.assertLess(abs(sum(taus) / len(taus)), 0.03)

    def test_every_seat_can_be_first(self) -> None:
        """The request's seat included."""
        first = [0] * contract.PLACES
        for tick in range(2600):
            offsets = departures(tick, Chance(b"f"))
            first[offsets.index(min(offsets))] += 1
        # 200 expected for each; 5 sigma is 68.
        self.assertTrue(all(abs(count - 200) < 68 for count in first), first)

    def test_take_forgets_the_past(self) -> None:
        """Taking a tick drops what was booked before it: no catch-up."""
        places = make_places()
        (place,) = places.book(0.0, b"peer", 1)
        places.commit(place, outgoing(b"old"), 0.0)
        self.assertEqual({}, places.take(place.tick + 1))
        self.assertEqual({}, places.take(place.tick))
