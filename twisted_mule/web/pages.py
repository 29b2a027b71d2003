"""The dashboard's routes.  It reads pictures of the node and has no way to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen
from jinja2 import Template
from klein import Klein
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.iweb import IRequest
from werkzeug.exceptions import NotFound

from twisted_mule.source import Source
from twisted_mule.status import NodeStatus
from twisted_mule.web import views
from twisted_mule.web.answers import (
    CSS,
    CSV,
    FIGURES,
    HTML,
    JSON,
    SVG,
    TEXT,
    answer,
    as_json,
    compiled,
)
from twisted_mule.web.config import config
from twisted_mule.web.contract import contract
from twisted_mule.web.doors import Doors, doors
from twisted_mule.web.events import events
from twisted_mule.web.help import help_page
from twisted_mule.web.keys import Keys
from twisted_mule.web.keyspace import keyspace
from twisted_mule.web.language import _, spoken
from twisted_mule.web.language import code as _code
from twisted_mule.web.language import direction as _direction
from twisted_mule.web.limits import BoundedSite
from twisted_mule.web.lookups import lookups
from twisted_mule.web.overview import overview_over_time
from twisted_mule.web.peers import csv, peers, wish
from twisted_mule.web.query import Query
from twisted_mule.web.reader import language_of, remember_language
from twisted_mule.web.router import router
from twisted_mule.web.routing import routing
from twisted_mule.web.searches import searches
from twisted_mule.web.store import store
from twisted_mule.web.traffic import traffic

Later = Callable[[Callable[[], Any]], "Deferred[Any]"]
View = Callable[[Source, Query], object]


def _prepare(path: str, source: Source, query: Query) -> None:
    """Have the one picture taken that is much work by itself; the source keeps it for the page."""
    if path == "/peers":
        source.peers(wish(query))


def at_once(work: Callable[[], Any]) -> Deferred[Any]:
    """Work that is done here and now."""
    return maybeDeferred(work)


def _of(view: Callable[[NodeStatus], object]) -> View:
    """A page that needs nothing but the snapshot."""
    return lambda source, query: view(source.status())


#: By path: the template of a page, and what fills it.
_VIEWS: Final[Mapping[str, tuple[str, View]]] = {
    "/": ("overview.html", overview_over_time),
    "/router": ("router.html", _of(router)),
    "/routing": ("sheet.html", routing),
    "/keyspace": ("sheet.html", keyspace),
    "/peers": ("sheet.html", peers),
    "/lookups": ("sheet.html", lookups),
    "/store": ("sheet.html", store),
    "/traffic": ("sheet.html", traffic),
    "/contract": ("contract.html", _of(contract)),
    "/searches": ("sheet.html", searches),
    "/events": ("sheet.html", events),
    "/config": ("sheet.html", config),
    "/help": ("sheet.html", help_page),
}


if TYPE_CHECKING:
    from twisted_mule.web.metrics import Exposition


def _own_routes() -> Klein:
    """Routes without redirects: a path that is not exactly ours does not exist."""
    app = Klein()
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.url_map.redirect_defaults = False
    return app


@frozen
class Dashboard:
    """
    The pages.

    :ivar source: where pictures of the node come from.
    :ivar later: does the next part of the work in a turn of the reactor of its own.
    """

    app = _own_routes()
    _log = Logger()

    source: Source
    later: Later = at_once
    _templates: dict[str, Template] = field(factory=compiled)
    _expositions: list[Exposition] = field(factory=list, init=False)

    def _exposition(self) -> Exposition:
        """The figures for Prometheus; only who scrapes needs its library in memory."""
        from twisted_mule.web.metrics import Exposition  # noqa: PLC0415

        if not self._expositions:
            self._expositions.append(Exposition(self.source))
        return self._expositions[0]

    @app.route("/", methods=["GET"])
    def first(self, request: IRequest) -> Deferred[bytes]:
        """How the node is now."""
        return self._page(request, "/")

    @app.route("/<name>", methods=["GET"])
    def page(self, request: IRequest, name: str) -> Deferred[bytes]:
        """One of the pages."""
        return self._page(request, f"/{name}")

    @app.route("/peers.csv", methods=["GET"])
    def peers_csv(self, request: IRequest) -> bytes:
        """The contacts for a spreadsheet."""
        request.setHeader(b"Content-Disposition", b'attachment; filename="peers.csv"')
        return answer(request, CSV, csv(self.source, Query("/peers.csv", request.args)))

    @app.route("/status.json", methods=["GET"])
    def status_json(self, request: IRequest) -> Deferred[bytes]:
        """The snapshot for machines, its schema first."""

        def text(_store: object) -> Deferred[bytes]:
            source = self.source
            return self.later(
                lambda: answer(request, JSON, as_json(source.status(), source.store()))
            )

        # Both pictures are kept a while, so each turn makes one thing.
        looked = self.later(self.source.status)
        return looked.addCallback(lambda _status: self.later(self.source.store)).addCallback(text)

    @app.route("/metrics", methods=["GET"])
    def metrics(self, request: IRequest) -> Deferred[bytes]:
        """The figures for Prometheus."""
        return self._snapshot().addCallback(
            lambda _status: self.later(lambda: answer(request, FIGURES, self._exposition().text()))
        )

    @app.route("/healthz", methods=["GET"])
    def healthz(self, request: IRequest) -> bytes:
        """The process answers."""
        return answer(request, TEXT, "ok\n")

    @app.route("/readyz", methods=["GET"])
    def readyz(self, request: IRequest) -> bytes:
        """Whether the network has answered; if not, why, in one line."""
        reason = views.readiness(self.source.status())
        if reason:
            request.setResponseCode(http.SERVICE_UNAVAILABLE)
        return answer(request, TEXT, f"{reason or 'ready'}\n")

    @app.route("/style.css", methods=["GET"])
    def style(self, request: IRequest) -> bytes:
        """The one style sheet."""
        return answer(request, CSS, self._templates["style.css"].render())

    @app.route("/icon-<tone>.svg", methods=["GET"])
    def icon(self, request: IRequest, tone: str) -> bytes:
        """The icon of a tab, which tells how the node stands by shape and colour."""
        if tone not in {each.value for each in views.Tone}:
            raise NotFound
        return answer(request, SVG, self._templates["icon.svg"].render(tone=tone))

    @app.handle_errors(NotFound)
    def unknown(self, request: IRequest, failure: Failure) -> bytes:
        """No such page; nothing about the node is told."""
        with spoken(language_of(request)):
            return self._error(request, http.NOT_FOUND, _("There is no page here."))

    @app.handle_errors(Exception)
    def broken(self, request: IRequest, failure: Failure) -> bytes:
        """A defect: the log has the reason, the reader a plain sentence."""
        self._log.failure("A page of the dashboard failed", failure=failure)
        with spoken(language_of(request)):
            text = _("This page has a defect; the log says more.")
            return self._error(request, http.INTERNAL_SERVER_ERROR, text)

    def _page(self, request: IRequest, path: str) -> Deferred[bytes]:
        """
        A page, made in turns: the request, the snapshot, what the page shows, its text.

        So nothing that leaves has to wait for a whole page.
        """
        if path not in _VIEWS:
            raise NotFound
        template, view = _VIEWS[path]
        query = Query(path, request.args)
        remember_language(request, query.text("lang"))
        language = language_of(request)

        def look(status: NodeStatus) -> Deferred[bytes]:
            with spoken(language):
                shown = views.frame(status, query), view(self.source, query)
            return self.later(lambda: write(*shown))

        def write(frame: views.Frame, shown: object) -> bytes:
            with spoken(language):
                text = self._templates[template].render(frame=frame, view=shown)
            return answer(request, HTML, text)

        ready = self.later(lambda: _prepare(path, self.source, query))
        ready.addCallback(lambda _none: self._snapshot())
        return ready.addCallback(lambda status: self.later(lambda: look(status)))

    def _snapshot(self) -> Deferred[NodeStatus]:
        """The snapshot, whose greatest part is made in a turn of its own."""
        table = self.later(self.source.table)
        return table.addCallback(lambda _table: self.later(self.source.status))

    def _error(self, request: IRequest, code: int, text: str) -> bytes:
        request.setResponseCode(code)
        page = self._templates["error.html"].render(
            code=code, text=text, language=_code(), direction=_direction()
        )
        return answer(request, HTML, page)


def make_pages(
    source: Source,
    allowed_hosts: Iterable[str] = (),
    keys: Keys | None = None,
    later: Later = at_once,
) -> Doors:
    """The whole resource tree, behind its doors."""
    return doors(Dashboard(source, later).app.resource(), allowed_hosts, keys)


def make_site(
    source: Source,
    allowed_hosts: Iterable[str] = (),
    *,
    reactor: IReactorTime,
    keys: Keys | None = None,
    later: Later = at_once,
) -> BoundedSite:
    """
    The dashboard as a site, for any stream endpoint: a loopback port or a Unix socket.

    :param allowed_hosts: see :func:`twisted_mule.web.doors.doors`; the loopback names with the
        port that is listened on are always allowed.
    :param reactor: what ends slow connections.
    :param keys: see :class:`twisted_mule.web.doors.Doors`.
    :param later: see :class:`Dashboard`.
    """
    return BoundedSite(make_pages(source, allowed_hosts, keys, later), reactor)
