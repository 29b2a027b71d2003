"""``mule status`` and ``mule id``."""

from __future__ import annotations

import json
from random import Random

from tests.commands.calling import CommandCase
from tests.control.nodes import FakeNode, snapshot
from twisted_mule.control.rendering import status_json
from twisted_mule.store.directory import IDENTITY
from twisted_mule.store.identity import load_identity


class StatusTests(CommandCase):
    """``mule status``."""

    def test_no_node(self) -> None:
        """Without a node there is one sentence, with how to start it, and code 3."""
        for words in (("status",), ("status", "--json"), ("status", "--data", "nowhere")):
            self.assertIn("twistd -n mule", self.sentence(*words, code=3))

    def test_data(self) -> None:
        """The directory may be named before the verb as well as behind it."""
        for words in (("--data", "/nowhere/a", "status"), ("status", "--data", "/nowhere/a")):
            self.assertIn("/nowhere/a", self.sentence(*words, code=3))

    def test_ready(self) -> None:
        """A node in the network is told in words, verdict first, and ends with 0."""
        with self.running(FakeNode()):
            lines = self.mule("status").stdout.splitlines()
        self.assertEqual("Online: 3 of 8 contacts verified", lines[0])
        self.assertIn("1 h 2 min", lines[2])
        self.assertIn("practice with 8 neighbours", lines[2])

    def test_not_ready(self) -> None:
        """A node on its way is told all the same, and ends with 4."""
        with self.running(FakeNode(snapshot(ready=False))):
            self.assertIs(False, self.answer("status", code=4)["ready"])

    def test_json(self) -> None:
        """A program gets the whole snapshot."""
        with self.running(FakeNode()):
            self.assertEqual(json.loads(status_json(snapshot())), self.answer("status"))


class IdentityTests(CommandCase):
    """``mule id``."""

    def test_none_yet(self) -> None:
        """Before the first start there is none, and a sentence says what makes one."""
        self.assertIn("first start", self.sentence("id"))

    def test_there(self) -> None:
        """The identity is read from its file, and no secret with it."""
        identity = load_identity(self.prepared(), Random(1).randbytes).identity
        document = self.answer("id")
        self.assertEqual(
            {
                "kad_id": identity.kad_id.hex,
                "destination": None,
                "dest_hash": None,
                "running": False,
            },
            document,
        )
        text = self.mule("id").stdout
        self.assertIn(identity.kad_id.hex, text)
        self.assertNotIn(f"{identity.verify_secret:08x}", text)
        self.assertNotIn(identity.source_id.hex, text)

    def test_damaged(self) -> None:
        """A damaged file is said to be, and left where it is."""
        directory = self.prepared()
        directory.write(IDENTITY, b"junk")
        self.assertIn("cannot be used", self.sentence("id"))
        self.assertEqual(b"junk", directory.read(IDENTITY))
