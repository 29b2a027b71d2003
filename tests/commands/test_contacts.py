"""``mule nodes``."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from twisted.internet.defer import execute

from tests.commands.calling import CommandCase
from tests.control.nodes import FakeNode, nodes_file, seed
from tests.recorded import recorded
from twisted_mule.commands import contacts
from twisted_mule.commands.client import ControlError
from twisted_mule.kad.contact import SavedContact
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import ContactStore
from twisted_mule.store.database import Database
from twisted_mule.store.directory import DATABASE, NODES

NOW = 1_795_347_000.0


class ImportTests(CommandCase):
    """``mule nodes import``."""

    def test_for_the_next_start(self) -> None:
        """Without a node the contacts wait in a nodes.dat of the state directory."""
        outcome = self.answer("nodes", "import", self.file(nodes_file(1, 2)))
        self.assertEqual({"read": 2, "new": 2, "skipped": 0, "running": False}, outcome)
        self.assertEqual(nodes_file(1, 2), (self.data / NODES).read_bytes())
        self.assertEqual(0o600, (self.data / NODES).stat().st_mode & 0o777)

    def test_merged(self) -> None:
        """What was there stays, the new comes behind, and the old file is kept."""
        self.prepared().write(NODES, nodes_file(1, 2))
        text = self.mule("nodes", "import", self.file(nodes_file(2, 3))).stdout
        self.assertIn("2 contacts read, 0 not usable, 1 new.", text)
        self.assertEqual(nodes_file(1, 2, 3), (self.data / NODES).read_bytes())
        self.assertEqual(nodes_file(1, 2), (self.data / f"{NODES}.old").read_bytes())

    def test_nothing_new(self) -> None:
        """When nothing is new, no file changes."""
        self.prepared().write(NODES, nodes_file(1))
        self.mule("nodes", "import", self.file(nodes_file(1)))
        self.assertFalse((self.data / f"{NODES}.old").exists())

    def test_damaged_file_there(self) -> None:
        """A damaged nodes.dat is set aside, said so, and not lost."""
        self.prepared().write(NODES, b"junk")
        result = self.mule("nodes", "import", self.file(nodes_file(1)))
        self.assertIn("set aside", result.stderr)
        (kept,) = self.data.glob(f"{NODES}.damaged-*")
        self.assertEqual(b"junk", kept.read_bytes())

    def test_running(self) -> None:
        """A running node takes them at once."""
        node = FakeNode()
        with self.running(node):
            outcome = self.answer("nodes", "import", self.file(nodes_file(1, 2)))
        self.assertEqual((2, True), (outcome["new"], outcome["running"]))
        self.assertEqual({seed(1), seed(2)}, set(node.contacts()))
        self.assertFalse((self.data / NODES).exists())

    def test_standard_input(self) -> None:
        """A dash stands for standard input."""
        result = self.mule("nodes", "import", "-", stdin=nodes_file(7))
        self.assertIn("1 new", result.stdout)

    def test_bad_files(self) -> None:
        """What is no file of contacts is named with the reason, and nothing is changed."""
        self.assertIn("cannot be read", self.sentence("nodes", "import", "nowhere"))
        self.assertIn("cannot be read", self.sentence("nodes", "import", str(self.data.parent)))
        for content in (b"", b"hello", b"\xff" * 100):
            self.assertIn("not a nodes.dat", self.sentence("nodes", "import", self.file(content)))
        large = self.file(bytes(5 << 20))
        self.assertIn("too large", self.sentence("nodes", "import", large))
        self.assertFalse(self.data.exists())

    def test_locked(self) -> None:
        """While another process holds the directory, nothing is written past it."""
        directory = self.prepared()
        directory.acquire()
        self.addCleanup(directory.release)
        self.assertIn("already uses", self.sentence("nodes", "import", self.file(nodes_file(1))))
        self.assertFalse((self.data / NODES).exists())

    def test_the_node_refuses(self) -> None:
        """What the node says against it is passed on."""
        refusal = ControlError("The node is busy.")
        with patch.object(contacts, "connected", side_effect=refusal):
            text = self.sentence("nodes", "import", self.file(nodes_file(1)))
        self.assertIn("The node is busy.", text)


class ExportTests(CommandCase):
    """``mule nodes export``."""

    def test_running(self) -> None:
        """A running node's table is written in form 2."""
        node = FakeNode()
        node.learn((seed(1), seed(2)))
        out = self.data.with_name("out.dat")
        with self.running(node):
            self.assertEqual(
                {"written": 2, "file": str(out)}, self.answer("nodes", "export", str(out))
            )
        self.assertEqual(nodes_file(1, 2), out.read_bytes())

    def test_saved(self) -> None:
        """Without a node it is what the node kept, and what was imported since."""
        directory = self.prepared()
        database = Database(directory, execute)
        self.successResultOf(database.open())
        saved = (SavedContact(seed(1)), SavedContact(seed(2)))
        self.successResultOf(ContactStore(database).save(saved, NOW))
        self.successResultOf(database.close())
        directory.write(NODES, nodes_file(2, 3))
        result = self.mule("nodes", "export", "-")
        self.assertEqual(nodes_file(1, 2, 3), result.stdout_bytes)

    def test_not_over_another(self) -> None:
        """An existing file stays unless it is meant to go."""
        self.prepared().write(NODES, nodes_file(1))
        out = self.file(b"mine", "out.dat")
        self.assertIn("--force", self.sentence("nodes", "export", out))
        self.assertEqual(b"mine", Path(out).read_bytes())
        self.mule("nodes", "export", out, "--force")
        self.assertEqual(nodes_file(1), Path(out).read_bytes())
        self.assertFalse(Path(f"{out}.new").exists())

    def test_nothing_to_write(self) -> None:
        """An empty table makes no file."""
        self.prepared()
        out = self.data.with_name("out.dat")
        self.assertIn("no contact yet", self.sentence("nodes", "export", str(out)))
        self.assertFalse(out.exists())

    def test_never_ran(self) -> None:
        """Where no node ever ran, there is nothing to write, and nothing is made."""
        self.assertIn("none ever did", self.sentence("nodes", "export", "out.dat", code=3))
        self.assertFalse(self.data.exists())

    def test_no_place(self) -> None:
        """A place that cannot be written to is said to be."""
        self.prepared().write(NODES, nodes_file(1))
        self.assertIn("cannot be written", self.sentence("nodes", "export", "/nowhere/out.dat"))

    def test_damaged_database(self) -> None:
        """A damaged database is set aside, and the file beside it still exported."""
        directory = self.prepared()
        directory.write(DATABASE, b"junk" * 100)
        directory.write(NODES, nodes_file(1))
        result = self.mule("nodes", "export", "-")
        self.assertIn("set aside", result.stderr)
        self.assertEqual(nodes_file(1), result.stdout_bytes)


class NodesInspectTests(CommandCase):
    """``mule nodes inspect``."""

    def test_every_form(self) -> None:
        """Files of all forms that iMule reads are shown, contact by contact."""
        for case in recorded("nodesdat_imule")["cases"]:
            content = bytes.fromhex(case["hex"])
            try:
                found = nodes_dat.read(content)
            except ValueError:
                self.sentence("nodes", "inspect", self.file(content))
                continue
            document = self.answer("nodes", "inspect", self.file(content))
            self.assertEqual(found.form, document["form"], case["file"])
            self.assertEqual(
                [
                    {
                        "id": node.kad_id.hex,
                        "version": node.version,
                        "dest_hash": node.destination.dest_hash,
                        "udp_key": node.udp_key,
                        "verified": node.verified,
                    }
                    for node in found.contacts
                ],
                document["contacts"],
            )
            self.assertEqual(found.skipped + found.missing, document["skipped"])

    def test_for_people(self) -> None:
        """A person gets a summary and a line a contact."""
        lines = self.mule("nodes", "inspect", self.file(nodes_file(1, 2))).stdout.splitlines()
        self.assertEqual("Form 2: 2 contacts, 2 verified, 0 not usable.", lines[0])
        self.assertEqual(3, len(lines))
