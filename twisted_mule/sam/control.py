"""What the router says over the control connection once the session stands: pure, incremental."""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen

from twisted_mule.sam.lines import LINE_LIMIT, Line, LineError, parse

#: Bytes; the largest datagram that any router hands out is 64 KiB less its headers.
DATAGRAM_LIMIT: Final = 65_535


class ControlError(ValueError):
    """The bytes are not what a router says; nothing after them can be read either."""


@frozen
class Received:
    """
    A datagram that the router delivers over the control connection.

    :ivar source: the destination, as the text that came.
    """

    source: str
    payload: bytes


@frozen
class Ping:
    """The router asks whether we are there (only above SAM 3.1, but then it insists)."""

    text: str


@define
class ControlReader:
    """Cut the stream into lines, and into datagrams where a line announces one."""

    _buffer: bytearray = field(factory=bytearray, init=False)

    def feed(self, data: bytes) -> list[Line | Ping | Received]:
        """
        Whatever is complete now.

        :raise ControlError: for a line or a datagram that is too long, or no line at all.
        """
        self._buffer += data
        complete: list[Line | Ping | Received] = []
        while (item := self._next()) is not None:
            complete.append(item)
        return complete

    def _next(self) -> Line | Ping | Received | None:
        end = self._buffer.find(b"\n")
        if end > LINE_LIMIT or (end < 0 and len(self._buffer) > LINE_LIMIT):
            raise ControlError("the router's line is too long")
        if end < 0:
            return None
        text = _text(self._buffer[:end])
        if text.partition(" ")[0] == "PING":
            del self._buffer[: end + 1]
            return Ping(text[4:].strip())
        line = _line(text)
        if (line.verb, line.action) != ("DATAGRAM", "RECEIVED"):
            del self._buffer[: end + 1]
            return line
        size = _size(line)
        if len(self._buffer) - end - 1 < size:
            return None
        payload = bytes(self._buffer[end + 1 : end + 1 + size])
        del self._buffer[: end + 1 + size]
        return Received(line.options.get("DESTINATION", ""), payload)


def _text(raw: bytearray) -> str:
    try:
        return raw.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError as reason:
        raise ControlError("the router's line is no text") from reason


def _line(text: str) -> Line:
    try:
        return parse(text)
    except LineError as reason:
        raise ControlError("the router's line cannot be read") from reason


def _size(line: Line) -> int:
    text = line.options.get("SIZE", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or int(text) > DATAGRAM_LIMIT:
        raise ControlError("the router announces a datagram of no possible size")
    return int(text)
