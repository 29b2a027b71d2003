"""Names that the router is asked about over the control connection of an open session."""

from __future__ import annotations

from typing import Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionClosed

from twisted_mule.sam.faults import Refused

_OK: Final = "OK"


@define
class Lookups:
    """
    What is asked and not answered yet.

    An answer names what it is about, so several may be under way, and one that comes after its
    asker gave up is known all the same.
    """

    _asked: dict[str, Deferred[str]] = field(factory=dict, init=False)

    def ask(self, name: str) -> Deferred[str]:
        """
        A Deferred of the destination behind ``name``, in base64.

        Fails with :exc:`Refused` when the router finds none, and with :exc:`ConnectionClosed` when
        the session ends before.
        """
        asked = self._asked[name] = Deferred()
        return asked

    def knows(self, name: str) -> bool:
        """Whether an answer about ``name`` is awaited."""
        return name in self._asked

    def answered(
        self, name: str, result: str = "", value: str = "", message: str | None = None, **_more: str
    ) -> None:
        """The router's answer."""
        asked = self._asked.pop(name)
        if result == _OK and value:
            asked.callback(value)
        else:
            asked.errback(Refused("NAMING LOOKUP", result, message))

    def lost(self) -> None:
        """No answer comes any more."""
        while self._asked:
            _name, asked = self._asked.popitem()
            asked.errback(ConnectionClosed())
