"""Tests of the style sheet: both themes can be read by everyone."""

from __future__ import annotations

import re

from tests.web.reader import PAGES, ReaderTestCase, outline
from tests.web.samples import everything, online

BACKGROUNDS = ("ground", "sheet")
TEXTS = ("ink", "quiet", "link")
TONES = ("good", "wait", "bad", "idle")


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


class StyleTests(ReaderTestCase):
    """The style sheet of both themes."""

    def setUp(self) -> None:
        """The sheet and its two themes."""
        self.sheet = self.read(online(), "/style.css").text
        first, _, second = self.sheet.partition("(prefers-color-scheme: dark)")
        found = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")
        light = dict(found.findall(first))
        self.themes = (light, light | dict(found.findall(second)))

    def test_text(self) -> None:
        """Text has a contrast of 4.5 or more on all that it stands on."""
        for theme in self.themes:
            for behind in BACKGROUNDS:
                for text in (*TEXTS, *TONES):
                    self.assertGreaterEqual(
                        contrast(theme[text], theme[behind]), 4.5, (text, behind)
                    )
            for tone in TONES:
                wash = theme[f"{tone}-wash"]
                for text in (tone, "ink", "link"):
                    self.assertGreaterEqual(contrast(theme[text], wash), 4.5, (text, tone))
            self.assertGreaterEqual(contrast(theme["warn"], theme["warn-ink"]), 7)

    def test_drawings(self) -> None:
        """Shapes have a contrast of 3 or more."""
        for theme in self.themes:
            for shape in ("full", "stripe", "part-0", "part-1", "part-2", "part-3"):
                self.assertGreaterEqual(contrast(theme[shape], theme["sheet"]), 3, shape)

    def test_wishes(self) -> None:
        """The reader's wishes for colour, contrast, motion and width are heard."""
        for wish in (
            "prefers-color-scheme: dark",
            "prefers-contrast: more",
            "prefers-reduced-motion: reduce",
            "max-width: 40rem",
            ":focus-visible",
            "color-scheme: light dark",
        ):
            self.assertIn(wish, self.sheet)

    def test_own(self) -> None:
        """The sheet loads nothing from anywhere."""
        self.assertNotIn("url(", self.sheet)
        self.assertNotIn("@import", self.sheet)

    def test_classes(self) -> None:
        """Every class that a page uses for a look of its own is in the sheet."""
        used = set[str]()
        for status in everything().values():
            for path in PAGES:
                for _, attributes in outline(self.read(status, path).text).tags:
                    used.update((attributes.get("class") or "").split())
        unknown = {name for name in used if f".{name}" not in self.sheet}
        self.assertEqual(set(), unknown - set(TONES))
