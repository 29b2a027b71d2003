"""Tests of tags: what iMule wrote and read, and what we write."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from tests.samples import destination
from tests.strategies import tag_lists
from twisted_mule.kad import tags as t
from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.tags import (
    Hash16,
    IntegerPair,
    Opaque,
    Tag,
    TagValue,
    decode_tag,
    decode_tags,
    encode_tag,
    encode_tags,
)


def value_read(case: dict[str, Any]) -> TagValue:
    """The value that iMule read back, or what its bytes are when it did not say."""
    read = case["read_back"]
    if "blob" in read:
        return bytes.fromhex(read["blob"])
    if "addr_hash" in read:
        return destination(case["decoded"]["value"]["seed"])
    pair = case["decoded"]["value"]
    if case["decoded"]["type"] == t.UINT64UINT64:
        return IntegerPair(*(Tag(part["id"], part["value"]) for part in pair))
    if case["decoded"]["type"] == t.FLOAT32:
        return Opaque(t.FLOAT32, bytes.fromhex(pair))
    value: int | str = read["int"] if "int" in read else read["str"]
    return value


def without_serials(raw: bytes, tag: Tag) -> bytes:
    """``raw`` with zeros where the serials of this tag are."""
    if isinstance(tag.value, IntegerPair):
        first = len(encode_tag(tag.value.first))
        inner = raw[6 : 6 + first], raw[6 + first :]
        pair = zip(inner, (tag.value.first, tag.value.second), strict=True)
        return raw[:2] + bytes(4) + b"".join(without_serials(*part) for part in pair)
    return raw[:2] + bytes(4) + raw[6:]


class RecordedTests(SynchronousTestCase):
    """Tags that iMule wrote or read."""

    def test_written(self) -> None:
        """We read every recorded tag as iMule did, and write the same bytes but for serials."""
        cases = recorded("tags_imule")["written"]
        self.assertEqual(len(cases), 15)
        for case in cases:
            raw = bytes.fromhex(case["hex"])
            cursor = Cursor(raw)
            tag = decode_tag(cursor)
            self.assertEqual(tag, Tag(case["read_back"]["id"], value_read(case)), case["tag"])
            self.assertEqual(cursor.left, case["left_over"], case["tag"])
            self.assertEqual(encode_tag(tag), without_serials(raw, tag), case["tag"])

    def test_rejected(self) -> None:
        """What iMule rejects, we reject."""
        cases = [case for case in recorded("tags_imule")["read"] if "error" in case]
        self.assertEqual(len(cases), 4)
        for case in cases:
            with self.assertRaises(DecodeError, msg=case["case"]):
                decode_tag(Cursor(bytes.fromhex(case["hex"])))

    def test_read(self) -> None:
        """Old names of one byte, bits, byte order marks and zero addresses are read as by iMule."""
        cases = {case["case"]: case for case in recorded("tags_imule")["read"]}
        for name, expected in (
            ("old-style name, length 1", Tag(36, 305419896)),
            ("boolarray 9 bits", Tag(37, Opaque(t.BOOLARRAY, b"\x09\0\x01\x02"))),
            ("string with UTF-8 BOM", Tag(35, "abc")),
            ("address all zero", Tag(83, Opaque(t.ADDRESS, bytes(387)))),
        ):
            cursor = Cursor(bytes.fromhex(cases[name]["hex"]))
            self.assertEqual(decode_tag(cursor), expected, name)
            self.assertEqual(cursor.left, 0, name)

    def test_long_name_refused(self) -> None:
        """A name of three bytes derails iMule's reader; ours refuses it."""
        [case] = [c for c in recorded("tags_imule")["read"] if "length 3" in c["case"]]
        self.assertEqual(case["tag"]["id"], 0)
        with self.assertRaises(DecodeError):
            decode_tag(Cursor(bytes.fromhex(case["hex"])))

    def test_lists(self) -> None:
        """A recorded list is its count and its tags in order."""
        empty, two = recorded("tags_imule")["taglists"]
        self.assertEqual(decode_tags(Cursor(bytes.fromhex(empty["hex"]))), ())
        self.assertEqual(encode_tags(()).hex(), empty["hex"])
        tags = (Tag(t.SOURCETYPE, 1), Tag(t.FILENAME, "abc"))
        self.assertEqual(decode_tags(Cursor(bytes.fromhex(two["hex"]))), tags)
        serials = two["hex"].replace("2d000000", "00000000").replace("2e000000", "00000000")
        self.assertEqual(encode_tags(tags).hex(), serials)


