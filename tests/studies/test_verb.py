"""``mule study leaks`` as it is called: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from tests.studies.test_leaks import score
from twisted_mule.cli import main
from twisted_mule.commands import outputs
from twisted_mule.commands.study import leaks
from twisted_mule.studies.leaks.study import judged


class LeaksTests(SynchronousTestCase):
    """The command."""

    def call(self, *words: object) -> Result:
        """A small study."""
        least = "--windows", "20", "--runs", "4", "--weaker", "20", "4", "--looks", "1"
        return CliRunner().invoke(main, ["study", "leaks", *least, *map(str, words)])

    def test_a_small_study(self) -> None:
        """With so little ours is undecided; and a second call plays nothing again."""
        out = Path(self.mktemp())
        page, text = out.with_suffix(".md"), out.with_suffix(".json")
        pictures = Path(self.mktemp())
        words = "--out", out, "--secret", "load30", "--design", "ours"
        files = "--json", text, "--markdown", page, "--pictures", pictures
        done = self.call(*words, *files)
        self.assertEqual(3, done.exit_code, done.output)
        found = json.loads(text.read_text())
        self.assertEqual({"ours": "extend"}, found["verdicts"])
        self.assertIn("| load30 | PEER | 4 | 32 |", page.read_text())
        self.assertEqual(sorted(leaks.PICTURES), sorted(one.name for one in pictures.iterdir()))
        with mock.patch.object(leaks, "keep", side_effect=AssertionError):
            again = self.call(*words)
        self.assertEqual(3, again.exit_code, again.output)
        self.assertIn("The node as it is", again.output)

    def test_how_it_ends(self) -> None:
        """Well, if ours passes and all the others fail; else badly, or undecided."""
        good = [score("ours", "cpu", 0.5), score("ticks", "cpu", 0.99)]
        for more, wanted in (
            ([], 0),
            ([score("ours", "role", 0.9)], 1),
            ([score("shaper", "cpu", 0.5)], 1),
            ([score("ours", "role", 0.54)], 3),
            ([score("shaper", "cpu", 0.54)], 3),
        ):
            self.assertEqual(wanted, leaks.code(judged([*good, *more])), more)

    def test_another_seed(self) -> None:
        """It wants a folder of its own."""
        out = Path(self.mktemp())
        out.mkdir()
        (out / "plan.json").write_text('{"study": "leaks", "seed": 2}')
        done = self.call("--out", out)
        self.assertEqual(2, done.exit_code)
        self.assertIn("name another folder", done.output)

    def test_no_folder(self) -> None:
        """A file where the folder should be is said in a sentence."""
        out = Path(self.mktemp())
        out.write_text("a file")
        done = self.call("--out", out)
        self.assertEqual(2, done.exit_code)
        self.assertIn("exists", done.output)
        self.assertNotIn("Traceback", done.output)

    def test_no_verdict(self) -> None:
        """Ctrl-C and defects do not end with 1, which says that a node leaks."""
        for reason in (KeyboardInterrupt, ArithmeticError):
            with mock.patch.object(leaks, "keep", side_effect=reason):
                done = self.call("--out", Path(self.mktemp()), "--secret", "load30")
            self.assertEqual(2, done.exit_code, done.output)
            self.assertIn("nothing is judged", done.output)

    def test_nothing_to_play(self) -> None:
        """What no design is asked about is no study that passes."""
        words = "--secret", "restart", "--design", "ticks"
        done = self.call("--out", Path(self.mktemp()), *words)
        self.assertEqual(2, done.exit_code)
        self.assertIn("name another one", done.output)

    def test_among_the_studies(self) -> None:
        """It is listed, with what it does."""
        done = CliRunner().invoke(main, ["study", "--help"])
        self.assertIn("leaks", done.output)

    def test_without_its_packages(self) -> None:
        """It is listed all the same; its help and its call say what to install."""
        with mock.patch.object(outputs, "find_spec", return_value=None):
            calls = {
                words: CliRunner().invoke(main, ["study", *words])
                for words in (("--help",), ("leaks", "--help"), ("leaks", "--out", "leaks/"))
            }
        self.assertEqual([0, 0, 2], [done.exit_code for done in calls.values()])
        listed, *others = (" ".join(done.output.split()) for done in calls.values())
        self.assertIn("leaks What each secret of a node leaks", listed)
        self.assertIn("sybils", listed)
        for output in others:
            self.assertIn("pip install 'twisted-mule[audit]'", output)
