"""The catalogue: what to hash next, what vanished, what changed."""

from __future__ import annotations

from unittest.mock import patch

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing import library, tree
from twisted_mule.sharing.library import LONGEST_RETRY, RETRY, SETTLED, Catalogue, Changes
from twisted_mule.sharing.progress import Current, LibraryStatus, Problem
from twisted_mule.sharing.sights import Folder, Found, LeftOut, Sight, Why
from twisted_mule.sharing.tree import SharedFile

NOW = 1_000_000.0
LONG_AGO = 1_000


def file(path: str = "/r/a", size: int = 10, modified: int = LONG_AGO, root: str = "/r") -> Found:
    """A file below ``root``."""
    return Found(root, path, size, modified)


def shared(found: Found, number: int = 1) -> SharedFile:
    """``found`` with a hash."""
    return SharedFile.at(found.path, found.size, found.modified, KadID(number))


class CatalogueCase(SynchronousTestCase):
    """A catalogue with one shared path."""

    def setUp(self) -> None:
        """Share /r."""
        self.catalogue = Catalogue()
        self.catalogue.add("/r")

    def look(self, *sights: Sight, root: str = "/r") -> None:
        """Look through ``root`` and see these."""
        self.catalogue.begin(root)
        for sight in sights:
            self.catalogue.saw(root, sight, NOW)
        self.catalogue.ended(root)

    def hash_all(self, now: float = NOW) -> list[str]:
        """Hash what waits, each file to a number of its own; their paths in order."""
        paths: list[str] = []
        while (found := self.catalogue.next(now)) is not None:
            self.catalogue.hashed(found, KadID(len(paths) + 1))
            paths.append(found.path)
        return paths

    def paths(self) -> list[str]:
        """The paths of what is shared."""
        return [shared.path for shared in self.catalogue.listing()]

    def status(self, now: float = NOW) -> LibraryStatus:
        """How it stands."""
        return self.catalogue.status(now, None, None, "")


