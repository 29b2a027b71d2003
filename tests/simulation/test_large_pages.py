"""Tests of the environment in which processes that simulate are started."""

from __future__ import annotations

import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.simulation.large_pages import additions, large_pages, libc_version

#: Says which allocator its interpreter was started with.
ASKED = "import os; print(os.environ.get('PYTHONMALLOC'))"


class AdditionsTests(SynchronousTestCase):
    """What is asked of the allocator, and when nothing is."""

    def test_glibc(self) -> None:
        """Where glibc can give large pages, Python is to take its memory from it."""
        wanted = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
        for libc in ("glibc 2.35", "glibc 2.41", "glibc 3.0"):
            self.assertEqual(wanted, additions({"HOME": "/"}, libc))

    def test_elsewhere(self) -> None:
        """An older glibc and another library stay as they are."""
        for libc in ("", "glibc 2.34", "musl 1.2"):
            self.assertEqual({}, additions({}, libc))

    def test_other_tunables_stay(self) -> None:
        """What else is set for glibc stands beside it."""
        added = additions({"GLIBC_TUNABLES": "glibc.malloc.check=1"}, "glibc 2.36")
        self.assertEqual("glibc.malloc.check=1:glibc.malloc.hugetlb=1", added["GLIBC_TUNABLES"])

    def test_the_user_chose(self) -> None:
        """An allocator and pages that the user chose stay."""
        for name, value in (
            ("PYTHONMALLOC", "debug"),
            ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=2"),
        ):
            self.assertEqual({}, additions({name: value}, "glibc 2.36"))


class EnvironmentTests(SynchronousTestCase):
    """Processes started meanwhile see it, and nothing of it stays."""

    def setUp(self) -> None:
        """The user chose nothing."""
        for name in ("PYTHONMALLOC", "GLIBC_TUNABLES"):
            before = os.environ.pop(name, None)
            if before is not None:
                self.addCleanup(os.environ.__setitem__, name, before)

    def asked(self) -> str:
        """The allocator that a process started now was asked to use."""
        told = subprocess.run(  # noqa: S603
            [sys.executable, "-S", "-c", ASKED], capture_output=True, text=True, check=True
        )
        return told.stdout.strip()

    def test_within(self) -> None:
        """A process has it when it is started within, and only then."""
        before = dict(os.environ)
        wanted = additions({}, libc_version()).get("PYTHONMALLOC", "None")
        with large_pages():
            self.assertEqual(wanted, self.asked())
        self.assertEqual("None", self.asked())
        self.assertEqual(before, dict(os.environ))
