"""Tests of ``--record``: how a running node comes to write a trace."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

from attrs import define, evolve, field
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.web.samples import online
from twisted_mule.clauses import fingerprint
from twisted_mule.daemon import Daemon
from twisted_mule.kad.chance import Chance
from twisted_mule.premises import Premises
from twisted_mule.recording.rows import read
from twisted_mule.settings import Settings
from twisted_mule.snapshots import Facts
from twisted_mule.store.directory import StateError
from twisted_mule.web.overview import overview


@define
class Told:
    """The part of a daemon that hears of it."""

    facts: Facts = field(factory=lambda: Facts("", "", 0.0, 0.0, None))
    sentences: list[str] = field(factory=list)

    def tell(self, sentence: str) -> None:
        """One sentence for the user."""
        self.sentences.append(sentence)


class RecordTests(SynchronousTestCase):
    """Nobody records unless asked to, and then it cannot be overlooked."""

    def setUp(self) -> None:
        """A daemon that hears what it is told."""
        self.told = Told()
        self.daemon = cast(Daemon, self.told)
        self.path = Path(self.mktemp())

    def premises(self, record: Path | None) -> Premises:
        """Premises of which nothing else is open."""
        nothing: Any = None
        settings = Settings(Path(), record=record)
        return Premises(Clock(), settings, Chance(b""), nothing, nothing, os.urandom)

    def test_off(self) -> None:
        """By default there is no watcher, and nothing is said."""
        self.assertIsNone(self.premises(None).watch(self.daemon))
        self.assertEqual([], self.told.sentences)

    def test_on(self) -> None:
        """It is told, stands in the facts, and the trace names the contract; closed with all."""
        premises = self.premises(self.path)
        self.assertIsNotNone(premises.watch(self.daemon))
        (sentence,) = self.told.sentences
        self.assertIn(f"every datagram is written down in {self.path}", sentence)
        self.assertEqual(str(self.path), self.told.facts.recording)
        header, rows = read(self.path.read_text().splitlines(keepends=True))
        self.assertEqual(("node", fingerprint()), (header.source, header.contract))
        self.assertEqual([], list(rows))
        self.successResultOf(premises.close())
        self.assertEqual(0o600, self.path.stat().st_mode & 0o777)

    def test_old_file(self) -> None:
        """A file that is there is not touched: the node does not start, and says why."""
        self.path.write_text("dear")
        reason = self.assertRaises(StateError, self.premises(self.path).watch, self.daemon)
        self.assertIn("name a new file", str(reason))
        self.assertEqual("dear", self.path.read_text())

    def test_overview(self) -> None:
        """As long as it records, the overview says so."""
        self.assertNotIn("Recording", str(overview(online()).facts))
        recording = evolve(online(), recording="trace.jsonl")
        self.assertIn(("Recording", "trace.jsonl"), overview(recording).facts)
