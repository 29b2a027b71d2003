"""The folder of study (a): of one study only, and never half written."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from tests.studies.test_leaks import score
from twisted_mule.studies.leaks.study import (
    PLAN,
    SCORES,
    Plan,
    StudyError,
    claim,
    remember,
    remembered,
)


class FolderTests(SynchronousTestCase):
    """What is kept between two calls."""

    def setUp(self) -> None:
        """A folder that a plan has claimed."""
        self.folder = Path(self.mktemp())
        claim(Plan(seed=1), self.folder)

    def test_one_seed(self) -> None:
        """Runs of another seed, or of something else, are not taken for ours."""
        claim(Plan(seed=1), self.folder)
        self.assertRaises(StudyError, claim, Plan(seed=2), self.folder)
        (self.folder / PLAN).write_text("something")
        self.assertRaises(StudyError, claim, Plan(seed=1), self.folder)

    def test_one_node(self) -> None:
        """Nor are those of a node with other numbers, or of another version."""
        self.assertRaises(StudyError, claim, Plan(seed=1, node="0.2.0 another"), self.folder)

    def test_scores(self) -> None:
        """They are read as they were written; what is no list of them has a way out."""
        self.assertEqual({}, remembered(self.folder))
        one = score("ours", "cpu", 0.5)
        remember([one], self.folder)
        self.assertEqual([one], list(remembered(self.folder).values()))
        for broken in ('[{"cell":', "[1]", '[{"cell": {}}]', json.dumps({"scores": 1})):
            (self.folder / SCORES).write_text(broken)
            self.assertIn("delete it", str(self.assertRaises(StudyError, remembered, self.folder)))

    def test_scores_are_never_half_written(self) -> None:
        """If the disk is full, those of before are still there."""
        one = score("ours", "cpu", 0.5)
        remember([one], self.folder)
        with mock.patch.object(Path, "replace", side_effect=OSError("full")):
            self.assertRaises(OSError, remember, [], self.folder)
        self.assertEqual([one], list(remembered(self.folder).values()))

    def test_nothing_to_play(self) -> None:
        """A design that is not asked about a secret is no study that passes."""
        plan = Plan(designs=("ticks",), secrets=("restart",))
        self.assertRaises(StudyError, claim, plan, Path(self.mktemp()))
