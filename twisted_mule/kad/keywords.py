"""From names to keyword identifiers: iMule's words, since only equal words meet in the network."""

from __future__ import annotations

import re
from typing import Final

from Crypto.Hash import MD4

from twisted_mule.kad.ids import KadID

_DELIMITERS: Final = re.compile(r"""[ ()\[\]{}<>,._\-!?:;\\/"]+""")
_LEAST_BYTES: Final = 3
_EXTENSION_SIZE: Final = 3
_LONG_OR_SHORT_EXTENSIONS: Final = frozenset({"7z", "rm", "jpeg", "mpeg"})
_COMPRESSORS: Final = frozenset({"gz", "bz2"})


def lower(text: str) -> str:
    """
    ``text`` in lower case, one code point for one code point, without the final-sigma rule.

    Where Python's own mapping gives several code points (only U+0130), the first one stands.
    """
    return "".join([character.lower()[0] for character in text])


def pieces(text: str) -> tuple[str, ...]:
    """
    The non-empty pieces between delimiters, of any length, in lower case.

    This is how the text of a search expression is cut (wire-format section 12).
    """
    return tuple(lower(piece) for piece in _DELIMITERS.split(text) if piece)


def words(text: str) -> tuple[str, ...]:
    """
    The words of a query, in order, duplicates kept (wire-format section 3).

    The first is what the search looks up, the others restrict it.  A word has at least three
    bytes of UTF-8 *before* it is put into lower case.
    """
    return tuple(
        lower(piece) for piece in _DELIMITERS.split(text) if len(_utf8(piece)) >= _LEAST_BYTES
    )


def distinct(found: tuple[str, ...]) -> tuple[str, ...]:
    """``found`` without duplicates; the last of equal words keeps its place."""
    return tuple(reversed(dict.fromkeys(reversed(found))))


def file_keywords(file_name: str) -> tuple[str, ...]:
    """The words under which a file of this name is published, one keyword each."""
    return distinct(words(without_extension(file_name)))


def without_extension(file_name: str) -> str:
    """
    ``file_name`` without what counts as its extension (wire-format section 3).

    That is three characters, or one of ``7z rm jpeg mpeg``, or ``gz`` and ``bz2`` together with
    a ``tar`` before them; case matters.  Any other ending is part of the name.
    """
    stem, _, extension = file_name.rpartition(".")
    if not stem:  # no dot, or only the one that hides a file
        return file_name
    if extension in _COMPRESSORS:
        return stem.removesuffix(".tar") or stem
    if len(extension) == _EXTENSION_SIZE or extension in _LONG_OR_SHORT_EXTENSIONS:
        return stem
    return file_name


def keyword_id(word: str) -> KadID:
    """The point of the identifier space where ``word`` (in lower case already) is indexed."""
    return KadID.from_natural(MD4.new(_utf8(word)).digest())  # noqa: S303 - fixed by the network


def _utf8(text: str) -> bytes:
    # A file name that is not UTF-8 on disk has lone surrogates; they must not stop a publish.
    return text.encode("utf-8", "surrogatepass")
