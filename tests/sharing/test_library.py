"""The catalogue: what to hash next, what vanished, what changed."""

from __future__ import annotations

from unittest.mock import patch

from tests.sharing.catalogues import LONG_AGO, NOW, CatalogueCase, file, shared
from twisted_mule.kad.ids import KadID
from twisted_mule.sharing import library
from twisted_mule.sharing.library import LONGEST_RETRY, RETRY, SETTLED, Catalogue, Changes
from twisted_mule.sharing.progress import Problem
from twisted_mule.sharing.sights import Folder, LeftOut, Why


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
