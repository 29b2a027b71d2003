"""Tests for :mod:`twisted_mule.figures.plots`."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.figures.plots import drawn

MINUTES = 300


def document(more: int, types: int = 9) -> dict[str, Any]:
    """A run of five hours."""
    return {
        "delays": {"step": 0.25, "answers": [0, 0, more, 10, 5]},
        "series": {
            "minute": [float(minute) for minute in range(1, MINUTES + 1)],
            "present": [50 + more] * MINUTES,
            "lookups": [*range(MINUTES)],
            "searches": [*range(MINUTES)],
            "found": [number // 2 for number in range(MINUTES)],
            "sent": {f"type_{number}": [number / 10] * MINUTES for number in range(types)},
        },
    }


class PlotTests(SynchronousTestCase):
    """Pictures say what runs have shown, and are small and safe to open."""

    def test_five_pictures(self) -> None:
        """Each is SVG that can be read, with the words that are drawn in it, and no script."""
        pictures = drawn([document(0), document(5)])
        self.assertEqual({"present", "datagrams", "lookups", "delays", "searches"}, set(pictures))
        for text in pictures.values():
            ElementTree.fromstring(text)  # noqa: S314 - we have just made it
            self.assertNotIn("<script", text)
            self.assertLess(len(text), 60_000)
        self.assertIn("found the file", pictures["searches"])

    def test_rare_types_share_a_curve(self) -> None:
        """The most frequent types have a curve each, all others one."""
        picture = drawn([document(0)])["datagrams"]
        self.assertIn("type 8", picture)
        self.assertNotIn("type 1<", picture)
        self.assertIn("all others", picture)
        self.assertNotIn("all others", drawn([document(0, types=3)])["datagrams"])

    def test_same_runs_same_bytes(self) -> None:
        """The same runs give the same pictures, other runs others."""
        once, again, other = drawn([document(1)]), drawn([document(1)]), drawn([document(2)])
        self.assertEqual(once, again)
        self.assertNotEqual(once["present"], other["present"])
        self.assertNotEqual(once["delays"], other["delays"])

    def test_nothing_happened(self) -> None:
        """A run in which nobody answered or searched can be drawn."""
        quiet = {**document(0), "delays": {"step": 0.25, "answers": [0, 0]}}
        quiet["series"] = {**quiet["series"], "sent": {}, "searches": [0] * MINUTES}
        self.assertIn("<svg", drawn([quiet])["delays"])
