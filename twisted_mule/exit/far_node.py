"""What stands in the exit process for the node: its self-test, its notes, its requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen
from twisted.internet.interfaces import IReactorTime

from twisted_mule import contract
from twisted_mule.exit import records
from twisted_mule.outbound import Departed
from twisted_mule.places import Outgoing
from twisted_mule.sam.selftest import SelfTest


@frozen
class Numbered(Outgoing):
    """A datagram that the node's process knows by a number."""

    number: int = 0


@define
class FarSelfTest(SelfTest):
    """The self-test is the node's: it hears of every datagram from ourselves."""

    random: Any = None
    tell: Callable[[bytes], None] = field(kw_only=True)

    def knows(self, payload: bytes) -> bool:
        """Ask there."""
        self.tell(payload)
        return False


@define
class FarRecord(Departed):
    """
    What leaves is noted by the node's process.

    :ivar due: the scheduled moment of the latest datagram.
    """

    due: float = 0.0

    def note(self, now: float, scheduled: float) -> None:
        """A datagram left ``now``."""
        self.due = scheduled


@define
class FarRequests:
    """
    The request place of the next tick, filled by the node's process.

    :ivar late: how many requests came when their tick was over.
    """

    clock: IReactorTime
    tell: Callable[[records.ToNode], None]
    record: FarRecord
    late: int = field(default=0, init=False)
    _tick: int = field(default=-1, init=False)
    _request: Outgoing | None = field(default=None, init=False)

    def upcoming(self, tick: int, at: float) -> None:
        """Have the request of ``tick`` made a fixed time before it."""
        self._tick, self._request = tick, None
        made = at - contract.REQUEST_LEAD
        wait = max(made - self.clock.seconds(), 0.0)
        self.clock.callLater(wait, self.tell, records.Wanted(tick, made))

    def take(self, tick: int, outgoing: Outgoing) -> bool:
        """The request of ``tick``, unless it comes too late."""
        if tick != self._tick:
            self.late += 1
            return False
        self._request = outgoing
        return True

    def request_for(self, tick: int, now: float) -> Outgoing | None:
        """What has come by now."""
        request, self._request, self._tick = self._request, None, -1
        return request

    def departed(self, outgoing: Outgoing, now: float) -> None:
        """Tell of it."""
        assert isinstance(outgoing, Numbered)  # noqa: S101 - nothing else has a place here
        self.tell(records.Left(outgoing.number, now, self.record.due, self.record.ticks))
