"""Contacts fetched from web servers on the practice network, well and badly served."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.web.server import NOT_DONE_YET, Request

from tests.control.nodes import nodes_file
from tests.integration.terminal import User
from tests.integration.websites import Web, real_reactor
from tests.integration.websites import web as web
from twisted_mule.commands import download
from twisted_mule.commands.download import MOST, DownloadError
from twisted_mule.store import nodes_dat

NODES = nodes_file(1, 2, 3)


@pytest_twisted.ensureDeferred
async def test_by_short_name(web: Web) -> None:
    """A file comes whole by the .b32.i2p name, and the user is told how it goes."""
    web.page.pages["/nodes.dat"] = lambda _: NODES
    assert await web.fetch(f"http://{web.name}/nodes.dat") == NODES
    assert web.shown.stages == [
        "Waiting for a session of the router",
        f"Asking {web.name}",
        f"Receiving from {web.name}",
    ]
    assert web.shown.sizes[-1] == (len(NODES), len(NODES))


@pytest_twisted.ensureDeferred
async def test_by_destination(web: Web) -> None:
    """A file comes by the destination in full; the server hears the short name."""
    web.page.pages["/x/nodes.dat?a=b"] = lambda _: NODES
    assert await web.fetch(f"http://{web.destination}.i2p/x/nodes.dat?a=b") == NODES
    ((_, headers),) = web.page.asked
    assert headers.getRawHeaders("host") == [web.name]


@pytest_twisted.ensureDeferred
async def test_says_little(web: Web) -> None:
    """The request has no header that tells one visitor from the others."""
    web.page.pages["/"] = lambda _: NODES
    await web.fetch(f"http://{web.name}/")
    ((_, headers),) = web.page.asked
    said = {name.lower(): value for name, value in headers.getAllRawHeaders()}
    assert said == {
        b"host": [web.name.encode()],
        b"connection": [b"close"],
        b"user-agent": [b"MYOB/6.66 (AN/ON)"],
        b"accept-encoding": [b"identity"],
    }


@pytest_twisted.ensureDeferred
async def test_redirects_within(web: Web) -> None:
    """A redirect is followed within I2P, whether it names the host or not."""

    def elsewhere(location: str) -> Callable[[Request], bytes]:
        def redirect(request: Request) -> bytes:
            request.redirect(location.encode())
            return b""

        return redirect

    web.page.pages["/old"] = elsewhere("/newer")
    web.page.pages["/newer"] = elsewhere(f"http://{web.name}/new")
    web.page.pages["/new"] = lambda _: NODES
    assert await web.fetch(f"http://{web.destination}.i2p/old") == NODES
    for location in ("http://example.org/nodes.dat", "https://x.i2p/", "ftp://x.i2p/"):
        web.page.pages["/out"] = elsewhere(location)
        assert "sends us elsewhere" in await web.refusal(f"http://{web.name}/out")
    web.page.pages["/round"] = elsewhere("/round")
    assert "without end" in await web.refusal(f"http://{web.name}/round")


@pytest_twisted.ensureDeferred
async def test_not_there(web: Web) -> None:
    """A page that is not there, and a host that is not, are said so."""
    assert "answers 404 Not Found" in await web.refusal(f"http://{web.name}/nothing")
    assert "does not know nobody.i2p" in await web.refusal("http://nobody.i2p/nodes.dat")
    lost = web.destination[:20] + "AAAA" + web.destination[24:]
    with patch.object(download, "ANSWER_SPAN", 20.0):
        assert "cannot be reached" in await web.refusal(f"http://{lost}.i2p/nodes.dat")


@pytest_twisted.ensureDeferred
async def test_too_large(web: Web) -> None:
    """More than 2 MiB is not taken, whether it is announced or not."""
    web.page.pages["/announced"] = lambda _: bytes(MOST + 1)

    def endless(request: Request) -> int:
        request.write(bytes(65_536))
        if not request._disconnected:
            real_reactor.callLater(0.0, endless, request)
        return NOT_DONE_YET

    web.page.pages["/endless"] = endless
    assert "larger than 2 MiB" in await web.refusal(f"http://{web.name}/announced")
    assert web.shown.sizes == []
    assert "larger than 2 MiB" in await web.refusal(f"http://{web.name}/endless")
    assert web.shown.sizes[-1][0] <= MOST


@pytest_twisted.ensureDeferred
async def test_packed(web: Web) -> None:
    """A packed answer is refused: nobody knows how large it is."""

    def packed(request: Request) -> bytes:
        request.setHeader(b"content-encoding", b"gzip")
        return gzip.compress(bytes(100_000))

    web.page.pages["/packed"] = packed
    assert "packed" in await web.refusal(f"http://{web.name}/packed")


@pytest_twisted.ensureDeferred
async def test_silence(web: Web) -> None:
    """A server that does not answer, or stops in the middle, is not waited for without end."""
    web.page.pages["/mute"] = lambda _: NOT_DONE_YET

    def half(request: Request) -> int:
        request.setHeader(b"content-length", b"1000")
        request.write(bytes(10))
        return NOT_DONE_YET

    web.page.pages["/half"] = half
    with patch.object(download, "ANSWER_SPAN", 0.3):
        assert "did not answer within" in await web.refusal(f"http://{web.name}/mute")
    with patch.object(download, "SILENCE_SPAN", 0.3):
        assert "stopped sending" in await web.refusal(f"http://{web.name}/half")


@pytest_twisted.ensureDeferred
async def test_cut_off(web: Web) -> None:
    """A stream that breaks off gives no half file."""

    def cut(request: Request) -> int:
        request.setHeader(b"content-length", b"1000")
        request.write(bytes(10))
        real_reactor.callLater(0.1, request.loseConnection)
        return NOT_DONE_YET

    def gone(request: Request) -> int:
        request.loseConnection()
        return NOT_DONE_YET

    web.page.pages["/cut"] = cut
    web.page.pages["/gone"] = gone
    assert "broke off" in await web.refusal(f"http://{web.name}/cut")
    assert "without an answer" in await web.refusal(f"http://{web.name}/gone")


@pytest_twisted.ensureDeferred
async def test_no_session(web: Web) -> None:
    """A router that is not there, or opens no session in time, is named."""
    with patch.object(download, "SESSION_SPAN", 0.001):
        assert "no session within" in await web.refusal(f"http://{web.name}/")
    web.port = 1
    with pytest.raises(DownloadError) as caught:
        await web.fetch(f"http://{web.name}/")
    assert caught.value.no_router
    assert "I2P router not found" in str(caught.value)


@pytest_twisted.ensureDeferred
async def test_the_command(web: Web, tmp_path: Path) -> None:
    """The command as the user runs it: what comes is merged, and the old file kept."""
    user = User(tmp_path, web.sam)
    user.keep(nodes_file(1))
    web.page.pages["/nodes.dat"] = lambda _: NODES
    code, out, err = await user.fetch(f"ed2k://|nodeslist|http://{web.name}/nodes.dat|/")
    assert (code, err) == (0, "")
    assert "3 contacts read, 0 not usable, 2 new." in out
    assert len(nodes_dat.read(user.nodes.read_bytes()).contacts) == 3
    assert user.nodes.with_name("nodes.dat.old").read_bytes() == nodes_file(1)
    kept = user.nodes.read_bytes()
    web.page.pages["/garbage"] = lambda _: b"<html>moved</html>" * 10
    code, out, err = await user.fetch(f"http://{web.name}/garbage")
    assert (code, out) == (1, "")
    assert "not a nodes.dat file" in err
    assert len(err.splitlines()) == 1
    assert user.nodes.read_bytes() == kept


@pytest_twisted.ensureDeferred
async def test_given_up(tmp_path: Path) -> None:
    """Ctrl-C ends the wait for a router that says nothing, without a fault."""
    greeted: Deferred[None] = Deferred()

    class Mute(Protocol):
        def dataReceived(self, data: bytes) -> None:
            greeted.callback(None)

    silent = await TCP4ServerEndpoint(real_reactor, 0, interface="127.0.0.1").listen(
        Factory.forProtocol(Mute)
    )
    user = User(tmp_path, f"tcp:127.0.0.1:{silent.getHost().port}")
    ended = user.fetch("http://example.i2p/nodes.dat")
    await greeted
    user.interrupt()
    assert await ended == (1, "", "Aborted!\n")
    await silent.stopListening()
