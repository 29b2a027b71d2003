"""The verbs for what is shared: in, out, hashed with a bar, and listed honestly."""

from __future__ import annotations

import os
from io import StringIO

from rich.console import Console
from twisted.internet.defer import Deferred

from tests.commands.speaking import SpeakingCase
from tests.control.actions import publishing_view, shared_file
from twisted_mule.commands.hashing import HashingBar
from twisted_mule.control.shared import library_document
from twisted_mule.sharing.progress import Current, LibraryStatus, Problem, RootStatus
from twisted_mule.sharing.sights import SharingError


def root(
    files: int = 3, waiting: int = 0, *, looked: bool = True, path: str = "/srv"
) -> RootStatus:
    """A shared path."""
    return RootStatus(
        path, files, files << 20, waiting, waiting << 20, 0, (("it is hidden", 2),), looked, ""
    )


class ChangeTests(SpeakingCase):
    """``mule share add``, ``remove`` and ``rescan``."""

    def test_whole_paths(self) -> None:
        """The node gets a whole path, whatever the shell was given."""
        self.assertIn("is shared", self.mule("share", "add", "files/../films").stdout)
        self.assertEqual([os.path.join(os.getcwd(), "films")], self.actions.roots)

    def test_nobody_waits(self) -> None:
        """Without a terminal the command ends at once; the node goes on."""
        self.actions.libraries = [LibraryStatus((root(0, 9),))]
        self.assertIn("`mule share list`", self.mule("share", "add", "/srv").stdout)

    def test_wait(self) -> None:
        """It can wait until everything is looked through and hashed."""
        self.actions.libraries = [
            LibraryStatus((root(0, looked=False),)),
            LibraryStatus((root(1, 2),), current=Current("/srv/a.iso", 10, 5)),
            LibraryStatus((root(3),)),
        ]
        told = self.mule("share", "add", "/srv", "--wait").stdout
        self.assertIn("3 files with 3.0 MiB, 2 left out because it is hidden", told)
        self.assertEqual(1, len(self.actions.libraries))

    def test_ctrl_c(self) -> None:
        """Ctrl-C ends the wait, not the hashing."""
        self.waits.interrupted_at = 1.0
        self.actions.libraries = [LibraryStatus((root(0, 9),))]
        self.assertIn("goes on", self.mule("share", "add", "/srv", "--wait").stdout)

    def test_refused(self) -> None:
        """What cannot be shared is told in the node's sentence."""
        self.actions.refusal = SharingError("/srv is shared already.")
        self.assertEqual("Error: /srv is shared already.\n", self.sentence("share", "add", "/srv"))

    def test_remove(self) -> None:
        """A path can be taken out, once."""
        self.mule("share", "add", "/srv")
        self.assertEqual({"path": "/srv"}, self.answer("share", "remove", "/srv"))
        self.assertIn("mule share list", self.sentence("share", "remove", "/srv"))

    def test_names_that_are_no_text(self) -> None:
        """A path with bytes that are no UTF-8 goes to the node as it is."""
        path = os.fsdecode(b"/srv/\xff\xfe")
        self.assertIn("\\xff\\xfe is shared", self.mule("share", "add", path).stdout)
        self.assertEqual([path], self.actions.roots)

    def test_rescan(self) -> None:
        """One path or all can be looked through again."""
        self.assertIn("goes on", self.mule("share", "rescan", "/srv").stdout)
        self.assertIn("Looked through", self.mule("share", "rescan", "--wait").stdout)
        self.assertEqual(["/srv", None], self.actions.rescanned)

    def test_a_long_rescan(self) -> None:
        """Looking through a large folder outlasts no patience: the node answers meanwhile."""
        self.actions.looked = Deferred()
        self.assertFalse(self.answer("share", "rescan")["done"])


