"""How often a prober may ask: within the flood limits of every program of the network."""

from __future__ import annotations

from collections import deque
from enum import Enum
from types import MappingProxyType
from typing import Final

from attrs import define, field, frozen


class Kind(Enum):
    """What programs count apart from each other; Kad1 shares the counters of Kad2."""

    BOOTSTRAP = "bootstrap"
    HELLO = "hello"
    PING = "ping"
    REQ = "req"
    SEARCH_KEY = "search key"
    SEARCH_NOTES = "search notes"
    PUBLISH_KEY = "publish key"
    PUBLISH_SOURCE = "publish source"
    PUBLISH_NOTES = "publish notes"
    ANSWER = "answer"


#: Of each kind in a window: the limits of eMule (anonymity.md 1), the strictest of the network.
LIMITS: Final = MappingProxyType(
    {
        Kind.BOOTSTRAP: 2,
        Kind.HELLO: 3,
        Kind.PING: 2,
        Kind.REQ: 8,
        Kind.SEARCH_KEY: 3,
        Kind.SEARCH_NOTES: 3,
        Kind.PUBLISH_KEY: 2,
        Kind.PUBLISH_SOURCE: 2,
        Kind.PUBLISH_NOTES: 2,
        Kind.ANSWER: 6,
    }
)


@frozen
class Pace:
    """
    The numbers of a run, in seconds.

    :ivar window: the minute of the limits and some more, as datagrams may bunch on their way.
    :ivar together: requests in a window, of all kinds.
    :ivar gap: between one moment of asking and the next, from and to.
    :ivar patience: after which an unanswered request is repeated, or given up.
    :ivar listen: how long to go on listening once everything is asked.
    :ivar step: between two looks at what is due.
    """

    window: float = 70.0
    together: int = 10
    gap: tuple[float, float] = (4.0, 7.0)
    patience: float = 25.0
    listen: float = 120.0
    step: float = 1.0


@define
class Budget:
    """What was sent in the last window, by kind."""

    pace: Pace
    _spent: dict[Kind, deque[float]] = field(factory=dict, init=False)

    def allows(self, kind: Kind, count: int, now: float) -> bool:
        """Whether so many more of ``kind`` may leave."""
        if self._used(kind, now) + count > LIMITS[kind]:
            return False
        asked = sum(self._used(one, now) for one in Kind if one is not Kind.ANSWER)
        return kind is Kind.ANSWER or asked + count <= self.pace.together

    def spend(self, kind: Kind, now: float) -> None:
        """One leaves."""
        self._spent.setdefault(kind, deque()).append(now)

    def _used(self, kind: Kind, now: float) -> int:
        spent = self._spent.setdefault(kind, deque())
        while spent and spent[0] <= now - self.pace.window:
            spent.popleft()
        return len(spent)
