"""Tests for :mod:`twisted_mule.sam.streams`: the stream destination, with the router in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionRefusedError  # noqa: A004
from twisted.python.failure import Failure

from tests.sam.hosts import CALLER, OWN, StreamHostCase
from twisted_mule.status import RouterState


class StreamHostTests(StreamHostCase):
    """``StreamHost``."""

    def test_not_before_datagrams(self) -> None:
        """Nothing is opened before datagrams flow."""
        self.wait(600.0)
        self.assertEqual([], self.reactor.tcpClients)
        self.assertEqual(RouterState.OFFLINE, self.state)
        self.host.datagrams(True)
        self.assertEqual(1, len(self.reactor.tcpClients))

    def test_what_it_says(self) -> None:
        """SAM 3.1 at the most, our keys, no port of ours, and one ACCEPT; never a ping."""
        self.host.datagrams(True)
        control = self.create()
        self.assertEqual(
            [
                "HELLO VERSION MIN=3.0 MAX=3.1",
                f"SESSION CREATE STYLE=STREAM ID=qwertz DESTINATION={OWN.private} inbound.length=1",
                "NAMING LOOKUP NAME=ME",
            ],
            control.said,
        )
        waiting = self.accept()
        self.assertEqual(
            ["HELLO VERSION MIN=3.0 MAX=3.1", "STREAM ACCEPT ID=qwertz SILENT=false"], waiting.said
        )
        self.wait(3600.0)
        self.assertEqual([], control.said + waiting.said)
        self.assertEqual(RouterState.ONLINE, self.state)
        self.assertEqual([], self.reactor.tcpClients)
        self.assertEqual(OWN.destination, self.host.destination)

    def test_lost(self) -> None:
        """A session that is lost takes its streams along, and comes back after 10 s or more."""
        control, waiting = self.online()
        control.drop()
        self.assertEqual(RouterState.WAITING, self.state)
        self.assertTrue(waiting.closing)
        waiting.drop()
        self.wait(9.9)
        self.assertEqual([], self.reactor.tcpClients)
        self.wait(11.0)
        self.create()
        self.accept()
        self.assertEqual(RouterState.ONLINE, self.state)
        self.assertIsNone(self.host.status().problem)

    def test_waits_for_datagrams(self) -> None:
        """A session that is lost while no datagrams flow is opened once they do."""
        control, waiting = self.online()
        self.host.datagrams(False)
        self.assertEqual(RouterState.ONLINE, self.state)
        control.drop()
        waiting.drop()
        self.wait(600.0)
        self.assertEqual([], self.reactor.tcpClients)
        self.host.datagrams(True)
        self.assertEqual(RouterState.CONNECTING, self.state)

    def test_no_sooner_than_its_time(self) -> None:
        """Datagrams that come back at once do not shorten the wait."""
        control, waiting = self.online()
        self.host.datagrams(False)
        control.drop()
        waiting.drop()
        self.host.datagrams(True)
        self.wait(9.9)
        self.assertEqual([], self.reactor.tcpClients)

    def test_suspicious_session(self) -> None:
        """An OK in under a second is left alone for 10 s before anything is accepted with it."""
        self.host.datagrams(True)
        self.create(after=0.1)
        self.assertEqual(RouterState.TESTING, self.state)
        self.wait(9.9)
        self.assertEqual([], self.reactor.tcpClients)
        self.wait(0.2)
        self.accept()
        self.assertEqual(RouterState.ONLINE, self.state)

    def test_accept_refused(self) -> None:
        """A session that the router does not know any more is opened anew."""
        _, waiting = self.online()
        waiting.write(f"{CALLER}\n".encode())
        line = self.line()
        line.say("HELLO REPLY RESULT=OK VERSION=3.1")
        line.say("STREAM STATUS RESULT=INVALID_ID MESSAGE=gone")
        self.assertEqual(RouterState.WAITING, self.state)
        problem = self.host.status().problem
        assert problem is not None
        self.assertIn("INVALID_ID, gone", problem.headline)

    def test_accept_ends(self) -> None:
        """An ACCEPT that ends without a call is asked for again after a pause."""
        for rubbish in (b"", b"STREAM STATUS RESULT=I2P_ERROR\n", b"\xff\n", bytes(9_000)):
            if self.state is RouterState.OFFLINE:
                _, waiting = self.online()
            else:
                waiting = self.accept()
            if rubbish:
                waiting.write(rubbish)
                self.assertTrue(waiting.wire.aborting)
            waiting.drop()
            self.assertEqual(RouterState.ONLINE, self.state)
            self.wait(9.9)
            self.assertEqual([], self.reactor.tcpClients)
            self.wait(11.0)
        self.accept()
        self.assertEqual(0, self.host.status().accepted)

    def test_accept_garbled(self) -> None:
        """A router that says anything but what was asked for has lost the session."""
        for rubbish in (
            b"HELLO REPLY RESULT=OK VERSION=3.1\nNAMING REPLY RESULT=OK NAME=ME VALUE=x\n",
            b"\xff\n",
            bytes(9_000),
            b"220 mail.example ESMTP\r\n",
        ):
            self.host.datagrams(True)
            while not self.reactor.tcpClients:
                self.reactor.advance(1.0)
            control = self.create()
            line = self.line()
            line.write(rubbish)
            self.assertEqual(RouterState.WAITING, self.state)
            self.assertTrue(line.wire.aborting)
            line.write(b"and more")
            line.drop()
            control.drop()

    def test_accept_unanswered(self) -> None:
        """A router that does not answer an ACCEPT has half a minute."""
        _, waiting = self.online()
        waiting.write(f"{CALLER}\n".encode())
        line = self.line()
        self.wait(31.0)
        self.assertEqual(RouterState.WAITING, self.state)
        self.assertTrue(line.closing)

    def test_accept_unreached(self) -> None:
        """A router that takes no further connection has lost the session."""
        _, waiting = self.online()
        waiting.write(f"{CALLER}\n".encode())
        *_, factory, _timeout, _bind = self.reactor.tcpClients.pop()
        connector: Any = None
        factory.clientConnectionFailed(connector, Failure(ConnectionRefusedError()))
        self.assertEqual(RouterState.WAITING, self.state)

    def test_somebody_else(self) -> None:
        """A session that the router opens for another identity is not used."""
        self.host.datagrams(True)
        control = self.line()
        control.say("HELLO REPLY RESULT=OK VERSION=3.1")
        control.say(f"SESSION STATUS RESULT=OK DESTINATION={OWN.private}")
        control.say(f"NAMING REPLY RESULT=OK NAME=ME VALUE={CALLER}")
        self.assertEqual(RouterState.WAITING, self.state)
        problem = self.host.status().problem
        assert problem is not None
        self.assertIn("another identity", problem.headline)

    def test_stop(self) -> None:
        """Stopped, everything is closed, by force after two seconds, and nothing is left over."""
        control, waiting = self.online()
        waiting.write(f"{CALLER}\n".encode())
        further = self.line()
        stopped = self.host.stopService()
        self.assertEqual(RouterState.OFFLINE, self.state)
        self.assertTrue(control.closing)
        self.assertTrue(waiting.closing)
        self.assertTrue(further.closing)
        control.drop()
        further.drop()
        self.assertNoResult(stopped)
        self.wait(2.1)
        self.assertTrue(waiting.wire.aborting)
        waiting.drop()
        self.successResultOf(stopped)
        self.wait(600.0)
        self.assertEqual([], self.reactor.tcpClients)
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_stop_before_anything(self) -> None:
        """What never began is stopped at once."""
        self.successResultOf(self.host.stopService())
        self.host.datagrams(True)
        self.assertEqual([], self.reactor.tcpClients)

    def test_stop_while_dialling(self) -> None:
        """A connection that is only asked for is given up."""
        self.online()[1].write(f"{CALLER}\n".encode())
        self.host.stopService()
        self.assertEqual([RouterState.OFFLINE], self.states[-1:])
