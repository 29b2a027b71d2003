"""Tests for :mod:`twisted_mule.sam.patience`."""

from __future__ import annotations

from random import Random

from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.sam.patience import insist

ROUTER = IPv4Address("TCP", "127.0.0.1", 7656)


class InsistTests(SynchronousTestCase):
    """What the router owes us is asked for until it comes."""

    def setUp(self) -> None:
        """Nothing is asked for yet."""
        self.clock = Clock()
        self.asked: list[Deferred[str]] = []
        self.failures: list[Exception] = []
        self.given = insist(self.ask, self.clock, Random(1), self.failures.append)

    def ask(self) -> Deferred[str]:
        """Ask, and leave the answer to the test."""
        self.asked.append(Deferred())
        return self.asked[-1]

    def test_at_once(self) -> None:
        """Who gives at the first time is not asked again."""
        self.asked[0].callback("keys")
        self.assertEqual("keys", self.successResultOf(self.given))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_again(self) -> None:
        """Each failure is told, and the next try comes 10 to 120 s after it."""
        for turn in range(8):
            self.asked[turn].errback(ConnectionRefusedError())
            (call,) = self.clock.getDelayedCalls()
            wait = call.getTime() - self.clock.seconds()
            self.assertTrue(contract.RECONNECT_LEAST <= wait <= contract.RECONNECT_MOST)
            self.clock.advance(wait)
        self.assertEqual(8, len(self.failures))
        self.asked[8].callback("keys")
        self.assertEqual("keys", self.successResultOf(self.given))

    def test_cancelled(self) -> None:
        """Cancelled while it asks or while it waits, it ends and leaves no timer."""
        self.given.cancel()
        self.failureResultOf(self.given, CancelledError)
        waiting = insist(self.ask, self.clock, Random(1), self.failures.append)
        self.asked[1].errback(ConnectionRefusedError())
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_cancelled_while_it_connects(self) -> None:
        """Twisted's own word for a connection that was given up is understood as well."""
        hanging = Deferred[str](lambda d: d.errback(ConnectingCancelledError(ROUTER)))
        given = insist(lambda: hanging, self.clock, Random(1), self.failures.append)
        given.cancel()
        self.failureResultOf(given, ConnectingCancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())
