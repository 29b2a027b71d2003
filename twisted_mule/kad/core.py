"""The node's Kad as one machine: messages and ticks in, replies and requests out."""

from __future__ import annotations

from collections.abc import Iterable

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Me, SavedContact, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard, Reply, Request
from twisted_mule.kad.verify import verify_key


class Kad:
    """
    The protocol, without clocks, chance, sockets and files.

    :param secret: what our verify keys are made of.
    :param saved: the table of the last run; a restart must not show.
    :param seeds: whom to ask for contacts when there are none.
    """

    def __init__(
        self,
        me: Me,
        secret: int,
        saved: Iterable[SavedContact] = (),
        *,
        now: float,
        random: Draws,
        seeds: Iterable[Seed] = (),
    ) -> None:
        self.me = me
        self._secret = secret

    def own_key(self, source: Destination) -> int:
        """The verify key that we issue to ``source``."""
        return verify_key(self._secret, source.dest_hash)

    def match(self, source: Destination, opcode: int, now: float) -> Request | None:
        """Whether a datagram answers a tracked request; one of its allowance is used up."""
        return None

    def handle(self, heard: Heard, now: float, random: Draws) -> tuple[Reply, ...]:
        """What is answered to one message, usually nothing or one reply; never raises."""
        return ()

    def replied(self, source: Destination, reply: Reply, now: float) -> None:
        """``reply`` has left for ``source``: what it expects may come from now on."""

    def beat(self, now: float, random: Draws) -> None:
        """Run what is due; once a tick, before :meth:`next_request`."""

    def next_request(self, now: float, random: Draws, *, starting: bool = True) -> Request | None:
        """What takes the request place of this tick; it counts as sent."""
        return None

    def hold_until(self, when: float) -> None:
        """Ask nobody anything before ``when``."""

    def stop_initiating(self) -> None:
        """Ask nobody anything any more; go on answering."""

    def learn(self, nodes: Iterable[Seed], now: float, random: Draws) -> int:
        """Offer the contacts of a file to the table; how many of them it took."""
        return 0

    def saved(self, now: float) -> tuple[SavedContact, ...]:
        """The table as it has to outlive the program."""
        return ()
