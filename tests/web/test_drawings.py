"""Tests of :mod:`twisted_mule.web.drawings`."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.web.drawings import (
    Bar,
    Line,
    Span,
    bar_chart,
    ceiling,
    gantt,
    heat,
    lines,
    strip,
)

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> ElementTree.Element:
    """A drawing as a tree; fails when it is not well-formed."""
    named = str(text).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ElementTree.fromstring(named)  # noqa: S314 - it is our own


class BarChartTests(SynchronousTestCase):
    """Bars tell the same as the table beside them."""

    def test_named(self) -> None:
        """A drawing is an image with a title and a description that belong to it."""
        tree = drawn(bar_chart("k", "Title", "What it shows", [Bar("one", 3, 1)]))
        self.assertEqual("img", tree.get("role"))
        self.assertEqual("k-t k-d", tree.get("aria-labelledby"))
        self.assertEqual(
            [("k-t", "Title")], [(e.get("id"), e.text) for e in tree.findall(f"{SVG}title")]
        )
        self.assertEqual(
            [("k-d", "What it shows")], [(e.get("id"), e.text) for e in tree.findall(f"{SVG}desc")]
        )

    def test_heights(self) -> None:
        """A bar is as high as its share of the scale, and full as far as it is verified."""
        tree = drawn(bar_chart("k", "t", "d", [Bar("one", 7, 5)]))
        paths = [path.get("d") for path in tree.findall(f"{SVG}g/{SVG}g/{SVG}path")]
        self.assertEqual(["M1.5 100v-70h7v70", "M1.5 100v-50h7v50"], paths)

    def test_ceiling(self) -> None:
        """The scale ends at a round number that no bar passes."""
        for highest, top in ((0, 10), (3, 10), (10, 10), (11, 20), (95, 100)):
            self.assertEqual(top, ceiling([Bar("", highest, 0)]))
        self.assertEqual(10, ceiling([]))

    @given(
        st.text(max_size=20),
        st.lists(st.tuples(st.text(max_size=9), st.integers(0, 9_999), st.integers(0, 9_999))),
    )
    def test_hostile(self, text: str, bars: list[tuple[str, int, int]]) -> None:
        """No text and no number breaks out of a drawing, or brings a style or a script."""
        plain = str.maketrans("", "", "".join(map(chr, [*range(32), 127, 0xFFFE, 0xFFFF])))
        clean = [Bar(label.translate(plain), max(a, b), min(a, b)) for label, a, b in bars]
        text = text.translate(plain)
        tree = drawn(bar_chart("k", text, f"<script>{text}", clean))
        self.assertEqual(len(clean), len(tree.findall(f"{SVG}g/{SVG}g")))
        self.assertEqual([], tree.findall(f".//{SVG}script"))
        self.assertTrue(all(element.get("style") is None for element in tree.iter()))


class StripTests(SynchronousTestCase):
    """A strip is divided in proportion."""

    def test_shares(self) -> None:
        """Parts stand one after the other; an empty part is not drawn."""
        tree = drawn(strip("k", "t", "d", [1, 0, 3]))
        rects = [(r.get("class"), r.get("x"), r.get("width")) for r in tree.findall(f"{SVG}rect")]
        self.assertEqual([("part-0", "0", "250"), ("part-2", "250", "750")], rects)

    def test_nothing(self) -> None:
        """A strip of nothing is empty and still has its name."""
        tree = drawn(strip("k", "t", "d", [0, 0]))
        self.assertEqual([], tree.findall(f"{SVG}rect"))
        self.assertEqual("t", tree.findtext(f"{SVG}title"))


class LinesTests(SynchronousTestCase):
    """Lines over time."""

    def test_gaps(self) -> None:
        """A gap is a gap, a lone value is a dot, and the top of the scale is the top."""
        tree = drawn(lines("k", "t", "d", [Line([0.0, 5.0, None, 10.0], 1)], 10.0))
        (path,) = tree.findall(f"{SVG}path[@class='line-1']")
        self.assertEqual("M0 100L1 50M3 0h.01", path.get("d"))

    def test_nothing(self) -> None:
        """Nothing known draws nothing."""
        tree = drawn(lines("k", "t", "d", [Line([None, None])], 1.0))
        self.assertEqual("", tree.findall(f"{SVG}path[@class='line-0']")[0].get("d"))

    @given(st.lists(st.none() | st.floats(0, 1e9), max_size=200), st.floats(0, 1e9))
    def test_any(self, values: list[float | None], top: float) -> None:
        """No values break a drawing."""
        drawn(lines("k", "t", "d", [Line(values)], top))


class HeatTests(SynchronousTestCase):
    """A map of cells."""

    def test_shades(self) -> None:
        """The fullest cell is darkest, an empty one is not drawn, ours is marked."""
        tree = drawn(heat("k", "t", "d", [0, 1, 4], 1))
        found = [(p.get("class"), p.get("d")) for p in tree.findall(f"{SVG}path")]
        self.assertEqual(["shade-1", "shade-4", "mark"], [name for name, _ in found])
        self.assertEqual(("M10 0h10v24h-10z"), found[-1][1])


class GanttTests(SynchronousTestCase):
    """Spans below each other."""

    def test_places(self) -> None:
        """A span is as long as it lasted; one without an end is open up to the last moment."""
        spans = [Span("a", 0, 5, 1), Span("<b>", 5, None)]
        tree = drawn(gantt("k", "t", "d", spans, 10))
        rects = tree.findall(f"{SVG}rect")
        self.assertEqual(["span-1", "span-0 open"], [rect.get("class") for rect in rects])
        self.assertEqual(
            [("0", "500"), ("500", "500")], [(r.get("x"), r.get("width")) for r in rects]
        )
        self.assertEqual("<b>", rects[1].findtext(f"{SVG}title"))
