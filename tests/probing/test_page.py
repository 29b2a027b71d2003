"""The page about the prober against the prober."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.probing.test_rows import ABOUT, NODE, QUESTIONS
from twisted_mule.probing.evidence import Evidence
from twisted_mule.probing.pace import LIMITS, Kind, Pace
from twisted_mule.probing.populations import NeedsTrace
from twisted_mule.probing.register import REGISTER

PAGE = Path(__file__).resolve().parents[2] / "docs" / "probing.md"


class PageTests(SynchronousTestCase):
    """docs/probing.md says what the code does."""

    def setUp(self) -> None:
        """Its rows, by their first cell."""
        lines = PAGE.read_text("utf-8").splitlines()
        self.text = " ".join(lines)
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
        self.rows = {row[0]: row for row in cells if len(row) == 6}

    def test_rows(self) -> None:
        """Every row of the register is there, under its title, traced where it needs a trace."""
        for row in REGISTER:
            shown = self.rows[row.name]
            self.assertEqual(row.title, shown[1])
            needy = isinstance(row.judge(Evidence(NODE, ABOUT)), NeedsTrace)
            self.assertEqual(needy, shown[3] == "needs a trace", row.name)

    def test_numbers(self) -> None:
        """The limits, the pace and the number of questions are those of the code."""
        for words in (
            f"asks {len(QUESTIONS)} questions",
            f"at most {Pace().together} requests",
            f"any {Pace().window:.0f} seconds",
            f"within {Pace().patience:.0f} seconds",
            f"| BOOTSTRAP | {LIMITS[Kind.BOOTSTRAP]} | SEARCH_KEY, SEARCH_NOTES | "
            f"{LIMITS[Kind.SEARCH_KEY]} each |",
            f"| HELLO | {LIMITS[Kind.HELLO]} | PUBLISH_KEY, PUBLISH_SOURCE, PUBLISH_NOTES | "
            f"{LIMITS[Kind.PUBLISH_KEY]} each |",
            f"| PING | {LIMITS[Kind.PING]} | REQ | {LIMITS[Kind.REQ]} |",
        ):
            self.assertIn(words, self.text)
        self.assertEqual(6, LIMITS[Kind.ANSWER])
