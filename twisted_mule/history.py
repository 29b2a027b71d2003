"""Figures over time, ever coarser the older: an hour by minutes, a day, a week; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import define, field, frozen

from twisted_mule.spans import FIGURES, STEPS, Span, Timeline


@frozen
class Row:
    """
    The mean of one figure over one slot, as it outlives the program.

    :ivar step: seconds of a slot; ``slot`` is the how-manieth since 1970.
    """

    step: int
    slot: int
    figure: str
    mean: float
    samples: int


@define
class History:
    """
    Means of :data:`FIGURES` in slots of three sizes; bounded, whatever the uptime.

    Times are Unix times: history goes on after a restart, with a gap.
    """

    _slots: dict[Span, dict[int, dict[str, tuple[float, int]]]] = field(init=False)
    _changed: set[tuple[Span, int]] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self._slots = {span: {} for span in Span}

    def note(self, at: float, values: Mapping[str, float]) -> None:
        """What the figures are at the Unix time ``at``."""
        for span, slots in self._slots.items():
            step, most = STEPS[span]
            slot = slots.setdefault(number := int(at // step), {})
            for figure in FIGURES:
                mean, samples = slot.get(figure, (0.0, 0))
                slot[figure] = (
                    (mean * samples + values.get(figure, 0.0)) / (samples + 1),
                    samples + 1,
                )
            self._changed.add((span, number))
            # Also what a clock that was set back has left in the future.
            for old in [each for each in slots if not number - most < each <= number]:
                del slots[old]

    def timeline(self, span: Span, at: float) -> Timeline:
        """The figures up to the Unix time ``at``, the oldest first, ``None`` for gaps."""
        step, most = STEPS[span]
        last, slots = int(at // step), self._slots[span]
        return Timeline(
            step,
            {
                figure: tuple(
                    slots[number][figure][0] if number in slots else None
                    for number in range(last - most + 1, last + 1)
                )
                for figure in FIGURES
            },
        )

    def changes(self) -> tuple[Row, ...]:
        """What is new since the last call, for a disk."""
        changed, self._changed = self._changed, set()
        return tuple(
            Row(STEPS[span][0], number, figure, mean, samples)
            for span, number in sorted(changed, key=lambda pair: (pair[0].value, pair[1]))
            for figure, (mean, samples) in self._slots[span].get(number, {}).items()
        )

    def restore(self, rows: Iterable[Row]) -> None:
        """Take back what :meth:`changes` gave; figures that are not known any more are left out."""
        spans = {step: span for span, (step, _most) in STEPS.items()}
        for row in rows:
            span = spans.get(row.step)
            if span is not None and row.figure in FIGURES and row.samples > 0:
                slot = self._slots[span].setdefault(row.slot, dict.fromkeys(FIGURES, (0.0, 0)))
                slot[row.figure] = row.mean, row.samples
