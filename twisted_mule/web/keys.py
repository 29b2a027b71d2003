"""
Who holds a key: the secret of the link, the cookie that it is exchanged for, or a scraper's token.

Without one every path is the same empty 404, so that a page of another site, which may ask but not
read, cannot even find out that we are here.
"""

from __future__ import annotations

from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qsl, urlencode

from attrs import frozen
from twisted.web.iweb import IRequest

#: What carries the secret in the link.
ARGUMENT: Final = "k"
#: For these no key is asked: they tell that the process answers, and one line about the network.
OPEN: Final = frozenset({b"/healthz", b"/readyz"})
#: What a scraper's token opens.
SCRAPED: Final = frozenset({b"/metrics", b"/status.json"})
#: Seconds for which a browser keeps the cookie: thirty days.
LIFE: Final = 30 * 86_400


class Entry(Enum):
    """What to do with a reader."""

    IN = "in"
    EXCHANGE = "exchange"  # a good link: the secret leaves the address bar
    OUT = "out"


@frozen
class Keys:
    """
    The keys of one dashboard.

    :ivar secret: of the link.
    :ivar token: of a scraper.
    """

    secret: str
    token: str

    def entry(self, request: IRequest) -> Entry:
        """Who holds a key comes in; nothing is compared in a time that tells of it."""
        linked = request.args.get(ARGUMENT.encode(), [])
        if linked:
            return Entry.EXCHANGE if linked == [linked[0]] and self._is(linked[0]) else Entry.OUT
        if request.path in OPEN:
            return Entry.IN
        if compare_digest(request.getCookie(cookie_name(request)) or b"", self.cookie):
            return Entry.IN
        bearer = request.requestHeaders.getRawHeaders(b"Authorization", [b""])
        scraper = len(bearer) == 1 and compare_digest(bearer[0], b"Bearer " + self.token.encode())
        return Entry.IN if scraper and request.path in SCRAPED else Entry.OUT

    def _is(self, secret: bytes) -> bool:
        return compare_digest(secret, self.secret.encode())

    @property
    def cookie(self) -> bytes:
        """What a browser keeps; whoever reads it there still has no link to hand on."""
        return sha256(b"cookie of " + self.secret.encode()).hexdigest().encode()

    def let_in(self, request: IRequest) -> bytes:
        """Exchange the secret of the link for a cookie, and lead to the address without it."""
        attributes = f"Path=/; Max-Age={LIFE}; HttpOnly; SameSite=Strict"
        if request.isSecure():
            attributes += "; Secure"
        kept = b"%s=%s; %s" % (cookie_name(request), self.cookie, attributes.encode())
        request.responseHeaders.addRawHeader(b"Set-Cookie", kept)
        return _without_secret(request.uri)


def cookie_name(request: IRequest) -> bytes:
    """Nothing of the project's in it; cookies do not tell ports apart, so the port is."""
    return b"k%d" % getattr(request.getHost(), "port", 0)


def _without_secret(uri: bytes) -> bytes:
    path, _, query = uri.decode("ascii", "replace").partition("?")
    rest = urlencode([pair for pair in parse_qsl(query) if pair[0] != ARGUMENT])
    return (f"{path}?{rest}" if rest else path).encode("ascii")
