"""What the words of a command line name: a file by its link or hash, a point, a size, a path."""

from __future__ import annotations

import os

from attrs import frozen

from twisted_mule.commands.verb import Exit, Refusal
from twisted_mule.commands.wording import read_size
from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.links import FileLink, LinkError


@frozen
class NamedFile:
    """
    A file that somebody named.

    :ivar name: empty, and ``size`` 0, when only its hash was given.
    """

    hash: str
    name: str = ""
    size: int = 0


def named_file(text: str) -> NamedFile:
    """
    A file by its ed2k link or its hash in hexadecimal.

    :raise Refusal: in one sentence, when it is neither.
    """
    if not text.lower().startswith("ed2k:"):
        return NamedFile(_identifier(text, "a file is named by its ed2k link or its hash"))
    try:
        link = FileLink.parse(text)
    except LinkError as reason:
        raise Refusal(str(reason), Exit.USAGE) from reason
    return NamedFile(link.hash.hex, link.name, link.size)


def point(text: str) -> str:
    """
    A Kad identifier in hexadecimal.

    :raise Refusal: in one sentence, when it is none.
    """
    return _identifier(text, "`mule id` shows one")


def size(text: str) -> int:
    """
    Bytes, or so many K, M, G or T of them.

    :raise Refusal: in one sentence, when it means nothing.
    """
    found = read_size(text)
    if found is None:
        raise Refusal(f"{text!r} is no size; write one like 700, 10M or 1.5G.", Exit.USAGE)
    return found


def _identifier(text: str, advice: str) -> str:
    try:
        return KadID.from_hex(text.strip()).hex
    except ValueError as reason:
        raise Refusal(
            f"{text!r} has not the 32 hexadecimal digits of a hash; {advice}.", Exit.USAGE
        ) from reason


def whole_path(path: str) -> str:
    """``path`` from ``/`` on; symbolic links in it are the node's to follow."""
    return os.path.abspath(os.path.expanduser(path))
