"""``mule id rotate``."""

from __future__ import annotations

from random import Random

from twisted.internet.defer import execute

from tests.commands.calling import NOW, CommandCase
from twisted_mule.commands.contacts import outcome
from twisted_mule.kad.ids import KadID
from twisted_mule.store.database import Database
from twisted_mule.store.directory import IDENTITY, PREFERENCES
from twisted_mule.store.due_times import Due, DueStore
from twisted_mule.store.identity import Identity, load_identity, read_identity


class RotateTests(CommandCase):
    """A new identity is never made silently."""

    def made(self) -> Identity:
        """A node that has an identity."""
        return load_identity(self.prepared(), Random(1).randbytes).identity

    def files(self) -> dict[str, bytes]:
        """What lies in the state directory, but for the lock."""
        return {p.name: p.read_bytes() for p in self.data.iterdir() if p.name != "lock"}

    def test_asks_first(self) -> None:
        """It says what it costs; with any other answer than yes nothing is changed."""
        self.made()
        before = self.files()
        for answer in (b"no\n", b"\n", b"y\n", b""):
            result = self.mule("id", "rotate", code=1, stdin=answer)
            for word in ("trust", "published", "tables", "vanish", "Nothing was changed"):
                self.assertIn(word, result.stderr)
            self.assertEqual(before, self.files())

    def test_yes(self) -> None:
        """With yes there is a new identifier and secret; the old files are kept, for the owner."""
        old, before = self.made(), self.files()
        self.mule("id", "rotate", stdin=b"yes\n")
        new = read_identity(self.prepared())
        assert new is not None
        self.assertEqual(3, len({old.kad_id, new.kad_id, old.source_id}))
        self.assertNotEqual(old.verify_secret, new.verify_secret)
        self.assertIsNone(new.datagram_keys)
        after = self.files()
        for name in (IDENTITY, PREFERENCES):
            (kept,) = (one for one in after if one.startswith(f"{name}.retired-"))
            self.assertEqual(before[name], after[kept])
            self.assertEqual(0o600, (self.data / kept).stat().st_mode & 0o777)
        loaded = load_identity(self.prepared(), Random(2).randbytes)
        self.assertEqual((new, False, ()), (loaded.identity, loaded.fresh, loaded.notices))

    def test_flag(self) -> None:
        """A program says --yes and learns both identifiers; a second turn keeps both old ones."""
        old = self.made()
        first = self.answer("id", "rotate", "--yes")
        second = self.answer("id", "rotate", "--yes")
        self.assertEqual(old.kad_id.hex, first["old"])
        self.assertEqual(first["new"], second["old"])
        self.assertEqual(6, len(self.files()))

    def test_all_is_due(self) -> None:
        """What was published named the old node: nothing waits for its time any more."""
        self.made()
        database = Database(self.prepared(), execute)
        outcome(database.open())
        outcome(DueStore(database).put([Due("store_source", KadID(5), 9999.0)], NOW))
        outcome(database.close())
        self.mule("id", "rotate", "--yes")
        again = Database(self.prepared(), execute)
        outcome(again.open())
        self.assertEqual((), outcome(DueStore(again).load(NOW)))
        outcome(again.close())

    def test_node_runs(self) -> None:
        """While a node runs it is refused, in one sentence, and nothing is changed."""
        self.made()
        directory, before = self.prepared(), self.files()
        directory.acquire()
        self.addCleanup(directory.release)
        self.assertIn("stop it first", self.sentence("id", "rotate", "--yes"))
        self.assertEqual(before, self.files())

    def test_none_yet(self) -> None:
        """Where there is no identity there is none to change."""
        self.assertIn("first start", self.sentence("id", "rotate", "--yes"))
