"""
txi2p's streams, spoken as we speak to routers: SAM 3.1 at the most, and lines read by our reader.

Like :mod:`twisted_mule.sam.creation`, to be imported late.  txi2p's endpoints and factories are
used as they are; only the protocol that they build is ours, because txi2p's greets with 3.2, needs
0.1 to 0.3 s of the reactor for a long line (measured), and hands on what follows the last line
character by character.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from txi2p.sam.stream import (
    StreamAcceptFactory,
    StreamAcceptReceiver,
    StreamAcceptSender,
    StreamConnectFactory,
    StreamConnectReceiver,
    StreamConnectSender,
)
from zope.interface import implementer

from twisted_mule.sam.creation import HELLO
from twisted_mule.sam.faults import Refused, RouterError, Unreadable
from twisted_mule.sam.lines import LINE_LIMIT, Line, LineError, parse

_OK: Final = "OK"
_SHOWN: Final = 64
#: txi2p's name for what comes once there is a stream.
_DATA: Final = "State_readData"
#: By what is awaited: the reply, and the command that it answers.
_REPLIES: Final = {
    "State_hello": ("HELLO", "REPLY", "HELLO"),
    "State_naming": ("NAMING", "REPLY", "NAMING LOOKUP"),
    "State_connect": ("STREAM", "STATUS", "STREAM CONNECT"),
    "State_accept": ("STREAM", "STATUS", "STREAM ACCEPT"),
}


class _ConnectSender(StreamConnectSender):
    def sendHello(self) -> None:
        self.transport.write(HELLO)


class _AcceptSender(StreamAcceptSender):
    def sendHello(self) -> None:
        self.transport.write(HELLO)


class _Replies:
    """What each reply means to txi2p's receivers; any other result than OK ends the stream."""

    currentRule: str  # noqa: N815 (txi2p's name)

    def hear(self: Any, line: Line) -> None:
        verb, action, command = _REPLIES[self.currentRule]
        if (line.verb, line.action) != (verb, action):
            raise Unreadable(f"{line.verb} {line.action}".encode())
        result = line.options.get("RESULT", "")
        if result != _OK:
            raise Refused(command, result, line.options.get("MESSAGE"))
        match self.currentRule:
            case "State_hello":
                self.hello(result, line.options.get("VERSION"))
            case "State_naming":
                self.lookupReply(result, self.factory.host, line.options.get("VALUE"))
            case "State_connect":
                self.connect(result)
            case _:
                self.accept(result)


class _ConnectReceiver(_Replies, StreamConnectReceiver):
    pass


class _AcceptReceiver(_Replies, StreamAcceptReceiver):
    def dataReceived(self, data: bytes) -> None:
        if self.peer is None:
            said = self.initialData + data  # who calls, and perhaps what he says already
            if len(said) > LINE_LIMIT and b"\n" not in said[:LINE_LIMIT]:
                raise Unreadable(said[:_SHOWN])
        try:
            super().dataReceived(data)
        except ValueError as reason:  # the line is no destination
            raise Unreadable(data[:_SHOWN]) from reason

    def finishParsing(self, reason: Failure) -> None:  # noqa: N802 (txi2p's name)
        if self.wrappedProto is not None:
            super().finishParsing(reason)
            return
        # txi2p would tell nobody that nothing is accepted any more.
        port = self.factory.listeningPort
        if self in port.accepts:
            port.accepts.remove(self)
        port.session.missed(self, reason)


_PARTS: Final = {
    StreamConnectFactory: (_ConnectSender, _ConnectReceiver),
    StreamAcceptFactory: (_AcceptSender, _AcceptReceiver),
}


class StreamWire(Protocol):
    """
    A connection to the router that becomes one stream.

    :param approach: what it came by, and enters itself in.
    """

    def __init__(self, sender: Any, receiver: Any, approach: Approach) -> None:
        self._make_sender = sender
        self._make_receiver = receiver
        self._approach = approach
        self._buffer = b""
        self._over = False

    def connectionMade(self) -> None:
        """Greet."""
        transport: Any = self.transport
        self._approach.wires.add(self)
        with suppress(AttributeError):  # a UNIX socket needs none
            transport.setTcpKeepAlive(1)
            transport.setTcpNoDelay(1)
        self.sender = self._make_sender(transport)
        self.receiver = self._make_receiver(self.sender)
        self.receiver.prepareParsing(self)

    def dataReceived(self, data: bytes) -> None:
        """Lines at first, then the stream."""
        if self._over:
            return
        try:
            if self.receiver.currentRule != _DATA:
                data = self._read_lines(data)
            if data:
                self.receiver.dataReceived(data)
        except RouterError:
            self._end(Failure())
            self.abort()

    def _read_lines(self, data: bytes) -> bytes:
        """Hear what is complete; what belongs to the stream already."""
        self._buffer += data
        while self.receiver.currentRule != _DATA:
            line, end, rest = self._buffer.partition(b"\n")
            if len(line) > LINE_LIMIT:
                raise Unreadable(line[:_SHOWN])
            if not end:
                return b""
            self._buffer = rest
            self.receiver.hear(_line(line))
        stream, self._buffer = self._buffer, b""
        return stream

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell whoever uses the stream."""
        self._end(reason)
        self._approach.left(self)

    def _end(self, reason: Failure) -> None:
        if not self._over:
            self._over = True
            self.receiver.finishParsing(reason)

    def close(self) -> None:
        """Close once everything is written."""
        transport: Any = self.transport
        transport.loseConnection()

    def abort(self) -> None:
        """Close at once."""
        transport: Any = self.transport
        transport.abortConnection()


@implementer(IStreamClientEndpoint)
@define(eq=False)
class Approach:
    """
    The way to the router's SAM port for the streams of one session.

    :ivar endpoint: where that port is.
    :ivar wires: connections to it that are open.
    """

    endpoint: IStreamClientEndpoint
    wires: set[StreamWire] = field(factory=set, init=False)
    _dialling: set[Deferred[Any]] = field(factory=set, init=False)
    _closed: Deferred[None] | None = field(default=None, init=False)

    def connect(self, factory: Any) -> Deferred[Any]:
        """Connect one of txi2p's factories, with a protocol of ours."""
        if self._closed is not None:
            return fail(ConnectionDone())
        factory.noisy = False
        factory.protocol = partial(StreamWire, *_PARTS[type(factory)], self)
        dialling = self.endpoint.connect(factory)
        self._dialling.add(dialling)

        def over(result: Any) -> Any:
            self._dialling.discard(dialling)
            return result

        return dialling.addBoth(over)

    def close(self) -> Deferred[None]:
        """Close every stream, and let none be opened; fires once all are closed."""
        if self._closed is None:
            self._closed = Deferred()
            for dialling in tuple(self._dialling):
                dialling.cancel()
            for wire in tuple(self.wires):
                wire.close()
            self._tell()
        return self._closed

    def abort(self) -> None:
        """Close at once what is still open."""
        for wire in tuple(self.wires):
            wire.abort()

    def left(self, wire: StreamWire) -> None:
        """One of them is closed."""
        self.wires.discard(wire)
        self._tell()

    def _tell(self) -> None:
        if self._closed is not None and not self.wires and not self._closed.called:
            self._closed.callback(None)


def _line(raw: bytes) -> Line:
    try:
        return parse(raw.decode("utf-8").removesuffix("\r"))
    except (LineError, UnicodeDecodeError) as reason:
        raise Unreadable(raw[:_SHOWN]) from reason
