"""Everything that one process runs, brought up in order and taken down in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, evolve, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule.details import Event, Part
from twisted_mule.holdings import Holdings
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me, SavedContact, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.published import Published
from twisted_mule.keeping import Keeper, Kept
from twisted_mule.node import Gate, MuleNode
from twisted_mule.roles import Bridge, Surroundings
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.patience import insist
from twisted_mule.saving import Saving
from twisted_mule.snapshots import Cached, Facts, routing_status, snapshot
from twisted_mule.status import NodeStatus, Phase, RouterState, RouterStatus, RoutingStatus
from twisted_mule.store.directory import StateError
from twisted_mule.store.identity import Identity


@define(eq=False)
class Daemon(Service):
    """
    The node of this process and its life.

    :ivar clock: monotonic.
    :ivar wall: Unix time, for people and files.
    :ivar chance: the streams of this boot.
    :ivar fail: called with one sentence when the node cannot go on.
    :ivar gate: gives what stands between node and network, if it is another process.
    """

    clock: IReactorTime
    wall: Callable[[], float]
    chance: Chance
    keeper: Keeper
    surroundings: Surroundings
    facts: Facts
    extra_nodes: Any
    fail: Callable[[str], None]
    gate: Callable[[], Gate | None] = lambda: None
    node: MuleNode | None = field(default=None, init=False)
    identity: Identity = field(init=False)
    holdings: Holdings = field(init=False)
    _bridge: Bridge | None = field(default=None, init=False)
    _cached: Cached[NodeStatus] = field(init=False)
    _table: Cached[RoutingStatus] = field(init=False)
    saving: Saving | None = field(default=None, init=False)
    _imports: int = field(default=0, init=False)
    _up: Deferred[Any] | None = field(default=None, init=False)
    _last_state: RouterState = field(default=RouterState.OFFLINE, init=False)
    _waits_since: float = field(default=0.0, init=False)

    name = "mule"
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        self._cached = Cached(self._snapshot, self.clock.seconds)
        self._table = Cached(self._survey, self.clock.seconds)
        hashing = self.surroundings.hashing
        self.holdings = Holdings(
            self.keeper, self.clock, hashing, self._told, self._publish, self.status
        )

    # --- for readers -----------------------------------------------------------------------

    def status(self) -> NodeStatus:
        """The newest snapshot."""
        return self._cached.status()

    def _snapshot(self) -> NodeStatus:
        router = RouterStatus() if self._bridge is None else self._bridge.status()
        now, wall = self.clock.seconds(), self.wall()
        return snapshot(self.facts, router, self.node, now, wall, routing=self.table())

    def table(self) -> RoutingStatus:
        """The routing table in figures, by far the most work of a snapshot."""
        return self._table.status()

    def _survey(self) -> RoutingStatus:
        if self.node is None:
            return RoutingStatus()
        return routing_status(self.node, self.clock.seconds())

    def tell(self, sentence: str, part: Part = Part.NODE) -> None:
        """One plain sentence for the local user: into the log and onto the dashboard."""
        self.facts.events.append(Event(self.wall(), part, sentence))
        self._log.info("{sentence}", sentence=sentence)

    def _told(self, sentence: str) -> None:
        self.tell(sentence, Part.SHARING)

    # --- up --------------------------------------------------------------------------------

    def startService(self) -> None:
        """Bring everything up; what fails does so with one sentence."""
        super().startService()
        self._up = self._come_up()
        self._up.addErrback(self._give_up)

    @inlineCallbacks
    def _come_up(self) -> Any:
        self.keeper.directory.acquire()
        self.identity, notices = self.keeper.identity()
        self.facts.kad_id = self.identity.kad_id.hex
        for notice in notices:
            self.tell(notice)
        self.facts.dashboard, link = yield self.surroundings.open(self)
        # The link goes to the log only: its secret is not for snapshots.
        self._log.info("Dashboard: {link}", link=link)
        self.facts.events.append(Event(self.wall(), Part.NODE, "The dashboard is open."))
        kept = yield self.keeper.open(self.extra_nodes)
        yield self.holdings.open()
        read_at = self.clock.seconds()
        for notice in kept.notices:
            self.tell(notice)
        self._bridge = yield self.surroundings.bridge(self)
        self._bridge.startService()
        destination = yield self._bridge.when_ready()
        if self.identity.stream_keys is None:
            draws = self.chance.stream("stream keys", 0)
            ask = self._bridge.generate_keys
            made = yield insist(ask, self.clock, draws, self._no_keys_yet)
            self.stream_keys_made(made)
        self.facts.destination = destination.short
        self._begin(destination, kept, read_at)

    def _no_keys_yet(self, reason: Exception) -> None:
        self.tell(f"No keys for our streams from the router yet ({reason}); it is asked again.")

    def _give_up(self, failure: Failure) -> None:
        if not self.running:
            return
        if failure.check(StateError) is None:
            self._log.failure("Starting failed", failure=failure)
        self.fail(failure.getErrorMessage())

    def keys_made(self, keys: SessionKeys) -> None:
        """The router made the keys of our datagrams: keep them before they are used."""
        self.identity = evolve(self.identity, datagram_keys=keys)
        self.keeper.keep_identity(self.identity)

    def stream_keys_made(self, keys: SessionKeys) -> None:
        """The router made the keys of our streams, another destination (design.md D12)."""
        self.identity = evolve(self.identity, stream_keys=keys)
        self.keeper.keep_identity(self.identity)

    def _begin(self, destination: Destination, kept: Kept, read_at: float) -> None:
        now, streams = self.clock.seconds(), self.identity.stream_keys
        # Contacts go on ageing while the router is awaited, however long that takes.
        contacts = (contact.aged(now - read_at) for contact in _taken(kept.contacts))
        core = Kad(
            Me(
                self.identity.kad_id,
                destination,
                None if streams is None else streams.destination,
                self.identity.source_id,
            ),
            self.identity.verify_secret,
            contacts,
            now=now,
            random=self.chance.stream("start", 0),
            seeds=(*kept.seeds, *self.surroundings.seeds()),
            due=tuple(row.aged(now - read_at) for row in kept.due),
            index=self.holdings.index,
        )
        core.learn(kept.nodes, now, self.chance.stream("learn", 0))
        assert self._bridge is not None  # noqa: S101 - it gave the destination
        secret = self.identity.verify_secret
        self.node = MuleNode(
            self.clock,
            self.chance,
            core,
            secret,
            self._bridge,
            watch=self.surroundings.watch(self),
            tell=self.tell,
            gate=self.gate(),
        )
        self.node.startService()
        self.holdings.start()
        self.surroundings.open_streams(self)
        self.saving = Saving(
            self.clock, self.chance, self.keeper, self.node, self._saved, self._tell_of_state
        )
        self.saving.begin()

    def _saved(self, at: float) -> None:
        self.facts.saved_at = at

    def _tell_of_state(self, sentence: str) -> None:
        self.tell(sentence, Part.STATE)

    def received(self, source: Destination, datagram: bytes, arrived: float) -> None:
        """The bridge's way in."""
        if self.node is None or self._bridge is None:
            return
        answers = self.node.answers
        self.node.received(source, datagram, arrived)
        if self.node.answers > answers:
            self._bridge.heard_network()

    def contacts(self) -> tuple[Seed, ...]:
        """The contacts of the table, for an export."""
        if self.node is None:
            return ()
        self._imports += 1
        return self.node.core.exported(self.chance.stream("export", self._imports))

    def learn(self, seeds: tuple[Seed, ...]) -> int:
        """Offer contacts of the user's to the table; how many it took."""
        if self.node is None:
            return 0
        now = self.clock.seconds()
        self._imports += 1
        return self.node.core.learn(seeds, now, self.chance.stream("import", self._imports))

    def _publish(self, files: tuple[Published, ...]) -> None:
        """These are the files to publish from now on."""
        if self.node is not None:
            self._imports += 1
            draws = self.chance.stream("share", self._imports)
            self.node.core.share(files, self.clock.seconds(), draws)

    def router_changed(self, status: RouterStatus) -> None:
        """One line a change of state, for the log and the overview."""
        if status.state is not self._last_state:
            self._note_back_off(status.state)
            self._last_state = status.state
            problem = status.problem
            why = f": {problem.headline}. {problem.advice}" if problem else ""
            said = f"Router: {status.state.value}{why}"
            self.facts.events.append(Event(self.wall(), Part.ROUTER, said))

    def _note_back_off(self, state: RouterState) -> None:
        now = self.clock.seconds()
        if self._last_state is RouterState.WAITING and state is RouterState.CONNECTING:
            if self.node is not None:
                self.node.check.persistence.waited(now - self._waits_since, now)
        elif state is RouterState.WAITING:
            self._waits_since = now

    # --- down ------------------------------------------------------------------------------

    def hurry(self) -> None:
        """Leave at once: end the drain, which saves and closes."""
        if self.node is not None:
            self.node.hurry()

    @inlineCallbacks
    def stopService(self) -> Any:
        """Stop asking, go on answering for a while, save, close; fires when all is closed."""
        yield super().stopService()
        if self._up is not None:
            self._up.cancel()
        if self.node is not None and self.saving is not None:
            self.saving.end()
            yield self._drain(self.node, self.saving)
        self.facts.phase = Phase.CLOSED
        if self._bridge is not None:
            yield self._bridge.stopService()
        yield self.holdings.stop()
        yield self.surroundings.close()
        yield self.keeper.close()
        self.surroundings.finish()
        self.keeper.directory.release()

    @inlineCallbacks
    def _drain(self, node: MuleNode, saving: Saving) -> Any:
        drained = node.drain()
        saving.save()
        if (wait := (node.closes_at or 0.0) - self.clock.seconds()) > 0.0:
            self.tell(
                f"Stopping: answers are given for another {wait:.0f} s, then all is saved;"
                " press Ctrl-C again to leave at once."
            )
        yield drained
        yield node.stopService()
        yield saving.save()
        self._tell_of_state("The state is saved.")


def _taken(contacts: deque[SavedContact]) -> Iterator[SavedContact]:
    """They go as they come: their room is that of the contacts which are made of them."""
    while contacts:
        yield contacts.popleft()