class LookingTests(CatalogueCase):
    """Looking through a shared path, once and again."""

    def test_new_files(self) -> None:
        """New files are hashed, small ones first, and shared from then on."""
        self.look(Folder("/r"), file("/r/big", 50), file("/r/small", 5))
        self.assertEqual([], self.paths())
        self.assertEqual(["/r/small", "/r/big"], self.hash_all())
        self.assertEqual(["/r/small", "/r/big"], self.paths())

    def test_known_files(self) -> None:
        """A file with the same size and time is not hashed again."""
        self.look(file())
        self.hash_all()
        self.look(file())
        self.assertIsNone(self.catalogue.next(NOW))
        self.assertEqual(["/r/a"], self.paths())

    def test_changed_files(self) -> None:
        """A file of another size or time is shared no longer, until it is hashed again."""
        for changed in (file(size=11), file(modified=LONG_AGO + 1), file(modified=LONG_AGO - 1)):
            self.look(file())
            self.hash_all()
            self.catalogue.changes()
            self.look(changed)
            self.assertEqual([], self.paths())
            self.assertEqual(Changes((), ("/r/a",)), self.catalogue.changes())
            self.assertEqual(changed, self.catalogue.next(NOW))
            self.catalogue.hashed(changed, KadID(7))
            self.assertEqual((shared(changed, 7),), self.catalogue.listing())

    def test_vanished_files(self) -> None:
        """A file that is not seen any more is forgotten, hashed or waiting."""
        self.look(file("/r/a"), file("/r/c"))
        self.hash_all()
        self.look(file("/r/a"), file("/r/b"), file("/r/c"))
        self.catalogue.changes()
        self.look(file("/r/c"))
        self.assertEqual(["/r/c"], self.paths())
        self.assertIsNone(self.catalogue.next(NOW))
        self.assertEqual(Changes((), ("/r/a",)), self.catalogue.changes())

    def test_unmounted(self) -> None:
        """An empty folder may be where a disk belongs: its files are hidden, not forgotten."""
        self.look(file())
        self.hash_all()
        self.catalogue.changes()
        self.look(Folder("/r"))
        self.assertEqual([], self.paths())
        self.assertEqual(Changes((), ()), self.catalogue.changes())
        self.look(file())
        self.assertEqual(["/r/a"], self.paths())
        self.assertIsNone(self.catalogue.next(NOW))

    def test_vanished_behind_a_closed_door(self) -> None:
        """Files in a folder that cannot be read are not shared, but their hashes are kept."""
        self.look(file("/r/closed/a"), file("/r/b"))
        self.hash_all()
        self.catalogue.changes()
        self.look(LeftOut("/r/closed", Why.UNREADABLE, "Permission denied"), file("/r/b"))
        self.assertEqual(["/r/b"], self.paths())
        self.assertEqual(Changes((), ()), self.catalogue.changes())
        self.look(file("/r/closed/a"), file("/r/b"))
        self.assertEqual({"/r/closed/a", "/r/b"}, set(self.paths()))
        self.assertIsNone(self.catalogue.next(NOW))

    def test_left_behind_while_away(self) -> None:
        """A file that did not come back with its folder is forgotten then."""
        self.look(file("/r/closed/a"))
        self.hash_all()
        self.look(LeftOut("/r/closed", Why.UNREADABLE))
        self.catalogue.changes()
        self.look(Folder("/r/closed"), file("/r/b"))
        self.assertEqual(Changes((), ("/r/closed/a",)), self.catalogue.changes())

    def test_unreachable(self) -> None:
        """A disk that is away takes its files out of sight; it comes back with their hashes."""
        self.look(file("/r/a"), file("/r/b", 20))
        self.hash_all()
        self.look(file("/r/a"), file("/r/b", 20), file("/r/c", 30))
        self.catalogue.changes()
        self.catalogue.begin("/r")
        self.catalogue.unreachable("/r", "/r is away.")
        self.assertEqual([], self.paths())
        self.assertIsNone(self.catalogue.next(NOW))
        self.assertEqual("/r is away.", self.status().roots[0].trouble)
        self.assertEqual(Changes((), ()), self.catalogue.changes())
        self.look(file("/r/a"), file("/r/b", 21))
        self.assertEqual(["/r/a"], self.paths())
        self.assertEqual("", self.status().roots[0].trouble)
        self.assertEqual(file("/r/b", 21), self.catalogue.next(NOW))

    def test_becomes_something_else(self) -> None:
        """A shared file that is a link now, or empty, is shared no longer."""
        self.look(file())
        self.hash_all()
        self.catalogue.changes()
        self.look(LeftOut("/r/a", Why.LINK))
        self.assertEqual([], self.paths())
        self.assertEqual(Changes((), ("/r/a",)), self.catalogue.changes())

    def test_too_many(self) -> None:
        """Beyond the limit nothing is taken in, what is known stays, and the user is told."""
        with patch.object(library, "MOST_FILES", 2):
            self.look(file("/r/b"), file("/r/c"))
            self.hash_all()
            self.look(file("/r/a"), file("/r/b"), file("/r/c"))
        self.assertEqual(["/r/b", "/r/c"], self.paths())
        self.assertIsNone(self.catalogue.next(NOW))
        self.assertEqual((Problem("/r/a", Why.TOO_MANY.value),), self.status().problems)

    def test_unknown_path(self) -> None:
        """News of a path that is shared no longer is of no account."""
        self.catalogue.remove("/r")
        self.look(file())
        self.catalogue.unreachable("/r", "away")
        self.catalogue.hashed(file(), KadID(1))
        self.catalogue.failed(file(), Why.UNREADABLE)
        self.catalogue.retry(file(), NOW)
        self.assertEqual(((), Changes((), ())), (self.catalogue.files(), self.catalogue.changes()))
        self.assertIsNone(self.catalogue.next(NOW + LONGEST_RETRY))


