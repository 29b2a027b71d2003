"""Names of files: published and shown."""

from __future__ import annotations

import os
from unicodedata import is_normalized

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.keywords import file_keywords
from twisted_mule.sharing.names import clean, published, shown


class NameTests(SynchronousTestCase):
    """Names in several scripts, and names that are none."""

    def test_scripts(self) -> None:
        """Names in any script are published as they are."""
        for name in (
            "Ubuntu.iso",
            "Война и мир.fb2",
            "紅樓夢.epub",
            "नमस्ते\u200d.pdf",
            "שלום.txt",
            "🎸.mp3",
        ):
            self.assertEqual(name, published(f"/shared/{name}"))

    def test_composed(self) -> None:
        """A name in loose letters and marks gives the words that people type."""
        self.assertEqual("Motörhead.ogg", published("/shared/Moto\u0308rhead.ogg"))
        self.assertEqual(("motörhead",), file_keywords(published("Moto\u0308rhead.ogg")))

    def test_not_utf_8(self) -> None:
        """A name that is not UTF-8 on the disk is read as Latin-1."""
        self.assertEqual("été.txt", published(os.fsdecode(b"/shared/\xe9t\xe9.txt")))

    def test_nothing_that_acts(self) -> None:
        """Control characters, separators and turned writing directions become underscores."""
        self.assertEqual("a_b_c_d_e", clean("a\nb\x1bc\\d\u202ee"))
        self.assertEqual("a_b", clean("a\udc80b"))
        for name in ("", ".", "..", " ", "..."):
            self.assertEqual("_", clean(name))

    def test_words_stay(self) -> None:
        """What takes the place of a separator divides words as it did."""
        self.assertEqual(("left", "right"), file_keywords(published("/shared/left\\right")))

    @given(st.text(st.characters()))
    def test_clean_is_clean(self, name: str) -> None:
        """A clean name stays as it is, is composed, and can be sent."""
        once = clean(name)
        self.assertEqual(once, clean(once))
        self.assertTrue(is_normalized("NFC", once))
        once.encode()

    @given(st.binary(min_size=1))
    def test_any_bytes(self, raw: bytes) -> None:
        """Whatever bytes a name has on the disk, it has a published form that can be sent."""
        path = os.fsdecode(b"/shared/" + raw.replace(b"/", b"-"))
        self.assertTrue(published(path).encode())

    def test_shown(self) -> None:
        """A path is shown with escapes for what would act or cannot be written."""
        self.assertEqual("/a/été", shown("/a/été"))
        self.assertEqual("/a/\\x1b[2J\\x0a", shown("/a/\x1b[2J\n"))
        self.assertEqual("/a/\\xe9t\\xe9", shown(os.fsdecode(b"/a/\xe9t\xe9")))
        self.assertEqual("\\u202eexe\\ud800", shown("\u202eexe\ud800"))

    @given(st.text(st.characters()))
    def test_anything_shown(self, path: str) -> None:
        """Whatever a path holds can be written to a terminal in one line."""
        self.assertTrue(shown(path).encode() or not path)
        self.assertEqual(shown(path).splitlines(), [shown(path)] if path else [])
