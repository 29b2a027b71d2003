"""What the node takes out of the state directory when it starts, and puts back while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, DeferredLock, inlineCallbacks

from twisted_mule.kad.contact import SavedContact, Seed
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.published import DueRow
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import ContactStore, node_of, seed_of
from twisted_mule.store.database import Database
from twisted_mule.store.directory import NODES, StateDirectory, StateError
from twisted_mule.store.due_times import Due, DueStore
from twisted_mule.store.identity import Identity, load_identity, save_identity
from twisted_mule.store.worker import Run

#: With fewer contacts a nodes.dat that holds more is not replaced (node-behaviour 2.1).
FEW: Final = 25
#: The seed of the practice network's neighbours, so that they are the same after a restart.
PRACTICE: Final = "practice"
_SEED: Final = 32


@frozen
class Kept:
    """
    What was found in the state directory.

    :ivar contacts: the table of the last run, aged by the time in between; whoever takes them takes
        them out, so that thousands are not in memory twice.
    :ivar nodes: what a ``nodes.dat`` adds to it.
    :ivar seeds: what is only to be asked for a bootstrap.
    :ivar due: what the network knew of our files.
    :ivar notices: plain sentences for the local user.
    """

    contacts: deque[SavedContact]
    nodes: tuple[Seed, ...]
    seeds: tuple[Seed, ...]
    notices: tuple[str, ...]
    due: tuple[DueRow, ...] = ()


@define
class Keeper:
    """
    The files of one node.

    :ivar run: runs blocking work off the reactor, in order.
    :ivar wall: Unix time.
    """

    directory: StateDirectory
    run: Run
    wall: Callable[[], float]
    entropy: Callable[[int], bytes]
    database: Database = field(init=False)
    _had: int = field(default=0, init=False)
    _one_at_a_time: DeferredLock = field(factory=DeferredLock, init=False)

    def __attrs_post_init__(self) -> None:
        self.database = Database(self.directory, self.run)

    def identity(self) -> tuple[Identity, tuple[str, ...]]:
        """
        Who we are, made at the first start, with sentences about what had to be mended.

        :raise StateError: when the file is whole but of no use.
        """
        loaded = load_identity(self.directory, self.entropy)
        return loaded.identity, loaded.notices

    def keep_identity(self, identity: Identity) -> None:
        """Write ``identity`` at once: a destination must be kept before it is used."""
        save_identity(self.directory, identity)

    def practice_seed(self) -> bytes:
        """What the neighbours of the practice network are made of."""
        seed = self.directory.read(PRACTICE)
        if seed is None or len(seed) != _SEED:
            seed = self.entropy(_SEED)
            self.directory.write(PRACTICE, seed)
        return seed

    @inlineCallbacks
    def open(self, extra: Path | None) -> Any:
        """
        Fire with a :class:`Kept`.

        :param extra: a ``nodes.dat`` that the user named.
        """
        opened = yield self.database.open()
        contacts = yield ContactStore(self.database).load(self.wall())
        dues = yield DueStore(self.database).load(self.wall())
        notices, nodes, seeds = list(opened.notices), [], []
        for name, content in self._lists(extra):
            try:
                found = nodes_dat.read(content)
            except DecodeError as reason:
                notices.append(self._unreadable(name, extra, reason))
                continue
            if found.bootstrap_only:
                seeds += [seed_of(node) for node in found.contacts]
            else:
                nodes += [seed_of(node) for node in found.trusted()]
                self._had = max(self._had, len(found.contacts) if name == NODES else 0)
        due = tuple(row for row in map(_due_row, dues) if row is not None)
        return Kept(deque(contacts), tuple(nodes), tuple(seeds), tuple(notices), due)

    def _lists(self, extra: Path | None) -> Iterable[tuple[str, bytes]]:
        content = self.directory.read(NODES)
        if content is not None:
            yield NODES, content
        if extra is not None:
            try:
                yield str(extra), extra.read_bytes()
            except OSError as reason:
                raise StateError(f"{extra} cannot be read ({reason.strerror}).") from reason

    def _unreadable(self, name: str, extra: Path | None, reason: DecodeError) -> str:
        if name == NODES:
            return self.directory.set_aside(NODES, str(reason))
        return f"{extra} is not a nodes.dat file ({reason}); nothing was taken from it."

    def save(
        self,
        contacts: Iterable[SavedContact],
        exported: tuple[Seed, ...],
        due: tuple[DueRow, ...] = (),
    ) -> Deferred[float]:
        """
        Put the table into the database and a selection of it, for iMule, into ``nodes.dat``.

        Fires with the Unix time for which the table holds.

        One saving after the other, each in many turns of the reactor.

        :param contacts: gone through meanwhile.
        """
        saved: Deferred[float] = self._one_at_a_time.run(self._save, contacts, exported, due)
        return saved

    @inlineCallbacks
    def _save(
        self,
        contacts: Iterable[SavedContact],
        exported: tuple[Seed, ...],
        due: tuple[DueRow, ...],
    ) -> Any:
        now = self.wall()
        yield ContactStore(self.database).save(contacts, now)
        rows = tuple(Due(row.kind.value, row.key, max(row.due, 0.0)) for row in due)
        yield DueStore(self.database).replace(rows, now)
        if len(exported) >= min(FEW, self._had):
            nodes = tuple(map(node_of, exported))
            yield self.run(lambda: self.directory.write(NODES, nodes_dat.write(nodes)))
            self._had = len(nodes)
        return now

    def close(self) -> Deferred[None]:
        """Close the database."""
        return self.database.close()


def _due_row(due: Due) -> DueRow | None:
    """A row of the database as the core has it; ``None`` for one that no version of ours wrote."""
    try:
        return DueRow(LookupKind(due.kind), due.key, due.remaining)
    except ValueError:
        return None
