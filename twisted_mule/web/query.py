"""What a reader chose by the query string, and links that keep the choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import urlencode

from attrs import frozen

E = TypeVar("E", bound=Enum)

#: Seconds between two loads of a page, by the reader's choice.
REFRESHES: Final = (0, 10, 60)
#: Digits of a number in a query.
_DIGITS: Final = 15


@frozen
class Query:
    """
    A path and its choices; what is not understood counts as not chosen.

    :ivar args: as twisted.web reads them.
    """

    path: str
    args: Mapping[bytes, Sequence[bytes]]

    def text(self, name: str) -> str:
        """One value, empty if it is not there exactly once or no plain text."""
        values = self.args.get(name.encode(), ())
        word = values[0] if len(values) == 1 else b""
        return word.decode() if word.isascii() and len(word) <= 64 else ""

    def number(self, name: str) -> int | None:
        """A whole number from 0 on."""
        word = self.text(name)
        return int(word) if word.isdecimal() and len(word) <= _DIGITS else None

    def choice(self, name: str, kind: type[E]) -> E | None:
        """A value of an enumeration."""
        word = self.text(name)
        return next((each for each in kind if each.value == word), None)

    @property
    def refresh(self) -> int:
        """Seconds until the page loads itself again; 0 for never."""
        seconds = self.number("refresh")
        return seconds if seconds in REFRESHES else 0

    def link(self, path: str | None = None, **choices: object) -> str:
        """Where ``path`` is with these choices; the refresh is kept."""
        refresh = choices.pop("refresh", self.refresh)
        wanted = {name: value for name, value in choices.items() if value not in (None, "", False)}
        if refresh:
            wanted["refresh"] = refresh
        where = self.path if path is None else path
        return f"{where}?{urlencode(wanted)}" if wanted else where
