"""
A datagram session on txi2p's session layer: greet, have keys made, create, stay open.

Importing this module imports txi2p, which installs the global reactor and takes a second or two to
build its grammars: import it late, inside functions.  What is ours and not txi2p's: the versions
asked for, the style, DSA_SHA1, keys without a file, results as values, and that we never ping.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Protocol, assert_never

from ometa.runtime import ParseError
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IStreamClientEndpoint, ITCPTransport
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
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.lines import Line
from twisted_mule.sam.problems import NotSam, Refused, RouterError, Unreadable

#: The one kind of signature that makes destinations of 387 bytes (design.md D12).
SIGNATURE_TYPE: Final = "DSA_SHA1"
#: i2pd answers a MAX of 3.2 with 3.0, and from 3.2 on the router would want to be pinged.
HELLO: Final = b"HELLO VERSION MIN=3.0 MAX=3.1\n"

_OK: Final = "OK"
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
    The replies that txi2p's grammar read, as keywords.

    Unknown options are passed over and missing ones are no crash: they come from outside.
    """

    factory: Conversation

    def prepareParsing(self, parser: SAMParserProtocol) -> None:  # noqa: N802 (txi2p's name)
        parser.factory.begin(self)
        super().prepareParsing(parser)

    def hello(self, result: str = "", version: str = "", message: str | None = None) -> None:
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
        self.currentRule = "State_readData"
        self.factory.sessionCreated(self, dest)

    def dataReceived(self, data: bytes | str) -> None:
        """Whatever comes once the session stands: its own lines, without txi2p's grammar."""
        # The rest of a segment comes from txi2p's parser as text, character by character.
        self.factory.converse(data.encode() if isinstance(data, str) else data)


class _Line(SAMParserProtocol):
    """txi2p's protocol, which remembers what came last for the user's sentences."""

    factory: Conversation

    def dataReceived(self, data: bytes) -> None:
        if self.factory.over:
            return
        self.factory.last = data[:_REMEMBERED]
        try:
            super().dataReceived(data)
        except (ControlError, RouterError):
            self.connectionLost(Failure())
            self.transport.abortConnection()


class _Generation:
    """The events of a conversation that is only about keys."""

    def __init__(self) -> None:
        self.conversation = Conversation("", self)
        self.made: Deferred[SessionKeys] = Deferred(lambda _: self.conversation.abort())

    def reached(self, _transport: ITCPTransport) -> None:
        """Nothing to do."""

    def greeted(self, _version: str) -> None:
        self.conversation.generate()

    def generated(self, private: str) -> None:
        keys = SessionKeys(private)
        self.conversation.hang_up().addCallback(lambda _: self.made.callback(keys))

    def opened(self, _destination: str) -> None:
        """Never: no session is asked for."""

    def received(self, _source: str, _payload: bytes) -> None:
        """Never: no session is asked for."""

    def ended(self, reason: BaseException) -> None:
        self.made.errback(Failure(reason))


def generate_keys(endpoint: IStreamClientEndpoint) -> Deferred[SessionKeys]:
    """
    Have the router make one more pair of DSA_SHA1 keys, over a connection of its own.

    Fails with :exc:`RouterError` or an error of the connection; may be cancelled.
    """
    generation = _Generation()
    return endpoint.connect(generation.conversation).addCallback(lambda _: generation.made)


class Conversation(SessionCreateFactory):
    """
    One control connection, from its opening to its end.

    :ivar last: the first bytes of what came last.
    :ivar over: whether it ended, or we hung up: nothing of it counts any more.
    """

    noisy = False
    # The grammar is the first thing that txi2p's own protocol was made of; building it takes long.
    protocol = staticmethod(
        functools.partial(_Line, SessionCreateProtocol.args[0], _Sender, _Receiver, {})
    )

    def __init__(self, nickname: str, events: Events) -> None:
        super().__init__(nickname, sigType=SIGNATURE_TYPE)
        self.style = "DATAGRAM"
        self.events = events
        self.last = b""
        self._reader = ControlReader()
        self._line: _Receiver | None = None
        self.over = False
        self._closed: Deferred[None] = Deferred()
        self._command = "HELLO"

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

    def create(self, keys: SessionKeys, options: Mapping[str, object]) -> None:
        """Ask for the datagram session."""
        self._command = "SESSION CREATE"
        self.privKey = keys.private
        self.options = options
        self._speaker.create_session()

    def write(self, data: bytes) -> None:
        """Say something over the open session, in one write."""
        self._speaker.sender.transport.write(data)

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

    def converse(self, data: bytes) -> None:
        """Answer pings and take datagrams; anything else says that the session is over."""
        for item in self._reader.feed(data):
            match item:
                case Received():
                    self.events.received(item.source, item.payload)
                case Ping():
                    self._speaker.sender.sendPong(item.text)
                case Line():
                    said = item.options
                    raise Refused(item.verb, said.get("RESULT", item.action), said.get("MESSAGE"))
                case _:
                    assert_never(item)

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
        if not self._closed.called:
            self._closed.callback(None)

    def _meaning(self, error: BaseException) -> BaseException:
        unread = isinstance(error, ParseError | UnicodeDecodeError | ControlError | Unreadable)
        if self._command == "HELLO" and (unread or isinstance(error, ConnectionClosed)):
            return NotSam(self.last)
        return Unreadable(self.last) if unread else error
