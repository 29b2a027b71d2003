"""A web server behind a destination, with pages that do what a test says, and who visits it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from tests.integration.guests import Reader
from twisted_mule.commands.addresses import Address
from twisted_mule.commands.download import Download, DownloadError
from twisted_mule.practice.keys import b32
from twisted_mule.practice.service import PracticeBridge
from twisted_mule.practice.weather import CALM

real_reactor: Any = reactor


class Page(Resource):
    """A page that does what its function says; its name is whatever was asked."""

    isLeaf = True  # noqa: N815 (a name of twisted.web)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, Headers]] = []
        self.pages: dict[str, Callable[[Request], bytes | int]] = {}

    def render_GET(self, request: Request) -> bytes | int:  # noqa: N802
        """Answer, and note what was asked."""
        path = request.uri.decode()
        self.asked.append((path, request.requestHeaders))
        page = self.pages.get(path)
        if page is None:
            request.setResponseCode(404)
            return b"nothing here"
        return page(request)


@define(eq=False)
class Shown:
    """What a user would see of the progress."""

    stages: list[str] = field(factory=list)
    sizes: list[tuple[int, int | None]] = field(factory=list)

    def stage(self, what: str, _usual: str) -> None:
        """A wait."""
        self.stages.append(what)

    def received(self, size: int, whole: int | None) -> None:
        """Some bytes."""
        self.sizes.append((size, whole))


@define(eq=False)
class Web:
    """A router, and a web server behind a destination of it."""

    port: int
    destination: str
    page: Page
    shown: Shown = field(factory=Shown)

    @property
    def name(self) -> str:
        """Its short name."""
        return b32(self.destination)

    @property
    def sam(self) -> str:
        """Where the router is."""
        return f"tcp:127.0.0.1:{self.port}"

    async def fetch(self, address: str) -> bytes:
        """What a visitor gets."""
        errand = Download(real_reactor, self.sam, "visitor", {}, self.shown)
        return await errand.fetch(Address.parse(address))

    async def refusal(self, address: str) -> str:
        """Why he gets nothing."""
        with pytest.raises(DownloadError) as caught:
            await self.fetch(address)
        return str(caught.value)


@pytest_twisted.async_yield_fixture
async def web() -> AsyncIterator[Web]:
    """A web server that streams are forwarded to, as with any router."""
    random = Random(3)
    router = PracticeBridge(
        reactor=real_reactor,
        clock=real_reactor,
        random=random,
        weather=CALM,
        creation_delay=(0.01, 0.02),
        entropy=random.randbytes,
    )
    router.startService()
    port, _ = await router.listening
    page = Page()
    listening = await TCP4ServerEndpoint(real_reactor, 0, interface="127.0.0.1").listen(
        Site(page, timeout=None)
    )
    readers = []
    for _ in range(2):
        reader: Reader = await connectProtocol(
            TCP4ClientEndpoint(real_reactor, "127.0.0.1", port), Reader()
        )
        await reader.ask("HELLO VERSION MIN=3.0 MAX=3.1")
        readers.append(reader)
    control, forwarding = readers
    await control.ask(
        "SESSION CREATE STYLE=STREAM ID=web DESTINATION=TRANSIENT"
        " SIGNATURE_TYPE=EdDSA_SHA512_Ed25519"
    )
    me = await control.ask("NAMING LOOKUP NAME=ME")
    number = listening.getHost().port
    # The line that says who calls would be no HTTP: the server asks not to be told.
    await forwarding.ask(f"STREAM FORWARD ID=web PORT={number} HOST=127.0.0.1 SILENT=true")
    yield Web(port, me.options["VALUE"], page)
    await listening.stopListening()
    await router.stopService()
    for reader in readers:
        await reader.lost
