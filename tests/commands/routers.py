"""Routers that answer ``mule doctor`` on real sockets of this machine, well or badly."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Final

from attrs import define, field

from tests.sam.identities import keys
from twisted_mule.sam.datagram import announce, read_order
from twisted_mule.sam.lines import Line, parse

GREETING: Final = "HELLO REPLY RESULT=OK VERSION=3.1"
SESSION: Final = f"SESSION STATUS RESULT=OK DESTINATION={keys(3).private}"
SILENCE: Final = "(nothing)"
_LOCAL: Final = "127.0.0.1"


@define
class FakeRouter:
    """
    One control connection, served by a thread.

    :ivar greeting: the answer to HELLO, ``None`` to close without a word.
    :ivar session: the answer to SESSION CREATE, ``None`` to close.
    :ivar forwards: whether datagrams come back.
    :ivar heard: the lines that came.
    """

    greeting: str | None = GREETING
    session: str | None = SESSION
    forwards: bool = True
    heard: list[Line] = field(factory=list)
    port: int = field(default=0, init=False)
    udp_port: int = field(default=0, init=False)

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"tcp:{_LOCAL}:{self.port}"

    @contextmanager
    def running(self) -> Iterator[FakeRouter]:
        """While it serves."""
        with (
            socket.create_server((_LOCAL, 0)) as listening,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            udp.bind((_LOCAL, 0))
            udp.settimeout(10.0)
            listening.settimeout(10.0)
            self.port, self.udp_port = listening.getsockname()[1], udp.getsockname()[1]
            thread = Thread(target=self._serve, args=(listening, udp))
            thread.start()
            try:
                yield self
            finally:
                thread.join(10.0)

    def _serve(self, listening: socket.socket, udp: socket.socket) -> None:
        line, _ = listening.accept()
        with suppress(OSError), line, line.makefile("rw", newline="\n") as stream:
            for answer in (self.greeting, self.session):
                text = stream.readline()
                if not text or answer is None:
                    return
                self.heard.append(parse(text.rstrip("\n")))
                if answer != SILENCE:
                    stream.write(f"{answer}\n")
                    stream.flush()
            if self.forwards:
                self._echo(udp)
            stream.readline()

    def _echo(self, udp: socket.socket) -> None:
        order = read_order(udp.recv(4096))
        options = self.heard[-1].options
        content = announce(order.destination, order.payload)
        udp.sendto(content, (options["HOST"], int(options["PORT"])))