class WritingTests(SynchronousTestCase):
    """The forms we choose."""

    def test_narrowest_integer(self) -> None:
        """An integer takes the narrowest of the four types that holds it."""
        for value, kind, size in (
            (0, t.UINT8, 1),
            (0xFF, t.UINT8, 1),
            (0x100, t.UINT16, 2),
            (0xFFFF, t.UINT16, 2),
            (0x10000, t.UINT32, 4),
            (0xFFFFFFFF, t.UINT32, 4),
            (0x100000000, t.UINT64, 8),
            (2**64 - 1, t.UINT64, 8),
            (True, t.UINT8, 1),
        ):
            raw = encode_tag(Tag(t.FILESIZE, value))
            self.assertEqual(raw[0], 0x80 | kind)
            self.assertEqual(raw[6:], value.to_bytes(size, "little"))

    def test_string_types(self) -> None:
        """One to sixteen UTF-8 bytes have a type each, other lengths are written out."""
        for text in ("a", "é" * 8, "x" * 16):
            raw = encode_tag(Tag(t.FILENAME, text))
            self.assertEqual(
                raw, bytes((0x90 + len(text.encode()), 0x23, 0, 0, 0, 0)) + text.encode()
            )
        for text in ("", "x" * 17, "é" * 9):
            raw = encode_tag(Tag(t.FILENAME, text))
            size = len(text.encode()).to_bytes(2, "little")
            self.assertEqual(raw, b"\x82\x23\0\0\0\0" + size + text.encode())

    def test_refused(self) -> None:
        """What the format cannot hold is a ValueError."""
        for tag in (
            Tag(256, 1),
            Tag(-1, 1),
            Tag(1, -1),
            Tag(1, 2**64),
            Tag(1, "x" * 65536),
            Tag(1, "\ud800"),
            Tag(1, IntegerPair(Tag(1, "a"), Tag(1, 1))),
            Tag(1, Opaque(t.FLOAT32, b"123")),
            Tag(1, Opaque(t.BOOL, b"12")),
            Tag(1, Opaque(t.BOOLARRAY, b"\x09\0\x01")),
            Tag(1, Opaque(t.ADDRESS, destination(1).raw)),
            Tag(1, Opaque(t.ADDRESS, destination(1).raw[:-1] + b"\1")),
            Tag(1, Opaque(0x0A, b"\x01a")),
        ):
            with self.assertRaises(ValueError, msg=repr(tag)[:80]):
                encode_tag(tag)
        self.assertRaises(ValueError, encode_tags, [Tag(1, 1)] * 256)
        self.assertRaises(ValueError, Hash16, bytes(15))

    @given(tag_lists)
    def test_there_and_back(self, tags: tuple[Tag, ...]) -> None:
        """A list of tags of every type survives its bytes, to the last one."""
        cursor = Cursor(encode_tags(tags))
        self.assertEqual(decode_tags(cursor), tags)
        self.assertEqual(cursor.left, 0)


