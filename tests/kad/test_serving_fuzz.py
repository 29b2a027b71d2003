"""Whatever others send to be searched or published, the answers are few, fit and can be read."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME
from tests.kad.published import HOUR, NOW, PETER, WORD, a_file, a_source
from tests.samples import destination
from tests.strategies import BY_TYPE, tags
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.exchange import Heard
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.serving import Serving
from twisted_mule.kad.tags import DESCRIPTION, FILENAME, FILESIZE, Tag

SERVED = (
    m.SearchKeyRequest,
    m.SearchSourceRequest,
    m.SearchNotesRequest,
    m.PublishKeyRequest,
    m.PublishSourceRequest,
    m.PublishNotesRequest,
    m.LegacySearchRequest,
    m.LegacySearchNotesRequest,
    m.LegacyPublishRequest,
    m.LegacyPublishNotesRequest,
)
HEADER = 2

#: Tags of every sort, and ones that make entries of them.
published_tags = st.lists(
    tags
    | st.builds(Tag, st.just(FILENAME), st.text(min_size=1, max_size=1500))
    | st.builds(Tag, st.just(FILESIZE), st.integers(1, 2**64 - 1))
    | st.builds(Tag, st.just(DESCRIPTION), st.text(max_size=1500))
    | st.sampled_from(a_source(7)),
    max_size=9,
).map(tuple)
published_entries = st.lists(
    st.builds(m.Entry, st.integers(0, 9).map(KadID), published_tags), max_size=12
).map(tuple)
few_ids = st.integers(0, 2).map(KadID)
served_messages = (
    st.one_of(*(BY_TYPE[kind] for kind in SERVED))
    | st.builds(m.PublishKeyRequest, few_ids, published_entries)
    | st.builds(m.PublishSourceRequest, few_ids, few_ids, published_tags)
    | st.builds(m.PublishNotesRequest, few_ids, few_ids, published_tags)
    | st.builds(m.LegacyPublishRequest, few_ids, published_entries)
    | st.builds(m.SearchKeyRequest, few_ids, st.integers(0, 2))
    | st.builds(m.SearchSourceRequest, few_ids, st.integers(0, 2), st.integers(0, 2))
    | st.builds(m.SearchNotesRequest, few_ids, st.just(0))
    | st.builds(m.LegacySearchRequest, few_ids, st.integers(0, 1))
)


class AnythingTests(SynchronousTestCase):
    """Whatever others send."""

    @settings(deadline=None, max_examples=80)
    @given(st.lists(st.tuples(served_messages, st.integers(1, 6)), max_size=12))
    def test_sizes(self, arrivals: list[tuple[m.Message, int]]) -> None:
        """No message raises, and every answer fits, is bounded in number and can be read."""
        serving = Serving(ME, Index(logged=True))
        for number, (message, who) in enumerate(arrivals):
            heard = Heard(destination(who), message)
            replies = serving.answer(heard, NOW + number * HOUR, Random(number))
            self.assertLessEqual(len(replies), contract.SEARCH_PARTS)
            if isinstance(message, m.PublishKeyRequest | m.SearchKeyRequest):
                self.assertGreaterEqual(len(replies), 1)
            for reply in replies:
                datagram = encode(reply.message)
                self.assertLessEqual(len(datagram), contract.PAYLOAD_SIZE + HEADER)
                self.assertEqual(reply.message, decode(datagram))

    @given(st.one_of(*(strategy for kind, strategy in BY_TYPE.items() if kind not in SERVED)))
    def test_others(self, message: m.Message) -> None:
        """Other messages are none of its business."""
        serving = Serving(ME, Index())
        self.assertEqual((), serving.answer(Heard(PETER, message), NOW, Random(1)))

    def test_large_entries(self) -> None:
        """Entries of the largest size that is stored still fit the parts."""
        serving = Serving(ME, Index())
        for number in range(40):
            entry = a_file(number, f"{number:03}" + "x" * (1990 - number))
            serving.index.publish_keyword(WORD, [entry], destination(1 + number), NOW)
        heard = Heard(PETER, m.SearchKeyRequest(WORD))
        replies = serving.answer(heard, NOW, Random(1))
        self.assertEqual(contract.SEARCH_PARTS, len(replies))
        for reply in replies:
            self.assertLessEqual(len(encode(reply.message)) - HEADER, contract.PAYLOAD_SIZE)
