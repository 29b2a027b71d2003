"""Tests for :mod:`twisted_mule.lean`."""

from __future__ import annotations

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase


def said(program: str) -> str:
    """What a fresh Python prints for ``program``."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


class LeanTests(SynchronousTestCase):
    """The node's process holds nothing that it does not use."""

    def test_left_out(self) -> None:
        """With all that the node imports, neither OpenSSL for Python nor cffi is there."""
        program = (
            "import sys, twisted_mule.tap\n"
            "from twisted.internet import reactor\n"
            "from twisted.internet.endpoints import serverFromString\n"
            "from twisted_mule.sam import creation, grammar, streaming\n"
            "serverFromString(reactor, 'tcp:0')\n"
            "print(*({'OpenSSL', 'cffi', 'twisted_mule.practice.service'} & {*sys.modules}))"
        )
        self.assertEqual("", said(program))

    def test_put_back(self) -> None:
        """What was left out can still be imported afterwards, by whoever wants it."""
        program = "import twisted_mule.lean, OpenSSL, cffi, treq; print(treq.__name__)"
        self.assertEqual("treq", said(program))

    def test_in_use(self) -> None:
        """What is in use already stays in use."""
        program = "import OpenSSL, sys, twisted_mule.lean as _; print('OpenSSL' in sys.modules)"
        self.assertEqual("True", said(program))

    def test_read_elsewhere(self) -> None:
        """The grammar is not read in this process, and is there all the same."""
        program = (
            "from ometa.grammar import OMeta\n"
            "read = []\n"
            "OMeta.parseGrammar = lambda *_: read.append(1)\n"
            "import twisted_mule.tap, twisted_mule.sam.grammar\n"
            "print(read)"
        )
        self.assertEqual("[]", said(program))


class ChildTests(SynchronousTestCase):
    """The exit process holds still less."""

    def test_left_out(self) -> None:
        """Neither TLS nor HTTP nor the codec is there when it runs."""
        program = (
            "import sys, twisted_mule.child\n"
            "from twisted.internet import reactor\n"
            "unused = {'ssl', 'OpenSSL', 'cffi', 'http.client', 'twisted_mule.kad.codec'}\n"
            "print(*(unused & {*sys.modules}))"
        )
        self.assertEqual("", said(program))

    def test_later(self) -> None:
        """What was put off is there once somebody uses it."""
        program = (
            "import twisted_mule.child\n"
            "from twisted.python.compat import cookielib\n"
            "import http.cookiejar, ssl\n"
            "print(cookielib.CookieJar is http.cookiejar.CookieJar, ssl.PROTOCOL_TLS_CLIENT.name)"
        )
        self.assertEqual("True PROTOCOL_TLS_CLIENT", said(program))
