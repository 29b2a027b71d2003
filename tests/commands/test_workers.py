"""Tests for :mod:`twisted_mule.commands.workers`."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import time

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.commands.verb import Refusal
from twisted_mule.commands.workers import workers

LONG = 600.0


def interrupted(reason: BaseException) -> None:
    """Work for long, and leave it when the first call is done."""
    with workers(1) as pool:
        first = pool.submit(time.sleep, 0.0)
        for _ in range(3):
            pool.submit(time.sleep, LONG)
        first.result()
        raise reason


def killed() -> None:
    """Work that is ended from outside."""
    with workers(1) as pool:
        pool.submit(os._exit, 1).result()


class WorkersTests(SynchronousTestCase):
    """Processes for runs end with the command."""

    def test_work(self) -> None:
        """Each call has a process of its own, which leaves Ctrl-C to the command."""
        with workers(2, os.chdir, "/") as pool:
            found = [pool.submit(os.getpid), pool.submit(os.getpid)]
            self.assertEqual(3, len({os.getpid(), *(one.result() for one in found)}))
            self.assertEqual("/", pool.submit(os.getcwd).result())
            ignored = pool.submit(signal.getsignal, signal.SIGINT).result()
            self.assertEqual(signal.SIG_IGN, ignored)
            self.assertEqual(50_000, pool.submit(gc.get_threshold).result()[0])

    def test_left_early(self) -> None:
        """What runs and what is queued is over at once when the command is."""
        for reason in (KeyboardInterrupt("enough"), Refusal("enough")):
            began = time.monotonic()
            self.assertRaises(type(reason), interrupted, reason)
            self.assertLess(time.monotonic() - began, LONG / 2)
            self.assertEqual([], multiprocessing.active_children())

    def test_killed(self) -> None:
        """One that the system kills is told, with what may help."""
        reason = self.assertRaises(Refusal, killed)
        self.assertIn("fewer nodes or --jobs 1", str(reason))
