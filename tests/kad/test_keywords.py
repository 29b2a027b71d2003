"""Tests of keywords and their identifiers."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import (
    distinct,
    file_keywords,
    keyword_id,
    lower,
    pieces,
    without_extension,
    words,
)

DELIMITERS = ' ()[]{}<>,._-!?:;\\/"'

#: Queries that rust-mule cuts otherwise than iMule and we do (wire-format D1), and why.
RUST_DIFFERS = {
    "foo bar foo baz": "it keeps the first of equal words, and has one list for both uses",
    "ΔΙΑΣ ΣΥΣ": "it writes a final sigma",
    "tab\tseparated\twords": "it splits at a tab",
    "nbsp\u00a0joined\u00a0words": "it splits at a no-break space",
    "\u212a": "it counts bytes after lower casing, and a Kelvin sign becomes one byte",
    "line\nbreak": "it splits at a new line",
}


def ids(found: tuple[str, ...]) -> list[str]:
    """The identifiers of some words, as recorded."""
    return [keyword_id(word).hex for word in found]


class RecordedTests(SynchronousTestCase):
    """Our words are iMule's, for only equal words meet in the network."""

    def cases(self, name: str) -> list[dict[str, Any]]:
        """The 18 queries of a recording."""
        cases: list[dict[str, Any]] = recorded(name)["tokenise"]
        self.assertEqual(len(cases), 18)
        return cases

    def test_imule_queries(self) -> None:
        """Every query is cut into iMule's words, and each word has iMule's identifier."""
        for case in self.cases("keywords_imule"):
            found = words(case["query"])
            self.assertEqual(list(found), case["words_dups_allowed"], case["query"])
            self.assertEqual(ids(found), case["keyword_ids"], case["query"])

    def test_imule_names(self) -> None:
        """Of equal words in a name the last keeps its place."""
        for case in self.cases("keywords_imule"):
            found = distinct(words(case["query"]))
            self.assertEqual(list(found), case["words_dups_removed_keep_last"], case["query"])

    def test_rust_queries(self) -> None:
        """We agree with rust-mule but for the queries where it leaves iMule."""
        cases = self.cases("keywords_rust")
        different = {c["query"] for c in cases if list(words(c["query"])) != c["words"]}
        self.assertEqual(different, set(RUST_DIFFERS))
        for case in cases:
            if case["query"] not in different:
                self.assertEqual(ids(words(case["query"])), case["keyword_ids"])

    def test_rust_targets(self) -> None:
        """The word that a search looks up is rust-mule's too, with the same exceptions."""
        for case in self.cases("keywords_rust"):
            target = case["query_to_keyword_id"]
            if case["query"] in RUST_DIFFERS:
                continue
            found = words(case["query"])
            if isinstance(target, str):
                self.assertEqual(target, "rejected: no usable keyword")
                self.assertEqual(found, ())
            else:
                self.assertEqual(found[0], target["word"])
                self.assertEqual(keyword_id(found[0]), KadID.from_hex(target["id"]))

    def test_digests(self) -> None:
        """An identifier is the MD4 of the word, in natural order, and swaps chunks on the wire."""
        for name in ("keywords_imule", "keywords_rust"):
            cases = recorded(name)["md4"]
            self.assertEqual(len(cases), 11)
            for case in cases:
                kad_id = keyword_id(bytes.fromhex(case["utf8_hex"]).decode())
                self.assertEqual(kad_id.hex, case["md4_hex"])
                self.assertEqual(kad_id.wire.hex(), case["kad_id_wire_hex"])


