"""Tests for :mod:`twisted_mule.sam.guests`: the callers of a stream host, played by the test."""

from __future__ import annotations

from tests.sam.hosts import CALLER, StreamHostCase
from twisted_mule.sam.guests import HEARD, STAY
from twisted_mule.sam.streams import MOST_STREAMS


class GuestTests(StreamHostCase):
    """Who calls, and how long he stays."""

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
