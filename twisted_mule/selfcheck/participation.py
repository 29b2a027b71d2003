"""Clause 3 measured: whether every tick asks something, and what its lookups are for."""

from __future__ import annotations

from typing import Final

from attrs import asdict, define, field

from twisted_mule.selfcheck import levels
from twisted_mule.selfcheck.samples import Asked, LastHour
from twisted_mule.selfcheck.windows import Sliding
from twisted_mule.status import CheckStatus, Finding, Unit

#: Ticks over which the use of request places is measured: about an hour.
TICKS: Final = 3600


@define
class Participation:
    """What the node says of its own requests and lookups."""

    places: Sliding = field(factory=lambda: Sliding(TICKS), init=False)
    hour: LastHour = field(factory=LastHour, init=False)

    def asked(self, asked: Asked) -> None:
        """A request place was decided; it counts when something could have taken it."""
        if asked.able:
            self.places.add(float(asked.used))

    def checks(self) -> tuple[CheckStatus, ...]:
        """The findings; a node without cover lookups cannot keep this clause, nor break it."""
        covers = self.hour.cover is not None
        begun = self.hour.node + self.hour.value + self.hour.store
        cover = self.hour.cover or 0
        return (
            self._used(covers),
            self._mix(begun, covers),
            CheckStatus(
                "cover_share",
                "lookups of the last hour that were cover (shown here only)",
                Finding.KEPT if covers and begun else Finding.UNKNOWN,
                cover / begun if begun else 0.0,
                1.0,
                begun,
            ),
        )

    def _used(self, covers: bool) -> CheckStatus:
        share, known = self.places.share(), covers and self.places.n >= levels.ENOUGH
        used = Finding.KEPT if share >= levels.REQUEST_SHARE else Finding.BROKEN
        return CheckStatus(
            "request_places",
            "request places used, of those that could be",
            used if known else Finding.UNKNOWN,
            share,
            levels.REQUEST_SHARE,
            self.places.n,
            Unit.RATIO,
            least=True,
        )

    def _mix(self, begun: int, covers: bool) -> CheckStatus:
        seen, limit = asdict(self.hour), levels.distance_limit(begun)
        shares = {kind: seen[kind] / begun if begun else want for kind, want in levels.MIX.items()}
        figure = max(abs(shares[kind] - want) for kind, want in levels.MIX.items())
        return CheckStatus(
            "lookup_mix",
            "kinds of lookup of the last hour, largest distance from the mix",
            levels.judged(figure, limit, begun, levels.ENOUGH_LOOKUPS)
            if covers
            else Finding.UNKNOWN,
            figure,
            limit,
            begun,
        )
