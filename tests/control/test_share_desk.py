"""Sharing and commenting over the control socket, at the level of its commands."""

from __future__ import annotations

import os

from twisted.internet.defer import Deferred

from tests.control.actions import publishing_view, shared_file
from tests.control.served import ServedCase
from twisted_mule.control.commands import (
    GetLibrary,
    ListComments,
    ListShared,
    NotReadyError,
    PutComment,
    RemoveComment,
    ShareAdd,
    ShareRemove,
    ShareRescan,
)
from twisted_mule.control.share_desk import PAGE, SOON
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.publishing import FilePublished
from twisted_mule.sharing.progress import LibraryStatus, RootStatus
from twisted_mule.sharing.sights import SharingError
from twisted_mule.store.directory import StateError

HASH = KadID(7).hex
NOTE = {"file_hash": HASH, "name": "a.avi", "size": 7, "text": "good", "rating": 4}


class PathTests(ServedCase):
    """What is shared."""

    def test_add_and_remove(self) -> None:
        """Paths travel as bytes, whatever they are."""
        path = b"/srv/\xff"
        added = self.successResultOf(self.ask(ShareAdd, path=path))
        self.assertEqual({"path": path, "absorbed": 0}, added)
        self.assertEqual([os.fsdecode(path)], self.actions.roots)
        self.assertEqual({"path": path}, self.successResultOf(self.ask(ShareRemove, path=path)))
        self.assertIn("is not shared", self.refused(ShareRemove, path=path))

    def test_no_whole_path(self) -> None:
        """What does not begin at the root, or cannot be a path, is refused."""
        for path in (b"", b"srv", b"~/srv", b"/srv\0"):
            for command in (ShareAdd, ShareRemove, ShareRescan):
                self.assertIn("whole path", self.refused(command, path=path))

    def test_failures(self) -> None:
        """What cannot be shared or kept is told; what cannot be done yet is told apart."""
        for reason in (SharingError("It is a socket."), StateError("The disk is full.")):
            self.actions.refusal = reason
            self.assertEqual(str(reason), self.refused(ShareAdd, path=b"/srv"))
        self.actions.refusal = NotReadyError("The node is still starting.")
        self.failureResultOf(self.ask(ShareAdd, path=b"/srv"), NotReadyError)

    def test_rescan(self) -> None:
        """One path or all are looked through, and the answer says when that was quick."""
        self.assertEqual({"done": True}, self.successResultOf(self.ask(ShareRescan)))
        self.ask(ShareRescan, path=b"/srv")
        self.assertEqual([None, "/srv"], self.actions.rescanned)
        self.actions.refusal = SharingError("/srv is not shared.")
        self.assertIn("not shared", self.refused(ShareRescan, path=b"/srv"))

    def test_a_long_rescan(self) -> None:
        """After some seconds the client is answered, and a later failure harms nobody."""
        looked: Deferred[None] = Deferred()
        self.actions.looked = looked
        answer = self.client.callRemote(ShareRescan)
        self.pump()
        self.assertNoResult(answer)
        self.clock.advance(SOON)
        self.pump()
        self.assertEqual({"done": False}, self.successResultOf(answer))
        looked.errback(SharingError("The node stops."))

    def test_library(self) -> None:
        """How far hashing is comes with its sums; paths are fit to be shown."""
        root = RootStatus("/srv/\x1b", 2, 200, 1, 100, 0, (("it is hidden", 3),), True, "")
        self.actions.libraries = [LibraryStatus((root,), done=1, done_bytes=100)]
        document = self.document(GetLibrary)
        self.assertEqual(
            (2, 100, 0.5, False),
            tuple(document[k] for k in ("files", "waiting_bytes", "share", "idle")),
        )
        self.assertEqual("/srv/\\x1b", document["roots"][0]["path"])
        self.assertEqual({"it is hidden": 3}, document["roots"][0]["left_out"])


class ListingTests(ServedCase):
    """The shared files."""

    def test_states(self) -> None:
        """Each file has the state of its publishing."""
        self.actions.files = tuple(shared_file(number) for number in range(1, 5))
        document = self.document(ListShared, since=0)
        states = [file["state"] for file in document["files"]]
        self.assertEqual(["found", "source", "next", "waiting"], states)
        self.assertEqual(
            (2, 1), (document["files"][1]["words"], document["files"][1]["words_known"])
        )
        self.assertEqual(170, document["publishing"]["room"])

    def test_pages_of_one_moment(self) -> None:
        """What changes while a listing is fetched shows in the next one only."""
        self.actions.files = tuple(shared_file(number) for number in range(1, PAGE + 11))
        first = self.document(ListShared, since=0)
        self.actions.files = ()
        rest = self.document(ListShared, since=first["next"])
        self.assertEqual((PAGE, 10), (len(first["files"]), len(rest["files"])))
        self.assertEqual([], self.document(ListShared, since=0)["files"])

    def test_nothing_published(self) -> None:
        """Before the node has begun there is no word on publishing."""
        self.actions.view = None
        self.actions.files = (shared_file(1),)
        document = self.document(ListShared, since=0)
        self.assertEqual((None, "waiting"), (document["publishing"], document["files"][0]["state"]))

    def test_a_file_without_words(self) -> None:
        """A file whose name has no word that counts is published with its source."""
        bare = FilePublished(KadID(1), True, 9000.0, 0, 0, 1, 1)
        self.actions.view = publishing_view(files=(bare,))
        self.actions.files = (shared_file(1),)
        self.assertEqual("found", self.document(ListShared, since=0)["files"][0]["state"])


class CommentTests(ServedCase):
    """The user's comments."""

    def test_put_list_remove(self) -> None:
        """A comment is kept, listed and taken back."""
        self.successResultOf(self.ask(PutComment, **NOTE))
        (one,) = self.document(ListComments)
        self.assertEqual((HASH, "a.avi", 7, "good", 4), tuple(one.values()))
        self.successResultOf(self.ask(RemoveComment, file_hash=HASH))
        self.assertIn("no comment", self.refused(RemoveComment, file_hash=HASH))

    def test_of_a_shared_file(self) -> None:
        """Of a file that is shared its hash is enough."""
        bare = {**NOTE, "name": "", "size": 0}
        self.assertIn("ed2k link", self.refused(PutComment, **bare))
        self.actions.files = (shared_file(7),)
        self.successResultOf(self.ask(PutComment, **bare))
        self.assertEqual("film 7.avi", self.actions.remarks[KadID(7)].name)

    def test_refused(self) -> None:
        """What no note can say is refused."""
        for wrong in (
            {"rating": 6},
            {"rating": -1},
            {"text": "x" * 129},
            {"text": "", "rating": 0},
        ):
            self.refused(PutComment, **{**NOTE, **wrong})
        self.actions.refusal = StateError("The disk is full.")
        self.assertEqual("The disk is full.", self.refused(PutComment, **NOTE))
        self.assertEqual({}, self.actions.remarks)
