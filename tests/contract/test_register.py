"""
The fingerprint register, F1 to F10 (node-behaviour 15): what the node says gives no name to it.

One class a row; all of it is read off the wire of the production node.
"""

from __future__ import annotations

import zlib
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.day import DAY_KINDS, busy_day
from tests.contract.probing import SELF, Probe, Stage, contacts
from tests.kad.published import FILE, WORD, a_file, a_note, a_source
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.exchange import Cover, ForKey, Plain
from twisted_mule.kad.expression import And, Comparison, NumberTag, Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.packing import HEADER_SIZE, PACKED_PROTOCOL, PLAIN_PROTOCOL, unpack
from twisted_mule.kad.tags import DESCRIPTION, FILESIZE, KADMISCOPTIONS, SOURCETYPE, Tag

PLAIN = Plain()
ACK_WANTED = (Tag(KADMISCOPTIONS, 4),)
#: Types of our own messages that introduce us.
RECORDED = (m.HelloRequest, m.HelloResponse)


def ubuntus(count: int) -> Index:
    """An index that holds so many files under one word, of as many publishers."""
    index = Index()
    for number in range(1, count + 1):
        index.publish_keyword(WORD, [a_file(number)], destination(number), 5000.0)
    return index


class F1(SynchronousTestCase):
    """The tags of a HELLO_RES."""

    def test_no_tag_but_the_option(self) -> None:
        """An unproven peer of version 8 is asked for the acknowledgement; that is all."""
        probe = Probe(Stage(), 1)
        (answer,) = probe.ask(m.HelloRequest(probe.record))
        assert isinstance(answer, m.HelloResponse)
        self.assertEqual(ACK_WANTED, answer.tags)

    def test_none_once_proven(self) -> None:
        """Whoever acknowledged is not asked again: no tag at all."""
        probe = Probe(Stage(), 1)
        probe.ask(m.HelloRequest(probe.record))
        probe.ask(m.HelloResponseAck(probe.kad_id), ForKey(probe.issued))
        (answer,) = probe.ask(m.HelloRequest(probe.record))
        assert isinstance(answer, m.HelloResponse)
        self.assertEqual((), answer.tags)

    def test_none_for_older_versions(self) -> None:
        """Versions that know no acknowledgement are not asked for one."""
        for version in range(1, 8):
            probe = Probe(Stage(), 1, version=version)
            answers = probe.ask(m.HelloRequest(probe.record))
            (tags,) = [one.tags for one in answers if isinstance(one, m.HelloResponse)]
            self.assertEqual((), tags, version)

    def test_our_greetings_have_none(self) -> None:
        """Nor has any HELLO_REQ of ours a tag."""
        greetings = [one for _, one in busy_day().asked if isinstance(one, m.HelloRequest)]
        self.assertGreater(len(greetings), 20)
        self.assertEqual({()}, {greeting.tags for greeting in greetings})


class F2(SynchronousTestCase):
    """The version."""

    def test_eight_everywhere(self) -> None:
        """HELLO_REQ, HELLO_RES and BOOTSTRAP_RES all say 8, whatever the peer's version."""
        told = [one.contact.version for _, one in busy_day().asked if isinstance(one, RECORDED)]
        for version in (1, 5, 8):
            probe = Probe(Stage(), 1, version=version)
            for answer in probe.ask(m.HelloRequest(probe.record)) + probe.ask(m.BootstrapRequest()):
                match answer:
                    case m.HelloResponse(contact):
                        told.append(contact.version)
                    case m.BootstrapResponse(_, own):
                        told.append(own)
                    case _:
                        pass
        self.assertGreater(len(told), 25)
        self.assertEqual({8}, set(told))


class F3(SynchronousTestCase):
    """The count byte of a REQ."""

    def test_counts_of_the_kinds(self) -> None:
        """Over a busy day it is 2, 4 or 11, and all three occur."""
        counts = {one.count for _, one in busy_day().asked if isinstance(one, m.FindNodeRequest)}
        self.assertEqual({2, 4, 11}, counts)

    def test_one_count_for_a_target(self) -> None:
        """No lookup changes it on its way."""
        kinds: dict[KadID, set[int]] = {}
        for _, one in busy_day().asked:
            if isinstance(one, m.FindNodeRequest):
                kinds.setdefault(one.target, set()).add(one.count)
        # Of one target the sources and the notes may be sought: two kinds, but one count.
        self.assertEqual(set(), {target for target, counts in kinds.items() if len(counts) > 1})


class F4(SynchronousTestCase):
    """The cover of what goes to a peer of version 8."""

    def test_nothing_of_ours_in_clear(self) -> None:
        """Every request of a busy day is obfuscated under the identifier of its receiver."""
        day = busy_day()
        self.assertGreaterEqual({type(one) for _, one in day.asked}, DAY_KINDS)
        covers = {day.crowd[sent.to].open(sent).envelope.cover for sent, _ in day.asked}
        self.assertEqual({Cover.NODE_ID}, covers)

    def test_hello_response(self) -> None:
        """A HELLO_RES is, even if the HELLO_REQ came in clear."""
        probe = Probe(Stage(), 1)
        probe.ask(m.HelloRequest(probe.record), PLAIN)
        self.assertEqual([Cover.NODE_ID], [probe.open(one).envelope.cover for one in probe.got])


