"""Tests for :mod:`twisted_mule.practice.streams` and its lanes."""

from __future__ import annotations

from random import Random

from attrs import evolve
from hypothesis import given
from hypothesis.strategies import binary, lists

from tests.practice.bridging import Practice
from tests.practice.streaming import OK, StreamCase
from twisted_mule.practice import streams
from twisted_mule.practice.keys import DSA_SHA1, generate
from twisted_mule.practice.lanes import EARLY, WINDOW
from twisted_mule.practice.weather import CALM, I2P_LIKE


class ConnectTests(StreamCase):
    """Calls are taken, wait, or fail with the word that routers use."""

    def test_connect(self) -> None:
        """The acceptor learns who calls, and the caller that it is connected."""
        acceptor = self.acceptor()
        self.assertEqual(OK, acceptor.read())
        caller = self.caller()
        self.assertEqual(b"", caller.read())
        self.practice.wait()
        self.assertEqual(f"{self.alices}\n".encode(), acceptor.read())
        self.assertEqual(OK, caller.read())

    def test_ports_since_3_2(self) -> None:
        """An acceptor of SAM 3.2 is told the ports as well."""
        acceptor = self.acceptor(version="3.2")
        self.caller("FROM_PORT=1 TO_PORT=2")
        self.practice.wait()
        self.assertIn(b" FROM_PORT=1 TO_PORT=2\n", acceptor.read())

    def test_silent(self) -> None:
        """Who asks for silence sees nothing but the other's bytes."""
        acceptor, caller = self.acceptor("SILENT=true"), self.caller("SILENT=true")
        self.practice.wait()
        caller.write(b"to")
        acceptor.write(b"fro")
        self.practice.wait()
        self.assertEqual((b"to", b"fro"), (acceptor.read(), caller.read()))

    def test_call_waits_for_an_acceptor(self) -> None:
        """A call that comes before the acceptor waits a while, and what it brought with it."""
        caller = self.caller()
        caller.write(b"early")
        self.practice.wait()
        acceptor = self.acceptor()
        self.practice.wait()
        self.assertEqual(OK + f"{self.alices}\n".encode() + b"early", acceptor.read())
        self.assertEqual(OK, caller.read())

    def test_two_acceptors(self) -> None:
        """Each acceptor takes one call."""
        first, second = self.acceptor(), self.acceptor()
        self.caller()
        self.practice.wait()
        self.assertNotEqual(OK, first.read())
        self.assertEqual(OK, second.read())
        self.caller()
        self.practice.wait()
        self.assertNotEqual(b"", second.read())

    def test_acceptor_that_left(self) -> None:
        """A call does not go to an acceptor that is gone."""
        gone, here = self.acceptor(), self.acceptor()
        gone.leave()
        here.read()
        self.caller()
        self.practice.wait()
        self.assertEqual(f"{self.alices}\n".encode(), here.read())

    def test_caller_that_left(self) -> None:
        """A call whose caller is gone does not cost Bob an acceptor."""
        acceptor = self.acceptor()
        self.caller().leave()
        self.practice.wait()
        self.assertEqual(OK, acceptor.read())
        self.caller()
        self.practice.wait()
        self.assertEqual(f"{self.alices}\n".encode(), acceptor.read())

    def test_nobody_accepts(self) -> None:
        """After some patience the caller is told that nobody can be reached."""
        caller = self.caller()
        self.practice.wait(14.0)
        self.assertEqual(b"", caller.read())
        self.practice.wait(3.0)
        self.assertEqual(b"STREAM STATUS RESULT=CANT_REACH_PEER\n", caller.read())
        self.assertTrue(caller.wire.closed)
        late = self.acceptor()
        self.practice.wait()
        self.assertEqual(OK, late.read())

    def test_too_many_wait(self) -> None:
        """Only so many calls wait for acceptors; callers that left make room."""
        self.patch(streams, "BACKLOG", 2)
        first = self.caller()
        self.caller()
        self.practice.wait()
        one_too_many = self.caller()
        self.practice.wait()
        self.assertTrue(one_too_many.wire.closed)
        first.leave()
        another = self.caller()
        self.practice.wait()
        self.assertFalse(another.wire.closed)

    def test_silent_failure(self) -> None:
        """Who asked for silence is told nothing when it fails either."""
        client = self.practice.client()
        client.tell(f"STREAM CONNECT ID=nobody DESTINATION={self.bobs} SILENT=true")
        self.assertEqual(b"", client.read())
        self.assertTrue(client.wire.closed)

    def test_refusals(self) -> None:
        """Unknown sessions, keys and hosts each have their word."""
        self.practice.session("DATAGRAM", "grams")
        stranger = generate(DSA_SHA1, self.practice.entropy).destination
        for result, command in (
            ("INVALID_ID", f"CONNECT ID=nobody DESTINATION={self.bobs}"),
            ("INVALID_ID", "ACCEPT"),
            ("INVALID_KEY", "CONNECT ID=alice DESTINATION=AAAA"),
            ("INVALID_KEY", "CONNECT ID=alice"),
            ("CANT_REACH_PEER", "CONNECT ID=alice DESTINATION=stats.i2p"),
            ("CANT_REACH_PEER", f"CONNECT ID=alice DESTINATION={stranger}"),
            ("I2P_ERROR", "ACCEPT ID=grams"),
        ):
            client = self.practice.client()
            client.tell(f"STREAM {command}")
            self.practice.wait()
            self.assertEqual(
                f"STREAM STATUS RESULT={result}", client.read().decode()[: 21 + len(result)]
            )
            self.assertTrue(client.wire.closed)

    def test_no_streams_to_datagram_sessions(self) -> None:
        """A call to a destination that takes no streams fails."""
        _, grams = self.practice.session("DATAGRAM", "grams")
        client = self.practice.client()
        client.tell(f"STREAM CONNECT ID=alice DESTINATION={grams}")
        self.practice.wait()
        self.assertEqual("CANT_REACH_PEER", client.lines()[0].options["RESULT"])

    def test_lease_set_first(self) -> None:
        """A call waits until the other destination is found, and is not lost."""
        self.begin(Practice(evolve(CALM, search=(3.0, 3.0))))
        acceptor, _ = self.acceptor(), self.caller()
        acceptor.read()
        self.practice.wait(2.5)
        self.assertEqual(b"", acceptor.read())
        self.practice.wait(1.0)
        self.assertNotEqual(b"", acceptor.read())


