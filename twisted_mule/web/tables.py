"""Tables of HTML: a caption, named columns, rows whose first cell names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen
from markupsafe import Markup, escape

from twisted_mule.web.language import _
from twisted_mule.web.words import printable


@frozen
class Column:
    """
    One column.

    :ivar number: whether it holds numbers, which stand on the right.
    :ivar href: where its head leads, such as to the table sorted by it.
    :ivar sorted: ``ascending`` or ``descending`` where the table is sorted by it.
    """

    title: str
    number: bool = False
    href: str = ""
    sorted: str = ""


Cell = str | Markup


def link(href: str, text: str) -> Markup:
    """A cell that leads somewhere in the dashboard."""
    return Markup('<a href="{}">{}</a>').format(href, printable(text))


def code(text: str) -> Markup:
    """A cell to copy, folded away until it is wanted."""
    folded = '<details><summary>{}</summary><code class="copy">{}</code></details>'
    return Markup(folded).format(_("show"), printable(text))  # noqa: S704 - a text of our own


def foreign(text: str) -> Markup:
    """What a stranger named; its direction stays inside it."""
    return Markup("<bdi>{}</bdi>").format(printable(text))


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Markup:
    """The table, in a frame of its own that scrolls where it is too wide."""
    numbers = "".join(
        f" num-{place}" for place, column in enumerate(columns, 1) if column.number
    ).strip()
    heads = "".join(map(_head, columns))
    body = "".join(map(_row, rows))
    name = escape(printable(caption))
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<div class="wide" role="region" aria-label="{name}" tabindex="0">'
        f'<table class="{numbers}"><caption>{name}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _head(column: Column) -> str:
    order = f' aria-sort="{column.sorted}"' if column.sorted else ""
    text = escape(column.title)
    if column.href:
        arrow = {"ascending": " ▲", "descending": " ▼"}.get(column.sorted, "")
        text = Markup('<a href="{}">{}{}</a>').format(column.href, text, arrow)
    return f'<th scope="col"{order}>{text}</th>'


def _row(cells: Sequence[Cell]) -> str:
    # Most cells are plain numbers: what has letters and digits only needs no escape.
    first, *others = [
        cell if type(cell) is Markup or cell.isalnum() else escape(printable(cell))
        for cell in cells
    ]
    return f'<tr><th scope="row">{first}</th><td>{"</td><td>".join(others)}</td></tr>'
