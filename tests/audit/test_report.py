"""What is said of an audit: for programs, for people, in one sentence."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.report import Audit, document, page, remarks, summary

PASSED = Finding("pace", "ALL", "KS", 0.01, (0.0, 0.015), 0.02, 9000, Verdict.PASS, 0.7, 100)
OPEN = Finding("<order>", "PEER", "tau", 0.0, (0.0, float("inf")), 0.03, 0, Verdict.EXTEND)
FAILED = Finding("twins", "ALL", "share", 0.5, (0.5, 0.5), 0.0, 10, Verdict.FAIL, 0.0, 0, "first")


class ReportTests(SynchronousTestCase):
    """One audit with a finding of each sort."""

    def setUp(self) -> None:
        """Of a short trace."""
        trace = made.trace(1, 300.0)
        self.audit = Audit((PASSED, OPEN, FAILED), (trace,), (trace,), (OPEN,), {"ALL": 0.25})

    def test_document(self) -> None:
        """Strict JSON, with all there is."""
        found = json.loads(json.dumps(document(self.audit), allow_nan=False))
        self.assertEqual("fail", found["verdict"])
        self.assertEqual(["pass", "extend", "fail"], [one["verdict"] for one in found["findings"]])
        self.assertEqual([0.0, None], found["findings"][1]["interval"])
        self.assertEqual({"ALL": 0.25}, found["bits"])
        self.assertEqual("made 1", found["traces"][0]["name"])
        self.assertGreater(len(found["residuals"]), 4)

    def test_page(self) -> None:
        """A page with drawings that runs and loads nothing, and escapes what it quotes."""
        text = page(self.audit)
        self.assertNotIn("<script", text)
        self.assertNotIn("src=", text)
        self.assertNotIn("<order>", text)
        self.assertIn("&lt;order&gt;", text)
        self.assertEqual(3, text.count("<svg"))
        self.assertEqual(text, page(self.audit))

    def test_words(self) -> None:
        """One sentence for all, a line for what did not pass."""
        self.assertTrue(summary(self.audit).startswith("FAIL: "))
        self.assertIn("1 pass, 1 fail, 1 extend", summary(self.audit))
        lines = remarks(self.audit)
        self.assertEqual(3, len(lines))
        self.assertEqual("FAIL twins (ALL): share 0.5; first", lines[1])
        self.assertIn("0.250 bits", lines[2])
        self.assertTrue(summary(Audit((), ())).startswith("EXTEND: "))