class HashingTests(CatalogueCase):
    """What becomes of files on their way to a hash."""

    def test_settled(self) -> None:
        """A file is left alone until nobody has written to it for some seconds."""
        just_now = file(modified=int((NOW - 1) * 1e9))
        self.look(just_now)
        self.assertIsNone(self.catalogue.next(NOW))
        self.assertEqual(NOW - 1 + SETTLED, self.catalogue.next_at())
        self.assertEqual((0, 1), (self.status().waiting, self.status().later))
        self.assertTrue(self.status().idle)
        self.assertEqual(just_now, self.catalogue.next(NOW - 1 + SETTLED))

    def test_from_the_future(self) -> None:
        """A time from the future says nothing about now: the file is hashed at once."""
        self.look(file(modified=int((NOW + 100) * 1e9)))
        self.assertIsNotNone(self.catalogue.next(NOW))

    def test_kept(self) -> None:
        """A hashed file is handed to the store once, under its shared path."""
        self.look(file())
        self.hash_all()
        self.assertEqual(Changes((("/r", shared(file())),), ()), self.catalogue.changes())
        self.assertEqual(Changes((), ()), self.catalogue.changes())

    def test_hashed_as_it_was_read(self) -> None:
        """The facts of the file that was read count, not those of the look before."""
        self.look(file(size=10))
        self.catalogue.next(NOW)
        self.catalogue.hashed(file(size=12), KadID(1))
        self.assertEqual((shared(file(size=12)),), self.catalogue.listing())

    def test_seen_again_meanwhile(self) -> None:
        """A file that is seen again while it is hashed is not hashed twice."""
        self.look(file())
        found = self.catalogue.next(NOW)
        assert found is not None
        self.look(file())
        self.catalogue.hashed(found, KadID(1))
        self.assertIsNone(self.catalogue.next(NOW))

    def test_retry(self) -> None:
        """A file that changes while it is read is tried again, later every time."""
        self.look(file())
        now, waits = NOW, []
        for _ in range(9):
            found = self.catalogue.next(now)
            assert found is not None
            self.catalogue.retry(found, now)
            due = self.catalogue.next_at()
            assert due is not None
            waits.append(due - now)
            now = due
        self.assertEqual([RETRY, 2 * RETRY, 4 * RETRY], waits[:3])
        self.assertEqual(LONGEST_RETRY, waits[-1])

    def test_seen_again_between_tries(self) -> None:
        """Looking again does not shorten the wait, unless the file is another one now."""
        self.look(file())
        found = self.catalogue.next(NOW)
        assert found is not None
        self.catalogue.retry(found, NOW)
        self.look(file())
        self.assertIsNone(self.catalogue.next(NOW))
        self.look(file(size=11))
        self.assertEqual(file(size=11), self.catalogue.next(NOW))

    def test_failed(self) -> None:
        """A file that cannot be read is listed with the reason, and not fatal."""
        self.look(file("/r/a"), file("/r/b", 20))
        found = self.catalogue.next(NOW)
        assert found is not None
        self.catalogue.failed(found, Why.UNREADABLE, "Permission denied")
        self.hash_all()
        status = self.status()
        self.assertEqual(
            (Problem("/r/a", "it cannot be read (Permission denied)"),), status.problems
        )
        self.assertEqual((("it cannot be read", 1),), status.roots[0].left_out)
        self.assertEqual(["/r/b"], self.paths())

    def test_readable_again(self) -> None:
        """A problem is gone once the file is hashed, or another look does not find it."""
        self.look(file())
        self.catalogue.failed(file(), Why.UNREADABLE)
        self.look(file())
        self.hash_all()
        self.assertEqual((), self.status().problems)

    def test_gone(self) -> None:
        """A file that is gone when its turn comes is no problem."""
        self.look(file())
        self.catalogue.failed(file(), None)
        self.assertEqual((), self.status().problems)


class RootTests(CatalogueCase):
    """Shared paths."""

    def test_covering(self) -> None:
        """A path is covered by a shared one that is the same or above, by whole names only."""
        for path in ("/r", "/r/a", "/r/a/b"):
            self.assertEqual("/r", self.catalogue.covering(path))
        for path in ("/", "/ra", "/x/r"):
            self.assertIsNone(self.catalogue.covering(path))

    def test_absorbed(self) -> None:
        """A path above shared ones takes them in, with their files and hashes."""
        self.catalogue.add("/x/inner")
        self.look(file("/r/other"))
        self.look(file("/x/inner/a", root="/x/inner"), root="/x/inner")
        self.hash_all()
        self.look(file("/x/inner/b", root="/x/inner"), file("/x/inner/a", root="/x/inner"),
                  root="/x/inner")  # fmt: skip
        self.assertEqual(("/x/inner",), self.catalogue.inside("/x"))
        self.catalogue.add("/x")
        self.assertEqual(("/r", "/x"), self.catalogue.roots)
        self.assertEqual(["/r/other", "/x/inner/a"], self.paths())
        self.assertIsNone(self.catalogue.next(NOW))
        self.assertEqual(["/r", "/x"], sorted(root for root, _ in self.catalogue.changes().hashed))
        self.look(file("/x/inner/a", root="/x"), root="/x")
        self.assertEqual(["/r/other", "/x/inner/a"], self.paths())
        self.assertIsNone(self.catalogue.next(NOW))

    def test_removed(self) -> None:
        """With a path go its files: what is shared, what waits, what was to be kept."""
        self.look(file("/r/a"))
        self.hash_all()
        self.look(file("/r/a"), file("/r/b"))
        self.catalogue.remove("/r")
        self.assertEqual(((), ()), (self.catalogue.roots, self.catalogue.files()))
        self.assertIsNone(self.catalogue.next(NOW))
        self.assertEqual(Changes((), ()), self.catalogue.changes())

    def test_restored(self) -> None:
        """What was kept is shared at once, and not hashed again when it is found."""
        catalogue = Catalogue()
        catalogue.restore(("/r",), [("/r", shared(file())), ("/lost", shared(file("/lost/b")))])
        self.assertEqual((shared(file()),), catalogue.listing())
        self.assertFalse(catalogue.status(NOW, None, None, "").roots[0].looked)
        catalogue.begin("/r")
        catalogue.saw("/r", file(), NOW)
        catalogue.ended("/r")
        self.assertEqual((shared(file()),), catalogue.listing("/r"))
        self.assertIsNone(catalogue.next(NOW))
        self.assertEqual(Changes((), ()), catalogue.changes())


