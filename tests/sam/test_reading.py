"""Tests for :mod:`twisted_mule.sam.reading`."""

from __future__ import annotations

import sys

from ometa.grammar import OMeta
from twisted.trial.unittest import SynchronousTestCase
from txi2p.grammar import samGrammarSource

from twisted_mule.sam import reading


def spans(term: object) -> list[object]:
    """Where in the text each part is, which comparing leaves out."""
    return [term.span, *(span for one in term.args for span in spans(one))]  # type: ignore[attr-defined]


class ReadingTests(SynchronousTestCase):
    """txi2p's grammar, read in another process."""

    def setUp(self) -> None:
        """Nothing is known, nothing is under way."""
        self.patch(reading, "_known", {})
        self.patch(reading, "_under_way", [])
        self.read_here = OMeta(samGrammarSource).parseGrammar("Grammar")

    def got(self) -> object:
        """What txi2p gets."""
        return reading.read_once(OMeta(samGrammarSource), "Grammar")

    def test_the_same(self) -> None:
        """What comes from there is what reading here gives."""
        reading.begin()
        reading.collect()
        self.assertEqual([samGrammarSource], [*reading._known])
        self.assertEqual(self.read_here, self.got())
        self.assertEqual(spans(self.read_here), spans(self.got()))

    def test_waited_for(self) -> None:
        """Whoever needs it waits for it."""
        reading.begin()
        self.assertEqual(self.read_here, self.got())
        self.assertEqual([], reading._under_way)

    def test_no_such_process(self) -> None:
        """Where no process can be had, or one that says nothing of use, it is read here."""
        for executable in ("", "/nonexistent/python", "/bin/true", "/bin/false"):
            self.patch(sys, "executable", executable)
            reading.begin()
            self.assertEqual(self.read_here, self.got(), executable)
            reading._known.clear()
