"""The dashboard over real sockets (pytest only: it needs the running reactor)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_twisted
import treq
from twisted.internet import reactor
from twisted.internet.endpoints import UNIXClientEndpoint, serverFromString
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from tests.web.pictures import FixedStatus
from tests.web.reader import PAGES, outline
from tests.web.samples import everything, online
from twisted_mule.web.pages import make_site


@pytest_twisted.async_yield_fixture
async def port() -> AsyncIterator[int]:
    """A listening dashboard, closed afterwards."""
    site = make_site(FixedStatus(online()), reactor=reactor)
    listening = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(site)
    yield listening.getHost().port
    await listening.stopListening()


def _agent() -> Agent:
    return Agent(reactor, pool=HTTPConnectionPool(reactor, persistent=False))


@pytest_twisted.ensureDeferred
async def test_serves_over_tcp(port: int) -> None:
    """A browser on this machine reads every page and its style sheet, by either name."""
    for name in ("127.0.0.1", "localhost"):
        for path in PAGES:
            response = await treq.get(f"http://{name}:{port}{path}", agent=_agent())
            assert response.code == 200
            outline(await response.text())
        response = await treq.get(f"http://{name}:{port}/style.css", agent=_agent())
        assert response.headers.getRawHeaders("Content-Type") == ["text/css; charset=utf-8"]
        assert "prefers-color-scheme" in await response.text()


@pytest_twisted.ensureDeferred
async def test_rebinding_over_tcp(port: int) -> None:
    """A page whose name was bound to this machine reads nothing."""
    for host in (f"evil.example:{port}", f"127.0.0.1:{port + 1}", f"127.0.0.1.evil.example:{port}"):
        response = await treq.get(
            f"http://127.0.0.1:{port}/status.json",
            headers=Headers({"Host": [host]}),
            agent=_agent(),
        )
        assert response.code == 421
        assert await response.content() == b""


@implementer(IAgentEndpointFactory)
class _ToUnixSocket:
    """Every address leads to one Unix socket."""

    def __init__(self, path: str) -> None:
        self._path = path

    def endpointForURI(self, uri: object) -> UNIXClientEndpoint:  # noqa: N802
        """The one endpoint."""
        return UNIXClientEndpoint(reactor, self._path)


@pytest_twisted.ensureDeferred
async def test_serves_over_a_unix_socket(tmp_path: Path) -> None:
    """The dashboard works without any port; its names then carry none."""
    path = str(tmp_path / "web.sock")
    site = make_site(FixedStatus(everything()["no-router"]), ["mule.example"], reactor=reactor)
    listening = await serverFromString(reactor, f"unix:{path}:mode=600").listen(site)
    pool = HTTPConnectionPool(reactor, persistent=False)
    agent = Agent.usingEndpointFactory(reactor, _ToUnixSocket(path), pool=pool)
    for host, code in (("localhost", 503), ("mule.example", 503), ("evil.example", 421)):
        response = await treq.get(f"http://{host}/readyz", agent=agent)
        assert response.code == code
        assert ("router not found" in await response.text()) == (code == 503)
    await listening.stopListening()
