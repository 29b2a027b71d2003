"""Tests for :mod:`twisted_mule.recording.recorder` and :mod:`twisted_mule.recording.files`."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.network.village import Village
from tests.samples import destination
from twisted_mule.places import Outgoing
from twisted_mule.recording.files import opened
from twisted_mule.recording.recorder import Recorder
from twisted_mule.recording.rows import Header, PlaceKind, Pseudonyms, Row, Way, read


class RecorderTests(SynchronousTestCase):
    """What passes is written down, and nothing passes otherwise for it."""

    def setUp(self) -> None:
        """A recorder that writes into memory."""
        self.file = StringIO()
        self.recorder = Recorder(self.file, Pseudonyms(b"key"))
        self.recorder.begin(Header("node", "a program"))

    def rows(self) -> list[Row]:
        """What was written."""
        self.file.seek(0)
        return list(read(self.file)[1])

    def test_rows(self) -> None:
        """Requests and answers are told apart; what was refused has no type."""
        there = destination(1)
        self.recorder.sent(Outgoing(there, b"abc", "ping"), 4, 10.5)
        self.recorder.sent(Outgoing(there, b"abcd", "pong", arrived=9.0), 4, 10.6)
        self.recorder.heard(there, 77, 11.0, None)
        name = self.recorder.names(there)
        self.assertEqual(
            [
                Row(10.5, Way.OUT, name, 3, "ping", 4, PlaceKind.REQUEST),
                Row(10.6, Way.OUT, name, 4, "pong", 4, PlaceKind.ANSWER),
                Row(11.0, Way.IN, name, 77),
            ],
            self.rows(),
        )

    def test_full_disk(self) -> None:
        """A file that takes no more ends the recording, and nothing is raised."""
        self.file.close()
        self.recorder.heard(destination(1), 77, 11.0, None)
        self.assertIn("closed", self.recorder.failed)

    def test_a_node(self) -> None:
        """A node that is recorded does what it would do, and every datagram of it has a row."""
        counts = []
        for watched in (False, True):
            village = Village(5)
            node = village.nodes[0]
            node.watch = self.recorder if watched else None
            village.run(120.0)
            counts.append(node.counters.report(0.0)[0])
        self.assertEqual(*counts)
        rows = self.rows()
        sent = [row for row in rows if row.way is Way.OUT]
        self.assertEqual(node.sender.record.sent, len(sent))
        self.assertEqual(node.intake.received, len(rows) - len(sent))
        self.assertNotIn(None, [row.type for row in rows])

    def test_files(self) -> None:
        """A trace is a new file that nobody else can read; an old one is never touched."""
        path = Path(self.mktemp())
        file, recorder = opened(path, os.urandom, "0123")
        with file:
            recorder.heard(destination(1), 77, 11.0, "ping")
            self.assertEqual(2, len(path.read_text().splitlines()))
        self.assertEqual(0o600, path.stat().st_mode & 0o777)
        self.assertRaises(FileExistsError, opened, path, os.urandom, "0123")
