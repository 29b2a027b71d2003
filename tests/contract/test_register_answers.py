"""
The fingerprint register, F11 to F16, F21 to F23 (node-behaviour 15): what others are answered.

One class a row; all of it is read off the wire of the production node.
"""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.day import SHARED, SOUGHT_FILE, SOUGHT_WORD, busy_day
from tests.contract.probing import BEGAN, SELF, Probe, Stage, contacts
from tests.contract.spectrum import most_within
from tests.contract.test_register import PLAIN, ubuntus
from tests.kad.people import proven, seed
from tests.kad.published import FILE, HOUR, WORD, a_file, a_note, a_source
from tests.laws import kendall_tau
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import NEW, OLD, YOUNG
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.keywords import file_keywords, keyword_id
from twisted_mule.kad.packing import PLAIN_PROTOCOL, unpack
from twisted_mule.kad.serving import Search
from twisted_mule.kad.tags import FILENAME, FILESIZE, Tag


class F11(SynchronousTestCase):
    """Kad1."""

    def test_all_are_answered(self) -> None:
        """HELLO, REQ, BOOTSTRAP, SEARCH and PUBLISH of both sorts have their answers, in clear."""
        stage = Stage(contacts(20), index=ubuntus(3))
        probe = Probe(stage, 1, version=0)
        find = m.LegacyFindNodeRequest(2, WORD, SELF.kad_id, probe.kad_id)
        entry = m.Entry(KadID(9), (Tag(FILENAME, "a.iso"), Tag(FILESIZE, 9)))
        note = m.LegacyPublishNotesRequest(FILE, probe.kad_id, a_note())
        for request, kind in (
            (m.LegacyHelloRequest(probe.legacy_record), m.LegacyHelloResponse),
            (find, m.LegacyFindNodeResponse),
            (m.LegacyBootstrapRequest(probe.legacy_record), m.LegacyBootstrapResponse),
            (m.LegacySearchRequest(WORD, 0), m.LegacySearchResponse),
            (m.LegacyPublishRequest(WORD, (entry,)), m.LegacyPublishResponse),
            (note, m.LegacyPublishNotesRequest),
            (m.LegacySearchNotesRequest(FILE, probe.kad_id), m.LegacySearchResponse),
        ):
            before = len(probe.got)
            answers = [one for one in probe.ask(request, PLAIN) if not _asks(one)]
            wanted = m.LegacyPublishResponse if kind is m.LegacyPublishNotesRequest else kind
            self.assertEqual([wanted], [type(one) for one in answers])
            self.assertEqual(PLAIN_PROTOCOL, unpack(probe.got[before].datagram)[0])
            stage.run(20.0)

    def test_type_byte(self) -> None:
        """What we say of ourselves in Kad1 has type 0."""
        probe = Probe(Stage(), 1, version=0)
        answers = probe.ask(m.LegacyHelloRequest(probe.legacy_record), PLAIN)
        kinds = [one.contact.kind for one in answers if isinstance(one, m.LegacyHelloResponse)]
        self.assertEqual([0], kinds)


def _asks(one: m.Message) -> bool:
    """Whether it is a request of the node's own, such as the proof that it wants of a newcomer."""
    return isinstance(one, m.LegacyFindNodeRequest | m.FindNodeRequest | m.HelloRequest)


class F12(SynchronousTestCase):
    """Sizes."""

    def test_contacts(self) -> None:
        """A RES has at most 25 contacts, a BOOTSTRAP_RES 24, those of Kad1 twelve."""
        stage = Stage(contacts(400))
        probe = Probe(stage, 1)
        find = m.FindNodeRequest(31, WORD, SELF.kad_id, probe.kad_id)
        legacy = m.LegacyFindNodeRequest(31, WORD, SELF.kad_id, probe.kad_id)
        sizes = []
        for request in (find, m.BootstrapRequest(), legacy):
            (answer,) = probe.ask(request, PLAIN if request is legacy else None)
            sizes.append(len(getattr(answer, "contacts", ())))
        answers = probe.ask(m.LegacyBootstrapRequest(probe.legacy_record), PLAIN)
        sizes += [len(a.contacts) for a in answers if isinstance(a, m.LegacyBootstrapResponse)]
        self.assertEqual([25, 24, 12, 12], sizes)
        self.assertLessEqual(max(len(one.datagram) for one in stage.sent), contract.DATAGRAM_SIZE)

    def test_results(self) -> None:
        """Whatever the index holds, an answer has at most four parts of 10,240 bytes."""
        index, random = Index(), Random(4)
        for number in range(1, 400):
            name = "ubuntu " + random.randbytes(90).hex()
            index.publish_keyword(WORD, [a_file(number, name)], destination(number), 5000.0)
            tags = (*a_source(number), Tag(FILENAME, random.randbytes(40).hex()))
            index.publish_source(FILE, KadID(number), tags, destination(number), 5000.0)
            index.publish_note(FILE, KadID(number << 64), a_note(name), destination(number), 5000.0)
        stage, parts = Stage(index=index), []
        requests: tuple[m.Message, ...] = (
            m.SearchKeyRequest(WORD),
            m.SearchSourceRequest(FILE, 0, 1000),
            m.SearchNotesRequest(FILE, 1000),
            m.LegacySearchRequest(WORD, 0),
            m.LegacySearchRequest(FILE, 1),
        )
        for number, request in enumerate(requests):
            probe = Probe(stage, number)
            probe.ask(request)
            parts.append(len(probe.got))
            stage.run(10.0)
        self.assertEqual([4, 4, 4, 4, 4], parts)
        self.assertLessEqual(max(len(one.datagram) for one in stage.sent), contract.DATAGRAM_SIZE)


