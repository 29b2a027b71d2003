"""What a setting of a scenario may be: each bound refuses in a sentence that names the setting."""

from __future__ import annotations

from typing import Any, Final

from attrs import Attribute, frozen

#: No number is larger: thirty years in seconds, and far from what floats cannot hold.
MOST: Final = 1_000_000_000


def _text(value: float) -> str:
    return f"{value:,.10g}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@frozen
class Number:
    """
    A number within bounds, which are finite; what is no number lies in none.

    :ivar above: whether ``low`` itself is too little.
    :ivar whole: whether it has no fraction.
    """

    low: float = 0.0
    high: float = MOST
    above: bool = False
    whole: bool = False

    def __call__(self, _: object, setting: Attribute[Any], value: Any) -> None:
        """
        See that ``value`` lies within.

        :raise ValueError: when it does not.
        """
        fits = _is_number(value) and (isinstance(value, int) or not self.whole)
        if not fits or not self.low <= value <= self.high or (self.above and value == self.low):
            raise ValueError(f"{setting.name} is {self}, not {value!r}")

    def __str__(self) -> str:
        """Which numbers these are."""
        kind = "a whole number" if self.whole else "a number"
        if self.above:
            return f"{kind} above {_text(self.low)} and at most {_text(self.high)}"
        return f"{kind} from {_text(self.low)} to {_text(self.high)}"


#: Seconds, which may be none.
SECONDS: Final = Number()
#: What has no use when it is 0.
POSITIVE: Final = Number(above=True)
#: How many.
COUNT: Final = Number(high=1_000_000, whole=True)
SOME: Final = Number(1, 1_000_000, whole=True)


def share(_: object, setting: Attribute[Any], value: Any) -> None:
    """
    A share of all.

    :raise ValueError: when it is none.
    """
    if not _is_number(value) or not 0.0 <= value <= 1.0:
        raise ValueError(f"{setting.name} is a share between 0 and 1, not {value!r}")


def span(_: object, setting: Attribute[Any], value: Any) -> None:
    """
    From and to, in seconds.

    :raise ValueError: when it is none.
    """
    pair = isinstance(value, tuple) and len(value) == 2 and all(map(_is_number, value))
    if not pair or not 0.0 <= value[0] <= value[1] <= MOST:
        shown = list(value) if isinstance(value, tuple) else value
        raise ValueError(
            f"{setting.name} is two numbers of seconds, the lower one first, not {shown!r}"
        )


def seldom(_: object, setting: Attribute[Any], value: Any) -> None:
    """
    Seconds between pauses: 0 for never, and not so few that nothing else happens.

    :raise ValueError: when they are others.
    """
    if not _is_number(value) or not (value == 0.0 or 0.1 <= value <= MOST):
        raise ValueError(
            f"{setting.name} is 0 for never, or a number from 0.1 to {_text(MOST)}, not {value!r}"
        )


def text(_: object, setting: Attribute[Any], value: Any) -> None:
    """
    Some words.

    :raise ValueError: when it is no text.
    """
    if not isinstance(value, str):
        raise ValueError(f"{setting.name} is a text, not {value!r}")


def flag(_: object, setting: Attribute[Any], value: Any) -> None:
    """
    Yes or no.

    :raise ValueError: when it is neither.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{setting.name} is true or false, not {value!r}")


def ordered(low: str, high: str, values: object) -> None:
    """
    See that one setting is not above another.

    :raise ValueError: when it is.
    """
    least, most = getattr(values, low), getattr(values, high)
    if least > most:
        raise ValueError(f"{low} is at most {high}, not {least!r} with {high} = {most!r}")
