"""Tests for :mod:`twisted_mule.commands.outputs`."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.commands import outputs
from twisted_mule.commands.verb import Refusal
from twisted_mule.figures import parquet


class OutputTests(SynchronousTestCase):
    """Files only grow, and what cannot be written is refused before anything is computed."""

    def setUp(self) -> None:
        """A folder of our own."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def refusal(self, path: Path) -> str:
        """Why ``path`` is no place for figures."""
        return str(self.assertRaises(Refusal, outputs.checked_file, path))

    def test_refusals(self) -> None:
        """Each names the path and what is wrong with it."""
        missing = self.folder / "missing" / "out.jsonl"
        self.assertIn("there is no folder", self.refusal(missing))
        self.assertIn("is a folder", self.refusal(self.folder))
        text = self.folder / "text.parquet"
        text.write_text("no table\n")
        self.assertIn("is no Parquet file, so nothing can be added", self.refusal(text))

    def test_without_rights(self) -> None:
        """Where this user may not write, that is said."""
        with mock.patch("os.access", return_value=False):
            self.assertIn("this user may not", self.refusal(self.folder / "out.jsonl"))
            self.assertRaises(Refusal, outputs.checked_folder, self.folder / "pictures")

    def test_pictures_need_a_folder(self) -> None:
        """A file is no folder; a folder that is missing is made."""
        file = self.folder / "file"
        file.touch()
        reason = str(self.assertRaises(Refusal, outputs.checked_folder, file))
        self.assertIn("cannot be a folder for pictures", reason)
        outputs.checked_folder(self.folder / "a" / "b")
        self.assertTrue((self.folder / "a" / "b").is_dir())

    def test_without_the_extra(self) -> None:
        """One sentence says what to install; JSON lines need nothing."""
        with mock.patch.object(outputs, "find_spec", return_value=None):
            reason = self.refusal(self.folder / "out.parquet")
            self.assertIn("(pyarrow); install them with: pip install 'twisted-mule[simul", reason)
            self.assertRaises(Refusal, outputs.checked_folder, self.folder)
            outputs.checked_file(self.folder / "out.jsonl")

    def test_lines_are_added(self) -> None:
        """What is there stays; a last line that was cut off does not spoil the next one."""
        path = self.folder / "out.jsonl"
        outputs.append(path, [{"seed": 1}, {"seed": 2}])
        with path.open("a") as file:
            file.write('{"seed": 3, "no')
        outputs.append(path, [{"seed": 4}])
        lines = path.read_text().splitlines()
        self.assertEqual('{"seed": 3, "no', lines.pop(2))
        self.assertEqual([1, 2, 4], [json.loads(line)["seed"] for line in lines])

    def test_no_room(self) -> None:
        """Lines of which only some fit leave the file as it was."""
        path = self.folder / "out.jsonl"
        outputs.append(path, [{"seed": 1}])
        before = path.read_bytes()
        least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40, most))
        try:
            reason = self.assertRaises(Refusal, outputs.append, path, [{"seed": 2}] * 9)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
        self.assertIn("cannot be written (File too large)", str(reason))
        self.assertEqual(before, path.read_bytes())

    def test_no_file(self) -> None:
        """What is no file, such as a device, takes lines as well."""
        outputs.append(Path("/dev/null"), [{"seed": 1}])
        self.assertEqual("", Path("/dev/null").read_text())
        full = self.assertRaises(Refusal, outputs.append, Path("/dev/full"), [{"seed": 1}])
        self.assertIn("No space left", str(full))

    def test_rows(self) -> None:
        """A name that ends in .parquet makes a table, and a link to one stays a link."""
        path, link = self.folder / "out.parquet", self.folder / "link.parquet"
        outputs.append(path, [{"seed": 1}])
        link.symlink_to("out.parquet")
        outputs.checked_file(link)
        outputs.append(link, [{"seed": 2}])
        self.assertTrue(link.is_symlink())
        self.assertEqual([{"seed": 1}, {"seed": 2}], parquet.read(path).to_pylist())
