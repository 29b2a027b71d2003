"""What is known of a reader: the language, from the query, the cookie or the browser."""

from __future__ import annotations

from typing import Final

from twisted.web.iweb import IRequest

from twisted_mule.web.language import LANGUAGES, chosen

NAME: Final = "language"
#: A year.
LIFE: Final = 31_536_000
#: Wishes of a browser that are looked at.
_WISHES: Final = 8


def language_of(request: IRequest) -> str:
    """The reader's language: chosen now, chosen before, or the browser's."""
    now = request.args.get(b"lang", [b""])[0]
    before = request.getCookie(NAME.encode()) or b""
    header = request.requestHeaders.getRawHeaders(b"Accept-Language", [b""])[0]
    wishes = [now, before, *(wish.partition(b";")[0] for wish in header.split(b",")[:_WISHES])]
    return chosen(wish.decode("ascii", "ignore") for wish in wishes)


def remember_language(request: IRequest, wish: str) -> None:
    """Keep a choice of the reader's; a word that is no language of ours is not repeated."""
    if wish in {code for code, _name in LANGUAGES}:
        kept = f"{NAME}={wish}; Path=/; Max-Age={LIFE}; HttpOnly; SameSite=Strict"
        request.responseHeaders.addRawHeader(b"Set-Cookie", kept.encode())