class F5(SynchronousTestCase):
    """Packing."""

    def test_what_shrinks_is_packed(self) -> None:
        """An answer of more than 200 bytes that zlib makes smaller leaves packed, at level 9."""
        probe = Probe(Stage(index=ubuntus(40)), 1)
        probe.ask(m.SearchKeyRequest(WORD))
        content = probe.open(probe.got[0]).content
        plain = unpack(content)
        self.assertEqual(PACKED_PROTOCOL, content[0])
        self.assertLess(len(content), len(plain))
        self.assertEqual(zlib.compress(plain[HEADER_SIZE:], 9), content[HEADER_SIZE:])

    def test_what_does_not_is_plain(self) -> None:
        """Short answers, and long ones that zlib would not shorten, leave as they are."""
        probe = Probe(Stage(contacts(20)), 1)
        probe.ask(m.Ping())
        probe.ask(m.FindNodeRequest(11, WORD, SELF.kad_id, probe.kad_id))
        contents = [probe.open(one).content for one in probe.got]
        self.assertGreater(len(contents[1]), 4000)
        self.assertEqual([PLAIN_PROTOCOL] * 2, [content[0] for content in contents])


class F6(SynchronousTestCase):
    """PUBLISH_KEY with garbage after the key."""

    def test_silence(self) -> None:
        """Nobody gets anything for it; a publish of the same peer is answered."""
        probe = Probe(Stage(), 1)
        for garbage in (b"\xff" * 40, b"\x01\x00" + b"\xfe" * 30, Random(3).randbytes(99)):
            plain = bytes((PLAIN_PROTOCOL, m.PublishKeyRequest.opcode)) + WORD.wire + garbage
            self.assertEqual([], probe.get(plain))
        self.assertEqual(
            [m.PublishResponse(WORD, 1)], probe.ask(m.PublishKeyRequest(WORD, (a_file(1),)))
        )


class F7(SynchronousTestCase):
    """PUBLISH_SOURCE without a type."""

    def test_silence(self) -> None:
        """A source without its type is none: no answer, and nothing is stored."""
        probe = Probe(Stage(), 1)
        bare = tuple(tag for tag in a_source(7) if tag.name != SOURCETYPE)
        self.assertEqual([], probe.ask(m.PublishSourceRequest(FILE, KadID(7), bare)))
        self.assertEqual(
            [m.SearchResponse(SELF.kad_id, FILE, ())], probe.ask(m.SearchSourceRequest(FILE, 0, 0))
        )


class F8(SynchronousTestCase):
    """What a PUBLISH_RES tells."""

    def test_computed(self) -> None:
        """Load, sources and complete sources are counted: no constants, no equal pair."""
        index = Index()
        for number in range(99):
            tags = a_source(500 + number, complete=number % 3 == 0)
            index.publish_source(FILE, KadID(number + 1), tags, destination(number), 5000.0)
        probe = Probe(Stage(index=index), 1)
        (answer,) = probe.ask(m.PublishSourceRequest(FILE, KadID(777), a_source(777)))
        self.assertEqual(m.PublishResponse(FILE, 9, 100, 34), answer)

    def test_load_of_a_word(self) -> None:
        """A word that holds 1,000 of its 50,000 files has a load of 2."""
        probe = Probe(Stage(index=ubuntus(1000)), 1)
        (answer,) = probe.ask(m.PublishKeyRequest(WORD, (a_file(5000),)))
        self.assertEqual(m.PublishResponse(WORD, 2), answer)


class F9(SynchronousTestCase):
    """SEARCH_KEY with an expression."""

    def test_filtered(self) -> None:
        """Only the files that fit the words and the numbers come back."""
        probe = Probe(Stage(index=ubuntus(9)), 1)
        small = NumberTag(Comparison.LESS, Tag(FILESIZE, 1004))
        wanted = And(Words("ubuntu"), small)
        (answer,) = probe.ask(m.SearchKeyRequest(WORD, 0, wanted))
        assert isinstance(answer, m.SearchResponse)
        self.assertEqual({1, 2, 3}, {entry.kad_id.value for entry in answer.results})


class F10(SynchronousTestCase):
    """SEARCH_NOTES."""

    def test_empty_answer(self) -> None:
        """Where there is no note there is an empty answer, as iMule gives it."""
        probe = Probe(Stage(), 1)
        self.assertEqual(
            [m.SearchResponse(SELF.kad_id, FILE, ())], probe.ask(m.SearchNotesRequest(FILE, 1000))
        )

    def test_notes_are_kept(self) -> None:
        """A note that was published is acknowledged and served (design.md D8)."""
        probe = Probe(Stage(), 1)
        told = m.PublishNotesRequest(FILE, probe.kad_id, a_note("fine"))
        self.assertEqual([m.PublishResponse(FILE, 1)], probe.ask(told))
        (answer,) = probe.ask(m.SearchNotesRequest(FILE, 1000))
        assert isinstance(answer, m.SearchResponse)
        (note,) = answer.results
        self.assertIn(Tag(DESCRIPTION, "fine"), note.tags)
