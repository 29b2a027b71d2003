"""Clause 2 measured: order and spacing of what leaves together."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.selfcheck import levels
from twisted_mule.selfcheck.correlation import Order
from twisted_mule.selfcheck.laws import offset_cdf
from twisted_mule.selfcheck.samples import Batch
from twisted_mule.selfcheck.windows import Sliding, Tally
from twisted_mule.status import CheckStatus, Unit

#: Batches, and datagrams, over which order and spacing are tested.
BATCHES: Final = 4096
OFFSETS: Final = 8192
#: Correlation of order that must be ruled out before the clause is called kept.
FINE: Final = 0.3


@define
class Ordering:
    """What the sender's batches say of clause 2."""

    order: Order = field(factory=lambda: Order(BATCHES), init=False)
    offsets: Sliding = field(factory=lambda: Sliding(OFFSETS), init=False)
    gaps: Tally = field(factory=Tally, init=False)

    def batch(self, batch: Batch) -> None:
        """A tick is over."""
        self.order.add([left.seat for left in batch.left])
        for left in batch.left:
            self.offsets.add(offset_cdf(left.due - batch.scheduled))
        for one, other in pairwise(batch.left):
            close = other.at - one.at < contract.BATCH_GAP - levels.TIMER
            self.gaps.note(other.at, wrong=close)

    def checks(self, now: float) -> tuple[CheckStatus, ...]:
        """The findings."""
        order, offsets, close = self.order, self.offsets, self.gaps.value(now)
        tau, most, far = order.tau(), order.limit(), offsets.distance()
        reach = levels.distance_limit(offsets.n)
        return (
            CheckStatus(
                "batch_order",
                "order of booking and of leaving, correlation within a tick",
                levels.judged(abs(tau), most, order.n, order.n if most <= FINE else order.n + 1),
                abs(tau),
                most,
                order.n,
            ),
            CheckStatus(
                "batch_offsets",
                "moments within a tick, distance from their law",
                levels.judged(far, reach, offsets.n, levels.ENOUGH_FOR_LAW),
                far,
                reach,
                offsets.n,
            ),
            CheckStatus(
                "batch_gap",
                "datagrams sent back to back",
                levels.judged(close, 0.0, self.gaps.n),
                close,
                0.0,
                self.gaps.n,
                Unit.COUNT,
            ),
        )
