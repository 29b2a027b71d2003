"""
A session on txi2p's session layer: greet, have keys made, create, stay open.

Importing this module imports txi2p, which installs the global reactor and takes a second or two to
build its grammars: import it late, inside functions.  What is ours and not txi2p's: the versions
asked for, the style, DSA_SHA1, keys without a file, results as values, that we never ping, and how
lines are read: txi2p's grammar takes 0.1 to 0.3 s for a line with a private key (measured), which
the reactor does not have.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Protocol, assert_never

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import ITCPTransport
from twisted.python.failure import Failure
from txi2p.sam.base import SAMParserProtocol
from txi2p.sam.session import (
    DestGenerateSender,
    SessionCreateFactory,
    SessionCreateProtocol,
    SessionCreateReceiver,
    SessionCreateSender,
)

from twisted_mule.sam.control import ControlError, ControlReader, Ping, Received
from twisted_mule.sam.faults import NotSam, Refused, RouterError, Unreadable
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.lines import Line
from twisted_mule.sam.naming import Lookups

#: The one kind of signature that makes destinations of 387 bytes (design.md D12).
SIGNATURE_TYPE: Final = "DSA_SHA1"
#: i2pd answers a MAX of 3.2 with 3.0, and from 3.2 on the router would want to be pinged.
HELLO: Final = b"HELLO VERSION MIN=3.0 MAX=3.1\n"

_OK: Final = "OK"
#: What is awaited while a session stands: our own name at first, then nothing but pings.
_STANDING: Final = frozenset({"State_naming", "State_keepalive"})
_HELLO_REPLY: Final = b"HELLO REPLY "
_REMEMBERED: Final = 64
_VERSION: Final = re.compile(r"3\.\d{1,2}", re.ASCII)


class Events(Protocol):
    """What a conversation tells its owner."""

    def reached(self, transport: ITCPTransport) -> None:
        """The control connection is open."""

    def greeted(self, version: str) -> None:
        """HELLO was answered; call ``generate`` or ``create`` before returning."""

    def generated(self, private: str) -> None:
        """Keys were made; call ``create`` before returning, or ``hang_up``."""

    def opened(self, destination: str) -> None:
        """The session is open, and the router calls us so."""

    def received(self, source: str, payload: bytes) -> None:
        """A datagram came over the control connection."""

    def ended(self, reason: BaseException) -> None:
        """It is over, for whatever reason; said once, and not after ``hang_up``."""


class _Sender(SessionCreateSender, DestGenerateSender):
    """The lines that txi2p writes, with the versions that we want."""

    def sendHello(self) -> None:
        self.transport.write(HELLO)


class _Receiver(SessionCreateReceiver):
    """
    What each reply means; txi2p's grammar rules are here only the names of what is awaited.

    Unknown options are passed over and missing ones are no crash: they come from outside.
    """

    factory: Conversation

    def prepareParsing(self, parser: SAMParserProtocol) -> None:  # noqa: N802 (txi2p's name)
        parser.factory.begin(self)
        super().prepareParsing(parser)

    def hear(self, item: Line | Ping | Received) -> None:
        match item:
            case Ping():
                self.sender.sendPong(item.text)
            case Received() if self.currentRule in _STANDING:
                self.factory.events.received(item.source, item.payload)
            case Received():
                raise Unreadable(self.factory.last)
            case Line():
                self._hear_reply(item)
            case _:
                assert_never(item)

    def _hear_reply(self, line: Line) -> None:
        options = {key.lower(): value for key, value in line.options.items()}
        match self.currentRule, line.verb, line.action:
            case "State_hello", "HELLO", "REPLY":
                self.hello(**options)
            case "State_dest", "DEST", "REPLY":
                self.destGenerated(**options)
            case "State_create", "SESSION", "STATUS":
                self.create(**options)
            case "State_naming", "NAMING", "REPLY":
                self.lookupReply(**options)
            case "State_keepalive", "NAMING", "REPLY" if self.factory.lookups.knows(
                options.get("name", "")
            ):
                self.factory.lookups.answered(**options)
            case _, "SESSION", "STATUS":
                self.factory.resultNotOK(options.get("result", ""), options.get("message"))
            case _:
                raise Unreadable(self.factory.last)

    def hello(
        self, result: str = "", version: str = "", message: str | None = None, **_more: str
    ) -> None:
        if result == _OK and not _VERSION.fullmatch(version):
            raise Unreadable(self.factory.last)
        super().hello(result, version, message)

    def command(self) -> None:
        self.factory.events.greeted(self.factory.samVersion)

    def generate(self) -> None:
        self.sender.sendDestGenerate(self.factory.samVersion, SIGNATURE_TYPE)
        self.currentRule = "State_dest"

    def destGenerated(  # noqa: N802 (txi2p's name)
        self, result: str = _OK, priv: str = "", message: str | None = None, **_more: str
    ) -> None:
        if result != _OK or not priv:
            self.factory.resultNotOK(result, message)
        self.factory.events.generated(priv)

    def create_session(self) -> None:
        super().command()

    def create(self, result: str = "", message: str | None = None, **more: str) -> None:
        # txi2p would try other kinds of signature here, which are of no use to us.
        if result != _OK:
            self.factory.resultNotOK(result, message)
        super().create(result, more.get("destination"))

    def lookupReply(  # noqa: N802 (txi2p's name)
        self, result: str = "", value: str = "", message: str | None = None, **_more: str
    ) -> None:
        super().lookupReply(result, "ME", value, message)

    def postLookup(self, dest: str) -> None:  # noqa: N802 (txi2p's name)
        self.currentRule = "State_keepalive"
        self.factory.sessionCreated(self, dest)


class _Wire(SAMParserProtocol):
    """txi2p's protocol with a reader of our own, which remembers what came last for the user."""

    factory: Conversation

    def connectionMade(self) -> None:
        self._reader = ControlReader()
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        if self.factory.over:
            return
        first, self.factory.last = not self.factory.last, data[:_REMEMBERED]
        try:
            if first and data[: len(_HELLO_REPLY)] != _HELLO_REPLY[: len(data)]:
                raise Unreadable(self.factory.last)
            for item in self._reader.feed(data):
                # Whoever hears one item may hang up because of it.
                if not self.factory.over:
                    self.receiver.hear(item)
        except (ControlError, RouterError):
            self.connectionLost(Failure())
            self.transport.abortConnection()


