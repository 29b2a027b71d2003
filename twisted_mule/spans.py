"""What the time lines of the dashboard show: over which spans, in which steps, of which figures."""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import frozen


class Span(Enum):
    """What a time line can show."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"


#: By span, how many seconds one point stands for, and how many points there are.
STEPS: Final = {Span.HOUR: (60, 60), Span.DAY: (600, 144), Span.WEEK: (3600, 168)}
#: What is recorded: gauges, and datagrams a minute.
FIGURES: Final = (
    "contacts",
    "verified",
    "heard",
    "online",
    "entries",
    "received",
    "sent",
    "dropped",
)


@frozen
class Timeline:
    """Figures by name, the oldest first, one in ``step`` seconds; ``None`` for gaps."""

    step: int
    figures: dict[str, tuple[float | None, ...]]
