"""
The SAM commands, the bridge's end: sessions, names, datagrams and streams.

Answers and refusals follow real routers and the SAM v3 specification; where i2pd and Java I2P
differ and a client could stumble, the comments say which one this is.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, frozen
from twisted.internet.interfaces import IPushProducer, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_mule.practice.conversation import Conversation
from twisted_mule.practice.keys import KeyTextError
from twisted_mule.practice.lanes import End
from twisted_mule.practice.router import LARGEST, Parcel, Style, Switch
from twisted_mule.practice.sessions import (
    RefusedError,
    Session,
    Sessions,
    fresh_keys,
    local_address,
    ports_of,
    read_wish,
    whole_number,
)
from twisted_mule.practice.streams import Acceptor, Call, Forward, Listener, Streams
from twisted_mule.sam.lines import Line, render


@frozen(eq=False)
class Bridge:
    """
    What all control connections share.

    :ivar interface: the loopback address that the bridge listens on.
    :ivar creation_delay: draws the seconds between a ``SESSION CREATE`` and its OK.
    :ivar endpoint: how to reach the host and port that a client has its streams forwarded to.
    """

    switch: Switch
    streams: Streams
    sessions: Sessions
    clock: IReactorTime
    entropy: Callable[[int], bytes]
    interface: str
    creation_delay: Callable[[], float]
    endpoint: Callable[[str, int], IStreamClientEndpoint]


@implementer(IPushProducer)
@define(eq=False)
class Valve:
    """
    Knows whether the client reads what it is sent; datagrams it does not read are lost.

    :ivar open: whether it does.
    :ivar placed: whether it paces a transport.
    """

    open: bool = True
    placed: bool = False

    def pauseProducing(self) -> None:
        """Its buffer is full."""
        self.open = False

    def resumeProducing(self) -> None:
        """It reads again."""
        self.open = True

    def stopProducing(self) -> None:
        """It is gone."""
        self.open = self.placed = False


@frozen
class Letter:
    """A ``DATAGRAM SEND`` or ``RAW SEND`` whose payload is still coming in."""

    destination: str
    size: int
    ports: tuple[int, int]


class ControlConnection(Conversation):
    """
    One TCP connection of a client.

    :param bridge: what it shares with the others.
    :param gone: called when it is over.
    """

    def __init__(self, bridge: Bridge, gone: Callable[[ControlConnection], None]) -> None:
        super().__init__(bridge.clock)
        self._gone = gone
        self._bridge = bridge
        self._session: Session | None = None
        self._end: End | None = None
        self._letter: Letter | None = None
        self._payload = bytearray()
        self._valve = Valve()
        self._afterwards: list[Callable[[], None]] = []

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Whatever lived by this connection ends."""
        super().connectionLost(reason)
        afterwards, self._afterwards = self._afterwards, []
        for step in afterwards:
            step()
        self._gone(self)

    def release(self) -> None:
        """Unregister what paces the transport."""
        if self._valve.placed:
            self._valve.placed = False
            self.wire.unregisterProducer()
        if self._end is not None:
            self._end.release()

    def rawDataReceived(self, data: bytes) -> None:
        """Take the bytes of a stream, or of a datagram's payload."""
        if self._end is not None:
            self._end.received(data)
        elif self._letter is not None:
            self._collect(self._letter, data)

    def obey(self, line: Line) -> None:
        """Carry out one command that comes after HELLO."""
        match line.verb, line.action:
            case "SESSION", "CREATE":
                self._session_create(line.options)
            case "DEST", "GENERATE":
                self._dest_generate(line.options)
            case "NAMING", "LOOKUP":
                self._naming_lookup(line.options)
            case ("DATAGRAM" | "RAW") as style, "SEND":
                self._send(Style(style), line.options)
            case "STREAM", "CONNECT":
                self._stream_connect(line.options)
            case "STREAM", "ACCEPT":
                self._stream_accept(line.options)
            case "STREAM", "FORWARD":
                self._stream_forward(line.options)
            case _:
                raise RefusedError("I2P_ERROR", "Unknown command")

    def _session_create(self, options: dict[str, str]) -> None:
        self._must_be_free()
        bridge = self._bridge
        wish = read_wish(options, bridge.entropy, bridge.interface)
        session = bridge.sessions.create(wish, self)
        self._session = session
        self._afterwards.append(lambda: bridge.sessions.close(session))
        self.pauseProducing()  # commands wait until the tunnels are built
        bridge.switch.agenda.after(bridge.creation_delay(), self._session_ready)

    def _session_ready(self) -> None:
        if self.closing or self._session is None:
            return
        self._session.publish()
        self._valve.placed = True
        self.wire.registerProducer(self._valve, True)
        private = self._session.wish.keys.private
        self.answer("SESSION", "STATUS", RESULT="OK", DESTINATION=private)
        self.resumeProducing()

    def _dest_generate(self, options: dict[str, str]) -> None:
        try:
            keys = fresh_keys(options, self._bridge.entropy)
        except RefusedError as refusal:  # the connection stays, so that the client can ask again
            self.answer("DEST", "REPLY", RESULT=refusal.result, MESSAGE=refusal.message)
        else:  # no RESULT here, as the specification has it
            self.answer("DEST", "REPLY", PUB=keys.destination, PRIV=keys.private)

    def _naming_lookup(self, options: dict[str, str]) -> None:
        name = options.get("NAME", "")
        try:
            if name == "ME":
                value = self._session.attachment.destination if self._session else None
                otherwise = "INVALID_KEY"
            else:
                value, otherwise = self._bridge.switch.resolve(name), "KEY_NOT_FOUND"
        except KeyTextError:
            value, otherwise = None, "INVALID_KEY"
        if value is None:
            self.answer("NAMING", "REPLY", RESULT=otherwise, NAME=name)
        else:
            self.answer("NAMING", "REPLY", RESULT="OK", NAME=name, VALUE=value)

    def _send(self, style: Style, options: dict[str, str]) -> None:
        session = self._session
        if session is None or session.wish.style is not style:
            raise RefusedError("I2P_ERROR", "This connection has no session of that style")
        size = whole_number(options.get("SIZE"), 1, LARGEST)
        if size is None:
            raise RefusedError("I2P_ERROR", f"SIZE goes from 1 to {LARGEST}")
        ports = ports_of(options, session.wish.ports)
        self._letter = Letter(options.get("DESTINATION", ""), size, ports)
        self.setRawMode()

    def _collect(self, letter: Letter, data: bytes) -> None:
        self._payload += data
        if len(self._payload) < letter.size or self._session is None:
            return
        payload, rest = bytes(self._payload[: letter.size]), bytes(self._payload[letter.size :])
        self._payload.clear()
        self._letter = None
        self._session.attachment.send(letter.destination, payload, letter.ports)
        self.setLineMode(rest)

    def deliver(self, parcel: Parcel) -> None:
        """Write a datagram into the connection, unless the client lags behind."""
        if self.closing or not self._valve.open:
            return
        options: dict[str, str | int] = {"SIZE": len(parcel.payload)}
        if parcel.style is Style.DATAGRAM:
            options = {"DESTINATION": parcel.sender, **options}
        if self.modern:
            options |= {"FROM_PORT": parcel.ports[0], "TO_PORT": parcel.ports[1]}
        header = render(parcel.style.value, "RECEIVED", **options)
        self.wire.write(header.encode("ascii") + b"\n" + parcel.payload)

    def _stream_connect(self, options: dict[str, str]) -> None:
        session, listener = self._streaming(options)
        try:
            destination = self._bridge.switch.resolve(options.get("DESTINATION", ""))
        except KeyTextError:
            raise RefusedError("INVALID_KEY") from None
        if destination is None:
            raise RefusedError("CANT_REACH_PEER")
        end = self._become_end(listener)
        call = Call(
            session.attachment,
            destination,
            end,
            self.silent,
            ports_of(options, session.wish.ports),
            lambda: self.refuse("STREAM", RefusedError("CANT_REACH_PEER")),
        )
        self._bridge.streams.dial(call)

    def _stream_accept(self, options: dict[str, str]) -> None:
        _, listener = self._streaming(options)
        if listener.forward is not None:
            raise RefusedError("I2P_ERROR", "The session's streams are forwarded")
        end = self._become_end(listener)
        if not self.silent:
            self.answer("STREAM", "STATUS", RESULT="OK")
        listener.accept(Acceptor(end, self.silent, self.modern))

    def _stream_forward(self, options: dict[str, str]) -> None:
        _, listener = self._streaming(options, may_be_silent=False)
        if listener.forward is not None:
            raise RefusedError("I2P_ERROR", "The session's streams are forwarded already")
        endpoint = self._bridge.endpoint(*local_address(options, self._bridge.interface))
        silent = options.get("SILENT") == "true"
        listener.forward = Forward(endpoint, silent, self.modern)
        self._afterwards.append(listener.stop_forwarding)
        self._afterwards.append(listener.end(self.wire).connection_lost)
        self.answer("STREAM", "STATUS", RESULT="OK")

    def _streaming(
        self, options: dict[str, str], *, may_be_silent: bool = True
    ) -> tuple[Session, Listener]:
        self._must_be_free()
        self.silent = may_be_silent and options.get("SILENT") == "true"
        session = self._bridge.sessions.named(options.get("ID", ""))
        if session.listener is None:
            raise RefusedError("I2P_ERROR", "The session's STYLE is not STREAM")
        return session, session.listener

    def _become_end(self, listener: Listener) -> End:
        self._end = listener.end(self.wire)
        self._afterwards.append(self._end.connection_lost)
        self.setRawMode()
        return self._end

    def _must_be_free(self) -> None:
        if self._session is not None or self._afterwards:
            raise RefusedError("I2P_ERROR", "This connection has its task already")
