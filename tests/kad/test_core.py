"""Tests for :mod:`twisted_mule.kad.core` as a whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import deal
from tests.kad.people import ME, NOW, ask, at_distance, kad_of, known, proven, seed
from tests.samples import destination
from tests.strategies import BY_TYPE
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import SILENT, Me, SavedContact, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import Cover, Envelope, Heard, Request, RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.tracking import LIMITS

ENVELOPES = st.builds(
    Envelope, st.sampled_from(Cover), st.integers(0, 3), st.integers(0, 3), st.booleans()
)
MESSAGES = st.one_of(*BY_TYPE.values())


def run(kad: Kad, seconds: int, start: int = 0) -> list[tuple[float, Request]]:
    """Let so many ticks of a second pass; what was asked when."""
    sent = []
    for second in range(start, start + seconds):
        now = NOW + second
        kad.beat(now, Random(second))
        request = kad.next_request(now, Random(second))
        if request is not None:
            sent.append((now, request))
    return sent


class InitiativeTests(SynchronousTestCase):
    """What the node asks by itself: at most one request a tick, within every limit."""

    def test_nothing_to_ask(self) -> None:
        """Who knows nobody asks nobody."""
        self.assertEqual([], run(kad_of(), 200))

    def test_limits(self) -> None:
        """However few contacts there are, none gets more in any minute than the contract says."""
        kad = Kad(
            ME,
            1,
            [proven(seed(n, version=n * 2), SILENT) for n in range(4)],
            now=NOW,
            random=Random(1),
            seeds=[seed(9), seed(8)],
        )
        for target in range(60):
            kad.look_up(KadID(target))
        times = defaultdict(list)
        for now, request in run(kad, 3000):
            times[request.destination, request.kind].append(now)
        self.assertGreaterEqual(len(times), 6)
        for (_, kind), when in times.items():
            busiest = max(sum(0 <= later - now < 60 for later in when) for now in when)
            self.assertLessEqual(busiest, LIMITS[kind])

    def test_ladder(self) -> None:
        """A contact that fell silent gets one HELLO a step, minutes apart, then is forgotten."""
        kad = kad_of(seed(1), kind=0)
        contact = known(kad.table, seed(1))
        contact.handshaken, contact.expires = True, NOW
        hellos = [now for now, r in run(kad, 4000) if isinstance(r.message, m.HelloRequest)]
        self.assertEqual(4, len(hellos))
        gaps = [later - sooner for sooner, later in pairwise(hellos)]
        self.assertGreaterEqual(min(gaps), 100)
        self.assertEqual(0, len(kad.table))

    def test_silent_newcomer(self) -> None:
        """A newcomer that never answers gets two HELLOs a minute apart and is forgotten."""
        kad = kad_of()
        kad.learn([seed(1)], NOW, Random(1))
        hellos = [now for now, r in run(kad, 1500) if isinstance(r.message, m.HelloRequest)]
        self.assertEqual(2, len(hellos))
        self.assertGreaterEqual(hellos[1] - hellos[0], contract.GREETING_SPACING)
        self.assertEqual(0, len(kad.table))

    def test_newcomers_are_greeted_slowly(self) -> None:
        """However many newcomers there are, greetings stay four seconds apart on average."""
        kad = kad_of()
        kad.learn([seed(n, n + 1) for n in range(60)], NOW, Random(1))
        hellos = [r for _, r in run(kad, 200) if isinstance(r.message, m.HelloRequest)]
        self.assertLessEqual(len(hellos), 200 / contract.GREETING_INTERVAL + 1)
        self.assertGreater(len(hellos), 30)

    def test_no_tick_unused(self) -> None:
        """Whether the user wants anything or not, every tick has its request."""
        for wishes in range(3):
            kad = kad_of(*(seed(n) for n in range(100)))
            for number in range(wishes):
                kad.look_up(KadID(number))
            run(kad, 5)
            self.assertEqual(600, len(run(kad, 600, start=5)))

    def test_lookup_spends_24(self) -> None:
        """A lookup makes 24 requests although nobody answers."""
        kad = kad_of(*(seed(n) for n in range(100)))
        deal(kad, Aim.NODE).look_up(KadID(1))
        topics = Counter(request.topic for _, request in run(kad, 300))
        self.assertEqual(contract.LOOKUP_REQUESTS, topics[KadID(1)])

    def test_hold(self) -> None:
        """Nothing is asked before the hold after the start ends."""
        kad = kad_of(*(seed(n) for n in range(30)))
        kad.look_up(KadID(1))
        kad.hold_until(NOW + 40)
        self.assertGreaterEqual(min(now for now, _ in run(kad, 100)), NOW + 40)

    def test_stop(self) -> None:
        """After the stop nothing is asked, and everything is still answered."""
        kad = kad_of(*(seed(n) for n in range(30)))
        kad.look_up(KadID(1))
        self.assertTrue(run(kad, 20))
        kad.stop_initiating()
        self.assertEqual([], run(kad, 200, start=20))
        self.assertEqual((m.Pong(),), ask(kad, seed(1), m.Ping()))

    def test_no_reaction(self) -> None:
        """Nothing that comes makes a request leave at once."""
        kad = kad_of(*(seed(n) for n in range(30)))
        for second in range(50):
            heard = Heard(
                destination(second + 1),
                m.HelloRequest(m.PeerRecord(8, at_distance(1 << second), destination(second + 1))),
            )
            kad.handle(heard, NOW + second / 100, Random(second))
            kad.beat(NOW + second / 100, Random(second))
            self.assertIsNone(kad.next_request(NOW + second / 100, Random(second)))


class HostileTests(SynchronousTestCase):
    """No message, however wild, does harm."""

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(
            st.tuples(MESSAGES, ENVELOPES, st.integers(0, 3), st.booleans()),
            min_size=1,
            max_size=25,
        )
    )
    def test_anything(self, arrivals: list[tuple[m.Message, Envelope, int, bool]]) -> None:
        """Any messages in any order are handled without an error, with few replies."""
        kad = kad_of(*(seed(n) for n in range(4)))
        kad.add_seeds([seed(9)])
        kad.look_up(KadID(1))
        for second, (message, envelope, peer, claims) in enumerate(arrivals):
            now = NOW + second
            source = seed(peer).destination
            answers = kad.match(source, message.opcode, now) if claims else None
            replies = kad.handle(Heard(source, message, envelope, answers), now, Random(second))
            self.assertLessEqual(len(replies), contract.SEARCH_PARTS)
            for reply in replies:
                kad.replied(source, reply, now)
            kad.beat(now, Random(second))
            kad.next_request(now, Random(second))
        self.assertIsNone(kad.table.get(ME.kad_id))
        self.assertEqual(len(kad.table), len(kad.saved(NOW + 99)))

    def test_empty_index(self) -> None:
        """A Kad2 search is answered with nothing found; Kad1 ones and stray answers get silence."""
        kad = kad_of(seed(1))
        (found,) = ask(kad, seed(1), m.SearchKeyRequest(KadID(1)))
        self.assertEqual(m.SearchResponse(ME.kad_id, KadID(1), ()), found)
        self.assertEqual((), ask(kad, seed(1), m.LegacySearchRequest(KadID(1), 0)))
        self.assertEqual((), ask(kad, seed(1), m.PublishResponseAck()))


class RestartTests(SynchronousTestCase):
    """A restart must not show."""

    def setUp(self) -> None:
        """A node with contacts of every sort."""
        random = Random(4)
        self.saved = [
            SavedContact(
                seed(n, verified=n % 3 > 0),
                kind=random.randrange(5),
                created=random.uniform(0, 1e5),
                heard=random.choice([None, 5.0]),
                changed=7.0,
                expires=random.choice([None, -5.0, 900.0]),
                handshaken=n % 2 > 0,
                hello_seen=n % 5 > 0,
                greeted=n % 3,
                greeted_ago=30.0 if n % 3 else None,
            )
            for n in range(120)
        ]
        self.kad = Kad(ME, 1, self.saved, now=NOW, random=Random(1))

    def test_saved_is_restored(self) -> None:
        """What is saved and restored at once is the same, bins and their order included."""
        saved = self.kad.saved(NOW)
        self.assertGreater(len(saved), 80)
        again = Kad(ME, 1, saved, now=0.0, random=Random(2)).saved(0.0)
        self.assertEqual([one.seed for one in saved], [one.seed for one in again])
        for before, after in zip(saved, again, strict=True):
            self.assertEqual(before.kind, after.kind)
            self.assertAlmostEqual(before.created, after.created, places=3)

    def test_answers_as_before(self) -> None:
        """From its first tick a restarted node answers what it answered before."""
        again = Kad(ME, 1, self.kad.saved(NOW), now=NOW, random=Random(9))
        for number in range(40):
            target = KadID(Random(number).getrandbits(128))
            request = m.FindNodeRequest(11, target, ME.kad_id, None)
            self.assertEqual(ask(self.kad, seed(1), request), ask(again, seed(1), request))
        self.assertEqual(
            ask(self.kad, seed(1), m.BootstrapRequest()), ask(again, seed(1), m.BootstrapRequest())
        )

    def test_no_wave(self) -> None:
        """A restart greets nobody anew who has proven itself."""
        kad = kad_of(*(seed(n) for n in range(60)))
        for contact in kad.table:
            contact.handshaken = True
        again = Kad(ME, 1, kad.saved(NOW), now=NOW, random=Random(9))
        hellos = [r for _, r in run(again, 900) if isinstance(r.message, m.HelloRequest)]
        self.assertEqual([], hellos)


class LearningTests(SynchronousTestCase):
    """A file of contacts can be taken over at any time."""

    def test_flags(self) -> None:
        """Contacts are verified as the file says."""
        kad = kad_of()
        kad.learn([seed(1, verified=True), seed(2, verified=False)], NOW, Random(1))
        self.assertTrue(known(kad.table, seed(1)).verified)
        self.assertFalse(known(kad.table, seed(2)).verified)

    def test_no_flags(self) -> None:
        """Where the file calls nobody verified, all are, but none counts as handshaken."""
        kad = kad_of()
        taken = kad.learn([seed(n, verified=False) for n in range(5)], NOW, Random(1))
        survey = kad.survey(NOW)
        self.assertEqual((5, 5, 5, 0), (taken, survey.contacts, survey.verified, survey.handshakes))

    def test_known_ones_stay(self) -> None:
        """Contacts that are known, and ourselves, are not taken over again."""
        kad = kad_of(seed(1))
        me = seed(2, 0)
        self.assertEqual(0, kad.learn([seed(1), me], NOW, Random(1)))

    def test_export(self) -> None:
        """An export names at most 200 contacts with their keys and flags."""
        kad = kad_of(*(seed(n) for n in range(60)))
        exported = kad.exported(Random(1))
        self.assertLessEqual(set(exported), {seed(n) for n in range(60)})
        self.assertGreater(len(exported), 50)


class RouterLossTests(SynchronousTestCase):
    """A router that was away is no silence of the network."""

    def test_no_burst_on_return(self) -> None:
        """After an hour without beats nobody is asked for contacts, and no leaf is in a hurry."""
        random = Random(5)
        me = Me(KadID(1 << 100), destination(1))
        seeds = [Seed(KadID(random.getrandbits(128)), destination(n), 8) for n in range(2, 40)]
        kad = Kad(me, 7, now=0.0, random=random, seeds=seeds)
        kad.learn(seeds, 0.0, random)
        for second in range(60):
            kad.beat(float(second), random)
            kad.next_request(float(second), random)
        asked = []
        for second in range(3660, 3780):
            kad.beat(float(second), random)
            asked.append(kad.next_request(float(second), random))
        kinds = [request.kind for request in asked if request is not None]
        self.assertNotIn(RequestKind.BOOTSTRAP, kinds)