class F13(SynchronousTestCase):
    """Two destinations, two identifiers."""

    def test_streams_have_their_own(self) -> None:
        """BOOTSTRAP_RES and Kad1 name another destination for streams than for datagrams."""
        probe = Probe(Stage(), 1)
        (answer,) = probe.ask(m.BootstrapRequest())
        assert isinstance(answer, m.BootstrapResponse)
        self.assertEqual(SELF.tcp, answer.tcp)
        self.assertNotEqual(SELF.destination, answer.tcp)

    def test_sources_have_their_own(self) -> None:
        """Our sources carry the stream destination and an identifier that is not the KadID."""
        told = [one for _, one in busy_day().asked if isinstance(one, m.PublishSourceRequest)]
        self.assertGreater(len(told), 5)
        self.assertEqual({SELF.source_id}, {one.source for one in told})
        self.assertNotEqual(SELF.kad_id, SELF.source_id)
        addresses = {tag.value for one in told for tag in one.tags if tag.value == SELF.destination}
        self.assertEqual(set(), addresses)


class F14(SynchronousTestCase):
    """What the node serves."""

    def test_nothing_of_its_own(self) -> None:
        """After a day of sharing and searching it answers for none of that: only for others."""
        stage = busy_day().stage
        words = {keyword_id(word) for file in SHARED for word in file_keywords(file.name)}
        files = {file.hash for file in SHARED} | {SOUGHT_FILE}
        words.add(keyword_id(SOUGHT_WORD))
        asked: list[Search] = [m.SearchKeyRequest(word) for word in sorted(words)]
        asked += [m.SearchSourceRequest(file, 0, 0) for file in sorted(files)]
        asked += [m.SearchNotesRequest(file, 0) for file in sorted(files)]
        for number, request in enumerate(asked):
            answers = Probe(stage, 500 + number).ask(request)
            self.assertEqual([m.SearchResponse(SELF.kad_id, request.target, ())], answers)
        self.assertGreater(len(asked), 25)

    def test_what_it_was_told(self) -> None:
        """What others publish with it is served, whoever was nearer."""
        probe = Probe(Stage(contacts(40)), 1)
        probe.ask(m.PublishSourceRequest(FILE, KadID(7), a_source(7)))
        (answer,) = probe.ask(m.SearchSourceRequest(FILE, 0, 1000))
        assert isinstance(answer, m.SearchResponse)
        self.assertEqual([KadID(7)], [entry.kad_id for entry in answer.results])


class F15(SynchronousTestCase):
    """The start."""

    def test_gentle(self) -> None:
        """A node with 500 seeds and 300 contacts asks one thing a tick, from its hold on."""
        stage = Stage(contacts(300), seeds=[seed(n) for n in range(1000, 1500)])
        stage.run(600.0)
        moments = [one.at for one in stage.sent]
        self.assertGreaterEqual(moments[0] - BEGAN, contract.START_HOLD[0])
        self.assertGreater(len(moments), 100)
        # 30 s hold at most 30 / 0.4 + 1 ticks; the mean is one a second.
        self.assertLessEqual(most_within(moments, 30.0), 40)
        self.assertEqual(1, most_within(moments, contract.TICK_BASE - contract.BATCH_SPAN))

    def test_whole_service(self) -> None:
        """While it holds back its own requests it answers everything, from the first tick on."""
        stage = Stage(contacts(60))
        requests: tuple[m.Message, ...] = (
            m.Ping(),
            m.BootstrapRequest(),
            m.SearchKeyRequest(WORD),
            m.PublishKeyRequest(WORD, (a_file(1),)),
        )
        probes = [Probe(stage, number) for number in range(len(requests))]
        for probe, request in zip(probes, requests, strict=True):
            probe.say(request)
        stage.run(contract.START_HOLD[0])
        self.assertEqual([1] * len(requests), [len(probe.got) for probe in probes])
        self.assertEqual(len(requests), len(stage.sent))