class ListTests(SpeakingCase):
    """``mule share list``."""

    def listed(self) -> str:
        """What it says."""
        return self.mule("share", "list").stdout

    def test_nothing(self) -> None:
        """Without anything shared one is told how to begin, and what the pace can do."""
        self.actions.view = publishing_view(shared=0, taken=0, waiting=0, files=())
        told = self.listed()
        self.assertIn("mule share add PATH", told)
        self.assertIn("keeps 150 to 200 files published.", told)

    def test_files(self) -> None:
        """Each file has size, type, state of publishing and ed2k link."""
        self.actions.files = tuple(shared_file(number) for number in range(1, 5))
        lines = self.listed().splitlines()
        states = ("published", "1 of 2 words", "next", "waits")
        for number, state in enumerate(states, 1):
            first, second = lines[2 * number - 2 : 2 * number]
            self.assertIn(f"  Video  {state} ", first)
            self.assertTrue(first.endswith(f"/srv/files/film {number}.avi"), first)
            self.assertEqual(shared_file(number).link, second.strip())

    def test_below_a_path(self) -> None:
        """It can be narrowed to a path; one with nothing shared is told."""
        self.actions.files = (shared_file(1), shared_file(2, "/srv/filesystem"))
        self.assertEqual(1, len(self.answer("share", "list", "/srv/files")["files"]))
        self.assertIn("Nothing at /opt", self.sentence("share", "list", "/opt"))

    def test_many_files(self) -> None:
        """More files than one document holds are all listed, each once."""
        self.actions.files = tuple(shared_file(number) for number in range(1, 451))
        found = {file["hash"] for file in self.answer("share", "list")["files"]}
        self.assertEqual(450, len(found))

    def test_honest_while_there_is_room(self) -> None:
        """What waits, what is due and how long that takes is told in figures."""
        told = self.listed()
        self.assertIn("keeps 150 to 200 files published, of files like yours about 170", told)
        self.assertIn("Of 5 files (equal ones counted once) 3 are taken up and 2 wait.", told)
        self.assertIn("taken up one by one", told)
        self.assertIn("4 records are due; at 63 an hour that takes about 3 min 48 s.", told)
        self.assertIn("every 4.2 to 4.9 hours", told)
        self.assertIn("every 20 to 24 hours", told)
        self.assertIn("0 of 1 comment published", told)

    def test_honest_when_the_pace_is_full(self) -> None:
        """Files that the pace has no room for cannot be found, and one is told so."""
        self.actions.view = publishing_view(shared=900, taken=170, waiting=730, room=170)
        self.assertIn("cannot be found by anybody", self.listed())

    def test_before_anything_is_published(self) -> None:
        """The hold after the start, missing streams and a missing router are told."""
        self.actions.view = publishing_view(begins_in=600.0, streams=False)
        told = self.listed()
        self.assertIn("comes in about 10 min", told)
        self.assertIn("no file is taken up", told)
        self.actions.view = None
        self.assertIn("the node waits for its router", self.listed())

    def test_problems(self) -> None:
        """What is left out for a reason of its own is listed with the reason."""
        problem = Problem("/srv/x", "it cannot be read")
        self.actions.libraries = [LibraryStatus((root(),), problems=(problem,), more_problems=4)]
        told = self.listed()
        self.assertIn("left out: /srv/x, it cannot be read", told)
        self.assertIn("and 4 more", told)


class BarTests(SpeakingCase):
    """The progress bar on a terminal."""

    def test_bar(self) -> None:
        """It shows the file that is hashed and how much of all the bytes is done."""
        output = StringIO()
        bar = HashingBar(Console(file=output, force_terminal=True, width=120))
        status = LibraryStatus(
            (root(1, 1),),
            current=Current("/srv/[bold]a\x1b.iso", 2 << 20, 1 << 20),
            done=1,
            done_bytes=1 << 20,
        )
        bar.show(library_document(status))
        with bar._progress:
            pass
        text = output.getvalue()
        self.assertIn("hashing [bold]a.iso", text)
        self.assertIn("2.0/4.0 MiB", text)
