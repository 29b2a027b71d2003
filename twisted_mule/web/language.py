"""The reader's language for the time of one page; it is known here and nowhere near the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Final

#: Code, name in the language itself, and direction, of every language there is a catalogue for.
LANGUAGES: Final = (("en", "English"), ("de", "Deutsch"), ("ru", "Русский"))
#: Languages that are written from right to left; none has a catalogue yet, the layout is ready.
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
ENGLISH: Final = "en"

_catalogue: ContextVar[NullTranslations] = ContextVar("catalogue")
_code: ContextVar[str] = ContextVar("code", default=ENGLISH)


def _(text: str) -> str:
    """``text`` in the reader's language."""
    return _current().gettext(text)


def plural(one: str, more: str, number: int) -> str:
    """The form of a noun that ``number`` calls for."""
    return _current().ngettext(one, more, number)


def mark(text: str) -> str:
    """``text`` as it is, marked for the catalogue; it is translated where it is shown."""
    return text


def code() -> str:
    """The reader's language."""
    return _code.get()


def direction() -> str:
    """Which way the reader's language is written."""
    return "rtl" if code().partition("-")[0] in RIGHT_TO_LEFT else "ltr"


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Within, texts are in ``language``."""
    tokens = _catalogue.set(catalogue(language)), _code.set(language)
    try:
        yield
    finally:
        _catalogue.reset(tokens[0])
        _code.reset(tokens[1])


def chosen(wishes: Iterable[str]) -> str:
    """The first of ``wishes`` (codes, regions and all) that there is a catalogue for."""
    known = {name for name, _name in LANGUAGES}
    for wish in wishes:
        short = wish.strip().lower().partition("-")[0]
        if short in known:
            return short
    return ENGLISH


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts of a language; English stands in the program itself."""
    if language not in {name for name, _name in LANGUAGES} or language == ENGLISH:
        return NullTranslations()
    place = files("twisted_mule") / "locale" / language / "LC_MESSAGES" / "dashboard.mo"
    with place.open("rb") as file:
        return GNUTranslations(file)


def _current() -> NullTranslations:
    return _catalogue.get(_ENGLISH_TEXTS)


_ENGLISH_TEXTS: Final = NullTranslations()
