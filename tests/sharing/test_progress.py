"""The catalogue: what readers are told of it."""

from __future__ import annotations

from unittest.mock import patch

from attrs import evolve

from tests.sharing.catalogues import NOW, CatalogueCase, file, shared
from twisted_mule.kad.ids import KadID
from twisted_mule.sharing import library, tree
from twisted_mule.sharing.progress import Current, LibraryStatus, Problem
from twisted_mule.sharing.sights import LeftOut, Why


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
