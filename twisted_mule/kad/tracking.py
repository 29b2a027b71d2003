"""The requests that await an answer, and how many more each peer may get (wire-format 14)."""

from __future__ import annotations

from collections import deque
from typing import Final, Protocol

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Request, RequestKind
from twisted_mule.kad.ids import KadID

LIMITS: Final = {
    RequestKind.HELLO: contract.HELLO_PER_PEER,
    RequestKind.BOOTSTRAP: contract.BOOTSTRAP_PER_PEER,
    RequestKind.PING: contract.PING_PER_PEER,
    RequestKind.REQ: contract.REQ_PER_PEER,
    RequestKind.SEARCH: contract.SEARCH_PER_PEER,
    RequestKind.PUBLISH: contract.PUBLISH_PER_PEER,
}

#: A request is counted before its tick and leaves so much later at the most: with this much more
#: the limits hold in any 60 seconds of what peers see.
_SPREAD: Final = contract.TICK_LATE + contract.BATCH_SPAN


@define(eq=False)
class Pending:
    """A request that awaits an answer, until ``deadline``."""

    request: Request
    deadline: float
    left: int = contract.ANSWERS_PER_REQUEST


class TrackingWatcher(Protocol):
    """Whoever matches at another place, and so has to know of each request."""

    def opened(self, pending: Pending, now: float) -> None:
        """Its answers are awaited from ``now`` on."""

    def closed(self, pending: Pending) -> None:
        """They are not any more."""


@define
class Tracking:
    """
    Pair answers with requests by full destination, opcode and, once decoded, topic.

    Kad has no transaction numbers, so the datagrams that look like an answer are counted: a peer
    gets no more in than ``contract.ANSWERS_PER_REQUEST`` for each request that it was sent.
    """

    watcher: TrackingWatcher | None = None
    _pending: dict[tuple[Destination, int], list[Pending]] = field(factory=dict, init=False)
    _order: dict[Pending, None] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._order)

    def sent(self, request: Request, now: float) -> Pending | None:
        """Await the answers of ``request``; the oldest one is given up when there are too many."""
        if not request.expects:
            return None
        self._expire(now)
        if len(self._order) >= contract.REQUESTS_TRACKED:
            self.forget(next(iter(self._order)))
        pending = Pending(request, now + contract.REQUEST_LIFE)
        self._order[pending] = None
        for opcode in request.expects:
            self._pending.setdefault((request.destination, opcode), []).append(pending)
        if self.watcher is not None:
            self.watcher.opened(pending, now)
        return pending

    def match(self, source: Destination, opcode: int, now: float) -> Request | None:
        """The oldest request that such a datagram may answer; one of its allowance is used up."""
        self._expire(now)
        for pending in self._pending.get((source, opcode), ()):
            if pending.left > 0:
                pending.left -= 1
                return pending.request
        return None

    def settle(
        self,
        source: Destination,
        opcode: int,
        topic: KadID | None = None,
        *,
        last: bool = True,
    ) -> Request | None:
        """
        The request that a decoded answer belongs to, ``None`` when nobody asked.

        :param topic: what the answer echoes; the request must have been about the same.
        :param last: whether the request is answered by one message, and so is over.
        """
        for pending in self._pending.get((source, opcode), ()):
            if pending.request.topic == topic:
                if last:
                    self.forget(pending)
                return pending.request
        return None

    def _expire(self, now: float) -> None:
        while self._order:
            oldest = next(iter(self._order))
            if oldest.deadline > now:
                return
            self.forget(oldest)

    def forget(self, pending: Pending) -> None:
        """``pending`` is over, if it is not yet."""
        if pending not in self._order:
            return
        del self._order[pending]
        if self.watcher is not None:
            self.watcher.closed(pending)
        for opcode in pending.request.expects:
            key = (pending.request.destination, opcode)
            self._pending[key].remove(pending)
            if not self._pending[key]:
                del self._pending[key]


@define
class Quota:
    """What each peer got of each kind of request in the last minute (contract clause 5)."""

    _spent: dict[tuple[Destination, RequestKind], int] = field(factory=dict, init=False)
    # When each was spent, and beside it for what: pairs of both would be half as large again.
    _times: deque[float] = field(factory=deque, init=False)
    _order: deque[tuple[Destination, RequestKind]] = field(factory=deque, init=False)

    def allows(self, peer: Destination, kind: RequestKind, now: float) -> bool:
        """Whether ``peer`` may get one more request of this kind."""
        self._expire(now)
        return self._spent.get((peer, kind), 0) < LIMITS[kind]

    def spend(self, peer: Destination, kind: RequestKind, now: float) -> None:
        """``peer`` gets a request of this kind."""
        self._expire(now)
        what = peer, kind
        self._spent[what] = self._spent.get(what, 0) + 1
        self._times.append(now)
        self._order.append(what)

    def _expire(self, now: float) -> None:
        over = now - contract.REQUEST_WINDOW - _SPREAD
        while self._times and self._times[0] <= over:
            self._times.popleft()
            what = self._order.popleft()
            left = self._spent.pop(what) - 1
            if left:
                self._spent[what] = left