class F16(SynchronousTestCase):
    """REQ right after a start."""

    def test_full_answers_at_once(self) -> None:
        """The first datagram that a restarted node hears is answered with as many as are wanted."""
        probe = Probe(Stage(contacts(60)), 1)
        (answer,) = probe.ask(m.FindNodeRequest(11, WORD, SELF.kad_id, probe.kad_id))
        self.assertLess(probe.got[0].at - BEGAN, contract.DELAY_MOST)
        self.assertLess(probe.got[0].at, BEGAN + contract.START_HOLD[0])
        assert isinstance(answer, m.FindNodeResponse)
        self.assertEqual(11, len(answer.contacts))


class F21(SynchronousTestCase):
    """The order of lists: shuffled (design.md D1)."""

    def test_contacts(self) -> None:
        """Neither distance nor the order of the last answer shows in a RES."""
        stage, taus, places = Stage(contacts(80)), [], []
        for number in range(300):
            probe = Probe(stage, number)
            (answer,) = probe.ask(m.FindNodeRequest(10, WORD, SELF.kad_id, probe.kad_id))
            assert isinstance(answer, m.FindNodeResponse)
            far = [one.kad_id.distance(WORD) for one in answer.contacts]
            taus.append(
                kendall_tau([(place, float(rank)) for place, rank in enumerate(_ranks(far))])
            )
            places.append(far.index(min(far)))
        self.assertLess(abs(sum(taus) / len(taus)), 0.06)
        self.assertEqual(set(range(10)), set(places))
        self.assertLess(max(places.count(place) for place in range(10)), 55)

    def test_results_and_bootstrap(self) -> None:
        """Nor do identifiers or leaves show in results and bootstrap lists."""
        stage = Stage(contacts(80), index=ubuntus(40))
        orders: dict[type[m.Message], list[list[float]]] = {}
        for number in range(150):
            probe = Probe(stage, number)
            for request in (m.SearchKeyRequest(WORD), m.BootstrapRequest()):
                (answer,) = probe.ask(request)
                orders.setdefault(type(request), []).append(_ranks(_distances(answer)))
        for kind, lists in orders.items():
            taus = [kendall_tau(list(enumerate(order))) for order in lists]
            self.assertLess(abs(sum(taus) / len(taus)), 0.06, kind)
            self.assertEqual(len(lists), len({tuple(order) for order in lists}), kind)


def _distances(answer: m.Message) -> list[int]:
    match answer:
        case m.SearchResponse(results=listed) | m.BootstrapResponse(contacts=listed):
            return [one.kad_id.distance(SELF.kad_id) for one in listed]
        case _:
            raise AssertionError(answer)


def _ranks(numbers: list[int]) -> list[float]:
    order = sorted(numbers)
    return [float(order.index(number)) for number in numbers]


class F22(SynchronousTestCase):
    """How long things are served."""

    def test_lifetimes(self) -> None:
        """A source is served until 5 h after its publish, a word and a note until 24 h; not on."""
        stage = Stage()
        probe = Probe(stage, 1)
        probe.ask(m.PublishSourceRequest(FILE, KadID(7), a_source(7)))
        probe.ask(m.PublishKeyRequest(WORD, (a_file(1),)))
        probe.ask(m.PublishNotesRequest(FILE, probe.kad_id, a_note()))
        source, word = m.SearchSourceRequest(FILE, 0, 1000), m.SearchKeyRequest(WORD)
        note = m.SearchNotesRequest(FILE, 1000)
        for until, request, count in (
            (5 * HOUR - 60.0, source, 1),
            (5 * HOUR + 60.0, source, 0),
            (24 * HOUR - 60.0, word, 1),
            (24 * HOUR - 30.0, note, 1),
            (24 * HOUR + 60.0, word, 0),
            (24 * HOUR + 90.0, note, 0),
        ):
            stage.run(BEGAN + until - stage.clock.seconds())
            (answer,) = probe.ask(request)
            self.assertEqual(count, len(getattr(answer, "results", ())), (until, request))


class F23(SynchronousTestCase):
    """Who is in a RES."""

    def test_nobody_unproven(self) -> None:
        """
        Never-verified contacts, and those of a type above 2, are handed out to nobody.

        The version of a contact does not matter: that iMule leaves out all above 5 is a slip of its
        sources (node-behaviour 16, trap 2), which would leave nobody in a network of version 8.
        """
        young = [proven(seed(n), YOUNG) for n in range(10)]
        six = [proven(seed(n, version=6), OLD) for n in range(10, 14)]
        strangers = [proven(seed(n, verified=False), OLD) for n in range(20, 40)]
        new = [proven(seed(n), NEW) for n in range(40, 60)]
        stage = Stage([*young, *six, *strangers, *new])
        named: set[KadID] = set()
        for number in range(40):
            probe, target = Probe(stage, number), KadID(Random(number).getrandbits(128))
            (answer,) = probe.ask(m.FindNodeRequest(31, target, SELF.kad_id, probe.kad_id))
            assert isinstance(answer, m.FindNodeResponse)
            named |= {one.kad_id for one in answer.contacts}
        self.assertEqual({one.seed.kad_id for one in (*young, *six)}, named)
