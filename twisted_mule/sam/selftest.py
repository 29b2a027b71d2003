"""Datagrams to ourselves: the one proof that a session carries anything in both directions."""

from __future__ import annotations

from collections import deque
from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Draws

#: Seconds between two of them.
LEAST_PAUSE: Final = 2.0
MOST_PAUSE: Final = 5.0
#: Bytes: the sizes of ordinary small datagrams, which noise must not stand out from.
LEAST_SIZE: Final = 20
MOST_SIZE: Final = 600
#: Payloads remembered at most; more than a whole test sends.
REMEMBERED: Final = 64


@define
class SelfTest:
    """
    Random payloads that we sent to ourselves, and how to know them again.

    They are random bytes of random size: nothing in them says what they are or who sent them.
    """

    random: Draws
    _sent: deque[bytes] = field(factory=lambda: deque(maxlen=REMEMBERED), init=False)

    def payload(self) -> bytes:
        """A fresh one, from now on remembered."""
        size = LEAST_SIZE + self.random.randrange(MOST_SIZE - LEAST_SIZE)
        made = self.random.randbytes(size)
        self._sent.append(made)
        return made

    def pause(self) -> float:
        """Seconds until the next one."""
        return self.random.uniform(LEAST_PAUSE, MOST_PAUSE)

    def knows(self, payload: bytes) -> bool:
        """Whether ``payload`` is one of those of the present test."""
        return payload in self._sent

    def forget(self) -> None:
        """The test is over: what comes back later proves nothing about a later session."""
        self._sent.clear()
