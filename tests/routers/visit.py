"""
The stream destination and ``mule nodes fetch`` between two real routers: run inside the namespace.

At the first router stand a stream destination of ours and a web server; the errand and the call
come from the second one.  Prints a JSON object: what came, and the seconds that it took.
"""

from __future__ import annotations

import json
import sys
import time
from random import Random
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater, react
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from tests.integration.guests import Reader
from tests.routers.talk import TUNNELS
from twisted_mule.commands.addresses import Address
from twisted_mule.commands.download import Download, DownloadError
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.streams import StreamHost
from twisted_mule.status import RouterState

OPTIONS: Final = dict(word.split("=", 1) for word in TUNNELS.split())
CONTENT: Final = bytes(range(256)) * 200
PATIENCE: Final = 240.0


class Page(Resource):
    """The file."""

    isLeaf = True  # noqa: N815 (a name of twisted.web)

    def render_GET(self, _request: Request) -> bytes:  # noqa: N802
        """Give it."""
        return CONTENT


class Caller(Protocol):
    """A call to the stream destination, until it is closed."""

    def __init__(self) -> None:
        self.heard = b""
        self.over: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Say something."""
        assert self.transport is not None
        self.transport.write(b"hello")

    def dataReceived(self, data: bytes) -> None:
        """Keep what comes."""
        self.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over."""
        self.over.callback(None)


@define
class Quiet:
    """Nobody looks."""

    stages: list[str] = field(factory=list)

    def stage(self, what: str, _usual: str) -> None:
        """A wait."""
        self.stages.append(what)

    def received(self, _size: int, _whole: int | None) -> None:
        """Some bytes."""


async def asked(reactor: Any, sam: str, *lines: str) -> tuple[Reader, list[dict[str, str]]]:
    """A connection to a router, and the options of its answers to ``lines``."""
    reader: Reader = await connectProtocol(clientFromString(reactor, sam), Reader())
    lines = ("HELLO VERSION MIN=3.0 MAX=3.1", *lines)
    return reader, [(await reader.ask(line, PATIENCE)).options for line in lines]


async def web_server(reactor: Any, sam: str) -> str:
    """A web server at the router; its destination."""
    port = reactor.listenTCP(0, Site(Page()), interface="127.0.0.1").getHost().port
    create = f"SESSION CREATE STYLE=STREAM ID=web DESTINATION=TRANSIENT SIGNATURE_TYPE=7 {TUNNELS}"
    _, answers = await asked(reactor, sam, create, "NAMING LOOKUP NAME=ME")
    await asked(reactor, sam, f"STREAM FORWARD ID=web PORT={port} HOST=127.0.0.1 SILENT=true")
    return answers[-1]["VALUE"]


async def stream_host(reactor: Any, sam: str) -> StreamHost:
    """A stream destination at the router, accepting."""
    _, answers = await asked(reactor, sam, "DEST GENERATE SIGNATURE_TYPE=DSA_SHA1")
    host = StreamHost(
        reactor=reactor,
        clock=reactor,
        endpoint=sam,
        keys=SessionKeys(answers[-1]["PRIV"]),
        nickname="host",
        options=OPTIONS,
        random=Random(1),
    )
    host.startService()
    host.datagrams(True)
    while host.status().state is not RouterState.ONLINE:
        await deferLater(reactor, 0.2)
    return host


async def persistently(reactor: Any, attempt: Any) -> tuple[Any, float]:
    """What ``attempt`` brings in the end, and the seconds of the attempt that brought it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        begun = time.monotonic()
        try:
            return await attempt(), time.monotonic() - begun
        except Exception as reason:  # a young network loses lease sets
            if time.monotonic() > deadline:
                raise
            sys.stderr.write(f"{type(reason).__name__}: {reason}\n")
            await deferLater(reactor, 3.0)


async def call(reactor: Any, sam: str, host: StreamHost) -> dict[str, Any]:
    """One call from the other router; how it went."""
    from twisted_mule.sam.visiting import Visit

    visit = Visit(clientFromString(reactor, sam), "calling", OPTIONS)
    await visit.open()
    endpoint = visit.endpoint(host.destination.base64)

    async def connect() -> Caller:
        caller: Caller = await connectProtocol(endpoint, Caller())
        return caller

    caller, _ = await persistently(reactor, connect)
    begun = time.monotonic()
    await caller.over
    stayed = time.monotonic() - begun
    await visit.close()
    status = host.status()
    return {
        "heard": caller.heard.decode(),
        "stayed": stayed,
        "accepted": status.accepted,
        "state": status.state.value,
    }


async def visit(reactor: Any, first: str, second: str) -> None:
    """Everything, in order."""
    host = await stream_host(reactor, first)
    report = await call(reactor, second, host)
    destination = await web_server(reactor, first)

    async def fetch() -> bytes:
        errand = Download(reactor, second, "errand", OPTIONS, Quiet())
        return await errand.fetch(Address.parse(f"http://{destination}.i2p/nodes.dat"))

    content, seconds = await persistently(reactor, fetch)
    try:
        errand = Download(reactor, second, "errand", OPTIONS, Quiet())
        await errand.fetch(Address.parse("http://nobody.i2p/nodes.dat"))
    except DownloadError as reason:
        report["nobody"] = str(reason)
    report |= {"whole": content == CONTENT, "seconds": seconds}
    await host.stopService()
    sys.stdout.write(json.dumps(report) + "\n")


def main(*ports: str) -> None:
    """Between the SAM ports of two routers."""
    first, second = (f"tcp:127.0.0.1:{port}" for port in ports)
    react(lambda reactor: Deferred.fromCoroutine(visit(reactor, first, second)))


if __name__ == "__main__":
    main(*sys.argv[1:])
