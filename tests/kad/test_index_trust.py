"""Publishers, trust and the popularity of names (node-behaviour 9.2)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.published import HOUR, NOW, PAULA, PETER, WORD, a_file, names
from tests.samples import destination
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.trust import (
    MOST_PUBLISHERS,
    SIZE,
    TRUSTED,
    Publishers,
    moved,
    publisher_key,
)

PAUL, MARY = publisher_key(PETER), publisher_key(PAULA)


class PublisherKeyTests(SynchronousTestCase):
    """What a publisher is known by."""

    def test_whole_destination(self) -> None:
        """Two destinations whose first bytes agree are two publishers."""
        twin = Destination(PETER.raw[:100] + bytes(284) + bytes(3))
        self.assertEqual(PETER.dest_hash, twin.dest_hash)
        self.assertNotEqual(PAUL, publisher_key(twin))

    @given(st.integers(1, 40).map(destination))
    def test_small(self, publisher: Destination) -> None:
        """A key fits 60 bits."""
        self.assertLess(publisher_key(publisher), 1 << 60)


class TrustTests(SynchronousTestCase):
    """Ten points of every publisher, shared out among its entries."""

    def test_lone_publisher(self) -> None:
        """Ten entries of one publisher are trusted, eleven are not."""
        publishers = Publishers()
        entries = [publishers.spoken(b"", PAUL, NOW)[0] for _ in range(10)]
        self.assertEqual(TRUSTED, publishers.trust(entries[0]))
        publishers.spoken(b"", PAUL, NOW)
        self.assertLess(publishers.trust(entries[0]), TRUSTED)

    def test_sum(self) -> None:
        """An entry has the sum of what its publishers give to each of theirs."""
        publishers = Publishers()
        packed, _ = publishers.spoken(b"", PAUL, NOW)
        for _ in range(4):
            publishers.spoken(b"", PAUL, NOW)
        packed, _ = publishers.spoken(packed, MARY, NOW)
        self.assertEqual(10 / 5 + 10 / 1, publishers.trust(packed))

    def test_given_back(self) -> None:
        """When an entry goes, its publishers' other entries gain."""
        publishers = Publishers()
        first, _ = publishers.spoken(b"", PAUL, NOW)
        second, _ = publishers.spoken(b"", PAUL, NOW)
        publishers.remove(first)
        self.assertEqual(10.0, publishers.trust(second))
        publishers.remove(second)
        self.assertEqual(0, len(publishers))

    def test_once(self) -> None:
        """A publisher counts once for an entry, however often it publishes it."""
        publishers, packed = Publishers(), b""
        for hour in range(5):
            packed, _ = publishers.spoken(packed, PAUL, NOW + hour * HOUR)
        self.assertEqual(SIZE, len(packed))
        self.assertEqual(10.0, publishers.trust(packed))

    def test_fast_refresh(self) -> None:
        """Sooner than four hours a second publish is a fast refresh, later it is not."""
        publishers = Publishers()
        packed, fast = publishers.spoken(b"", PAUL, NOW)
        self.assertFalse(fast)
        packed, fast = publishers.spoken(packed, PAUL, NOW + 4 * HOUR - 1)
        self.assertTrue(fast)
        packed, fast = publishers.spoken(packed, PAUL, NOW + 8 * HOUR - 1)
        self.assertFalse(fast)

    def test_a_hundred(self) -> None:
        """Of more than a hundred publishers the one that was silent for longest is forgotten."""
        publishers, packed = Publishers(), b""
        for key in range(1, MOST_PUBLISHERS + 1):
            packed, _ = publishers.spoken(packed, key, NOW + key)
        packed, _ = publishers.spoken(packed, 1, NOW + 200)
        packed, _ = publishers.spoken(packed, 999, NOW + 201)
        self.assertEqual(MOST_PUBLISHERS * SIZE, len(packed))
        self.assertEqual(MOST_PUBLISHERS, len(publishers))
        _, fast = publishers.spoken(packed, 1, NOW + 202)
        self.assertTrue(fast)
        _, fast = publishers.spoken(packed, 2, NOW + 202)
        self.assertFalse(fast)

    def test_silence(self) -> None:
        """Who has been silent for more than 24 hours does not count any more."""
        publishers = Publishers()
        packed, _ = publishers.spoken(b"", PAUL, NOW)
        packed, _ = publishers.spoken(packed, MARY, NOW + HOUR)
        self.assertEqual(packed, publishers.heard(packed, NOW + 24 * HOUR))
        heard = publishers.heard(packed, NOW + 24 * HOUR + 1)
        self.assertEqual(packed[SIZE:], heard)
        self.assertEqual(1, len(publishers))

    def test_unaligned(self) -> None:
        """A key that shows across the bounds of others is not taken for a publisher."""
        key = 0x0102030405060708
        publishers = Publishers()
        packed, _ = publishers.spoken(b"", 0x00000102, 0x03040506)
        packed, _ = publishers.spoken(packed, 0x0708 << 48, 0x01020304)
        packed, _ = publishers.spoken(packed, key, NOW)
        self.assertEqual(3 * SIZE, len(packed))
        packed, fast = publishers.spoken(packed, key, NOW)
        self.assertEqual((3 * SIZE, True), (len(packed), fast))

    @given(st.lists(st.tuples(st.integers(0, 2**60 - 1), st.integers(0, 10**6)), max_size=9))
    def test_moved(self, said: list[tuple[int, int]]) -> None:
        """On another clock the same publishers spoke as long ago as on this one."""
        publishers, packed = Publishers(), b""
        for key, at in said:
            packed, _ = publishers.spoken(packed, key, at)
        self.assertEqual(packed, moved(moved(packed, -(10.0**6)), 10.0**6))


