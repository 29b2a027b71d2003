"""ed2k links to files: ``ed2k://|file|NAME|SIZE|HASH|/``."""

from __future__ import annotations

import re
from typing import Final, Self
from urllib.parse import quote, unquote_to_bytes

from attrs import field, frozen

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.names import clean, decoded

#: The largest file that the network knows, bytes: 256 GiB.
LARGEST_FILE: Final = 1 << 38
#: Characters; with the hashes of all its parts a link can be long.
LONGEST_LINK: Final = 1 << 16
#: Bytes of UTF-8 in a name; no file system allows so many.
LONGEST_NAME: Final = 1024

_SIZE: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_HASH: Final = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)
_ESCAPED_BAR: Final = re.compile("%7c", re.IGNORECASE)
_FORM: Final = "a link to a file reads ed2k://|file|NAME|SIZE|HASH|/"


class LinkError(ValueError):
    """It is not a link to a file; the text is one plain sentence for the local user."""


@frozen
class FileLink:
    """
    What a link says about a file.

    :ivar name: harmless as one component (:func:`twisted_mule.sharing.names.clean`), yet never
        to be used as a path.
    :ivar size: bytes, 1 to :data:`LARGEST_FILE`.
    """

    name: str = field(converter=clean)
    size: int
    hash: KadID

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        The link that ``text`` is.

        Further fields (``h=``, ``p=``, ``s=``, ``sources,``) are passed over.

        :raise LinkError: when it is none, or says what no file can be.
        """
        if len(text) > LONGEST_LINK:
            raise LinkError(f"A link has at most {LONGEST_LINK} characters; copy it again.")
        fields = _fields(text.strip())
        name, size, file_hash = (part.strip() for part in fields)
        if _SIZE.fullmatch(size) is None or not 1 <= int(size) <= LARGEST_FILE:
            raise LinkError(f"The size in this link is not that of a file: {_FORM}.")
        if _HASH.fullmatch(file_hash) is None:
            raise LinkError(f"The hash in this link has not 32 hexadecimal digits: {_FORM}.")
        return cls(_name(name), int(size), KadID.from_hex(file_hash))

    def __str__(self) -> str:
        """The link, with everything but plain letters, digits and ``-._~`` in the name escaped."""
        name = quote(self.name, safe="")
        return f"ed2k://|file|{name}|{self.size}|{self.hash.hex.upper()}|/"


def _fields(text: str) -> tuple[str, str, str]:
    """Name, size and hash; browsers hand over the bars escaped."""
    if "|" not in text:
        text = _ESCAPED_BAR.sub("|", text)
    scheme, kind, *fields = [*text.split("|"), ""]
    if scheme.lower() != "ed2k://":
        raise LinkError(f"This is no ed2k link: {_FORM}.")
    if kind.lower() != "file":
        raise LinkError(f"This ed2k link does not lead to a file: {_FORM}.")
    if len(fields) < 4:
        raise LinkError(f"This link is not whole: {_FORM}.")
    return fields[0], fields[1], fields[2]


def _name(escaped: str) -> str:
    raw = unquote_to_bytes(escaped.encode("utf-8", "replace"))
    if not raw:
        raise LinkError(f"This link names no file: {_FORM}.")
    if len(raw) > LONGEST_NAME:
        raise LinkError(f"The name in this link is longer than {LONGEST_NAME} bytes; shorten it.")
    return decoded(raw)
