"""The two directions of a stream: bytes in, and the same bytes out after the weather's delay."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from attrs import define, field
from twisted.internet.interfaces import IPushProducer, IReactorTime
from zope.interface import implementer

from twisted_mule.practice.agenda import Agenda
from twisted_mule.practice.weather import Path

#: Bytes of the largest piece that travels as one.
PIECE: Final = 16_384
#: Bytes that may be under way in one direction before the source has to pause.
WINDOW: Final = 131_072
#: Bytes that a client may write before its stream is connected.
EARLY: Final = 65_536


class Wire(Protocol):
    """What a stream needs of a TCP transport; Twisted's names."""

    def write(self, data: bytes, /) -> None:
        """Write, sooner or later."""

    def loseConnection(self) -> None:
        """Close once everything is written."""

    def abortConnection(self) -> None:
        """Close now."""

    def pauseProducing(self) -> None:
        """Stop reading."""

    def resumeProducing(self) -> None:
        """Go on reading."""

    def registerProducer(self, producer: IPushProducer, streaming: bool, /) -> None:
        """Tell ``producer`` when to pause and go on."""

    def unregisterProducer(self) -> None:
        """Tell no producer any more."""


@implementer(IPushProducer)
@define(eq=False)
class Lane:
    """
    One direction: pieces leave in the order they came, each after its delay.

    :ivar agenda: where arrivals wait.
    :ivar clock: the same that ``agenda`` runs on.
    :ivar path: the way they take.
    :ivar source: the connection that is paused when too much is under way.
    :ivar sink: the connection that gets the bytes, and is closed after the last of them.
    """

    agenda: Agenda
    clock: IReactorTime
    path: Path
    source: Wire
    sink: Wire
    _under_way: deque[bytes] = field(factory=deque, init=False)
    _arrived: deque[bytes] = field(factory=deque, init=False)
    _inside: int = field(default=0, init=False)
    _last: float = field(default=0.0, init=False)
    _source_paused: bool = field(default=False, init=False)
    _sink_paused: bool = field(default=False, init=False)
    _registered: bool = field(default=False, init=False)
    _finished: bool = field(default=False, init=False)

    def open(self) -> None:
        """Begin to heed the sink's pace."""
        self._registered = True
        self.sink.registerProducer(self, True)

    def release(self) -> None:
        """Heed it no more; a transport with a paused producer would never close."""
        if self._registered:
            self._registered = False
            self.sink.unregisterProducer()

    def carry(self, data: bytes) -> None:
        """Send ``data`` on its way."""
        for start in range(0, len(data), PIECE):
            self._depart(data[start : start + PIECE])
        if self._inside > WINDOW and not self._source_paused:
            self._source_paused = True
            self.source.pauseProducing()

    def finish(self) -> None:
        """Close the sink when everything carried so far has arrived."""
        if not self._finished:
            self._finished = True
            self._depart(b"")

    def _depart(self, piece: bytes) -> None:
        now = self.clock.seconds()
        self._last = max(self._last, now + self.path.piece(len(piece), now))
        self._under_way.append(piece)
        self._inside += len(piece)
        self.agenda.after(self._last - now, self._arrive)

    def _arrive(self) -> None:
        self._arrived.append(self._under_way.popleft())
        self._deliver()

    def _deliver(self) -> None:
        while self._arrived and not self._sink_paused:
            piece = self._arrived.popleft()
            if not piece:
                self.release()
                self.sink.loseConnection()
                return
            self._inside -= len(piece)
            self.sink.write(piece)
        if self._source_paused and self._inside < WINDOW // 2:
            self._source_paused = False
            self.source.resumeProducing()

    def pauseProducing(self) -> None:
        """The sink has enough for now."""
        self._sink_paused = True

    def resumeProducing(self) -> None:
        """The sink takes more."""
        self._sink_paused = False
        self._deliver()

    def stopProducing(self) -> None:
        """The sink is gone; what arrives from now on goes nowhere."""
        self._registered = False
        self._sink_paused = False


@define(eq=False)
class End:
    """
    A TCP connection that is, or will become, one end of a stream.

    :ivar wire: its transport.
    :ivar ended: called once when the connection is gone.
    """

    wire: Wire
    ended: Callable[[End], None]
    lost: bool = field(default=False, init=False)
    _outgoing: Lane | None = field(default=None, init=False)
    _incoming: Lane | None = field(default=None, init=False)
    _early: bytearray = field(factory=bytearray, init=False)

    def received(self, data: bytes) -> None:
        """Send ``data`` to the other end, as soon as there is one."""
        if self._outgoing is not None:
            self._outgoing.carry(data)
            return
        self._early += data
        if len(self._early) > EARLY:
            self.wire.pauseProducing()

    def joined(self, outgoing: Lane, incoming: Lane) -> None:
        """From now on what the client writes leaves by ``outgoing``."""
        self._outgoing, self._incoming = outgoing, incoming
        incoming.open()
        early, self._early = bytes(self._early), bytearray()
        self.wire.resumeProducing()
        outgoing.carry(early)

    def connection_lost(self) -> None:
        """The client closed, or we did; the other end learns of it after everything sent."""
        if self.lost:
            return
        self.lost = True
        if self._outgoing is not None:
            self._outgoing.finish()
        self.ended(self)

    def close(self) -> None:
        """Close the connection once everything is written."""
        self.release()
        self.wire.loseConnection()

    def release(self) -> None:
        """Let the connection close, however full its buffer is."""
        if self._incoming is not None:
            self._incoming.release()
