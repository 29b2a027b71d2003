"""Contract clause 4: for whatever is malformed the observable is nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from tests.contract.malformed import Sample, samples, variants
from tests.contract.probing import BEGAN, SELF, Probe, Sent, Stage, contacts
from tests.contract.test_register import ubuntus
from tests.kad.published import FILE, a_note
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.intake import KAD_PROTOCOLS
from twisted_mule.kad import messages as m
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.opening import open_datagram
from twisted_mule.places import Place

#: When the node asks by itself already, and when the datagram in question comes.
ASKING = 60.0
BYSTANDERS = 3
#: Requests that introduce their sender, whom the node then asks things as well.
INTRODUCING = (m.HelloRequest, m.LegacyHelloRequest, m.LegacyBootstrapRequest)

Moments = list[tuple[float, Destination]]


@frozen
class Seen:
    """
    What there was to see.

    :ivar answered: what the probe got for the datagram in question.
    :ivar later: when it got something for the sound request that it made afterwards.
    :ivar bystanders: when others got the answers to their own requests.
    :ivar asked: when the node asked whom.
    :ivar place: the first place that was booked for the datagram.
    :ivar tokens: what the probe and everybody may still send.
    """

    answered: list[Sent]
    later: list[float]
    bystanders: Moments
    asked: Moments
    place: Place
    tokens: tuple[float, float]


def stocked() -> Index:
    """An index in which each search finds something; in Kad1 it would get silence otherwise."""
    index = ubuntus(9)
    index.publish_note(FILE, KadID(5 << 64), a_note(), destination(3), BEGAN)
    return index


def play(datagram: bytes) -> Seen:
    """One boot: others ask the node something, the probe throws ``datagram`` and then asks."""
    stage = Stage(contacts(12), index=stocked())
    probe = Probe(stage, 0)
    others = [Probe(stage, 1 + number) for number in range(BYSTANDERS)]
    stage.run(ASKING)
    for other in others:
        other.say(m.Ping())
    stage.run(0.3)
    place, tokens = thrown(stage, probe, datagram)
    stage.run(0.3)
    for other in others:
        other.say(m.BootstrapRequest())
    stage.run(contract.DELAY_MOST)
    answered = list(probe.got)
    probe.say(m.Ping())
    stage.run(contract.DELAY_MOST)
    strangers = {other.destination for other in others}
    rest = [(one.at, one.to) for one in stage.sent if one.to != probe.destination]
    return Seen(
        answered,
        [one.at for one in probe.got[len(answered) :] if isinstance(probe.read(one), m.Pong)],
        [one for one in rest if one[1] in strangers],
        [one for one in rest if one[1] not in strangers],
        place,
        tokens,
    )


def thrown(stage: Stage, probe: Probe, datagram: bytes) -> tuple[Place, tuple[float, float]]:
    """Throw it; the first place booked for it, and the tokens left in both buckets."""
    booked: list[tuple[Place, ...]] = []
    book = stage.node.places.book

    def watched(arrived: float, peer: bytes, arrival: int, parts: int = 1) -> tuple[Place, ...]:
        booked.append(book(arrived, peer, arrival, parts))
        return booked[-1]

    stage.node.intake.places = _Watched(watched)  # type: ignore[assignment]
    probe.throw(datagram)
    stage.node.intake.places = stage.node.places
    ((first, *_),) = booked
    admission = stage.node.intake.admission
    return first, (admission._buckets[probe.destination].tokens, admission._all.tokens)


@frozen
class _Watched:
    """The places of a node, with a look at what is booked."""

    book: Callable[..., tuple[Place, ...]]


@cache
def reference() -> Probe:
    """The probe of every play, to make datagrams with."""
    return Probe(Stage(), 0)


@cache
def unknown() -> Seen:
    """What there is to see when the datagram has an opcode that there is not."""
    return play(b"\x05\xee" + bytes(30))


@cache
def sound(name: str) -> Seen:
    """What there is to see when the request of this name is as it should be."""
    (sample,) = [one for one in samples(reference()) if one.name == name]
    return play(sample.carrying(sample.payload))


class FailureTests(SynchronousTestCase):
    """Malformed requests beside sound ones, on the same boot."""

    def each(self) -> list[tuple[Sample, str, bytes]]:
        """The table."""
        probe = reference()
        return [
            (sample, name, datagram)
            for sample in samples(probe)
            for name, datagram in variants(sample, probe)
        ]

    def test_thirty_of_each(self) -> None:
        """The table has at least thirty different variants of each of the 17 requests."""
        table = self.each()
        kinds = {sample.name for sample, _, _ in table}
        self.assertEqual(17, len(kinds))
        for kind in kinds:
            different = {datagram for sample, _, datagram in table if sample.name == kind}
            self.assertGreaterEqual(len(different), 30, kind)

    def test_sound_ones_are_answered(self) -> None:
        """Each request without its flaw is answered, so that silence is due to the flaw."""
        for sample in samples(reference()):
            self.assertEqual(1, len(answers(sound(sample.name))), sample.name)

    def test_nothing_is_seen(self) -> None:
        """
        No variant is answered, and none changes anything else that leaves.

        It costs the token and takes the place of the sound request; the requests of the node leave
        as they do when the datagram has an unknown opcode; others are answered at the same
        moments; and the next request of the same peer is, at the moment of the sound run.  Where
        the opcode cannot be read it is an unknown one that has to be equal: a search whose opcode
        can be read has four places, also when the rest of it is no good.
        """
        for sample, name, datagram in self.each():
            with self.subTest(request=sample.name, variant=name):
                seen, null = play(datagram), unknown()
                right = sound(sample.name) if names(datagram, sample) else null
                self.assertEqual([], seen.answered)
                self.assertEqual((right.place, right.tokens), (seen.place, seen.tokens))
                self.assertEqual(right.bystanders, seen.bystanders)
                self.assertEqual(null.asked, seen.asked)
                self.assertEqual((1, right.later), (len(seen.later), seen.later))
                if not isinstance(sample.message, INTRODUCING):
                    self.assertEqual(right.asked, seen.asked)

    def test_something_is_watched(self) -> None:
        """There are others, and requests of the node, that could have been disturbed."""
        self.assertEqual(2 * BYSTANDERS, len(unknown().bystanders))
        self.assertGreater(len(unknown().asked), 20)

    def test_no_ban(self) -> None:
        """After all variants of a request, one after the other, the sound one is answered."""
        for sample in samples(reference()):
            stage = Stage(index=stocked())
            probe = Probe(stage, 0)
            for _, datagram in variants(sample, probe):
                probe.throw(datagram)
                stage.run(60.0 / 12)
            self.assertEqual([], probe.got)
            probe.throw(sample.carrying(sample.payload))
            stage.run(contract.DELAY_MOST)
            self.assertGreaterEqual(len(probe.got), 1, sample.name)
            self.assertEqual(0, stage.node.intake.refused)
            self.assertGreater(stage.clock.seconds() - BEGAN, 30 * 5.0)


def names(datagram: bytes, sample: Sample) -> bool:
    """Whether the node can read that this is a request of that sort."""
    opened = open_datagram(datagram, SELF.kad_id, reference().issued)
    return opened.protocol in KAD_PROTOCOLS and opened.opcode == sample.message.opcode


def answers(seen: Seen) -> list[m.Message]:
    """What was answered, without what the node asked of somebody who introduced himself."""
    told = [reference().read(one) for one in seen.answered]
    asks = m.FindNodeRequest | m.HelloRequest | m.LegacyFindNodeRequest | m.LegacyHelloRequest
    return [one for one in told if not isinstance(one, asks)]
