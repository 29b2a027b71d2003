"""Names of files: as the network gets them, and as they may be shown to people."""

from __future__ import annotations

import os
import re
from typing import Final
from unicodedata import normalize

#: What no published name and no name out of a link may hold: separators of paths, control
#: characters, line ends, marks that turn the direction of writing, halves of characters.
_UNFIT: Final = re.compile(
    "[/\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNSHOWABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BLANK: Final = "_"


def clean(name: str) -> str:
    """
    ``name`` as one harmless component: composed (NFC), and nothing in it that acts.

    Equal letters must be equal bytes, since only equal words meet in the network; ``_`` divides
    words as what it replaces mostly did.  The result is never empty, ``.`` or ``..``.
    """
    tidy = _UNFIT.sub(_BLANK, normalize("NFC", name)).strip()
    return tidy if tidy.strip(".") else _BLANK


def published(path: str) -> str:
    """
    The name under which the file at ``path`` is known in the network.

    A name that is not UTF-8 on the disk is read as Latin-1, as iMule reads strings that are not.
    """
    raw = os.fsencode(os.path.basename(path))
    return clean(decoded(raw))


def decoded(raw: bytes) -> str:
    """UTF-8, or Latin-1 when it is not that."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def shown(path: str) -> str:
    """``path`` for a terminal or a page: what cannot be shown stands as an escape."""
    return _UNSHOWABLE.sub(_escape, path)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
