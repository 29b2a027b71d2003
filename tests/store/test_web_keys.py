"""Tests for :mod:`twisted_mule.store.web_keys`."""

from __future__ import annotations

import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.store.directory import DASHBOARD_KEY, METRICS_TOKEN, StateDirectory
from twisted_mule.store.web_keys import load_web_keys


class WebKeysTests(SynchronousTestCase):
    """Secrets of the dashboard are made once, private, and kept."""

    def setUp(self) -> None:
        """A state directory, and entropy that counts."""
        self.directory = StateDirectory(Path(self.mktemp()).absolute(), lambda: 0.0)
        self.directory.prepare()
        self.draws = iter(range(100))

    def entropy(self, size: int) -> bytes:
        """So many bytes, never the same."""
        return next(self.draws).to_bytes(size, "big")

    def test_made_once(self) -> None:
        """They outlive a restart, and differ."""
        first = load_web_keys(self.directory, self.entropy)
        self.assertEqual(first, load_web_keys(self.directory, self.entropy))
        self.assertNotEqual(first.secret, first.token)
        self.assertEqual(32, len(first.secret))

    def test_private(self) -> None:
        """Nobody else reads them."""
        load_web_keys(self.directory, self.entropy)
        for name in (DASHBOARD_KEY, METRICS_TOKEN):
            mode = stat.S_IMODE(self.directory.path(name).stat().st_mode)
            self.assertEqual(0o600, mode)

    def test_mended(self) -> None:
        """What is no secret is replaced: an empty file must not open the door to all."""
        for wrong in (b"", b"x", b"\xff" * 32, b"0" * 31):
            self.directory.write(DASHBOARD_KEY, wrong)
            self.assertRegex(load_web_keys(self.directory, self.entropy).secret, "[0-9a-f]{32}")
