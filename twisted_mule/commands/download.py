"""One file from a web server within I2P, over a session that exists for this only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from attrs import define, field, frozen
from treq import collect
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.endpoints import clientFromString
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.web.client import URI, Agent, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IAgentEndpointFactory, IResponse
from zope.interface import implementer

from twisted_mule.commands.addresses import Address, AddressError
from twisted_mule.sam import problems
from twisted_mule.sam.faults import Refused
from twisted_mule.sam.wishes import Wishes

if TYPE_CHECKING:
    from twisted_mule.sam.visiting import Visit

#: Bytes of a file that are taken; 5,000 contacts have two million.
MOST: Final = 2 << 20
#: Seconds for the session, for the stream with the first answer, for any silence after it, and
#: for the whole file.
SESSION_SPAN: Final = 180.0
ANSWER_SPAN: Final = 60.0
SILENCE_SPAN: Final = 60.0
BODY_SPAN: Final = 900.0
REDIRECTS: Final = 5

#: What the routers' own web proxies write for everybody's browser: it tells nothing of us.
_USER_AGENT: Final = "MYOB/6.66 (AN/ON)"
_REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})


class DownloadError(Exception):
    """
    Nothing was fetched; the text is one or two plain sentences.

    :ivar no_router: whether it is for want of a router.
    """

    def __init__(self, sentence: str, *, no_router: bool = False) -> None:
        super().__init__(sentence)
        self.no_router = no_router


class _TooLargeError(Exception):
    """More comes than is taken."""


class Progress(Protocol):
    """Who is told how it goes."""

    def stage(self, what: str, usual: str) -> None:
        """A wait begins, for ``what``; ``usual`` says how long it may take, in words."""

    def received(self, size: int, whole: int | None) -> None:
        """So many bytes are here, of so many if that is known."""


@implementer(IAgentEndpointFactory)
@frozen
class _Doors:
    """Ways to hosts within I2P, and to no others."""

    visit: Visit
    address: Address

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:  # noqa: N802
        """The way to the one host that is asked."""
        if (uri.scheme, uri.host.decode("ascii"), uri.port) != (b"http", self.address.host, 80):
            raise AddressError("This address was not checked.")
        return self.visit.endpoint(self.address.dial)


@implementer(IAgent)
@frozen
class _Unpacked:
    """Asks for files as they are: one that is packed may be of any size once unpacked."""

    agent: IAgent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Any = None,
        bodyProducer: Any = None,  # noqa: N803
    ) -> Deferred[IResponse]:
        """As any agent; fails with :exc:`DownloadError` when the answer is packed all the same."""
        headers = Headers() if headers is None else headers.copy()
        headers.setRawHeaders("accept-encoding", ["identity"])
        answer: Deferred[IResponse] = self.agent.request(method, uri, headers, bodyProducer)
        return answer.addCallback(_unpacked)


def _unpacked(response: IResponse) -> IResponse:
    encodings = response.headers.getRawHeaders("content-encoding", [])
    if any(encoding.strip().lower() != "identity" for encoding in encodings):
        raise DownloadError("The server sends the file packed, though it was not asked to.")
    return response


@define(eq=False)
class Download:
    """
    One errand.

    :ivar reactor: for sockets and time.
    :ivar sam: client endpoint of the router's SAM bridge, as a Twisted endpoint string.
    :ivar nickname: of the session: unique in the router, and telling nothing.
    :ivar options: of the session, passed through to the router.
    """

    reactor: Any
    sam: str
    nickname: str
    options: Mapping[str, str]
    progress: Progress
    _visit: Visit = field(init=False)

    async def fetch(self, address: Address) -> bytes:
        """
        What is at ``address``, redirects within I2P followed.

        :raise DownloadError: when that is nothing, too much, or not there in time.
        """
        # txi2p installs the reactor, and takes a while to import.
        from twisted_mule.sam import grammar  # noqa: F401, PLC0415
        from twisted_mule.sam.visiting import Visit  # noqa: PLC0415

        wishes = Wishes(self.sam, self.nickname, self.options)
        sam = clientFromString(self.reactor, wishes.endpoint)
        self._visit = Visit(sam, wishes.nickname, wishes.options)
        try:
            await self._open()
            return await self._follow(address)
        finally:
            await self._visit.close()

    async def _open(self) -> None:
        self.progress.stage("Waiting for a session of the router", "20 s to 3 min")
        try:
            await self._visit.open().addTimeout(SESSION_SPAN, self.reactor)
        except LateError:
            _give_up(problems.slow_session(SESSION_SPAN))
        except problems.FORESEEN as reason:
            lacking = isinstance(reason, ConnectError | DNSLookupError)
            _give_up(problems.explain(reason, self.sam), no_router=lacking)

    async def _follow(self, address: Address) -> bytes:
        for _ in range(REDIRECTS + 1):
            response = await self._ask(address)
            location = response.headers.getRawHeaders("location", [""])[0]
            if response.code not in _REDIRECTED or not location:
                return await self._body(address, response)
            try:
                address = address.followed(location)
            except AddressError as reason:
                raise DownloadError(f"The server sends us elsewhere. {reason}") from reason
        raise DownloadError("The server sends us from one address to the next without end.")

    async def _ask(self, address: Address) -> IResponse:
        self.progress.stage(f"Asking {address.host}", "5 to 60 s")
        agent = Agent.usingEndpointFactory(self.reactor, _Doors(self._visit, address))
        client = HTTPClient(_Unpacked(agent))
        asked = client.get(
            str(address),
            headers=Headers({"User-Agent": [_USER_AGENT]}),
            allow_redirects=False,
            unbuffered=True,
            reactor=self.reactor,
        )
        try:
            response: IResponse = await asked.addTimeout(ANSWER_SPAN, self.reactor)
        except DownloadError:
            raise
        except Exception as reason:
            raise DownloadError(_unanswered(address, reason)) from reason
        return response

    async def _body(self, address: Address, response: IResponse) -> bytes:
        if response.code != 200:
            phrase = response.phrase.decode("ascii", "replace")
            shown = ascii(f"{response.code} {phrase}"[:60])[1:-1]
            raise DownloadError(f"{address.host} does not give the file: it answers {shown}.")
        whole = None if response.length is UNKNOWN_LENGTH else response.length
        if whole is not None and whole > MOST:
            raise DownloadError(_too_large(address))
        self.progress.stage(f"Receiving from {address.host}", "up to a few minutes")
        body = _Body(whole, self.progress)
        collecting: Deferred[None] = collect(response, body.take)
        body.patience = self.reactor.callLater(SILENCE_SPAN, collecting.cancel)
        try:
            await collecting.addTimeout(BODY_SPAN, self.reactor)
        except _TooLargeError:
            raise DownloadError(_too_large(address)) from None
        except (CancelledError, LateError):
            raise DownloadError(f"{address.host} stopped sending; try again later.") from None
        except Exception as reason:
            raise DownloadError(f"{address.host} broke off; try again later.") from reason
        finally:
            if body.patience.active():
                body.patience.cancel()
        return bytes(body.content)


@define
class _Body:
    """
    What came of a file so far.

    :ivar patience: ends the wait for more.
    """

    whole: int | None
    progress: Progress
    content: bytearray = field(factory=bytearray, init=False)
    patience: Any = field(default=None, init=False)

    def take(self, data: bytes) -> None:
        """The next piece; raises when it is too much."""
        if len(self.content) + len(data) > MOST:
            raise _TooLargeError
        self.content += data
        self.progress.received(len(self.content), self.whole)
        if self.patience is not None and self.patience.active():
            self.patience.reset(SILENCE_SPAN)


def _give_up(problem: Any, *, no_router: bool = False) -> NoReturn:
    raise DownloadError(f"{problem.headline}. {problem.advice}", no_router=no_router)


def _too_large(address: Address) -> str:
    return f"What {address.host} sends is larger than {MOST >> 20} MiB: no file of contacts is."


def _unanswered(address: Address, reason: Exception) -> str:
    """Why there is no answer, from the point of view of whoever waits for it."""
    while isinstance(reason, ResponseFailed) and reason.reasons and reason.reasons[0].value:
        reason = reason.reasons[0].value
    match reason:
        case Refused(command="NAMING LOOKUP"):
            return (
                f"The router does not know {address.host}, or it is not there now; if it is a"
                " name, use the address that ends in .b32.i2p."
            )
        case Refused(command="STREAM CONNECT"):
            return f"{address.host} cannot be reached; it may be off, so try again later."
        case LateError() | CancelledError():
            return f"{address.host} did not answer within {ANSWER_SPAN:.0f} s; try again later."
        case _:
            return f"{address.host} closed the stream without an answer; try again later."