class DataTests(StreamCase):
    """Bytes arrive whole and in order, with delay and at the reader's pace."""

    @given(lists(binary(min_size=1, max_size=40), max_size=12))
    def test_in_order(self, pieces: list[bytes]) -> None:
        """Whatever the weather does to pieces, their order and their bytes stay."""
        self.begin(Practice(evolve(I2P_LIKE, loss=0.2, search=(0.0, 0.0))))
        acceptor, caller = self.acceptor(), self.caller()
        self.practice.wait(20.0)
        acceptor.read()
        for piece in pieces:
            caller.write(piece)
            self.practice.clock.advance(0.1)
        self.practice.wait(600.0)
        self.assertEqual(b"".join(pieces), acceptor.read())

    def test_large(self) -> None:
        """A large piece arrives whole, and the client pauses while much is under way."""
        caller, acceptor = self.stream()
        data = Random(0).randbytes(WINDOW + 1)
        caller.write(data)
        self.assertEqual("paused", caller.wire.producerState)
        self.practice.wait()
        self.assertEqual("producing", caller.wire.producerState)
        self.assertEqual(data, acceptor.read())

    def test_slow_reader(self) -> None:
        """What a reader does not take stays under way, and in the end the writer pauses."""
        caller, acceptor = self.stream()
        lane = acceptor.wire.pacer
        lane.pauseProducing()
        caller.write(bytes(WINDOW + 1))
        self.practice.wait()
        self.assertEqual(b"", acceptor.read())
        self.assertEqual("paused", caller.wire.producerState)
        lane.resumeProducing()
        self.assertEqual(WINDOW + 1, len(acceptor.read()))
        self.assertEqual("producing", caller.wire.producerState)

    def test_too_much_too_early(self) -> None:
        """A caller that writes before it is connected has to pause before long."""
        caller = self.caller()
        caller.write(bytes(EARLY + 1))
        self.assertEqual("paused", caller.wire.producerState)
        acceptor = self.acceptor("SILENT=true")
        self.practice.wait()
        self.assertEqual(EARLY + 1, len(acceptor.read()))
        self.assertEqual("producing", caller.wire.producerState)

    def test_end(self) -> None:
        """The end of a stream comes after its last byte."""
        caller, acceptor = self.stream()
        caller.write(b"last words")
        caller.leave()
        self.assertFalse(acceptor.wire.closed)
        self.practice.wait()
        self.assertEqual(b"last words", acceptor.read())
        self.assertTrue(acceptor.wire.closed)

    def test_writing_to_the_gone(self) -> None:
        """What arrives after the other end is gone goes nowhere."""
        caller, acceptor = self.stream()
        acceptor.wire.pacer.stopProducing()
        acceptor.wire.producer = None
        acceptor.leave()
        caller.write(b"hello?")
        self.practice.wait()
        self.assertTrue(caller.wire.closed)

    def test_session_end(self) -> None:
        """When a session ends its streams, acceptors and waiting calls end."""
        caller, acceptor = self.stream()
        waiting = self.acceptor()
        self.bob.leave()
        self.assertTrue(acceptor.wire.closed)
        self.assertTrue(waiting.wire.closed)
        self.practice.wait()
        self.assertTrue(caller.wire.closed)
