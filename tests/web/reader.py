"""Someone who reads the pages: over no socket, as a browser would, or byte by byte."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

from attrs import define, field, frozen
from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from tests.web.pictures import FixedStatus
from twisted_mule.source import Source
from twisted_mule.status import NodeStatus
from twisted_mule.web import views
from twisted_mule.web.keys import Keys
from twisted_mule.web.limits import BoundedSite, Channel
from twisted_mule.web.pages import make_pages, make_site

PORT: Final = 7657
PAGES: Final = tuple(views.PAGES)
#: Elements of HTML that have no end tag; shapes of SVG are closed where they begin.
VOID: Final = {"meta", "link", "br", "hr", "img", "input"}


@frozen
class Answer:
    """What came back."""

    code: int
    headers: Headers
    length: int
    text: str

    def header(self, name: str) -> str | None:
        """The one value of a header."""
        values = self.headers.getRawHeaders(name, [None])
        assert len(values) == 1, values
        return values[0]


class ReaderTestCase(SynchronousTestCase):
    """Reads pages."""

    def read(
        self,
        status: NodeStatus | Source,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        allowed_hosts: tuple[str, ...] = (),
        keys: Keys | None = None,
    ) -> Answer:
        """What the pages of a node with this ``status`` answer."""
        source = FixedStatus(status) if isinstance(status, NodeStatus) else status
        pages = make_pages(source, allowed_hosts, keys)
        client = HTTPClient(RequestTraversalAgent(pages))
        url = f"http://127.0.0.1:{PORT}{path}"
        sent = Headers({name: [value] for name, value in (headers or {}).items()})
        response = self.successResultOf(
            client.request(method, url, headers=sent, allow_redirects=False)
        )
        text = self.successResultOf(response.text())
        return Answer(response.code, response.headers, response.length, text)


@define
class Wire:
    """One connection to a site, and the clock that ends it."""

    site: BoundedSite
    clock: Clock
    transport: StringTransport = field(init=False)
    channel: Channel = field(init=False)

    def open(self, port: int = PORT) -> Wire:
        """Connect."""
        here = IPv4Address("TCP", "127.0.0.1", port)
        there = IPv4Address("TCP", "127.0.0.1", 40_000)
        self.transport = StringTransport(hostAddress=here, peerAddress=there)
        channel = self.site.buildProtocol(there)
        assert channel is not None
        channel.makeConnection(self.transport)
        self.channel = channel
        return self

    def say(self, data: bytes) -> bytes:
        """Send bytes; what comes back."""
        self.transport.clear()
        self.channel.dataReceived(data)
        said: bytes = self.transport.value()
        return said


def wire(status: NodeStatus) -> Wire:
    """A site of its own for one test, not connected yet."""
    clock = Clock()
    return Wire(make_site(FixedStatus(status), reactor=clock), clock)


@define
class Outline(HTMLParser):
    """The tree of a page, checked while it is read."""

    tags: list[tuple[str, dict[str, str | None]]] = field(factory=list, init=False)
    texts: list[str] = field(factory=list, init=False)
    _open: list[str] = field(factory=list, init=False)

    def __attrs_pre_init__(self) -> None:
        """Make the parser ready."""
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that is open."""
        opened = self._open.pop() if self._open else None
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)

    def named(self, *names: str) -> list[dict[str, str | None]]:
        """The attributes of every element of these names."""
        return [attrs for tag, attrs in self.tags if tag in names]


def outline(text: str) -> Outline:
    """Read a page; fails where its tags do not match."""
    found = Outline()
    found.feed(text)
    found.close()
    assert not found._open, found._open
    return found
