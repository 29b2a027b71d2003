"""The verb for comments: given, replaced, listed, taken back."""

from __future__ import annotations

from tests.commands.speaking import SpeakingCase
from tests.control.actions import shared_file
from twisted_mule.kad.ids import KadID
from twisted_mule.store.comments import Comment, FullError

HASH = KadID(7).hex
LINK = f"ed2k://|file|a%20film.avi|700|{HASH}|/"


class CommentTests(SpeakingCase):
    """``mule comment``."""

    def test_by_link(self) -> None:
        """A file of others is named by its link, which says its name and its size."""
        self.mule("comment", LINK, "works", "--rating", "4")
        wanted = Comment(KadID(7), "a film.avi", 700, "works", 4)
        self.assertEqual({KadID(7): wanted}, self.actions.remarks)

    def test_by_hash(self) -> None:
        """A file that is shared can be named by its hash alone; any other cannot."""
        self.assertIn("whole ed2k link", self.sentence("comment", HASH, "works"))
        self.actions.files = (shared_file(7),)
        self.mule("comment", HASH, "--rating", "1")
        self.assertEqual("film 7.avi", self.actions.remarks[KadID(7)].name)

    def test_one_line_without_controls(self) -> None:
        """What is published is one line of characters that can be printed."""
        self.mule("comment", LINK, "good\n\x1b[1m \u202ework")
        self.assertEqual("good [1m work", self.actions.remarks[KadID(7)].text)

    def test_list(self) -> None:
        """Comments can be listed, with their ratings in words."""
        self.assertIn("no comment of yours", self.mule("comment").stdout)
        self.mule("comment", LINK, "works", "--rating", "5")
        self.assertIn("excellent  works  (a film.avi)", self.mule("comment").stdout)
        self.assertEqual(["works"], [one["comment"] for one in self.answer("comment")])

    def test_remove(self) -> None:
        """A comment can be taken back, once."""
        self.mule("comment", LINK, "works")
        self.mule("comment", HASH, "--remove")
        self.assertEqual({}, self.actions.remarks)
        self.assertIn("no comment of yours", self.sentence("comment", HASH, "--remove"))

    def test_bad(self) -> None:
        """Nothing said, too much said, and contradictions end with 2 and one sentence."""
        self.assertIn("Say something", self.sentence("comment", LINK, code=2))
        self.assertIn("128 characters", self.sentence("comment", LINK, "x" * 129, code=2))
        self.assertIn("leave one out", self.sentence("comment", LINK, "x", "--remove", code=2))
        self.assertIn("Which file", self.sentence("comment", "--remove", code=2))
        self.mule("comment", LINK, "--rating", "6", code=2)

    def test_full(self) -> None:
        """More comments than are kept are refused with the node's sentence."""
        self.actions.refusal = FullError("There are 500 comments already.")
        self.assertIn("500 comments", self.sentence("comment", LINK, "x"))
