"""The dashboard's routes.  It reads snapshots and has no way to change the node."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from typing import Final

from attrs import Attribute, asdict, field, frozen
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from klein import Klein
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.iweb import IRequest
from werkzeug.exceptions import NotFound

from twisted_mule.status import NodeStatus, StatusSource
from twisted_mule.web import views, words
from twisted_mule.web.contract import contract
from twisted_mule.web.doors import Doors, doors
from twisted_mule.web.limits import BoundedSite
from twisted_mule.web.overview import overview
from twisted_mule.web.router import router
from twisted_mule.web.routing import routing

HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
TEMPLATES: Final = (
    "overview.html",
    "router.html",
    "routing.html",
    "contract.html",
    "error.html",
    "icon.svg",
    "style.css",
)


def make_environment() -> Environment:
    """The templates: escaped, strict about unknown names, clean of control characters."""
    return Environment(
        loader=PackageLoader("twisted_mule"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _clean(value: object) -> object:
    """What any expression in a template comes to; drawings and macros pass, they are escaped."""
    return words.printable(value) if type(value) is str else value


@cache
def _compiled() -> dict[str, Template]:
    environment = make_environment()
    return {name: environment.get_template(name) for name in TEMPLATES}


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

    :ivar source: where snapshots come from.
    """

    app = _own_routes()
    _log = Logger()

    source: StatusSource
    _templates: dict[str, Template] = field(factory=_compiled)

    @app.route("/", methods=["GET"])
    def overview(self, request: IRequest) -> bytes:
        """How the node is now."""
        return self._page(request, "/", "overview.html", overview)

    @app.route("/router", methods=["GET"])
    def router(self, request: IRequest) -> bytes:
        """The steps from the router's port to the first answer."""
        return self._page(request, "/router", "router.html", router)

    @app.route("/routing", methods=["GET"])
    def routing(self, request: IRequest) -> bytes:
        """The routing table."""
        return self._page(request, "/routing", "routing.html", routing)

    @app.route("/contract", methods=["GET"])
    def contract(self, request: IRequest) -> bytes:
        """The contract, clause by clause."""
        return self._page(request, "/contract", "contract.html", contract)

    @app.route("/status.json", methods=["GET"])
    def status_json(self, request: IRequest) -> bytes:
        """The snapshot for machines, its schema first."""
        return _answer(request, "application/json", as_json(self.source.status()))

    @app.route("/healthz", methods=["GET"])
    def healthz(self, request: IRequest) -> bytes:
        """The process answers."""
        return _answer(request, TEXT, "ok\n")

    @app.route("/readyz", methods=["GET"])
    def readyz(self, request: IRequest) -> bytes:
        """Whether the network has answered; if not, why, in one line."""
        reason = views.readiness(self.source.status())
        if reason:
            request.setResponseCode(http.SERVICE_UNAVAILABLE)
        return _answer(request, TEXT, f"{reason or 'ready'}\n")

    @app.route("/style.css", methods=["GET"])
    def style(self, request: IRequest) -> bytes:
        """The one style sheet."""
        return _answer(request, "text/css; charset=utf-8", self._templates["style.css"].render())

    @app.route("/icon-<tone>.svg", methods=["GET"])
    def icon(self, request: IRequest, tone: str) -> bytes:
        """The icon of a tab, which tells how the node stands by shape and colour."""
        if tone not in {each.value for each in views.Tone}:
            raise NotFound
        return _answer(request, "image/svg+xml", self._templates["icon.svg"].render(tone=tone))

    @app.handle_errors(NotFound)
    def unknown(self, request: IRequest, failure: Failure) -> bytes:
        """No such page; nothing about the node is told."""
        return self._error(request, http.NOT_FOUND, "There is no page here.")

    @app.handle_errors(Exception)
    def broken(self, request: IRequest, failure: Failure) -> bytes:
        """A defect: the log has the reason, the reader a plain sentence."""
        self._log.failure("A page of the dashboard failed", failure=failure)
        return self._error(
            request, http.INTERNAL_SERVER_ERROR, "This page has a defect; the log says more."
        )

    def _page(
        self, request: IRequest, path: str, template: str, view: Callable[[NodeStatus], object]
    ) -> bytes:
        status = self.source.status()
        refresh = views.refresh_choice(request.args.get(b"refresh", []))
        text = self._templates[template].render(
            frame=views.frame(status, path, refresh), status=status, view=view(status)
        )
        return _answer(request, HTML, text)

    def _error(self, request: IRequest, code: int, text: str) -> bytes:
        request.setResponseCode(code)
        return _answer(request, HTML, self._templates["error.html"].render(code=code, text=text))


def _answer(request: IRequest, kind: str, text: str) -> bytes:
    body = text.encode("utf-8")
    request.setHeader(b"Content-Type", kind.encode("ascii"))
    request.setHeader(b"Content-Length", b"%d" % len(body))
    return body


def as_json(status: NodeStatus) -> str:
    """The snapshot as JSON: ``schema`` first, enumerations by their values."""
    fields = asdict(status, value_serializer=_value)
    return json.dumps({"schema": fields.pop("schema"), **fields}, allow_nan=False) + "\n"


def _value(instance: type, attribute: Attribute[object], value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def make_pages(source: StatusSource, allowed_hosts: Iterable[str] = ()) -> Doors:
    """The whole resource tree, behind its doors."""
    return doors(Dashboard(source).app.resource(), allowed_hosts)


def make_site(
    source: StatusSource, allowed_hosts: Iterable[str] = (), *, reactor: IReactorTime
) -> BoundedSite:
    """
    The dashboard as a site, for any stream endpoint: a loopback port or a Unix socket.

    :param allowed_hosts: see :func:`twisted_mule.web.doors.doors`; the loopback names with the
        port that is listened on are always allowed.
    :param reactor: what ends slow connections.
    """
    return BoundedSite(make_pages(source, allowed_hosts), reactor)
