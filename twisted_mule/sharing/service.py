"""The service that keeps what the user shares: looked through, hashed, and told to the node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import define, field, frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredLock, gatherResults, inlineCallbacks, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule.sharing.bench import Bench
from twisted_mule.sharing.folders import examine, real_path
from twisted_mule.sharing.library import Catalogue, Changes
from twisted_mule.sharing.names import shown
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.sharing.rounds import Rounds
from twisted_mule.sharing.sights import SharingError
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.directory import StateError
from twisted_mule.store.shared_files import HashedFile, SharedFileStore, SharedList
from twisted_mule.store.worker import Run

#: Seconds between two looks through everything.
RESCAN_EVERY: Final = 3600.0
#: Seconds between two reports of what changed, while there is work.
REPORT_EVERY: Final = 5.0
#: Files that are kept at a time: neither a thread nor the reactor is busy with them for long.
SLICE: Final = 200


@frozen
class Added:
    """A path that is shared now, as it really is, and the shared paths that it absorbed."""

    root: str
    absorbed: tuple[str, ...]


@define(eq=False)
class Library(Service):
    """
    All that the user shares.

    :ivar store: where the list is kept; its database must be open while the service runs.
    :ivar run: a thread of its own for work that waits for disks, in the order of the calls.
    :ivar clock: monotonic.
    :ivar wall: Unix time, to compare with the times of files.
    :ivar private: folders that are never shared, such as the state directory.
    :ivar on_change: called with :meth:`files` once they are known and whenever they changed, at
        most every few seconds while there is work.
    """

    store: SharedFileStore
    run: Run
    clock: IReactorTime
    wall: Callable[[], float]
    private: tuple[str, ...]
    on_change: Callable[[tuple[SharedFile, ...]], object]
    _catalogue: Catalogue = field(factory=Catalogue, init=False)
    _rounds: Rounds = field(init=False)
    _bench: Bench = field(init=False)
    _rescan_at: float = field(default=0.0, init=False)
    _report_at: float = field(default=0.0, init=False)
    _asleep: Deferred[None] | None = field(default=None, init=False)
    _alarm: IDelayedCall | None = field(default=None, init=False)
    _turns: DeferredLock = field(factory=DeferredLock, init=False)
    _told: tuple[SharedFile, ...] | None = field(default=None, init=False)
    _trouble: str = field(default="", init=False)
    _restored: bool = field(default=False, init=False)
    _life: Deferred[Any] | None = field(default=None, init=False)

    name = "sharing"
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        self._rounds = Rounds(self._catalogue, self.run, self.wall, self.private)
        self._bench = Bench(self._catalogue, self.run, self.wall)

    # --- for readers -----------------------------------------------------------------------

    def status(self) -> LibraryStatus:
        """How it stands at this moment."""
        looking, current = self._rounds.looking, self._bench.current
        return self._catalogue.status(self.wall(), looking, current, self._trouble)

    def files(self) -> tuple[SharedFile, ...]:
        """The shared files, those of equal content once."""
        return self._catalogue.files()

    def listing(self) -> tuple[SharedFile, ...]:
        """The shared files, all paths of them."""
        return self._catalogue.listing()

    # --- what the user wants ---------------------------------------------------------------

    def add(self, path: str) -> Deferred[Added]:
        """
        Share the folder or file at ``path``, a whole path.

        Fires once it is kept and about to be looked through; with :class:`SharingError` when it
        cannot be shared, with :class:`~twisted_mule.store.directory.StateError` when not kept.
        """
        return self._turns.run(self._add, path)

    def remove(self, path: str) -> Deferred[str]:
        """
        Share ``path`` no longer; fires with it, as it was kept.

        Fires with :class:`SharingError` when it is not a shared path.
        """
        return self._turns.run(self._remove, path)

    def rescan(self, path: str | None = None) -> Deferred[None]:
        """
        Look through a shared path again, or through all; fires when that is done.

        What is new is hashed after that.  Fires with :class:`SharingError` when ``path`` is not a
        shared path.
        """
        return self._turns.run(self._which, path).addCallback(self._look_again)

    @inlineCallbacks
    def _add(self, path: str) -> Any:
        root = yield self._promptly(lambda: examine(path, self.private))
        covering = self._catalogue.covering(root)
        if covering is not None:
            part = "" if covering == root else f", as part of {shown(covering)}"
            raise SharingError(f"{shown(root)} is shared already{part}.")
        absorbed = self._catalogue.inside(root)
        self._catalogue.add(root)
        self._look_soon(root)
        try:
            yield self.store.add_root(root, absorbed)
        except StateError:
            self._catalogue.remove(root)
            for inner in absorbed:
                self._catalogue.add(inner)
                self._look_soon(inner)
            raise
        return Added(root, absorbed)

    @inlineCallbacks
    def _remove(self, path: str) -> Any:
        (root,) = yield self._which(path)
        self._catalogue.remove(root)
        self._bench.interrupt()
        self._wake()
        yield self.store.remove_root(root)
        yield self._report()
        return root

    @inlineCallbacks
    def _which(self, path: str | None) -> Any:
        """Fire with the shared paths that are meant."""
        real = yield self._promptly(lambda: None if path is None else real_path(path))
        if path is None:
            return self._catalogue.roots
        for root in (path.rstrip("/"), real):
            if root in self._catalogue.roots:
                return (root,)
        covering = self._catalogue.covering(real)
        if covering is not None:
            raise SharingError(f"{shown(path)} is only a part of {shown(covering)}; name that.")
        raise SharingError(f"{shown(path)} is not shared; `mule share list` shows what is.")

    def _look_again(self, roots: tuple[str, ...]) -> Deferred[None]:
        looked = gatherResults(map(self._rounds.when_looked, roots), consumeErrors=True)
        self._bench.interrupt()
        self._wake()
        return looked.addCallbacks(lambda _: None, lambda failure: failure.value.subFailure)

    def _look_soon(self, root: str) -> None:
        self._rounds.want(root)
        self._bench.interrupt()
        self._wake()

    def _promptly(self, work: Callable[[], Any]) -> Deferred[Any]:
        """The result of ``work()``, for which a file that is being hashed is put aside."""
        if not self.running or not self._restored:
            raise SharingError("The node is just starting or stopping; try again in a moment.")
        self._bench.interrupt()
        return self.run(work)

    # --- life ------------------------------------------------------------------------------

    def startService(self) -> None:
        """Take up what was kept, look through it, and go on with the work."""
        super().startService()
        self._life = self._live()
        self._life.addErrback(self._ended)

    def stopService(self) -> Deferred[Any] | None:
        """Put everything aside; fires when all is kept and the thread has nothing to do."""
        super().stopService()
        self._rounds.end()
        self._bench.interrupt()
        self._wake()
        return self._life

    @inlineCallbacks
    def _live(self) -> Any:
        yield self._restore()
        while self.running:
            if self.clock.seconds() >= self._rescan_at:
                self._rescan_all()
            if self._rounds.pending:
                yield self._rounds.look()
            elif not (yield self._bench.work()):
                self._catalogue.rest()
                yield self._report()
                yield self._sleep()
            if self.clock.seconds() >= self._report_at:
                yield self._report()
        yield self._bench.clear()
        yield self._keep(self._catalogue.changes())

    def _ended(self, failure: Failure) -> None:
        self._trouble = "Sharing ended because of a defect in this program; start it again."
        self._log.failure("Sharing ended", failure)

    @inlineCallbacks
    def _restore(self) -> Any:
        try:
            kept = yield self.store.load()
        except StateError as reason:
            self._trouble = str(reason)
            kept = SharedList((), ())
        # Names and types take time to make out; not the reactor's.
        files = yield self.run(lambda: tuple((file.root, _shared(file)) for file in kept.files))
        self._catalogue.restore(kept.roots, files)
        self._restored = True
        yield self._report()

    def _rescan_all(self) -> None:
        self._rescan_at = self.clock.seconds() + RESCAN_EVERY
        for root in self._catalogue.roots:
            self._rounds.want(root)

    @inlineCallbacks
    def _report(self) -> Any:
        """Tell the node, and the store, what changed."""
        self._report_at = self.clock.seconds() + REPORT_EVERY
        files = self._catalogue.files()
        if files != self._told:
            self._told = files
            try:
                self.on_change(files)
            except Exception:  # noqa: BLE001 - whoever listens, the work goes on
                self._log.failure("Telling what is shared failed")
        yield self._keep(self._catalogue.changes())

    @inlineCallbacks
    def _keep(self, changes: Changes) -> Any:
        try:
            for part in changes.slices(SLICE):
                # A generator: the thread of the database makes the rows.
                hashed = (_kept(root, file) for root, file in part.hashed)
                yield self.store.update(hashed, part.gone)
                self._trouble = ""
        except StateError as reason:
            self._trouble = str(reason)

    def _sleep(self) -> Deferred[None]:
        """Fires when there may be something to do."""
        if self._rounds.pending or not self.running:  # somebody woke us before we slept
            return succeed(None)
        until = self._rescan_at - self.clock.seconds()
        due = self._catalogue.next_at()
        if due is not None:
            until = min(until, due - self.wall())
        self._asleep = Deferred()
        self._alarm = self.clock.callLater(max(0.0, until), self._wake)
        return self._asleep

    def _wake(self) -> None:
        if self._alarm is not None and self._alarm.active():
            self._alarm.cancel()
        asleep, self._asleep = self._asleep, None
        if asleep is not None:
            asleep.callback(None)


def _shared(file: HashedFile) -> SharedFile:
    return SharedFile.at(file.path, file.size, file.modified, file.hash)


def _kept(root: str, file: SharedFile) -> HashedFile:
    return HashedFile(file.path, root, file.size, file.modified, file.hash)
