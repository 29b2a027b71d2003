"""From a folder on one node's disk to another node's search, on a network of 24 that loses ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from tests.network import shelf
from tests.network.resident import Resident, result
from tests.network.village import Village
from twisted_mule.kad.filters import Filters
from twisted_mule.kad.findings import FoundFile, FoundNote, FoundSource
from twisted_mule.kad.keywords import file_keywords
from twisted_mule.kad.query import parse
from twisted_mule.kad.search import NotesOn, SearchView, SourcesOf
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.comments import Comment

HOUR = 3600.0
NEIGHBOURS = 22
DEATHS = 10
SAMPLE = 30
#: Comments, by the place of their file on the shelf.
COMMENTS = {
    3: (5, "très bien"),
    12: (4, "читать всем"),
    27: (1, "赝品"),
    40: (3, ""),
    55: (0, "ok"),
}
#: Of some 150 searches so many may come back empty at first.
MOST_REPEATED = 5
#: Nobody keeps a source for longer unless it is published again (wire-format 9.8).
SOURCE_LIFE = 5 * HOUR


ANY = Filters()


@frozen
class Wanted:
    """
    A search by an expression.

    :ivar fits: whether a file of this name and size is meant; the name is in lower case.
    """

    text: str
    fits: Callable[[str, int], bool]
    filters: Filters = ANY


EXPRESSIONS = (
    Wanted("повесть Пушкин", lambda name, _: "повесть" in name and "пушкин" in name),
    Wanted("café -Élodie", lambda name, _: "café" in name and "élodie" not in name),
    Wanted("ποίηση NOT Όμηρος", lambda name, _: "ποίηση" in name and "όμηρος" not in name),
    Wanted("李白 OR 서울", lambda name, _: "李白" in name or "서울" in name),
    Wanted('"maps (42)"', lambda name, _: "maps (42)" in name),
    Wanted(
        "写真",
        lambda name, _: "写真" in name and name.endswith(("mkv", "webm")),
        Filters("Video"),
    ),
    Wanted("كتاب", lambda name, size: "كتاب" in name and size >= 6200, Filters(min_size=6200)),
    Wanted("여행", lambda name, size: "여행" in name and size <= 5200, Filters(max_size=5200)),
    Wanted(
        "詩集", lambda name, _: "詩集" in name and name.endswith("iso"), Filters(extension="iso")
    ),
    Wanted(
        "(1492 OR 2001) voyages -v10",
        lambda name, _: "voyages" in name and "v10" not in name and name[:4] in {"1492", "2001"},
    ),
)


class SharingTests(SynchronousTestCase):
    """What one node shares another one finds."""

    def setUp(self) -> None:
        """22 neighbours; two whole nodes among them, of which the first has 64 files to share."""
        self.village = Village(NEIGHBOURS, measured=False)
        root = Path(self.mktemp()).absolute()
        shelf.fill(root / "files")
        self.folder = root / "files"
        self.alice = Resident(self.village, "Alice", root / "alice")
        self.bob = Resident(self.village, "Bob", root / "bob")
        for node in (self.bob, self.alice):
            self.addCleanup(node.stop)

    def test_found_from_afar(self) -> None:
        """
        All that one node shares is found by another one, by words and by expressions.

        It still is when the first node has been restarted, ten of the others have died, and what
        was published before that has expired.
        """
        self.share()
        began = self.village.clock.seconds()
        self.await_published(4 * HOUR)
        files = {file.name: file for file in self.alice.desk.shared_files()}
        self.assertEqual(set(shelf.names()), set(files))
        self.find_all(files)
        self.alice.stop()
        self.village.bury(range(0, 2 * DEATHS, 2))
        self.village.run(300.0)
        self.alice.start()
        self.village.run(began + SOURCE_LIFE + HOUR - self.village.clock.seconds())
        self.find_all(files)
        self.assertLessEqual(len(self.bob.repeated), MOST_REPEATED)
        self.assertEqual(([], []), (self.alice.failures, self.bob.failures))
        self.assertEqual(0, sum(node.counters.total("defects") for node in self.village.nodes))

    # --- the first node --------------------------------------------------------------------

    def share(self) -> None:
        """Share the folder and say something of some files."""
        result(self.alice.desk.share_add(str(self.folder)))
        self.village.run(30.0)
        names = shelf.names()
        files = {file.name: file for file in self.alice.desk.shared_files()}
        for place, (rating, text) in COMMENTS.items():
            file = files[names[place]]
            result(self.alice.desk.comment(Comment(file.hash, file.name, file.size, text, rating)))

    def await_published(self, limit: float) -> None:
        """Let time pass until the network knows all files, words and comments."""
        end = self.village.clock.seconds() + limit
        while not self.is_published():
            self.assertLess(self.village.clock.seconds(), end, self.alice.desk.publishing())
            self.village.run(120.0)

    def is_published(self) -> bool:
        """Whether the first node says that all of it is published."""
        view = self.alice.desk.publishing()
        assert view is not None
        everything = len(view.files) == len(shelf.names()) and view.notes_sent == len(COMMENTS)
        return everything and all(
            file.known and file.keywords_known == file.keywords for file in view.files
        )

    # --- the second node -------------------------------------------------------------------

    def find_all(self, files: dict[str, SharedFile]) -> None:
        """Find files by a word and by expressions, who has them and what is said of them."""
        names = Random(self.village.clock.seconds()).sample(sorted(files), SAMPLE)
        self.find_by_word(names, files)
        self.find_by_expression(files)
        self.find_sources([files[name] for name in names])
        self.find_notes([files[shelf.names()[place]] for place in COMMENTS])

    def find_by_word(self, names: Sequence[str], files: dict[str, SharedFile]) -> None:
        """Each of the names by one of its words, which gives all files that have it."""
        random = Random(5)
        words = [random.choice(file_keywords(name)) for name in names]
        views = self.bob.search([parse(word) for word in words])
        for name, word, view in zip(names, words, views, strict=True):
            found = self.names_in(view, files)
            self.assertIn(name, found, word)
            self.assertEqual({one for one in files if word in file_keywords(one)}, found, word)

    def find_by_expression(self, files: dict[str, SharedFile]) -> None:
        """All that each expression means, and nothing else."""
        views = self.bob.search([parse(one.text, one.filters) for one in EXPRESSIONS])
        for wanted, view in zip(EXPRESSIONS, views, strict=True):
            meant = {n for n, file in files.items() if wanted.fits(n.lower(), file.size)}
            self.assertTrue(meant, wanted.text)
            self.assertEqual(meant, self.names_in(view, files), wanted.text)

    def find_sources(self, files: Sequence[SharedFile]) -> None:
        """The streams of the first node, and no others."""
        views = self.bob.search([SourcesOf(file.hash, file.size) for file in files])
        for file, view in zip(files, views, strict=True):
            (source,) = view.results
            assert isinstance(source, FoundSource)
            self.assertEqual(self.alice.streams, source.destination, file.name)
            self.assertEqual((file.size, True), (source.size, source.complete))

    def find_notes(self, files: Sequence[SharedFile]) -> None:
        """What the user of the first node said."""
        views = self.bob.search([NotesOn(file.hash, file.size) for file in files])
        for file, said, view in zip(files, COMMENTS.values(), views, strict=True):
            (note,) = view.results
            assert isinstance(note, FoundNote)
            self.assertEqual((file.name, *said), (note.name, note.rating, note.comment))

    def names_in(self, view: SearchView, files: dict[str, SharedFile]) -> set[str]:
        """What a search found, checked against what is shared."""
        found = set()
        for one in view.results:
            assert isinstance(one, FoundFile)
            file = files[one.name]
            self.assertEqual((file.hash, file.size), (one.hash, one.size))
            self.assertEqual(file.file_type, one.file_type)
            found.add(one.name)
        return found
