"""Whom ``mule probe`` is pointed at: a destination, a b32 address or a host name."""

from __future__ import annotations

import re
from typing import Final

from twisted.internet.defer import TimeoutError as LateError

from twisted_mule.commands.verb import Exit, Refusal
from twisted_mule.kad.destination import Destination, DestinationError

_B32: Final = ".b32.i2p"
_HASH: Final = re.compile(r"[a-z2-7]{51}[aq]\.b32\.i2p")
_NAME: Final = re.compile(r"(?:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+i2p")
_LONGEST: Final = 253


def read_node(text: str) -> Destination | str:
    """
    The destination, or the name of it that the router has to be asked about.

    :raise Refusal: for anything else, with what would do.
    """
    text = text.strip()
    name = text.lower()
    if name.endswith(_B32) and not _HASH.fullmatch(name):
        raise Refusal(
            f"A b32 address has 52 of the characters a to z and 2 to 7 before {_B32}, and this one"
            " has not; copy it again, or give the destination in full (516 characters).",
            Exit.USAGE,
        )
    if _NAME.fullmatch(name) and len(name) <= _LONGEST:
        return name
    try:
        return Destination.from_base64(text)
    except DestinationError as reason:
        raise Refusal(
            f"This is no destination of a Kad node ({reason}); copy all 516 characters of it, or"
            " give its b32 address or host name, which end in .i2p.",
            Exit.USAGE,
        ) from reason


def unfound(name: str, reason: BaseException | None) -> Refusal:
    """Why the router's answer about ``name`` is of no use, and what to do."""
    match reason:
        case DestinationError():
            return Refusal(
                f"{name} is no Kad node ({reason}); ask for the address of one.", Exit.USAGE
            )
        case LateError():
            return Refusal(f"The router does not answer about {name}; try again later.")
        case _ if name.endswith(_B32):
            return Refusal(
                f"The router does not find {name}: nobody is there now, or the address is wrong."
                " Try again later, or give the destination in full (516 characters)."
            )
        case _:
            return Refusal(
                f"The router does not know the name {name}; give the b32 address, or add the name"
                " to the router's address book."
            )
