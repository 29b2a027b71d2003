"""Tests for :mod:`twisted_mule.counters`."""

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.counters import WINDOW, Counters
from twisted_mule.status import Counter


class CountersTests(SynchronousTestCase):
    """Every count has a total and a window of the last minute or two."""

    def test_totals_only_grow(self) -> None:
        """What was counted stays counted."""
        counters = Counters(0.0)
        counters.add("sent_ping")
        counters.add("bytes_sent", 40)
        counters.add("bytes_sent", 2)
        self.assertEqual((1, 42), (counters.total("sent_ping"), counters.total("bytes_sent")))
        self.assertEqual(0, counters.total("never"))

    def test_window_moves_on(self) -> None:
        """After two windows without events the window is empty and the total is not."""
        counters = Counters(0.0)
        counters.add("a")
        self.assertEqual(({"a": Counter(1, 1)}, 10.0), counters.report(10.0))
        counters.report(WINDOW)
        counters.add("a")
        self.assertEqual(({"a": Counter(2, 2)}, WINDOW + 5.0), counters.report(WINDOW + 5.0))
        self.assertEqual({"a": Counter(1, 2)}, counters.report(2 * WINDOW)[0])
        self.assertEqual({"a": Counter(0, 2)}, counters.report(3 * WINDOW)[0])
