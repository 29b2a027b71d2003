"""Tests for :mod:`twisted_mule.sam.bridge`: the router is asked about names."""

from __future__ import annotations

from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.error import ConnectionClosed
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.stage import Stage
from twisted_mule.sam.faults import Refused
from twisted_mule.sam.link import LOOKUP_SPAN
from twisted_mule.status import RouterState


class NamingTests(SynchronousTestCase):
    """The router is asked about a name over the session that stands."""

    def setUp(self) -> None:
        """A bridge that is online."""
        self.stage = Stage()
        self.stage.bridge.startService()
        self.stage.online()
        self.stage.said()

    def test_found(self) -> None:
        """One line, and the destination that answers it; others may be asked for meanwhile."""
        one, other = self.stage.bridge.resolve("a.i2p"), self.stage.bridge.resolve("b.i2p")
        self.assertEqual("NAMING LOOKUP NAME=a.i2p\nNAMING LOOKUP NAME=b.i2p\n", self.stage.said())
        self.stage.say("NAMING REPLY RESULT=OK NAME=b.i2p VALUE=BBBB")
        self.stage.say("NAMING REPLY RESULT=OK NAME=a.i2p VALUE=AAAA MESSAGE=x OTHER=y")
        self.assertEqual("AAAA", self.successResultOf(one))
        self.assertEqual("BBBB", self.successResultOf(other))

    def test_not_found(self) -> None:
        """The router's word for it comes as a refusal, and the session goes on."""
        for answer in ("RESULT=KEY_NOT_FOUND", "RESULT=INVALID_KEY", "RESULT=OK VALUE=", ""):
            asked = self.stage.bridge.resolve("a.i2p")
            self.stage.say(f"NAMING REPLY {answer} NAME=a.i2p")
            self.assertEqual("NAMING LOOKUP", self.failureResultOf(asked, Refused).value.command)
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_late(self) -> None:
        """An answer after the patience is over is passed over."""
        asked = self.stage.bridge.resolve("a.i2p")
        self.stage.reactor.advance(LOOKUP_SPAN)
        self.failureResultOf(asked, LateError)
        self.stage.say("NAMING REPLY RESULT=OK NAME=a.i2p VALUE=AAAA")
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_not_asked(self) -> None:
        """An answer to no question is no SAM."""
        self.stage.say("NAMING REPLY RESULT=OK NAME=a.i2p VALUE=AAAA")
        self.assertIs(RouterState.WAITING, self.stage.state)

    def test_lost(self) -> None:
        """Who waits hears that the session is gone, and there is none to ask over."""
        asked = self.stage.bridge.resolve("a.i2p")
        self.stage.drop()
        self.failureResultOf(asked, ConnectionClosed)
        self.failureResultOf(self.stage.bridge.resolve("a.i2p"), ConnectionClosed)