class ReadingTests(SynchronousTestCase):
    """What others may write."""

    def test_any_width(self) -> None:
        """An integer is the same value in every width, and is written back in the narrowest."""
        for kind, size in ((t.UINT8, 1), (t.UINT16, 2), (t.UINT32, 4), (t.UINT64, 8)):
            raw = bytes((0x80 | kind, t.FILESIZE)) + b"abcd" + (7).to_bytes(size, "little")
            tag = decode_tag(Cursor(raw))
            self.assertEqual(tag, Tag(t.FILESIZE, 7))
            self.assertEqual(encode_tag(tag), b"\x89\x24\0\0\0\0\x07")

    def test_unknown_types(self) -> None:
        """Every type outside the table is refused."""
        known = {t.HASH16, t.STRING, t.UINT32, t.FLOAT32, t.BOOL, t.BOOLARRAY, t.BLOB, t.UINT16}
        known |= {t.UINT8, t.ADDRESS, t.UINT64UINT64, t.UINT64, *range(t.STR1, t.STR16 + 1)}
        for kind in set(range(128)) - known:
            for head in (bytes((0x80 | kind, t.FILENAME)), bytes((kind, 1, 0, t.FILENAME))):
                self.assertRaises(DecodeError, decode_tag, Cursor(head + bytes(500)))

    def test_cut_anywhere(self) -> None:
        """A tag that ends early is refused, wherever it ends."""
        for value in (7, 2**40, "", "abc", "x" * 20, b"abc", destination(1), Hash16(bytes(16))):
            raw = encode_tag(Tag(t.FILENAME, value))
            for size in range(len(raw)):
                self.assertRaises(DecodeError, decode_tag, Cursor(raw[:size]))

    def test_pair_of_integers_only(self) -> None:
        """A pair that nests another pair or a string is refused, so nothing nests deeper."""
        number = encode_tag(Tag(1, 1))
        pair = encode_tag(Tag(1, IntegerPair(Tag(1, 1), Tag(2, 2))))
        for inner in (pair, encode_tag(Tag(1, "a"))):
            self.assertRaises(DecodeError, decode_tag, Cursor(pair[:6] + inner + number))
            self.assertRaises(DecodeError, decode_tag, Cursor(pair[:6] + number + inner))

    def test_huge_blob(self) -> None:
        """A blob that claims more bytes than there are is refused."""
        self.assertRaises(DecodeError, decode_tag, Cursor(b"\x87\x41\0\0\0\0\xff\xff\xff\xffabc"))

    def test_strict_names(self) -> None:
        """A strict cursor takes a name that nobody uses for a misreading."""
        raw = encode_tag(Tag(0x01, 5))
        self.assertEqual(decode_tag(Cursor(raw)), Tag(1, 5))
        self.assertRaises(DecodeError, decode_tag, Cursor(raw, strict=True))

    def test_without_serial(self) -> None:
        """A cursor of the other dialect expects the value right after the name."""
        cursor = Cursor(b"\x89\x24\x07\x92\x23ab", serials=False)
        self.assertEqual(decode_tag(cursor), Tag(t.FILESIZE, 7))
        self.assertEqual(decode_tag(cursor), Tag(t.FILENAME, "ab"))


class LookupTests(SynchronousTestCase):
    """Finding values by name."""

    def test_first_of_its_type(self) -> None:
        """The first value of the wanted type counts, values of other types do not."""
        tags = (
            Tag(t.FILESIZE, "12"),
            Tag(t.FILESIZE, 12),
            Tag(t.FILESIZE, 13),
            Tag(t.FILENAME, 5),
            Tag(t.FILENAME, "name"),
            Tag(t.SOURCEDEST, Opaque(t.ADDRESS, bytes(387))),
            Tag(t.SOURCEDEST, destination(4)),
        )
        self.assertEqual(t.integer(tags, t.FILESIZE), 12)
        self.assertEqual(t.text(tags, t.FILENAME), "name")
        self.assertEqual(t.address(tags, t.SOURCEDEST), destination(4))

    def test_absent(self) -> None:
        """A name that is not there gives nothing."""
        self.assertIsNone(t.integer((), t.FILESIZE))
        self.assertIsNone(t.text((Tag(t.FILESIZE, 1),), t.FILENAME))
        self.assertIsNone(t.address((Tag(t.SOURCEDEST, 1),), t.SOURCEDEST))
        self.assertNotIsInstance(t.address((Tag(1, destination(1)),), 2), Destination)
