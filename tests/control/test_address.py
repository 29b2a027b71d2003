"""Names for the control socket."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.control import address as module
from twisted_mule.control.address import LONGEST, address


class AddressTests(SynchronousTestCase):
    """Short paths as they are, long ones by another way."""

    def long_directory(self) -> Path:
        """A directory whose name alone is longer than a socket address."""
        directory = Path(self.mktemp()).absolute() / ("x" * LONGEST)
        directory.mkdir(parents=True)
        return directory

    def test_short(self) -> None:
        """A short path is its own address."""
        with address(Path("/run/mule/control")) as name:
            self.assertEqual("/run/mule/control", name)

    def test_long(self) -> None:
        """A socket bound by the short name is the one at the long path."""
        path = self.long_directory() / "control"
        with address(path) as name, socket.socket(socket.AF_UNIX) as line:
            self.assertLessEqual(len(os.fsencode(name)), LONGEST)
            line.bind(name)
            self.assertTrue(path.is_socket())

    def test_nothing_is_left_open(self) -> None:
        """The directory is closed when the name is not needed any more."""
        before = len(os.listdir("/proc/self/fd"))
        with address(self.long_directory() / "control"):
            self.assertEqual(before + 1, len(os.listdir("/proc/self/fd")))
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))

    def test_no_way(self) -> None:
        """Where the system has no short name, a sentence says what to do."""
        with (
            patch.object(module, "_OWN_FILES", Path("/nowhere")),
            self.assertRaisesRegex(ValueError, "shorter path with --data"),
            address(Path("/" + "x" * 200)),
        ):
            self.fail("there is no address")

    def test_no_directory(self) -> None:
        """A long path that does not exist is an error of the system."""
        with self.assertRaises(FileNotFoundError), address(Path("/" + "x/" * 100 + "control")):
            self.fail("there is no address")