class Conversation(SessionCreateFactory):
    """
    One control connection, from its opening to its end.

    :param style: of the session that it asks for.
    :param signature: of the keys when the router makes some for this session only.
    :ivar last: the first bytes of what came last.
    :ivar over: whether it ended, or we hung up: nothing of it counts any more.
    """

    noisy = False
    # The first thing that txi2p's own protocol is made of is its grammar, here without a task.
    protocol = staticmethod(
        functools.partial(_Wire, SessionCreateProtocol.args[0], _Sender, _Receiver, {})
    )

    def __init__(
        self,
        nickname: str,
        events: Events,
        style: str = "DATAGRAM",
        signature: str = SIGNATURE_TYPE,
    ) -> None:
        super().__init__(nickname, sigType=signature)
        self.style = style
        self.events = events
        self.last = b""
        self._line: _Receiver | None = None
        self.over = False
        self._closed: Deferred[None] = Deferred()
        self._command = "HELLO"
        self.lookups = Lookups()

    def begin(self, line: _Receiver) -> None:
        """The connection is open, and ``line`` is the one that speaks over it."""
        self._line = line
        transport = line.sender.transport
        with suppress(AttributeError):  # a UNIX socket needs none
            transport.setTcpKeepAlive(1)
            transport.setTcpNoDelay(1)
        if self.over:
            transport.abortConnection()
        else:
            self.events.reached(transport)

    def generate(self) -> None:
        """Have a pair of DSA_SHA1 keys made."""
        self._command = "DEST GENERATE"
        self._speaker.generate()

    def create(self, keys: SessionKeys | None, options: Mapping[str, object]) -> None:
        """Ask for the session; without ``keys``, for one whose keys end with it."""
        self._command = "SESSION CREATE"
        self.privKey = None if keys is None else keys.private
        self.options = options
        self._speaker.create_session()

    def write(self, data: bytes) -> None:
        """Say something over the open session, in one write."""
        self._speaker.sender.transport.write(data)

    def resolve(self, name: str) -> Deferred[str]:
        """Ask over the open session for the destination behind a name; see :class:`Lookups`."""
        asked = self.lookups.ask(name)
        self._speaker.sender.sendNamingLookup(name)
        return asked

    def hang_up(self) -> Deferred[None]:
        """Close the connection and tell nothing more of it; fires once it is closed."""
        self.over = True
        if self._line is None:
            return succeed(None)
        self._line.sender.transport.loseConnection()
        return self._closed

    def abort(self) -> None:
        """Close it at once, without waiting for the other side."""
        if self._line is not None:
            self._line.sender.transport.abortConnection()

    @property
    def _speaker(self) -> _Receiver:
        assert self._line is not None  # noqa: S101 (only called once it is open)
        return self._line

    # What txi2p's receivers call.

    def sessionCreated(self, _proto: _Receiver, destination: str) -> None:  # noqa: N802
        """The session stands."""
        self.events.opened(destination)

    def resultNotOK(self, result: str, message: str | None) -> None:  # noqa: N802
        """The router said no; this ends the conversation."""
        raise Refused(self._command, result, message)

    def connectionFailed(self, reason: Failure) -> None:  # noqa: N802
        """The connection ended, or what came over it did."""
        told, self.over = self.over, True
        if not told and reason.value is not None:
            self.events.ended(self._meaning(reason.value))
        self.lookups.lost()
        if not self._closed.called:
            self._closed.callback(None)

    def _meaning(self, error: BaseException) -> BaseException:
        unread = isinstance(error, ControlError | Unreadable)
        if self._command == "HELLO" and (unread or isinstance(error, ConnectionClosed)):
            return NotSam(self.last)
        return Unreadable(self.last) if unread else error
