"""A gentle look at the router for ``mule doctor``: greet it, and send one's own self a datagram."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Final

from attrs import define, field

from twisted_mule.endpoints import describe
from twisted_mule.sam import problems
from twisted_mule.sam.datagram import FramingError, unwrap, wrap
from twisted_mule.sam.faults import NotSam, Refused
from twisted_mule.sam.keys import KeysError, SessionKeys
from twisted_mule.sam.lines import LINE_LIMIT, Line, LineError, parse, render
from twisted_mule.status import Problem

#: Seconds for the TCP connection and for the answer to HELLO.
PATIENCE: Final = 10.0
#: Seconds for a session: 20 s to 4 min are usual.
SESSION_PATIENCE: Final = 300.0
#: Seconds until a datagram to oneself counts as lost, and between two of them.
ECHO_PATIENCE: Final = 60.0
ECHO_SPACING: Final = 2.0

_LOCAL: Final = "127.0.0.1"


class ProbeError(Exception):
    """
    The router did not pass.

    :ivar problem: what to tell the user.
    :ivar found: whether anything answers there at all.
    """

    def __init__(self, problem: Problem, *, found: bool) -> None:
        super().__init__(problem.headline)
        self.problem = problem
        self.found = found


@define
class RouterProbe:
    """
    One control connection with the router.

    :ivar endpoint: of its SAM bridge, checked already.
    :ivar progress: told how long the present wait has lasted, about once a second.
    """

    endpoint: str
    line: socket.socket
    progress: Callable[[float], None]
    _waiting: bytes = field(default=b"", init=False)

    def greet(self) -> str:
        """
        The version of SAM that both sides speak.

        :raise ProbeError: when there is none, or something else answers.
        """
        answer = self._ask("HELLO", "VERSION", MIN="3.0", MAX="3.1")
        self._expect_ok("HELLO", answer)
        return answer.options.get("VERSION", "3.0")

    def echo(self, version: str, udp_port: int, options: Mapping[str, str]) -> float:
        """
        Open a session with keys that are thrown away, and send a datagram to it.

        :return: the seconds until the datagram came back.
        :raise ProbeError: when there is no session, or nothing comes back.
        """
        nickname = f"doctor{secrets.token_hex(8)}"
        ours, router = self._addresses(udp_port)
        with closing(socket.socket(_family(ours), socket.SOCK_DGRAM)) as udp:
            udp.bind((ours, 0))
            udp.settimeout(ECHO_SPACING)
            keys = self._create(version, nickname, udp.getsockname()[:2], options)
            return self._round_trip(udp, router, nickname, keys)

    def _create(
        self, version: str, nickname: str, back: tuple[str, int], options: Mapping[str, str]
    ) -> SessionKeys:
        # Only 3.1 and later know the option; before, DSA_SHA1 is what there is.
        kind = {} if version == "3.0" else {"SIGNATURE_TYPE": "DSA_SHA1"}
        words: dict[str, str | int] = {
            "STYLE": "DATAGRAM",
            "ID": nickname,
            "DESTINATION": "TRANSIENT",
            **kind,
            "HOST": back[0],
            "PORT": back[1],
            **options,
        }
        answer = self._ask("SESSION", "CREATE", patience=SESSION_PATIENCE, **words)
        self._expect_ok("SESSION CREATE", answer)
        try:
            return SessionKeys(answer.options.get("DESTINATION", ""))
        except KeysError as reason:
            raise ProbeError(problems.wrong_identity(str(reason)), found=True) from reason

    def _round_trip(
        self, udp: socket.socket, router: tuple[str, int], nickname: str, keys: SessionKeys
    ) -> float:
        payload = secrets.token_bytes(16)
        begun = time.monotonic()
        while (waited := time.monotonic() - begun) < ECHO_PATIENCE:
            self.progress(waited)
            udp.sendto(wrap(nickname, keys.destination.base64, payload), router)
            if _came_back(udp, payload):
                return time.monotonic() - begun
        problem = problems.nothing_back(router, udp.getsockname()[:2], heard=False, over_tcp=False)
        raise ProbeError(problem, found=True)

    def _addresses(self, udp_port: int) -> tuple[str, tuple[str, int]]:
        """Where datagrams come back to, and where they go."""
        if self.line.family == socket.AF_UNIX:
            return _LOCAL, (_LOCAL, udp_port)
        return self.line.getsockname()[0], (self.line.getpeername()[0], udp_port)

    def _ask(
        self, verb: str, action: str, /, patience: float | None = None, **words: str | int
    ) -> Line:
        self.line.sendall(f"{render(verb, action, **words)}\n".encode())
        answer = self._answer(patience or PATIENCE)
        if answer is None:
            raise ProbeError(problems.silent_greeting(self.endpoint), found=True)
        try:
            line = parse(answer.decode())
        except (LineError, UnicodeDecodeError) as reason:
            raise ProbeError(self._not_sam(answer), found=True) from reason
        if line.verb != verb:
            raise ProbeError(self._not_sam(answer), found=True)
        return line

    def _answer(self, patience: float) -> bytes | None:
        """One line, or what came instead; ``None`` when nothing did."""
        begun = time.monotonic()
        self.line.settimeout(min(1.0, patience))
        while b"\n" not in self._waiting and len(self._waiting) < LINE_LIMIT:
            waited = time.monotonic() - begun
            if waited >= patience:
                return self._waiting or None
            self.progress(waited)
            try:
                part = self.line.recv(LINE_LIMIT)
            except TimeoutError:
                continue
            if not part:
                raise ProbeError(self._not_sam(self._waiting), found=True)
            self._waiting += part
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line.removesuffix(b"\r")

    def _not_sam(self, answer: bytes) -> Problem:
        return problems.explain(NotSam(answer), self.endpoint)

    def _expect_ok(self, command: str, answer: Line) -> None:
        result = answer.options.get("RESULT", "no RESULT")
        if result != "OK":
            refused = Refused(command, result, answer.options.get("MESSAGE"))
            raise ProbeError(problems.explain(refused, self.endpoint), found=True)


def _came_back(udp: socket.socket, payload: bytes) -> bool:
    """Whether the next datagram, if one comes in time, is ours."""
    try:
        return unwrap(udp.recv(65_535))[1] == payload
    except (TimeoutError, FramingError):
        return False


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@contextmanager
def router_at(endpoint: str, progress: Callable[[float], None]) -> Iterator[RouterProbe]:
    """
    A connection with whatever listens at ``endpoint``.

    :raise ProbeError: when nothing does, or when it goes away.
    """
    try:
        line = _connect(endpoint)
    except OSError as reason:
        raise ProbeError(problems.no_router(endpoint), found=False) from reason
    with closing(line):
        try:
            yield RouterProbe(endpoint, line, progress)
        except OSError as reason:
            raise ProbeError(problems.vanished(), found=True) from reason


def _connect(endpoint: str) -> socket.socket:
    described = describe(endpoint)
    if described.kind == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(PATIENCE)
        line.connect(described.argument(0, "path") or "")
        return line
    host, port = described.argument(0, "host"), described.argument(1, "port")
    return socket.create_connection((host or _LOCAL, int(port or 0)), PATIENCE)