class StatusTests(CatalogueCase):
    """What readers are told."""

    def test_equal_content(self) -> None:
        """Files of equal content are shared once, under the first path; all paths are listed."""
        for path in ("/r/a", "/r/b"):
            self.catalogue.hashed(file(path), KadID(5))
        self.assertEqual((shared(file("/r/a"), 5),), self.catalogue.files())
        self.assertEqual(["/r/a", "/r/b"], self.paths())

    def test_shared_file(self) -> None:
        """A shared file knows its published name, its type and its link."""
        found = file("/r/\u0301e\u0301tude.mp3", 7)
        what = shared(found, 255)
        self.assertEqual("\u0301étude.mp3", what.name)
        self.assertEqual("Audio", what.file_type)
        self.assertEqual(f"ed2k://|file|%CC%81%C3%A9tude.mp3|7|{255:032X}|/", what.link)

    def test_progress(self) -> None:
        """The share of the work that is done grows from 0 to 1 by bytes."""
        self.look(file("/r/a", 100), file("/r/b", 200), file("/r/c", 700))
        shares = [self.status().share]
        for _ in range(2):
            found = self.catalogue.next(NOW)
            assert found is not None
            current = Current(found.path, found.size, found.size // 2)
            shares.append(self.catalogue.status(NOW, None, current, "").share)
            self.catalogue.hashed(found, KadID(found.size))
            shares.append(self.status().share)
        self.assertEqual([0.0, 0.05, 0.1, 0.2, 0.3], shares)
        status = self.status()
        self.assertEqual((2, 300, 1, 700), (status.files, status.bytes, status.waiting,
                                            status.waiting_bytes))  # fmt: skip
        self.assertEqual((2, 300), (status.done, status.done_bytes))
        self.assertFalse(status.idle)

    def test_next_work(self) -> None:
        """New work is counted from 0 once there was nothing to do."""
        self.look(file())
        self.catalogue.rest()
        self.hash_all()
        self.assertEqual((1, 1.0, True), (self.status().done, self.status().share,
                                          self.status().idle))  # fmt: skip
        self.catalogue.rest()
        self.assertEqual((1, 1.0), (self.status().done, self.status().share))
        self.look(file(), file("/r/b"))
        self.assertEqual((0, 0.0), (self.status().done, self.status().share))

    def test_left_out(self) -> None:
        """What is left out as a matter of course is counted; what should be known is told."""
        self.look(
            LeftOut("/r/.git", Why.HIDDEN),
            LeftOut("/r/.vim", Why.HIDDEN),
            LeftOut("/r/link\n", Why.LINK),
        )
        status = self.status()
        self.assertEqual(((Why.HIDDEN.value, 2), (Why.LINK.value, 1)), status.roots[0].left_out)
        self.assertEqual((Problem("/r/link\\x0a", Why.LINK.value),), status.problems)

    def test_many_problems(self) -> None:
        """Of many problems the first are told, the others counted, a new look starts anew."""
        links = [LeftOut(f"/r/{number}", Why.LINK) for number in range(tree.MOST_PROBLEMS + 7)]
        self.look(*links)
        status = self.status()
        self.assertEqual((tree.MOST_PROBLEMS, 7), (len(status.problems), status.more_problems))
        with patch.object(library, "MOST_TOLD", 5):
            status = self.status()
        self.assertEqual((5, tree.MOST_PROBLEMS + 2), (len(status.problems), status.more_problems))
        self.look()
        self.assertEqual(evolve(self.status(), roots=()), LibraryStatus())

    def test_empty(self) -> None:
        """Where nothing is shared, nothing is to be done."""
        self.assertTrue(LibraryStatus().idle)
        self.assertEqual(1.0, LibraryStatus().share)
        self.assertEqual(1.0, Current("/a", 0, 0).share)
        self.assertEqual(0.5, Current("/a", 10, 5).share)
