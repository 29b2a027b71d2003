"""Tests for :mod:`twisted_mule.exit.slices`: what the kernel is asked for."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.exit.slices import SLICE, ask_for_short_slices

#: Asked in a process of its own, for it lasts; the kernel's own word on it is the last line.
ASK = """
from pathlib import Path
from twisted_mule.exit.slices import ask_for_short_slices
print(ask_for_short_slices())
known = Path("/proc/self/sched")
print(known.read_text() if known.exists() else "")
"""


class SliceTests(SynchronousTestCase):
    """The exit process need not wait for the end of another one's slice."""

    def test_asked(self) -> None:
        """The kernel takes it, and one that knows of slices has this one from then on."""
        done = subprocess.run(  # noqa: S603 - our own words only
            [sys.executable, "-c", ASK],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        taken, *known = done.stdout.splitlines()
        self.assertEqual("True", taken)
        release = tuple(map(int, platform.release().split("-", 1)[0].split(".")[:2]))
        if any(known) and release >= (6, 12):
            slices = [line.split()[-1] for line in known if line.startswith("se.slice ")]
            self.assertEqual([str(SLICE)], slices)

    def test_unknown_machines(self) -> None:
        """Where the call has no number that we know, nothing is called."""
        before = os.sched_getscheduler(0)
        self.assertFalse(ask_for_short_slices("pdp11"))
        self.assertEqual(before, os.sched_getscheduler(0))
