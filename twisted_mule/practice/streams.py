"""
Streams between destinations: ``STREAM CONNECT``, ``ACCEPT`` and ``FORWARD``.

A call travels to the other destination, is taken by a waiting acceptor or by the place that
incoming streams are forwarded to, and its answer travels back; then two lanes join the ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, cast

from attrs import define, field, frozen
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from twisted_mule.practice.lanes import End, Lane, Wire
from twisted_mule.practice.router import Attachment, Switch
from twisted_mule.practice.weather import Path
from twisted_mule.sam.lines import render

#: Calls that may wait for an acceptor, and for how many seconds.
BACKLOG: Final = 16
PATIENCE: Final = 15.0

_CALL_SIZE: Final = 512  # bytes of an opening packet, about
_CONNECTED: Final = render("STREAM", "STATUS", RESULT="OK").encode("ascii") + b"\n"


@define(eq=False)
class Call:
    """
    A ``STREAM CONNECT`` under way.

    :ivar caller: the destination that calls.
    :ivar destination: base64 of the one it calls.
    :ivar end: the client's connection.
    :ivar silent: whether the client is told nothing when it succeeds.
    :ivar ports: I2P's from and to port.
    :ivar refused: called once when nobody can be reached.
    """

    caller: Attachment
    destination: str
    end: End
    silent: bool
    ports: tuple[int, int]
    refused: Callable[[], None]
    answered: bool = field(default=False, init=False)


@frozen
class Acceptor:
    """
    A ``STREAM ACCEPT`` that waits for a call.

    :ivar end: the client's connection.
    :ivar silent: whether it is not told who called.
    :ivar shows_ports: whether the line that tells it names the ports (since SAM 3.2).
    """

    end: End
    silent: bool
    shows_ports: bool


@frozen
class Forward:
    """
    A ``STREAM FORWARD``: every call becomes a connection to ``endpoint``.

    :ivar endpoint: where the client listens.
    :ivar silent: whether it is not told who called.
    :ivar shows_ports: whether the line that tells it names the ports (since SAM 3.2).
    """

    endpoint: IStreamClientEndpoint
    silent: bool
    shows_ports: bool


class ForwardedStream(Protocol):
    """The bridge's connection to a client that has its streams forwarded."""

    def __init__(self, ended: Callable[[End], None]) -> None:
        self._ended = ended

    def connectionMade(self) -> None:
        """Become an end."""
        self.end = End(cast(Wire, self.transport), self._ended)

    def dataReceived(self, data: bytes) -> None:
        """Pass it on."""
        self.end.received(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Pass that on too."""
        self.end.connection_lost()


class ForwardedStreams(Factory):
    """Builds a :class:`ForwardedStream` for each connection."""

    noisy = False

    def __init__(self, ended: Callable[[End], None]) -> None:
        self._ended = ended

    def buildProtocol(self, addr: object) -> ForwardedStream:
        """A stream whose end is not there before the connection is."""
        return ForwardedStream(self._ended)


@define(eq=False)
class Listener:
    """
    How a destination takes calls.

    :ivar attachment: the destination.
    """

    attachment: Attachment
    _streams: Streams
    ends: set[End] = field(factory=set, init=False)
    forward: Forward | None = field(default=None, init=False)
    _acceptors: deque[Acceptor] = field(factory=deque, init=False)
    _backlog: deque[Call] = field(factory=deque, init=False)

    def end(self, wire: Wire) -> End:
        """An end that closes with this listener."""
        end = End(wire, self.ends.discard)
        self.ends.add(end)
        return end

    def accept(self, acceptor: Acceptor) -> None:
        """Give ``acceptor`` the call that waits longest, or let it wait."""
        while self._backlog:
            call = self._backlog.popleft()
            if not (call.answered or call.end.lost):
                self._streams.join(call, self, acceptor.end, acceptor)
                return
        self._acceptors.append(acceptor)

    def offer(self, call: Call) -> bool:
        """Take ``call``, now or when someone accepts it; ``False`` when there is no room for it."""
        if self.forward is not None:
            self._connect(call, self.forward)
            return True
        while self._acceptors:
            acceptor = self._acceptors.popleft()
            if not acceptor.end.lost:
                self._streams.join(call, self, acceptor.end, acceptor)
                return True
        self._backlog = deque(c for c in self._backlog if not (c.answered or c.end.lost))
        if len(self._backlog) >= BACKLOG:
            return False
        self._backlog.append(call)
        return True

    def _connect(self, call: Call, forward: Forward) -> None:
        def connected(stream: Protocol) -> None:
            end = cast(ForwardedStream, stream).end
            self.ends.add(end)
            self._streams.join(call, self, end, forward)

        made = forward.endpoint.connect(ForwardedStreams(self.ends.discard))
        made.addCallbacks(connected, lambda _: self._streams.refuse(call))

    def stop_forwarding(self) -> None:
        """From now on calls wait for acceptors again."""
        self.forward = None

    def close(self) -> None:
        """Close every end, and forget who waits."""
        self.forward = None
        self._acceptors.clear()
        self._backlog.clear()
        for end in list(self.ends):
            end.close()


class Streams:
    """
    All streams of the practice network.

    :param switch: who is there.
    :param clock: the clock that the switch runs on.
    """

    def __init__(self, switch: Switch, clock: IReactorTime) -> None:
        self._switch = switch
        self._clock = clock
        self._listeners: dict[str, Listener] = {}

    def open(self, attachment: Attachment) -> Listener:
        """Let ``attachment`` make and take calls."""
        listener = Listener(attachment, self)
        self._listeners[attachment.destination] = listener
        return listener

    def close(self, listener: Listener) -> None:
        """Close all its streams."""
        self._listeners.pop(listener.attachment.destination, None)
        listener.close()

    def dial(self, call: Call) -> None:
        """Send ``call`` on its way."""
        path = self._switch.path(call.caller, call.destination)
        if path is None:  # nobody finds a lease set that is not there, but looks for it
            self._switch.agenda.after(self._switch.weather.search[1], call.refused)
            return
        delay = path.piece(_CALL_SIZE, self._clock.seconds())
        self._switch.agenda.after(delay, lambda: self._arrive(call))
        self._switch.agenda.after(delay + PATIENCE, lambda: self.refuse(call))

    def _arrive(self, call: Call) -> None:
        if call.end.lost:
            return  # no acceptor is spent on a caller that has left
        listener = self._listeners.get(call.destination)
        if listener is None or not listener.offer(call):
            self.refuse(call)

    def refuse(self, call: Call) -> None:
        """Tell the caller, unless somebody answered."""
        if not call.answered:
            call.answered = True
            call.refused()

    def join(self, call: Call, callee: Listener, end: End, taker: Acceptor | Forward) -> None:
        """Make a stream of the caller's end and the callee's."""
        there = self._switch.path(call.caller, call.destination)
        back = self._switch.path(callee.attachment, call.caller.destination)
        if call.answered or call.end.lost or there is None or back is None:
            end.close()
            self.refuse(call)
            return
        call.answered = True
        self._greet(call, end, taker)
        self._lanes(call, end, there, back)

    def _greet(self, call: Call, end: End, taker: Acceptor | Forward) -> None:
        if not taker.silent:
            ports = " FROM_PORT={} TO_PORT={}".format(*call.ports) if taker.shows_ports else ""
            end.wire.write(f"{call.caller.destination}{ports}\n".encode("ascii"))

    def _lanes(self, call: Call, end: End, there: Path, back: Path) -> None:
        agenda, clock = self._switch.agenda, self._clock
        outward = Lane(agenda, clock, there, call.end.wire, end.wire)
        homeward = Lane(agenda, clock, back, end.wire, call.end.wire)
        if not call.silent:
            homeward.carry(_CONNECTED)
        call.end.joined(outward, homeward)
        end.joined(homeward, outward)
