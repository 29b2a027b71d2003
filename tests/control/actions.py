"""What a node does for the control socket, told by the test: searches, files, comments."""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, fail, succeed

from tests.samples import destination
from twisted_mule.control.actions import NotReadyError
from twisted_mule.kad.findings import Found, FoundFile, FoundNote, FoundSource
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.publishing import FilePublished, PublishingView
from twisted_mule.kad.search import SearchState, SearchView, SearchWish
from twisted_mule.kad.searching import SearchError
from twisted_mule.kad.traces import Asked, LookupTrace
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.sharing.service import Added
from twisted_mule.sharing.sights import SharingError
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.comments import Comment

#: What peers may send to whoever looks at it: escape sequences, line ends, turned writing.
HOSTILE = "\x1b[31mred\u202eexe.\r\nline\x07"


def found_file(number: int, sources: int = 1, name: str = "") -> FoundFile:
    """A result of a search for words."""
    name = name or f"film {number}.avi"
    return FoundFile(KadID(number), name, number * 1_000_000, "Video", sources, 1)


def found_source(number: int) -> FoundSource:
    """A result of a search for sources."""
    return FoundSource(KadID(number), destination(number), size=7, complete=number % 2 == 0)


def found_note(number: int, comment: str = "good") -> FoundNote:
    """A result of a search for notes."""
    return FoundNote(KadID(number), f"film {number}.avi", number % 6, comment, 7)


def lookup_trace(target: KadID) -> LookupTrace:
    """Two steps and a finish, the first step answered."""
    return LookupTrace(
        LookupKind.KEYWORD,
        target,
        100.0,
        (
            Asked(KadID(target.value ^ 0xFFFF), 0xFFFF, 0.0, answered=3.5, contacts=2),
            Asked(KadID(target.value ^ 0xFF), 0xFF, 10.0),
            Asked(KadID(target.value ^ 0xF), 0xF, 25.0, finishing=True, answered=31.0, results=4),
        ),
        ended=61.0,
    )


def shared_file(number: int, folder: str = "/srv/files") -> SharedFile:
    """A file that is shared."""
    return SharedFile.at(f"{folder}/film {number}.avi", number * 1000, 0, KadID(number))


def publishing_view(**changes: Any) -> PublishingView:
    """One file found, one whose words are not out, one that is next, and the rest waits."""
    view = PublishingView(
        shared=5,
        taken=3,
        waiting=2,
        room=170,
        overdue=4,
        notes=1,
        notes_sent=0,
        begins_in=0.0,
        streams=True,
        files=(
            FilePublished(KadID(1), True, 9000.0, 2, 2, 3, 1),
            FilePublished(KadID(2), True, 9500.0, 2, 1, 1, 1),
            FilePublished(KadID(3), False, -5.0, 2, 0, 0, 0),
        ),
    )
    return evolve(view, **changes)


@define
class FakeActions:
    """
    A :class:`twisted_mule.control.actions.NodeActions` that does as it is told.

    :ivar arriving: what each further look at a search adds to its results, the last look ends it.
    :ivar refusal: what every Deferred fails with, if anything.
    """

    begins_in: float | None = 40.0
    arriving: list[tuple[Found, ...]] = field(factory=list)
    most: int = 64
    begun: bool = True
    refusal: Exception | None = None
    files: tuple[SharedFile, ...] = ()
    view: PublishingView | None = field(factory=publishing_view)
    libraries: list[LibraryStatus] = field(factory=lambda: [LibraryStatus()])
    looked: Deferred[None] | None = None
    wishes: list[SearchWish] = field(factory=list)
    stopped: list[int] = field(factory=list)
    roots: list[str] = field(factory=list)
    rescanned: list[str | None] = field(factory=list)
    remarks: dict[KadID, Comment] = field(factory=dict)
    _views: dict[int, SearchView] = field(factory=dict)

    def search(self, wish: SearchWish) -> int:
        """Take it."""
        if not self.begun:
            raise NotReadyError("The node has no identity yet; `mule status` says why.")
        if len(self._views) >= self.most:
            raise SearchError(f"{self.most} searches wait already; stop one.")
        number = len(self._views) + 1
        self.wishes.append(wish)
        self._views[number] = SearchView(
            number, wish, SearchState.WAITING, self.begins_in, (), 0, 0, False, False, ()
        )
        return number

    def search_again(self, number: int) -> bool:
        """Let it wait once more."""
        return self._change(number, state=SearchState.WAITING, stopped=False)

    def stop_search(self, number: int) -> bool:
        """End it."""
        self.stopped.append(number)
        return self._change(number, state=SearchState.DONE, stopped=True)

    def _change(self, number: int, **changes: Any) -> bool:
        if number not in self._views:
            return False
        self._views[number] = evolve(self._views[number], **changes)
        return True

    def search_view(self, number: int) -> SearchView | None:
        """As it stands; the next look finds more."""
        view = self._views.get(number)
        if view is not None and view.state is not SearchState.DONE and self.arriving:
            state = SearchState.WALKING if len(self.arriving) > 1 else SearchState.DONE
            trace = lookup_trace(KadID(5))
            results = view.results + self.arriving.pop(0)
            self._change(number, state=state, results=results, traces=(trace,), lookups=1)
        return view

    def searches(self) -> tuple[SearchView, ...]:
        """All of them."""
        return tuple(self._views.values())

    def share_add(self, path: str) -> Deferred[Added]:
        """Share it."""
        if self.refusal is not None:
            return fail(self.refusal)
        self.roots.append(path)
        return succeed(Added(path, ()))

    def share_remove(self, path: str) -> Deferred[str]:
        """Share it no longer."""
        if path not in self.roots:
            return fail(SharingError(f"{path} is not shared; `mule share list` shows what is."))
        self.roots.remove(path)
        return succeed(path)

    def share_rescan(self, path: str | None) -> Deferred[None]:
        """Look again, for as long as the test likes."""
        self.rescanned.append(path)
        if self.refusal is not None:
            return fail(self.refusal)
        return succeed(None) if self.looked is None else self.looked

    def library_status(self) -> LibraryStatus:
        """The next moment, the last one for ever."""
        return self.libraries.pop(0) if len(self.libraries) > 1 else self.libraries[0]

    def shared_files(self) -> tuple[SharedFile, ...]:
        """All of them."""
        return self.files

    def publishing(self) -> PublishingView | None:
        """As told."""
        return self.view

    def comments(self) -> tuple[Comment, ...]:
        """All of them."""
        return tuple(self.remarks.values())

    def comment(self, comment: Comment) -> Deferred[None]:
        """Keep it."""
        if self.refusal is not None:
            return fail(self.refusal)
        self.remarks[comment.hash] = comment
        return succeed(None)

    def remove_comment(self, file_hash: KadID) -> Deferred[bool]:
        """Forget it."""
        return succeed(self.remarks.pop(file_hash, None) is not None)
