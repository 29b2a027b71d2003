"""
How any SAM control connection talks: HELLO, lines in, answers and refusals out, the end.

What the commands do is :mod:`twisted_mule.practice.protocol`.
"""

from __future__ import annotations

from typing import Any, Final, cast

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from twisted_mule.practice.lanes import Wire
from twisted_mule.practice.sessions import RefusedError, Version, whole_number
from twisted_mule.sam.lines import LINE_LIMIT, Line, LineError, parse, render

#: Seconds that a client has to say HELLO.
GREETING_TIME: Final = 60.0

_VERSIONS: Final[tuple[Version, ...]] = ((3, 0), (3, 1), (3, 2))
_ANSWERS: Final = {
    "HELLO": "REPLY",
    "SESSION": "STATUS",
    "STREAM": "STATUS",
    "NAMING": "REPLY",
    "DEST": "REPLY",
    "DATAGRAM": "STATUS",
    "RAW": "STATUS",
}


def negotiated(options: dict[str, str]) -> Version | None:
    """The highest version that both sides speak, or ``None``; both bounds may be left out."""
    lowest = _version(options.get("MIN", "3.0"))
    highest = _version(options.get("MAX", "3.2"))
    if lowest is None or highest is None:
        return None
    return max((v for v in _VERSIONS if lowest <= v <= highest), default=None)


def _version(text: str) -> Version | None:
    major, _, minor = text.partition(".")
    numbers = whole_number(major, 0, 99), whole_number(minor or "0", 0, 99)
    return None if numbers[0] is None or numbers[1] is None else (numbers[0], numbers[1])


class Conversation(LineReceiver, TimeoutMixin):
    """
    One TCP connection of a client.

    :param clock: for the time that HELLO may take.
    :ivar version: the negotiated version of SAM; (0, 0) before HELLO.
    :ivar silent: whether the client asked to be told nothing.
    :ivar closing: whether it is over.
    """

    delimiter = b"\n"
    MAX_LENGTH = LINE_LIMIT
    version: Version = (0, 0)
    silent = False
    closing = False

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock

    def callLater(self, period: float, func: Any) -> Any:
        """Where ``TimeoutMixin`` sets its timer."""
        return self._clock.callLater(period, func)

    @property
    def wire(self) -> Wire:
        """The transport."""
        return cast(Wire, self.transport)

    @property
    def modern(self) -> bool:
        """Whether SAM 3.2 was negotiated: ports are shown, PING is answered."""
        return self.version >= (3, 2)

    def connectionMade(self) -> None:
        """Wait for HELLO, but not for ever."""
        self.setTimeout(GREETING_TIME)

    def timeoutConnection(self) -> None:
        """No HELLO came."""
        self.refuse("HELLO", RefusedError("I2P_ERROR", "No HELLO VERSION came"))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over."""
        self.closing = True
        self.setTimeout(None)

    def lineReceived(self, line: bytes) -> None:
        """Obey one command."""
        if self.closing:
            return
        verb = line.split(b" ", 1)[0].decode("ascii", "replace")
        try:
            self._obey(parse(line.decode("utf-8").removesuffix("\r")), line)
        except RefusedError as refusal:
            self.refuse(verb, refusal)
        except (LineError, UnicodeDecodeError):
            self.refuse(verb, RefusedError("I2P_ERROR", "Malformed line"))

    def lineLengthExceeded(self, line: bytes) -> None:
        """No command is that long."""
        verb = line.split(b" ", 1)[0].decode("ascii", "replace")
        self.refuse(verb, RefusedError("I2P_ERROR", "Line too long"))

    def _obey(self, line: Line, raw: bytes) -> None:
        if line.verb == "HELLO":
            self._hello(line)
        elif self.version == (0, 0):
            raise RefusedError("I2P_ERROR", "HELLO VERSION comes first")
        elif line.verb in {"PING", "PONG", "QUIT", "STOP", "EXIT"}:
            self._small_talk(line.verb, raw)
        else:
            self.obey(line)

    def obey(self, line: Line) -> None:
        """Carry out one command that comes after HELLO; what it raises is answered."""
        raise NotImplementedError

    def _hello(self, line: Line) -> None:
        if self.version != (0, 0) or line.action != "VERSION":
            raise RefusedError("I2P_ERROR", "HELLO VERSION comes first, and once")
        version = negotiated(line.options)
        if version is None:
            raise RefusedError("NOVERSION")
        self.setTimeout(None)
        self.version = version
        self.answer("HELLO", "REPLY", RESULT="OK", VERSION="{}.{}".format(*version))

    def _small_talk(self, verb: str, raw: bytes) -> None:
        if not self.modern:
            self.close()  # as i2pd, which knows none of these words
        elif verb == "PING":
            self.wire.write(b"PONG" + raw.removeprefix(b"PING") + b"\n")
        elif verb != "PONG":
            self.answer(verb, "STATUS", RESULT="OK", MESSAGE="bye")
            self.close()

    def answer(self, verb: str, action: str, **options: str | int) -> None:
        """Send one line."""
        self.sendLine(render(verb, action, **options).encode("utf-8"))

    def refuse(self, verb: str, refusal: RefusedError) -> None:
        """Say why the command of that verb fails, and close, as routers do."""
        if self.version == (0, 0):
            verb = "HELLO"
        elif verb not in _ANSWERS:
            verb = "SESSION"
        options = {"RESULT": refusal.result}
        if refusal.message:
            options["MESSAGE"] = refusal.message
        if not (self.silent or self.closing):
            self.answer(verb, _ANSWERS[verb], **options)
        self.close()

    def close(self) -> None:
        """Close once everything is written; no further command is obeyed."""
        self.closing = True
        self.release()
        self.wire.loseConnection()

    def abort(self) -> None:
        """Cut the connection now."""
        self.closing = True
        self.release()
        self.wire.abortConnection()

    def release(self) -> None:
        """Unregister what paces the transport, which would not close otherwise."""
