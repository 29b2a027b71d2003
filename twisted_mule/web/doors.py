"""
What stands before every page: who may ask, how, and what every answer carries.

A page that reads our destination ties a browser to an I2P identity, so reading is guarded as
writing would be: against DNS rebinding (exact Host), other sites (Sec-Fetch-Site, Origin) and
framing.  The rules hold for every path alike, known or not, and a refusal has no body.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never
from urllib.parse import unquote_to_bytes

from attrs import frozen
from twisted.internet.interfaces import IAddress
from twisted.web import http
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, getChildForRequest
from zope.interface import implementer

from twisted_mule.web.keys import Entry, Keys

MISDIRECTED: Final = 421
READING: Final = (b"GET", b"HEAD")
#: What a browser says of a request that this site made itself, or the user by hand.
OWN_FETCHES: Final = (b"same-origin", b"none")
LOOPBACK_NAMES: Final = (b"localhost", b"127.0.0.1", b"[::1]")
DENIED: Final = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": DENIED,
}


@implementer(IResource)
@frozen
class Doors:
    """
    A resource tree behind the rules of this module.

    :ivar inside: the tree.
    :ivar extra_hosts: values of Host that are allowed besides the loopback names with our port.
    :ivar keys: who may come in; ``None`` where the socket itself lets only its owner in.
    """

    inside: IResource
    extra_hosts: frozenset[bytes] = frozenset()
    keys: Keys | None = None

    isLeaf = True  # noqa: N815 - IResource fixes the name

    def render(self, request: IRequest) -> bytes | int:
        """What the tree answers, or an empty refusal; with the headers in both cases."""
        request.responseHeaders.removeHeader(b"server")
        for name, value in HEADERS.items():
            request.responseHeaders.setRawHeaders(name, [value])
        code = refusal(request, self.extra_hosts)
        if code is None and self.keys is not None:
            code = self._ask_for_key(request, self.keys)
        if code is None:
            answer: bytes | int = getChildForRequest(self.inside, request).render(request)
            return answer
        if code == http.NOT_ALLOWED:
            request.setHeader(b"Allow", b", ".join(READING))
        request.setResponseCode(code, b"Misdirected Request" if code == MISDIRECTED else None)
        request.setHeader(b"Content-Length", b"0")
        return b""

    def _ask_for_key(self, request: IRequest, keys: Keys) -> int | None:
        match keys.entry(request):
            case Entry.IN:
                return None
            case Entry.EXCHANGE:
                request.setHeader(b"Location", keys.let_in(request))
                return http.SEE_OTHER
            case Entry.OUT:
                return http.NOT_FOUND
            case never:
                assert_never(never)

    def getChildWithDefault(self, name: bytes, request: IRequest) -> IResource:  # noqa: N802
        """These doors: there is no way around them."""
        return self

    def putChild(self, path: bytes, child: IResource) -> None:  # noqa: N802
        """Refused: the tree inside is whole when the doors are hung."""
        raise TypeError("add to the tree inside, not to its doors")


def doors(inside: IResource, allowed_hosts: Iterable[str] = (), keys: Keys | None = None) -> Doors:
    """
    Hang doors before ``inside``.

    :param allowed_hosts: whole values of Host to allow besides, port and all, such as
        ``mule.example`` behind a proxy or ``mule.lan:8080``.  Each is compared whole.
    """
    hosts = frozenset(name.strip().lower().encode("ascii") for name in allowed_hosts)
    return Doors(inside, hosts, keys)


def own_hosts(address: IAddress, secure: bool) -> frozenset[bytes]:
    """
    The values of Host that name us on the socket with this ``address``.

    A browser leaves out the port that its scheme implies; a Unix socket has none.
    """
    port = getattr(address, "port", None)
    if port is None:
        return frozenset(LOOPBACK_NAMES)
    hosts = frozenset(b"%s:%d" % (name, port) for name in LOOPBACK_NAMES)
    return hosts | frozenset(LOOPBACK_NAMES) if port == (443 if secure else 80) else hosts


def refusal(request: IRequest, extra_hosts: frozenset[bytes]) -> int | None:
    """The status that refuses ``request``, or ``None`` to let it in."""
    hosts = _values(request, "Host")
    allowed = own_hosts(request.getHost(), request.isSecure()) | extra_hosts
    if len(hosts) != 1 or hosts[0] not in allowed:
        return MISDIRECTED
    if request.method not in READING:
        return http.NOT_ALLOWED
    if not set(_values(request, "Sec-Fetch-Site")) <= set(OWN_FETCHES):
        return http.FORBIDDEN
    ours = {b"http://" + hosts[0], b"https://" + hosts[0]}
    if not set(_values(request, "Origin")) <= ours:
        return http.FORBIDDEN
    return None if _plain_path(request.uri) else http.BAD_REQUEST


def _values(request: IRequest, name: str) -> list[bytes]:
    return [value.lower() for value in request.requestHeaders.getRawHeaders(name.encode(), [])]


def _plain_path(uri: bytes) -> bool:
    """Whether the request names a path of ours, in escapes that are UTF-8."""
    try:
        unquote_to_bytes(uri).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return uri.startswith(b"/") and not uri.startswith(b"//")
