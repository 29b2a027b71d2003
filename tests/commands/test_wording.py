"""Words for the terminal: sizes there and back, foreign text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.control.actions import HOSTILE
from twisted_mule.commands.wording import LONGEST, plain, read_size, size_text


class SizeTests(SynchronousTestCase):
    """Sizes of files."""

    def test_read(self) -> None:
        """Plain bytes and the usual letters are understood, other words are not."""
        known = {"700": 700, "10M": 10 << 20, "1.5 GiB": 3 << 29, "2kb": 2048, "1T": 1 << 40}
        for text, size in known.items():
            self.assertEqual(size, read_size(text))
        for text in ("", "M", "-1", "1e9", "ten", "1 2", "1P"):
            self.assertIsNone(read_size(text))

    def test_told(self) -> None:
        """They are told in the unit that fits."""
        self.assertEqual("17 bytes", size_text(17))
        self.assertEqual("1.4 MiB", size_text(1_468_006))
        self.assertEqual("2048.0 TiB", size_text(1 << 51))


class PlainTests(SynchronousTestCase):
    """Text of peers."""

    @given(st.text())
    def test_harmless(self, text: str) -> None:
        """Whatever comes in, one short printable line comes out."""
        shown = plain(text)
        self.assertTrue(shown.isprintable())
        self.assertLessEqual(len(shown), LONGEST)

    def test_readable(self) -> None:
        """What is harmless stays as it is."""
        self.assertEqual("Ünï 日本 [1].avi", plain("Ünï 日本 [1].avi"))
        self.assertEqual("[31mredexe. line", plain(HOSTILE))