class WordTests(SynchronousTestCase):
    """Where words begin and end."""

    def test_delimiters(self) -> None:
        """Exactly twenty characters of ASCII separate words."""
        cutting = [c for c in map(chr, range(128)) if len(words(f"one{c}two")) == 2]
        self.assertEqual(sorted(cutting), sorted(DELIMITERS))
        self.assertEqual(len(cutting), 20)

    def test_other_spaces(self) -> None:
        """No other white space separates words."""
        for space in "\t\n\r\v\f\u00a0\u2003\u3000":
            self.assertEqual(len(words(f"one{space}two")), 1)

    def test_length_in_bytes(self) -> None:
        """Three bytes make a word, so one ideograph is enough and two accented letters are."""
        self.assertEqual(words("ab abc é éa éé 猫"), ("abc", "éa", "éé", "猫"))

    def test_length_before_lower_case(self) -> None:
        """A word that gets shorter in lower case is still a word."""
        self.assertEqual(words("\u212a"), ("k",))

    def test_pieces_of_any_length(self) -> None:
        """The text of a search expression is cut in the same places, but short pieces count."""
        self.assertEqual(pieces("  A-Bc, (def)"), ("a", "bc", "def"))

    def test_duplicates(self) -> None:
        """A query keeps equal words; a name keeps the last of them."""
        self.assertEqual(words("foo bar FOO baz"), ("foo", "bar", "foo", "baz"))
        self.assertEqual(file_keywords("foo bar FOO baz"), ("bar", "foo", "baz"))

    def test_lower_case(self) -> None:
        """Lower case is one code point for one, with no rule for a sigma at the end."""
        self.assertEqual(lower("İSTANBUL ΣΑΣ ẞ"), "istanbul σασ ß")  # noqa: RUF001

    def test_name_that_is_not_utf8(self) -> None:
        """A file name with undecodable bytes has words and identifiers like any other."""
        name = b"caf\xe9 song.mp3".decode("utf-8", "surrogateescape")
        self.assertEqual(len({keyword_id(word) for word in file_keywords(name)}), 2)

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        """Every word is one of the pieces, and no piece holds a delimiter."""
        self.assertLessEqual(set(words(text)), set(pieces(text)))
        self.assertFalse([c for piece in pieces(text) for c in piece if c in DELIMITERS])

    @given(st.text())
    def test_any_lower_case(self, text: str) -> None:
        """Lower case never changes how many code points there are."""
        self.assertEqual(len(lower(text)), len(text))

    @given(st.lists(st.sampled_from(["one", "two", "three"])))
    def test_any_duplicates(self, found: list[str]) -> None:
        """Without duplicates the words are ordered by their last occurrence."""
        last = {word: place for place, word in enumerate(found)}
        self.assertEqual(list(distinct(tuple(found))), sorted(last, key=last.__getitem__))


class ExtensionTests(SynchronousTestCase):
    """What iMule takes for an extension is not published."""

    def test_extensions(self) -> None:
        """Three characters, a few known others and compressed archives lose their ending."""
        for name, stem in {
            "song.mp3": "song",
            "song.MP3": "song",
            "two.dots.avi": "two.dots",
            "disk.7z": "disk",
            "film.rm": "film",
            "photo.jpeg": "photo",
            "film.mpeg": "film",
            "source.tar.gz": "source",
            "source.tar.bz2": "source",
            "page.gz": "page",
            "old.zip.gz": "old.zip",
            "猫.猫猫猫": "猫",
        }.items():
            self.assertEqual(without_extension(name), stem, name)

    def test_other_endings(self) -> None:
        """Any other ending, and the dot that hides a file, belong to the name."""
        for name in (
            "readme",
            "film.mkvx",
            "page.html",
            "photo.JPEG",
            "list.xz",
            "a.b",
            ".mp3",
            "end.",
            "",
        ):
            self.assertEqual(without_extension(name), name)

    def test_hidden_archive(self) -> None:
        """A name that is nothing but an ending keeps a part of it."""
        self.assertEqual(without_extension(".tar.gz"), ".tar")

    def test_keywords_of_a_name(self) -> None:
        """A name is published under its words without the extension."""
        self.assertEqual(
            file_keywords("Ubuntu-24.04_desktop.amd64.iso"), ("ubuntu", "desktop", "amd64")
        )
