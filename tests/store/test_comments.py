"""The user's comments in the database."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from twisted.internet.defer import Deferred, execute
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.store.comments import MOST_COMMENTS, Comment, CommentStore, FullError
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory


def comment(number: int) -> Comment:
    """A comment."""
    return Comment(KadID((1 << 127) + number), f"film {number}.avi", 700, "good", 4)


class CommentStoreTests(SynchronousTestCase):
    """Kept, replaced, taken back."""

    def setUp(self) -> None:
        """An empty database."""
        self.directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        self.directory.prepare()
        self.store = self.opened()

    def opened(self) -> CommentStore:
        """The file, opened anew."""
        database = Database(self.directory, execute)
        self.successResultOf(database.open())
        self.addCleanup(database.close)
        return CommentStore(database)

    def kept(self) -> tuple[Comment, ...]:
        """What another run of the program finds."""
        found: Deferred[tuple[Comment, ...]] = self.opened().load()
        return self.successResultOf(found)

    def test_kept(self) -> None:
        """Comments outlive the program, in the order in which they were given."""
        for number in (3, 1, 2):
            self.successResultOf(self.store.put(comment(number)))
        self.assertEqual((comment(3), comment(1), comment(2)), self.kept())

    def test_replaced(self) -> None:
        """One on the same file replaces the one before, in its place."""
        for number in (1, 2):
            self.successResultOf(self.store.put(comment(number)))
        news = evolve(comment(1), text="", rating=1, name="fake.avi", size=1 << 37)
        self.successResultOf(self.store.put(news))
        self.assertEqual((news, comment(2)), self.kept())

    def test_taken_back(self) -> None:
        """One can be forgotten; whether there was one is told."""
        self.successResultOf(self.store.put(comment(1)))
        self.assertTrue(self.successResultOf(self.store.remove(comment(1).hash)))
        self.assertFalse(self.successResultOf(self.store.remove(comment(1).hash)))
        self.assertEqual((), self.kept())

    def test_full(self) -> None:
        """One too many is refused in a sentence and changes nothing; replacing goes on."""
        for number in range(MOST_COMMENTS):
            self.successResultOf(self.store.put(comment(number)))
        failure = self.failureResultOf(self.store.put(comment(MOST_COMMENTS)), FullError)
        self.assertIn("--remove", failure.getErrorMessage())
        self.successResultOf(self.store.put(evolve(comment(0), text="bad")))
        self.assertEqual(MOST_COMMENTS, len(self.kept()))

    def test_says_something(self) -> None:
        """A text or a rating is enough."""
        self.assertTrue(evolve(comment(1), text="").says_something)
        self.assertTrue(evolve(comment(1), rating=0).says_something)
        self.assertFalse(evolve(comment(1), text="", rating=0).says_something)
