"""How single rows are judged: what fits nobody, what is lost, and whom all rows together fit."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.probing.imule import crowd
from tests.probing.street import ASKER
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.exchange import Cover, Envelope
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message
from twisted_mule.probing import delay, habits, service
from twisted_mule.probing.evidence import Evidence, Heard, Trial
from twisted_mule.probing.populations import (
    IMULE,
    NOBODY,
    NOT_OURS,
    NOT_RUST,
    OURS,
    RUST,
    Decided,
    Populations,
    Verdict,
)
from twisted_mule.probing.questions import PAIRS, opening, pair, rest, topics
from twisted_mule.probing.register import REGISTER

NODE = destination(940)
NODE_ID = KadID(0xBEEF << 112)
ABOUT = topics(Random(1))
QUESTIONS = (*opening(ASKER), *rest(ASKER, NODE_ID, ABOUT))


def heard(message: Message, at: float = 10.0, *, cover: Cover = Cover.NODE_ID) -> Heard:
    """The node said it."""
    return Heard(at, 100, Envelope(cover), b"", message)


def evidence(*silent: str, asked: int = 3, **answers: Message) -> Evidence:
    """
    Evidence of a run in which every control was answered.

    :param silent: questions that got no answer.
    :param answers: what came for others, by name with ``_`` for spaces.
    """
    made = Evidence(NODE, ABOUT, NODE_ID)
    for one in QUESTIONS:
        trial = made.trials[one.name] = Trial(one)
        if one.name in silent:
            trial.sent = [float(number) for number in range(asked)]
        elif one.tries == 1 or one.name == "ping":
            trial.sent, trial.answers = [0.0], [heard(m.Pong())]
    for name, message in answers.items():
        trial = made.trials[name.replace("_", " ")]
        trial.sent, trial.answers = [0.0], [heard(message)]
        made.heard.append(trial.answers[0])
    return made


def unasked(*messages: Message, at: float = 500.0, cover: Cover = Cover.NODE_ID) -> Evidence:
    """Evidence of what the node sent by itself."""
    made = evidence()
    made.heard.extend(heard(one, at, cover=cover) for one in messages)
    return made


class RowCase(SynchronousTestCase):
    """What a verdict says."""

    def assert_fits(self, wanted: Populations | None, verdict: Verdict) -> None:
        """It fits these, or is not decided."""
        self.assertEqual(wanted, verdict.fits if isinstance(verdict, Decided) else None, verdict)
        self.assertTrue(verdict.because)


class ServiceTests(RowCase):
    """F1 to F13 where the three populations did not lead."""

    def test_nothing_known(self) -> None:
        """Without any answer no row is decided."""
        empty = Evidence(NODE, ABOUT)
        for row in REGISTER:
            self.assert_fits(None, row.judge(empty))

    def test_f7_and_f6_with_loss(self) -> None:
        """Silence asked for once proves nothing while some get lost; three times it does."""
        for row, name in ((service.f6, "garbage"), (service.f7, "bare source")):
            self.assert_fits(None, row(evidence(name, asked=1)))
            self.assert_fits(NOT_RUST, row(evidence(name, asked=3)))

    def test_f8(self) -> None:
        """Constants are rust-mule's, counts are computed, and the rest nobody's."""
        file = ABOUT.source
        for answer, wanted in (
            (m.PublishResponse(file, 0, 1, 1), RUST),
            (m.PublishResponse(file, 1, 1, 0), NOT_RUST),
            (m.PublishResponse(file, 0, 1, 0), NOT_RUST),
            (m.PublishResponse(file, 7, 3, 3), NOBODY),
            (m.PublishResponse(file, 1), NOBODY),
        ):
            self.assert_fits(wanted, service.f8(evidence(source=answer)))

    def test_f9(self) -> None:
        """No file at all leaves it open."""
        nothing = m.SearchResponse(NODE_ID, ABOUT.words, ())
        self.assert_fits(None, service.f9(evidence(words=nothing)))

    def test_f10(self) -> None:
        """A note that is acknowledged and not served is nobody's; the rest as registered."""
        empty = m.SearchResponse(NODE_ID, ABOUT.note, ())
        full = m.SearchResponse(NODE_ID, ABOUT.note, (m.Entry(KadID(1), ()),))
        ack = m.PublishResponse(ABOUT.note, 1)
        self.assert_fits(NOBODY, service.f10(evidence(note=ack, notes=empty)))
        self.assert_fits(OURS, service.f10(evidence(note=ack, notes=full)))
        self.assert_fits(OURS, service.f10(evidence("note", notes=full)))
        self.assert_fits(IMULE, service.f10(evidence("note", notes=empty)))
        self.assert_fits(NOT_RUST, service.f10(evidence(notes=empty)))
        self.assert_fits(RUST, service.f10(evidence("note", "notes")))

    def test_f11(self) -> None:
        """HELLO alone is rust-mule, nothing at all is nobody."""
        others = ("Kad1 find", "Kad1 bootstrap", "Kad1 search", "Kad1 publish")
        record = m.LegacyRecord(NODE_ID, NODE, None, 0)
        hello = m.LegacyHelloResponse(record)
        self.assert_fits(RUST, service.f11(evidence(*others, Kad1_greet=hello)))
        self.assert_fits(NOBODY, service.f11(evidence(*others, "Kad1 greet")))
        self.assert_fits(None, service.f11(evidence(*others[1:], Kad1_greet=hello)))
        found = m.LegacyFindNodeResponse(ABOUT.points[1], ())
        some = service.f11(evidence(*others[1:], Kad1_greet=hello, Kad1_find=found))
        self.assert_fits(NOT_RUST, some)
        self.assertIn("silence for Kad1 bootstrap", some.because)

    def test_f12(self) -> None:
        """Only a bound that is reached, or passed, says anything."""
        for count, sampled, wanted in (
            (24, 20, None),
            (25, 20, NOT_RUST),
            (26, 20, RUST),
            (3, 21, NOT_RUST),
            (3, 25, RUST),
        ):
            res = m.FindNodeResponse(ABOUT.points[0], crowd(count))
            sample = m.BootstrapResponse(NODE_ID, 8, None, crowd(sampled))
            self.assert_fits(wanted, service.f12(evidence(find=res, bootstrap=sample)))

    def test_f13(self) -> None:
        """Whoever has one destination is rust-mule, whoever names none nobody."""
        for tcp, wanted in ((NODE, RUST), (destination(1), NOT_RUST), (None, NOBODY)):
            answer = m.BootstrapResponse(NODE_ID, 8, tcp, ())
            self.assert_fits(wanted, service.f13(evidence(bootstrap=answer)))
        for source, fitting in ((NODE_ID, RUST), (KadID(4), None)):
            told = m.PublishSourceRequest(KadID(3), source, ())
            self.assert_fits(fitting, service.f13(unasked(told)))


