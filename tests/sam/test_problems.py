"""Tests for :mod:`twisted_mule.sam.problems`."""

from __future__ import annotations

from twisted.internet import error
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sam import problems
from twisted_mule.sam.faults import KeysNotKept, NotSam, Refused, Unreadable, WrongIdentity
from twisted_mule.status import Problem

ENDPOINT = "tcp:127.0.0.1:7656"
ROUTER, OURS = ("127.0.0.1", 7655), ("127.0.0.1", 40000)

#: What can happen, and words that the user must find in the headline and in the advice.
TABLE = (
    (error.ConnectionRefusedError(), "not found at 127.0.0.1:7656", "Start the router"),
    (error.NoRouteError(), "not found", "SAM"),
    (error.TCPTimedOutError(), "not found", "SAM"),
    (error.TimeoutError(), "not found", "SAM"),
    (error.DNSLookupError(), "name", "IP address"),
    (NotSam(b"HTTP/1.1 400 Bad\r\n"), "other than SAM", r"HTTP/1.1 400 Bad\r\n"),
    (NotSam(b"\xff\x00<b>"), "other than SAM", r"\xff\x00<b>"),
    (NotSam(b""), "without a greeting", "7656"),
    (Refused("HELLO", "NOVERSION"), "SAM 3.0", "Update"),
    (Refused("HELLO", "I2P_ERROR", "USER missing"), "USER missing", "password"),
    (Refused("SESSION CREATE", "DUPLICATED_DEST"), "already in use", "next try"),
    (Refused("SESSION CREATE", "DUPLICATED_ID"), "already in use", "other copy"),
    (Refused("SESSION CREATE", "INVALID_KEY"), "keys", "copy"),
    (Refused("SESSION CREATE", "I2P_ERROR", "no tunnels"), "no tunnels", "next try"),
    (Refused("DEST GENERATE", "I2P_ERROR"), "I2P_ERROR", "next try"),
    (Unreadable(b"HALLO"), "cannot be read", "HALLO"),
    (WrongIdentity("this destination has 391 bytes"), "391 bytes", "DSA_SHA1"),
    (KeysNotKept("disk full"), "disk full", "data directory"),
    (error.CannotListenError("127.0.0.1", 0, OSError("taken")), "127.0.0.1", "UDP"),
    (error.ConnectionDone(), "connection lost", "by itself"),
    (error.ConnectionLost(), "connection lost", "by itself"),
    (ZeroDivisionError(), "ZeroDivisionError", "log"),
)


class ProblemTests(SynchronousTestCase):
    """Every failure has a plain headline and a next step."""

    def check(self, problem: Problem, headline: str, advice: str) -> None:
        """Both sentences say what they must, on one line each."""
        self.assertIn(headline, problem.headline)
        self.assertIn(advice, problem.advice)
        for sentence in (problem.headline, problem.advice):
            self.assertTrue(sentence.isprintable(), sentence)
            self.assertTrue(sentence[0].isupper(), sentence)
        self.assertTrue(problem.advice.endswith("."), problem.advice)
        self.assertFalse(problem.headline.endswith("."), problem.headline)

    def test_table(self) -> None:
        """Each cause is explained in its own words."""
        for reason, headline, advice in TABLE:
            self.check(problems.explain(reason, ENDPOINT), headline, advice)

    def test_timeouts(self) -> None:
        """A router that says nothing is a problem of the step that it is silent in."""
        self.check(problems.no_router(ENDPOINT), "127.0.0.1:7656", "SAM")
        self.check(problems.silent_greeting(ENDPOINT), "127.0.0.1:7656", "stuck")
        self.check(problems.slow_session(300.0), "5 minutes", "tunnels")
        self.check(problems.remains(), "previous session", "Nothing to do")
        self.check(problems.gone_silent(390.0), "6 minutes", "router's log")

    def test_nothing_back(self) -> None:
        """Whether anything else was heard tells which side of the UDP way is wrong."""
        headline = "nothing comes back"
        deaf = problems.nothing_back(ROUTER, OURS, heard=False, over_tcp=False)
        self.check(deaf, headline, "127.0.0.1:40000")
        mute = problems.nothing_back(ROUTER, OURS, heard=True, over_tcp=False)
        self.check(mute, headline, "SAM UDP port is 127.0.0.1:7655")
        self.assertNotIn("40000", mute.advice)
        neither = problems.nothing_back(ROUTER, OURS, heard=False, over_tcp=True)
        self.check(neither, headline, "tunnels")

    def test_foreseen(self) -> None:
        """Faults of the program are the one kind that must go to the log with a traceback."""
        unforeseen = [r for r, *_ in TABLE if not isinstance(r, problems.FORESEEN)]
        self.assertEqual(["ZeroDivisionError"], [type(r).__name__ for r in unforeseen])

    def test_hostile_message(self) -> None:
        """What a router says is shown escaped and cut."""
        reason = Refused("SESSION CREATE", "I2P_ERROR", "\x1b[31m" + "x" * 5000)
        problem = problems.explain(reason, ENDPOINT)
        self.check(problem, "\\x1b[31m", "next try")
        self.assertLess(len(problem.headline), 300)