class NameTests(SynchronousTestCase):
    """The name that most publishers give is the one that counts."""

    def setUp(self) -> None:
        """An empty index."""
        self.index = Index()

    def publish(self, name: str, who: int, hours: float = 0.0) -> None:
        """The same file under a name."""
        self.index.publish_keyword(WORD, [a_file(1, name, 7)], destination(who), NOW + hours * HOUR)

    def test_most_popular(self) -> None:
        """The name with most publishers is served; of equal ones the older."""
        self.publish("ubuntu one", 1)
        self.publish("ubuntu two", 2)
        self.assertEqual(["ubuntu one"], names(self.index))
        self.publish("ubuntu two", 3)
        self.assertEqual(["ubuntu two"], names(self.index))
        self.publish("ubuntu one", 4)
        self.assertEqual(["ubuntu one"], names(self.index))

    def test_case(self) -> None:
        """Names that differ in the case of letters are one; the first writing stays."""
        self.publish("ubuntu ÉTÉ", 1)
        self.publish("other ubuntu", 2)
        self.publish("Ubuntu été", 3)
        self.assertEqual(["ubuntu ÉTÉ"], names(self.index))

    def test_fast_refresh_gives_no_point(self) -> None:
        """Who publishes again within four hours makes a name no more popular; later he does."""
        self.publish("ubuntu one", 1)
        self.publish("ubuntu two", 2)
        self.publish("ubuntu two", 2, 3.9)
        self.assertEqual(["ubuntu one"], names(self.index))
        self.publish("ubuntu two", 2, 8.0)
        self.assertEqual(["ubuntu two"], names(self.index))

    def test_newest_tags(self) -> None:
        """The tags are those of the newest publisher."""
        self.index.publish_keyword(WORD, [a_file(1, size=7, kind="Pro")], PETER, NOW)
        self.index.publish_keyword(WORD, [a_file(1, size=7, kind="Video")], PAULA, NOW)
        (entry,) = self.index.find_keyword(WORD, None, 0, NOW, None)  # type: ignore[arg-type]
        self.assertIn("Video", [tag.value for tag in entry.tags])
        self.assertNotIn("Pro", [tag.value for tag in entry.tags])

    def test_sizes_are_different_files(self) -> None:
        """One identifier with two sizes is two entries."""
        self.index.publish_keyword(WORD, [a_file(1, size=7), a_file(1, size=8)], PETER, NOW)
        self.assertEqual(2, len(names(self.index)))
        self.assertEqual(2, self.index.size().keywords)

    def test_many_names(self) -> None:
        """However many names come, few are remembered, the popular ones among them."""
        self.publish("ubuntu one", 1)
        self.publish("ubuntu one", 2)
        room = 0
        for number in range(60):
            self.publish(f"ubuntu {number} {'x' * 300}", 3 + number)
            room = max(room, self.index.size().room)
        self.assertEqual(["ubuntu one"], names(self.index))
        self.assertLess(room, 6000)

    def test_names_for_ever(self) -> None:
        """A name gains points up to a bound and keeps them."""
        for hour in range(0, 300, 4):
            self.publish("ubuntu one", 1, hour)
        self.assertEqual(["ubuntu one"], names(self.index, now=NOW + 300 * HOUR))

    def test_other_words(self) -> None:
        """What is known under one word is not known under another."""
        self.publish("ubuntu one", 1)
        self.assertEqual([], names(self.index, KadID(WORD.value + 1)))
