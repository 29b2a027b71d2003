"""What a lookup did, for the local user only: enough to draw it."""

from __future__ import annotations

from attrs import frozen

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind, Rank


@frozen
class Asked:
    """
    One request of a lookup.

    :ivar distance: of the contact asked, to the target.
    :ivar at: when it was asked, in seconds since the lookup began.
    :ivar finishing: whether it was a search or a publish, not a step of the walk.
    :ivar answered: when it first answered, ``None`` while it has not.
    :ivar contacts: how many usable contacts it named, on the walk.
    :ivar results: how many entries a search brought; 1 for a publish that was acknowledged.
    """

    kad_id: KadID
    distance: int
    at: float
    finishing: bool = False
    answered: float | None = None
    contacts: int = 0
    results: int = 0


@frozen
class LookupTrace:
    """
    What one lookup did so far.

    :ivar began: when, on the node's clock.
    :ivar asked: its requests in their order, at most ``contract.LOOKUP_REQUESTS``.
    :ivar ended: how many seconds after its begin it was over, ``None`` while it is not.
    """

    kind: LookupKind
    target: KadID
    began: float
    asked: tuple[Asked, ...]
    rank: Rank = Rank.MAINTENANCE
    ended: float | None = None

    @property
    def answered(self) -> int:
        """How many of its requests were answered."""
        return sum(one.answered is not None for one in self.asked)

    @property
    def walked(self) -> int:
        """How many of its requests were steps of the walk."""
        return sum(not one.finishing for one in self.asked)

    @property
    def results(self) -> int:
        """How many entries came, or how many publishes were acknowledged."""
        return sum(one.results for one in self.asked)

    @property
    def progress(self) -> tuple[tuple[float, int], ...]:
        """The least distance of an answering contact over time: (seconds, distance), falling."""
        answers = sorted((a.answered, a.distance) for a in self.asked if a.answered is not None)
        steps: list[tuple[float, int]] = []
        for when, distance in answers:
            if not steps or distance < steps[-1][1]:
                steps.append((when, distance))
        return tuple(steps)