class HabitTests(RowCase):
    """The rows about what a node does unasked."""

    def test_f2(self) -> None:
        """Version 1 in HELLO_REQ is rust-mule's; any other but 8 nobody's."""
        for version, wanted in ((1, RUST), (8, NOT_RUST), (5, NOBODY)):
            hello = m.HelloRequest(m.PeerRecord(version, NODE_ID, NODE))
            self.assert_fits(wanted, habits.f2(unasked(hello)))
        answer = m.HelloResponse(m.PeerRecord(7, NODE_ID, NODE))
        self.assert_fits(NOBODY, habits.f2(unasked(answer)))

    def test_f3(self) -> None:
        """Counts of 2, 4 and 11; 31; anything else."""
        for counts, wanted in (((2, 4, 11), NOT_RUST), ((31, 2), RUST), ((7,), NOBODY)):
            asked = [m.FindNodeRequest(n, KadID(5), ASKER.kad_id, NODE_ID) for n in counts]
            self.assert_fits(wanted, habits.f3(unasked(*asked)))

    def test_f4(self) -> None:
        """One HELLO in clear is one too many."""
        hello = m.HelloRequest(m.PeerRecord(8, NODE_ID, NODE))
        self.assert_fits(RUST, habits.f4(unasked(hello, cover=Cover.PLAIN)))
        self.assert_fits(NOT_RUST, habits.f4(unasked(hello)))

    def test_f17(self) -> None:
        """Its own point is everybody's to look for; those beside it are not."""

        def asks(*targets: KadID) -> Evidence:
            return unasked(*(m.FindNodeRequest(11, one, ASKER.kad_id, NODE_ID) for one in targets))

        far = KadID(NODE_ID.value ^ 1 << 127)
        self.assert_fits(RUST, habits.f17(asks(KadID(NODE_ID.value ^ 1 << 100))))
        self.assert_fits(None, habits.f17(asks(NODE_ID, far)))
        self.assert_fits(NOT_RUST, habits.f17(asks(NODE_ID, *[far] * 40)))

    def test_f18(self) -> None:
        """Pairs apart are a delay; together they are none; between and too few are open."""
        for apart, of, echo, wanted in (
            (0, 10, 0.0, NOT_OURS),
            (1, 10, 0.0, None),
            (0, 8, 0.0, NOT_OURS),
            (0, 7, 0.0, None),
            (0, 6, 0.0, None),
            (2, 10, 0.0, None),
            (3, 10, 0.0, OURS),
            (9, 10, 0.0, OURS),
            (9, 10, 0.5, None),
            (9, 6, 0.0, None),
        ):
            self.assert_fits(wanted, delay.f18(pairs(apart, of, echo)))

    def test_f19(self) -> None:
        """A HELLO_REQ in the moment of our first answers is a reaction, a later one is not."""
        hello = m.HelloRequest(m.PeerRecord(8, NODE_ID, NODE))
        find = m.FindNodeResponse(ABOUT.points[0], ())
        for at, wanted in ((10.4, RUST), (14.0, None), (90.0, NOT_RUST)):
            made = evidence(find=find)
            made.heard.append(heard(hello, at))
            self.assert_fits(wanted, habits.f19(made))
        self.assert_fits(NOT_RUST, habits.f19(evidence(find=find)))

    def test_f21(self) -> None:
        """A short sorted list says nothing, a long one does, and one that is not sorted is ours."""
        target = ABOUT.points[0]
        near = sorted(crowd(9), key=lambda one: one.kad_id.distance(target))
        for contacts, wanted in (
            (near[:3], None),
            (near, NOT_OURS),
            (near[::-1], OURS),
            (near[:2][::-1], None),
        ):
            answer = m.FindNodeResponse(target, tuple(contacts))
            self.assert_fits(wanted, habits.f21(evidence(find=answer)))

    def test_f23(self) -> None:
        """A version that nobody has was guessed."""
        for version, wanted in ((6, RUST), (8, None), (0, None)):
            answer = m.FindNodeResponse(ABOUT.points[0], crowd(22, version))
            self.assert_fits(wanted, habits.f23(evidence(find=answer)))


def pairs(apart: int, of: int, echo: float) -> Evidence:
    """So many pairs of requests answered, and so many of the answers a second apart."""
    made = evidence()
    for number in range(PAIRS):
        first, second = (made.trials[name] for name in pair(number))
        first.answers, second.answers = [], []
        first.sent, second.sent = [8.0], [8.0]
        if number < of:
            first.answers = [heard(m.Pong(), 10.0)]
            second.answers = [heard(m.Pong(), 11.5 if number < apart else 10.1)]
        made.echoes[number] = [9.5, 9.5 + echo]
    return made
