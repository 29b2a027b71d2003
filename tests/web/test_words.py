"""Tests of :mod:`twisted_mule.web.words`."""

from __future__ import annotations

import math
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.web import words
from twisted_mule.web.language import spoken


class PrintableTests(SynchronousTestCase):
    """Foreign text becomes harmless."""

    @given(st.text(alphabet=st.characters(codec=None)))
    @example("a\ud800b")
    @example("\u202egnp.exe\u2066\u200f")
    @example("x" * 5_000)
    def test_harmless(self, text: str) -> None:
        """Nothing that moves, hides or breaks text is left, and it can be encoded."""
        cleaned = words.printable(text)
        self.assertTrue(cleaned.isprintable())
        self.assertLessEqual(len(cleaned), words.LONGEST)
        cleaned.encode("utf-8")
        kinds = {unicodedata.category(char) for char in cleaned}
        self.assertFalse(kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

    @given(st.text())
    def test_settled(self, text: str) -> None:
        """What was cleaned once stays as it is."""
        once = words.printable(text)
        self.assertEqual(once, words.printable(once))

    def test_kept(self) -> None:
        """Ordinary text of any script stays as it is."""
        for text in ("plain", "Ünïcødé", "книга", "本 & <b>", ""):
            self.assertEqual(text, words.printable(text))

    def test_spaces(self) -> None:
        """Lines and tabs become spaces, so that words do not run together."""
        self.assertEqual("one two three", words.printable("one\r\ntwo\tthree"))


class SpanTests(SynchronousTestCase):
    """Spans and moments read as people write them."""

    def test_duration(self) -> None:
        """A span shows its two largest units."""
        for seconds, expected in (
            (0.0, "0 s"),
            (0.0001, "1 ms"),
            (0.0041, "4 ms"),
            (0.42, "0.4 s"),
            (3.0, "3 s"),
            (9.96, "10 s"),
            (59.6, "1 min"),
            (72.0, "1 min 12 s"),
            (3_600.0, "1 h"),
            (3_601.0, "1 h"),
            (11_532.4, "3 h 12 min"),
            (187_200.0, "2 d 4 h"),
            (-5.0, "0 s"),
        ):
            self.assertEqual(expected, words.duration(seconds), seconds)

    def test_unknown(self) -> None:
        """What is no number of seconds is unknown."""
        for seconds in (None, math.nan, math.inf):
            self.assertEqual("unknown", words.duration(seconds))
            self.assertEqual("never", words.ago(seconds))

    def test_ago(self) -> None:
        """Something of this second, or of a clock that was set back, is just now."""
        self.assertEqual("just now", words.ago(0.4))
        self.assertEqual("just now", words.ago(-30))
        self.assertEqual("3 min ago", words.ago(180))

    def test_moment(self) -> None:
        """Moments are in UTC, for people and for machines."""
        self.assertEqual("2026-11-02 09:30:00", words.moment(1_793_611_800.0))
        self.assertEqual("2026-11-02T09:30:00Z", words.stamp(1_793_611_800.0))

    @given(st.floats())
    def test_any_moment(self, at: float) -> None:
        """No number whatever breaks a page."""
        self.assertTrue(words.moment(at))
        self.assertTrue(words.stamp(at))
        self.assertTrue(words.duration(at))


class CountTests(SynchronousTestCase):
    """Numbers come with their nouns."""

    def test_languages(self) -> None:
        """Numbers have the signs of the reader's language, Russian ones from five digits on."""
        for code, told in (
            ("en", ("1,200", "0.4 s", "1.5 MiB", "28%", "12,345.5")),
            ("de", ("1.200", "0,4 s", "1,5 MiB", "28 %", "12.345,5")),
            ("ru", ("1200", "0,4 \u0441", "1,5 MiB", "28 %", "12 345,5")),
        ):
            with spoken(code):
                numbers = words.count(1_200), words.duration(0.42), words.size(3 << 19)
                self.assertEqual(told, (*numbers, words.share(43, 152), words.number("12,345.5")))

    def test_share(self) -> None:
        """A share of nothing is nothing."""
        self.assertEqual("28%", words.share(43, 152))
        self.assertEqual("0%", words.share(0, 0))

    def test_sentence(self) -> None:
        """A sentence gets the full stop that it lacks, and only that."""
        self.assertEqual("Wait.", words.sentence("Wait"))
        self.assertEqual("Is it on?", words.sentence("Is it on?"))
        self.assertEqual("", words.sentence(""))


class UnitTests(SynchronousTestCase):
    """Units for lists."""

    def test_rough(self) -> None:
        """A list has the largest unit only."""
        for seconds, told in ((0.2, "0 s"), (59.4, "59 s"), (61, "1 min"), (7_300, "2 h")):
            self.assertEqual(told, words.rough(seconds))

    def test_size(self) -> None:
        """Bytes stand in the unit that suits them."""
        for number, told in ((0, "0 B"), (1_024, "1.0 KiB"), (5 << 30, "5.0 GiB")):
            self.assertEqual(told, words.size(number))
