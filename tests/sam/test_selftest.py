"""Tests for :mod:`twisted_mule.sam.selftest`."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sam.selftest import (
    LEAST_PAUSE,
    LEAST_SIZE,
    MOST_PAUSE,
    MOST_SIZE,
    REMEMBERED,
    SelfTest,
)
from twisted_mule.sam.session import TEST_SPAN


class SelfTestTests(SynchronousTestCase):
    """Payloads that only we can know again."""

    def setUp(self) -> None:
        """A test with seeded chance."""
        self.test = SelfTest(Random(1))

    def test_noise(self) -> None:
        """Payloads are random bytes of random size: no two alike, no constant part, no length."""
        payloads = [self.test.payload() for _ in range(200)]
        sizes = {len(payload) for payload in payloads}
        self.assertEqual(200, len(set(payloads)))
        self.assertGreater(len(sizes), 100)
        self.assertTrue(all(LEAST_SIZE <= size < MOST_SIZE for size in sizes))
        for position in range(LEAST_SIZE):
            self.assertGreater(len({payload[position] for payload in payloads}), 90)

    def test_known(self) -> None:
        """What was sent is known again until the test is over; nothing else ever is."""
        sent = self.test.payload()
        self.assertTrue(self.test.knows(sent))
        self.assertFalse(self.test.knows(sent[:-1]))
        self.test.forget()
        self.assertFalse(self.test.knows(sent))

    def test_whole_test_remembered(self) -> None:
        """All that a whole test sends is remembered: i2pd may deliver the first ones last."""
        self.assertGreater(REMEMBERED * LEAST_PAUSE, TEST_SPAN)
        sent = [self.test.payload() for _ in range(REMEMBERED)]
        self.assertTrue(all(self.test.knows(payload) for payload in sent))

    def test_pauses(self) -> None:
        """Pauses are drawn anew each time, within their bounds."""
        pauses = [self.test.pause() for _ in range(100)]
        self.assertEqual(100, len(set(pauses)))
        self.assertTrue(all(LEAST_PAUSE <= pause <= MOST_PAUSE for pause in pauses))
