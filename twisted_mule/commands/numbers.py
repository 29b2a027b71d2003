"""Numbers of the command line that lie within bounds and are finite: neither nan nor inf."""

from __future__ import annotations

from math import isfinite
from typing import Any

import click


class Finite(click.FloatRange):
    """As its base, for which nan lies within all bounds, and inf where there is no upper one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number that ``value`` says."""
        number = float(super().convert(value, param, ctx))
        if not isfinite(number):
            self.fail(f"{value!r} is no finite number.", param, ctx)
        return number
