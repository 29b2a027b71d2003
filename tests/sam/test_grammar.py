"""Tests for :mod:`twisted_mule.sam.grammar`."""

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

COUNT = """
from ometa.grammar import OMeta
read, texts = OMeta.parseGrammar, []
def counted(grammar, name):
    texts.append("".join(grammar.input.data))
    return read(grammar, name)
OMeta.parseGrammar = counted
import {module}
assert OMeta.parseGrammar is counted
print(len(texts), len(set(texts)))
"""


def readings(module: str) -> tuple[int, ...]:
    """How often importing ``module`` reads a grammar, and how many different ones."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", COUNT.format(module=module)],
        capture_output=True,
        check=True,
        text=True,
    )
    return tuple(map(int, done.stdout.split()))


class GrammarTests(SynchronousTestCase):
    """txi2p reads one grammar many times by itself, and once for us."""

    def test_once(self) -> None:
        """Our import reads it once and leaves the library as it was."""
        self.assertEqual((1, 1), readings("twisted_mule.sam.grammar"))

    def test_needed(self) -> None:
        """Without us it is read again and again; should that end, the module can go."""
        count, different = readings("txi2p.sam")
        self.assertEqual(1, different)
        self.assertGreater(count, 1)
