"""Traces of other contracts and of several programs are remarked on."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.audit.origin import strange
from twisted_mule.audit.views import Trace, of_rows
from twisted_mule.recording.rows import Header

OWN = "0123456789ab"


def trace(contract: object, software: str = "ours 1") -> Trace:
    """One without rows."""
    return of_rows("t", Header("node", software, contract), [])  # type: ignore[arg-type]


class OriginTests(SynchronousTestCase):
    """Nothing, or a sentence each."""

    def test_ours(self) -> None:
        """Own traces and those that do not say give no remark; two classes may differ."""
        self.assertEqual((), strange([trace(OWN), trace(None)], [], OWN))
        self.assertEqual((), strange([trace(OWN)], [trace(OWN, "ours 2")], OWN))

    def test_another_contract(self) -> None:
        """It is named, whichever class it is in."""
        other = trace("deadbeef0000", "other 9.9")
        for sides in (([other], []), ([trace(OWN)], [other])):
            (said,) = strange(*sides, OWN)
            self.assertIn(OWN, said)
            self.assertIn("deadbeef0000 of other 9.9", said)

    def test_mixed(self) -> None:
        """Two programs in one class are not one software."""
        both = [trace(OWN, "x 1"), trace(OWN, "y 2")]
        self.assertEqual(
            ("The traces hold several programs, taken together as one: x 1, y 2.",),
            strange(both, [], OWN),
        )
        self.assertTrue(strange([trace(OWN)], both, OWN)[0].startswith("B holds"))

    def test_hostile(self) -> None:
        """A header may hold anything; a terminal gets plain letters."""
        (said,) = strange([trace(["\x1b[2J"], "\x1b" * 99)], [], OWN)
        self.assertTrue(said.isprintable())
        self.assertLess(len(said), 250)
