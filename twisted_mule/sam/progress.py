"""The steps from the router's TCP port to the first answer of the network, for the user."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from attrs import define, field

from twisted_mule.status import Step, StepState


class Rung(IntEnum):
    """One step; each needs the one before it."""

    TCP = 0
    HELLO = 1
    KEYS = 2
    SESSION = 3
    TEST = 4
    NETWORK = 5


#: What each step is called, and what is usual for it.
NAMES: Final[dict[Rung, tuple[str, str]]] = {
    Rung.TCP: ("Router's SAM port reached", "at once"),
    Rung.HELLO: ("SAM greeting answered", "at once"),
    Rung.KEYS: ("Keys at hand", "at once; the router makes them the first time"),
    Rung.SESSION: ("Session and tunnels ready", "20 s to 4 min"),
    Rung.TEST: ("Datagram to ourselves came back", "at once; 10 s to 1 min after a reconnect"),
    Rung.NETWORK: ("First answer of the network", "1 to 10 min"),
}


@define
class Progress:
    """
    How far the present attempt came.

    :ivar begun: when it began, ``None`` before the first one.
    :ivar failed: whether it ended at the step after the last one reached.
    """

    begun: float | None = None
    failed: bool = False
    _reached: list[float] = field(factory=list, init=False)

    def begin(self, now: float) -> None:
        """A new attempt: nothing is reached yet."""
        self.begun = now
        self.failed = False
        self._reached.clear()

    def reach(self, rung: Rung, now: float) -> None:
        """``rung`` is done; anything but the next one is not news."""
        if rung == len(self._reached) and not self.failed:
            self._reached.append(now)

    def fail(self) -> None:
        """The attempt ended at the step after the last one reached."""
        self.failed = True

    def lose(self) -> None:
        """The session that it led to is lost: all is to be done again, from the first step."""
        self._reached.clear()
        self.failed = True

    def steps(self) -> tuple[Step, ...]:
        """All of them, in order."""
        return tuple(self._step(rung) for rung in Rung)

    def _step(self, rung: Rung) -> Step:
        name, typical = NAMES[rung]
        if rung < len(self._reached):
            since = self._reached[rung - 1] if rung else self.begun or 0.0
            return Step(name, StepState.DONE, self._reached[rung] - since, typical)
        if self.begun is None or rung > len(self._reached):
            return Step(name, StepState.TODO, None, typical)
        return Step(name, StepState.FAILED if self.failed else StepState.NOW, None, typical)
