"""The stream destination in memory: the test plays the router and the callers."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionRefusedError  # noqa: A004
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import keys
from tests.sam.stage import MemoryReactor, Wire
from tests.samples import destination
from twisted_mule.sam.guests import HEARD, STAY
from twisted_mule.sam.streams import MOST_STREAMS, StreamHost
from twisted_mule.status import RouterState

OWN, CALLER = keys(1), destination(2).base64


class NotedWire(Wire):
    """A connection that knows whether it was cut."""

    aborting = False

    def abortConnection(self) -> None:
        """Note it."""
        self.aborting = True
        super().abortConnection()


class Line:
    """One connection of the host to the router, as the router sees it."""

    def __init__(self, factory: Any) -> None:
        self.wire = NotedWire("127.0.0.1")
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.wire)

    @property
    def said(self) -> list[str]:
        """The lines that the host said since the last time."""
        text: str = self.wire.value().decode()
        self.wire.clear()
        return text.splitlines()

    @property
    def closing(self) -> bool:
        """Whether the host closes it."""
        return self.wire.disconnecting or self.wire.aborting

    @property
    def paused(self) -> bool:
        """Whether the host reads no more."""
        return self.wire.producerState == "paused"

    def say(self, text: str) -> None:
        """The router says a line."""
        self.write(f"{text}\n".encode())

    def write(self, data: bytes) -> None:
        """The router sends bytes."""
        self.protocol.dataReceived(data)

    def drop(self) -> None:
        """The connection ends."""
        self.protocol.connectionLost(Failure(ConnectionDone()))


class StreamHostTests(SynchronousTestCase):
    """``StreamHost``."""

    def setUp(self) -> None:
        """A host that is started, and no datagrams yet."""
        self.reactor = MemoryReactor()
        self.states: list[RouterState] = []
        self.host = StreamHost(
            reactor=self.reactor,
            clock=self.reactor,
            endpoint="tcp:127.0.0.1:7656",
            keys=OWN,
            nickname="qwertz",
            options={"inbound.length": "1"},
            random=Random(1),
            on_state=lambda status: self.states.append(status.state),
        )
        self.host.startService()

    @property
    def state(self) -> RouterState:
        """Where it stands."""
        return self.host.status().state

    def wait(self, seconds: float) -> None:
        """Let time pass, in small steps."""
        self.reactor.pump([seconds / 50] * 50)

    def line(self) -> Line:
        """The connection that the host asks for now."""
        (client,) = self.reactor.tcpClients
        self.reactor.tcpClients.clear()
        return Line(client[2])

    def create(self, after: float = 5.0) -> Line:
        """The control connection of a session that opens after some seconds."""
        control = self.line()
        control.say("HELLO REPLY RESULT=OK VERSION=3.1")
        self.reactor.advance(after)
        control.say(f"SESSION STATUS RESULT=OK DESTINATION={OWN.private}")
        control.say(f"NAMING REPLY RESULT=OK NAME=ME VALUE={OWN.destination.base64}")
        self.reactor.advance(0.0)
        return control

    def accept(self) -> Line:
        """The next ACCEPT, answered."""
        line = self.line()
        line.say("HELLO REPLY RESULT=OK VERSION=3.1")
        line.say("STREAM STATUS RESULT=OK")
        return line

    def online(self) -> tuple[Line, Line]:
        """All the way: the control connection, and the ACCEPT that waits."""
        self.host.datagrams(True)
        control = self.create()
        return control, self.accept()

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

    def test_a_call(self) -> None:
        """A caller hears nothing and is seen out after 3 to 10 s; the next one is awaited."""
        _, waiting = self.online()
        waiting.write(f"{CALLER}\nhello".encode())
        self.assertEqual((1, 1), (self.host.status().open, self.host.status().accepted))
        self.accept()
        self.wait(STAY[0] - 0.1)
        self.assertFalse(waiting.closing)
        self.wait(STAY[1] - STAY[0] + 0.2)
        self.assertTrue(waiting.closing)
        self.assertEqual(
            ["HELLO VERSION MIN=3.0 MAX=3.1", "STREAM ACCEPT ID=qwertz SILENT=false"], waiting.said
        )
        waiting.drop()
        self.assertEqual((0, 1), (self.host.status().open, self.host.status().accepted))

    def test_everything_in_one_piece(self) -> None:
        """However the router's words are cut, the caller's line is found and his bytes kept."""
        self.host.datagrams(True)
        self.create()
        story = (
            f"HELLO REPLY RESULT=OK VERSION=3.1\nSTREAM STATUS RESULT=OK\n{CALLER}\nhello".encode()
        )
        self.line().write(story)
        self.assertEqual(1, self.host.status().accepted)
        line = self.line()
        for number in range(len(story)):
            line.write(story[number : number + 1])
        self.assertEqual(2, self.host.status().accepted)

    def test_much_to_say(self) -> None:
        """Of one caller 64 KiB are read, and no more."""
        _, waiting = self.online()
        waiting.write(f"{CALLER}\n".encode())
        waiting.write(bytes(HEARD))
        self.assertFalse(waiting.paused)
        waiting.write(b"x")
        self.assertTrue(waiting.paused)
        self.wait(STAY[1])
        self.assertTrue(waiting.closing)

    def test_much_at_once(self) -> None:
        """A caller whose first words come together with his name may say much."""
        _, waiting = self.online()
        waiting.write(f"{CALLER}\n".encode() + bytes(60_000))
        self.assertEqual((1, 1), (self.host.status().open, self.host.status().accepted))
        self.assertFalse(waiting.closing)

    def test_leaves_first(self) -> None:
        """A caller who leaves before his time leaves no timer behind."""
        _, waiting = self.online()
        waiting.write(f"{CALLER}\n".encode())
        self.accept()
        waiting.drop()
        self.assertEqual(0, self.host.status().open)
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_a_few_at_once(self) -> None:
        """With eight streams open no further one is asked for until one ends."""
        _, line = self.online()
        for _ in range(MOST_STREAMS - 1):
            line.write(f"{CALLER}\n".encode())
            line = self.accept()
        line.write(f"{CALLER}\n".encode())
        self.assertEqual(MOST_STREAMS, self.host.status().open)
        self.assertEqual([], self.reactor.tcpClients)
        line.drop()
        self.accept()

    def test_stays_are_drawn_anew(self) -> None:
        """No two calls last equally long."""
        _, line = self.online()
        for _ in range(MOST_STREAMS):
            line.write(f"{CALLER}\n".encode())
            if self.reactor.tcpClients:
                line = self.accept()
        stays = {call.getTime() - self.reactor.seconds() for call in self.reactor.getDelayedCalls()}
        self.assertEqual(MOST_STREAMS, len(stays))
        for stay in stays:
            self.assertTrue(STAY[0] <= stay <= STAY[1], stay)

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
