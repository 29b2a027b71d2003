"""What goes back to a reader, and the templates that pages are made of."""

from __future__ import annotations

import json
from enum import Enum
from functools import cache
from typing import Any, Final

from attrs import fields as fields_of
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from twisted.web.iweb import IRequest

from twisted_mule.details import StoreStatus
from twisted_mule.status import NodeStatus
from twisted_mule.web import words
from twisted_mule.web.comparable import comparable
from twisted_mule.web.language import _, plural

HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
CSV: Final = "text/csv; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
JSON: Final = "application/json"
FIGURES: Final = "text/plain; version=0.0.4; charset=utf-8"
SVG: Final = "image/svg+xml"
TEMPLATES: Final = (
    "overview.html",
    "router.html",
    "contract.html",
    "sheet.html",
    "error.html",
    "icon.svg",
    "style.css",
)


def make_environment() -> Environment:
    """The templates: escaped, strict about unknown names, clean of control characters."""
    environment = Environment(
        loader=PackageLoader("twisted_mule"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # Not the new style, which takes every text that is translated for safe HTML.
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # by the extension
        _, plural, newstyle=False
    )
    return environment


def _clean(value: object) -> object:
    """What any expression in a template comes to; drawings and macros pass, they are escaped."""
    return words.printable(value) if type(value) is str else value


@cache
def compiled() -> dict[str, Template]:
    """All templates, ready to render."""
    environment = make_environment()
    return {name: environment.get_template(name) for name in TEMPLATES}


def answer(request: IRequest, kind: str, text: str) -> bytes:
    """The body of an answer, its headers set."""
    body = text.encode("utf-8")
    request.setHeader(b"Content-Type", kind.encode("ascii"))
    request.setHeader(b"Content-Length", b"%d" % len(body))
    return body


def as_json(status: NodeStatus, store: StoreStatus) -> str:
    """The snapshot as JSON: ``schema`` first, enumerations by their values."""
    fields = _shallow(status)
    document = {"schema": fields.pop("schema"), **fields, "rust_mule": comparable(status, store)}
    return json.dumps(document, allow_nan=False, default=_plain) + "\n"


def _plain(value: object) -> object:
    # Half of the time of attrs' own asdict, which looks into all that is plain already.
    return value.value if isinstance(value, Enum) else _shallow(value)


def _shallow(instance: Any) -> dict[str, Any]:
    return {one.name: getattr(instance, one.name) for one in fields_of(type(instance))}
