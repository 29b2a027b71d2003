"""Two boots: those of one node are no nearer to each other than those of two."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit import comparing, linking
from twisted_mule.audit.findings import Verdict, settled
from twisted_mule.audit.views import LINK, Trace
from twisted_mule.recording.rows import Row


class LinkTests(SynchronousTestCase):
    """Boots of one node."""

    def test_nothing_in_common(self) -> None:
        """Two nodes share no pace."""
        found = linking.shared([made.trace(1)], [made.trace(2)])
        self.assertIs(Verdict.PASS, found.verdict)
        self.assertLess(found.effect, 0.4)

    def test_one_schedule(self) -> None:
        """Two boots with one schedule, on clocks that are 1,000 s apart, are found."""

        def elsewhere(row: Row) -> Row:
            return evolve(row, t=row.t + 1000.0, peer=row.peer[::-1])

        found = linking.shared([made.trace(1)], [made.changed(1, elsewhere)])
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertGreater(found.effect, 0.99)

    def test_nearness(self) -> None:
        """Boots of nodes with a pace of their own find each other; lawful ones do not."""

        def boots(pace: tuple[float, ...], first: int) -> list[Trace]:
            return [
                made.changed(first + at, lambda row, by=by: evolve(row, t=row.t * by), 900.0)  # type: ignore[misc]
                for at, by in enumerate(pace)
            ]

        own = tuple(1.25**turn for turn in range(linking.FEW))
        found = linking.linked(boots(own, 10), boots(own, 30), 0.0)
        self.assertGreater(found.effect, 0.9)
        others = [linking.shared(boots(own[:1], 10), boots(own[:1], 30))] * 19
        self.assertIs(Verdict.FAIL, settled([found, *others])[0].verdict, found)
        fewer = linking.linked(boots(own[1:], 10), boots(own[1:], 30), 0.0)
        self.assertIs(Verdict.EXTEND, fewer.verdict)
        alike = linking.linked(boots((1.0,) * 9, 10), boots((1.0,) * 9, 30), 0.0)
        self.assertLess(alike.effect, 0.8)
        self.assertGreater(alike.chance, 0.01)
        few = linking.linked(boots(own[:2], 10), boots(own[:2], 20), 0.0)
        self.assertIs(Verdict.EXTEND, few.verdict)

    def test_as_views(self) -> None:
        """A comparison by LINK asks both."""
        found = comparing.compared([made.trace(1)], [made.trace(2)], [LINK])
        self.assertEqual(["LINK", "LINK"], [one.adversary for one in found.findings])
