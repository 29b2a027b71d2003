"""Keyword entries as packed bytes, and results whose bytes are at hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.strategies import entries, tag_lists, texts
from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.descriptions import described
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keyword_record import (
    KeywordRecord,
    expires,
    is_whole,
    key,
    merged,
    pack,
)
from twisted_mule.kad.keywords import lower
from twisted_mule.kad.messages import Entry, Tags
from twisted_mule.kad.parts import WrittenEntry
from twisted_mule.kad.tag_bytes import first_integer, first_text
from twisted_mule.kad.tags import FILENAME, FILESIZE, Tag, decode_tags, encode_tags, integer, text
from twisted_mule.kad.trust import Publishers

#: Words with capital letters that ASCII does not know, too.
file_names = (
    texts | st.sampled_from(["Été", "ЖЁЛТЫЙ", "Straße", "ΣΑΣ", "İstanbul", "a b.ISO"])
).map(lambda name: name or "x")
sizes = st.one_of(*(st.integers(1, (1 << bits) - 1) for bits in (8, 16, 32, 64)))
others = tag_lists.map(lambda tags: tuple(t for t in tags if t.name not in (FILENAME, FILESIZE)))
times = st.floats(min_value=0.0, max_value=1e9)


def record(
    names: list[tuple[int, bytes]], size: int = 7, tags: Tags = (), publishers: bytes = b""
) -> KeywordRecord:
    """An entry, packed and read."""
    return KeywordRecord(
        pack(key(bytes(16), bytes(range(16)), size), 9.0, names, publishers, encode_tags(tags))
    )


class RecordTests(SynchronousTestCase):
    """What goes in comes out."""

    @given(
        sizes,
        times,
        st.lists(st.tuples(st.integers(1, 9), file_names), min_size=1, max_size=4),
        st.lists(st.integers(1, 2**60 - 1), max_size=3, unique=True),
        others,
    )
    def test_round_trip(
        self,
        size: int,
        when: float,
        named: list[tuple[int, str]],
        who: list[int],
        tags: Tags,
    ) -> None:
        """Every part of an entry is read as it was packed."""
        publishers = b""
        for publisher in who:
            publishers, _ = Publishers().spoken(publishers, publisher, 5.0)
        names = [(popularity, name.encode()) for popularity, name in named]
        packed = pack(key(bytes(16), bytes(16), size), when, names, publishers, encode_tags(tags))
        entry = KeywordRecord(packed)
        self.assertEqual((size, when, names), (entry.size, entry.expires, entry.names))
        self.assertEqual((publishers, encode_tags(tags)), (entry.publishers, entry.tags))
        common = max(named, key=lambda name: name[0])[1]
        self.assertEqual(common.encode(), entry.name)
        self.assertEqual(lower(common).encode(), entry.lower_name)
        self.assertEqual(when, expires(packed))
        self.assertTrue(is_whole(packed))

    @given(sizes, file_names, others)
    def test_answer(self, size: int, name: str, tags: Tags) -> None:
        """An answer holds the other tags, the name and the size, as the codec would write them."""
        answered = (*tags, Tag(FILENAME, name), Tag(FILESIZE, size))
        file = KadID.from_natural(bytes(range(16)))
        self.assertEqual(
            Entry(file, answered).written, record([(1, name.encode())], size, tags).answer()
        )

    @given(st.floats(min_value=-1e6, max_value=1e6), st.integers(1, 2**60 - 1))
    def test_moved(self, seconds: float, who: int) -> None:
        """On another clock an entry has the same age, and so have its publishers."""
        publishers, _ = Publishers().spoken(b"", who, 2e6)
        entry = record([(1, b"a")], publishers=publishers)
        again = KeywordRecord(entry.moved(seconds))
        self.assertEqual(9.0 + seconds, again.expires)
        self.assertEqual(entry.names, again.names)
        _, fast = Publishers().spoken(again.publishers, who, 2e6 + seconds + 3 * 3600)
        self.assertTrue(fast)

    @given(st.binary(max_size=80), st.integers(0, 200))
    def test_damage(self, junk: bytes, cut: int) -> None:
        """Bytes that are no entry, or only a part of one, are found out and never raise."""
        is_whole(junk)
        whole = record([(1, b"ubuntu")], 9, (Tag(0x25, "Pro"),)).record
        self.assertFalse(is_whole(whole[: min(cut, len(whole) - 1)]))
        self.assertFalse(is_whole(whole + b"\0"))

    def test_damaged_name(self) -> None:
        """A name that is no text is found out."""
        whole = record([(1, b"ubuntu")]).record
        self.assertFalse(is_whole(whole.replace(b"ubuntu", b"ubu\xfftu")))


class MergedTests(SynchronousTestCase):
    """Names that meet."""

    def test_popularity_is_bounded(self) -> None:
        """A popularity never outgrows its two bytes."""
        self.assertEqual([(0xFFFF, b"a")], merged([(0xFFFF, b"a")], b"A", counts=True))

    def test_the_new_name_is_kept(self) -> None:
        """When names have to be forgotten, it is the newest of the least popular old ones."""
        full = [(1 + (n < 3), b"%d" % n) for n in range(20)]
        after = merged(full, b"new", counts=True)
        self.assertEqual([*full[:-1], (1, b"new")], after)

    def test_long_names(self) -> None:
        """Long names leave room for fewer; one is always kept."""
        self.assertEqual([(1, b"b" * 4000)], merged([(9, b"a" * 4000)], b"b" * 4000, counts=True))


class DescriptionTests(SynchronousTestCase):
    """Tags of a publish, read from the end."""

    def test_order(self) -> None:
        """Of several names and sizes the last non-empty one counts; the others are reversed."""
        tags = (
            Tag(FILENAME, "first"),
            Tag(FILESIZE, 1),
            Tag(0x25, "Pro"),
            Tag(FILENAME, "last"),
            Tag(FILESIZE, 2),
            Tag(0x35, 9),
            Tag(FILENAME, ""),
            Tag(FILESIZE, 0),
            Tag(FILENAME, 77),
            Tag(FILESIZE, "no number"),
        )
        description = described(tags)
        self.assertEqual(("last", 2), (description.name, description.size))
        self.assertEqual((Tag(0x35, 9), Tag(0x25, "Pro")), description.others)

    def test_without(self) -> None:
        """What is not given is not answered."""
        self.assertEqual((Tag(0x25, "Pro"),), described((Tag(0x25, "Pro"),)).tags)


class WrittenEntryTests(SynchronousTestCase):
    """An entry whose bytes are at hand is that entry."""

    @given(entries)
    def test_equal(self, entry: Entry) -> None:
        """It is equal to what its bytes write, both ways round, with an equal hash."""
        written = WrittenEntry(entry.written)
        self.assertTrue(written == entry and entry == written)
        self.assertEqual((hash(entry), entry.written), (hash(written), written.written))
        self.assertEqual((entry.kad_id, entry.tags), (written.kad_id, written.tags))
        self.assertNotEqual(written, 5)

    @given(tag_lists)
    def test_tags_as_written(self, tags: Tags) -> None:
        """Its tags are read as those of any message."""
        written = WrittenEntry(bytes(16) + encode_tags(tags))
        self.assertEqual(decode_tags(Cursor(encode_tags(tags))), written.tags)


class TagBytesTests(SynchronousTestCase):
    """One value out of written tags."""

    @given(tag_lists, st.integers(0, 255))
    def test_same(self, tags: Tags, name: int) -> None:
        """The value is the one that the decoded list gives, whatever lies before it."""
        for one in (name, *(tag.name for tag in tags)):
            self.assertEqual(integer(tags, one), first_integer(encode_tags(tags), one))
            self.assertEqual(text(tags, one), first_text(encode_tags(tags), one))
