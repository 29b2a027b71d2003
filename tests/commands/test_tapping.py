"""Tests for :mod:`twisted_mule.commands.tapping`: what keeps a tap from listening."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from click.testing import CliRunner, Result
from twisted.internet import reactor
from twisted.internet.error import CannotListenError
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.cli import main


class TapTests(SynchronousTestCase):
    """A tap that cannot listen leaves nothing behind."""

    def call(self, trace: Path, *words: str) -> Result:
        """One call."""
        self.patch(reactor, "seconds", reactor.seconds)
        return CliRunner().invoke(main, ["tap", str(trace), *words])

    def test_busy_port(self) -> None:
        """It is said, and the same call can be made again."""
        trace = Path(self.mktemp())
        busy = CannotListenError("127.0.0.1", 7755, OSError("in use"))
        with mock.patch.object(reactor, "listenUDP", side_effect=busy):
            for _ in range(2):
                answer = self.call(trace)
                self.assertEqual(1, answer.exit_code, answer.output)
                self.assertIn("cannot listen", answer.output)
                self.assertFalse(trace.exists())

    def test_no_ports(self) -> None:
        """Numbers that are no ports are refused, and so is the port below the first one."""
        trace = Path(self.mktemp())
        for option in ("--port", "--udp-port", "--router", "--router-udp"):
            for number in ("0", "99999"):
                self.assertEqual(2, self.call(trace, option, number).exit_code)
        for option in ("--port", "--router"):
            answer = self.call(trace, option, "1")
            self.assertEqual(2, answer.exit_code)
            self.assertIn("There is no port below 1", answer.output)
        self.assertFalse(trace.exists())
