"""What the user wants of the session with the router, checked once at the start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

#: What this program says itself in SESSION CREATE.
OURS: Final = frozenset(
    {"STYLE", "ID", "DESTINATION", "SIGNATURE_TYPE", "PORT", "HOST", "FROM_PORT", "TO_PORT"}
)

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_VALUE: Final = re.compile(r"[!#-~]+", re.ASCII)


def _is_name(_wishes: object, _attribute: object, nickname: str) -> None:
    if not _NAME.fullmatch(nickname):
        raise ValueError("a SAM nickname has only letters, digits, dots, dashes and underscores")


def _are_options(_wishes: object, _attribute: object, options: Mapping[str, str]) -> None:
    for key, value in options.items():
        if key.upper() in OURS:
            raise ValueError(f"the SAM option {key} is set by the program itself")
        if not (_NAME.fullmatch(key) and _VALUE.fullmatch(value)):
            raise ValueError(f"the SAM option {key} cannot stand in one line with its value")


@frozen
class Wishes:
    """
    None of this shows on the network (design.md D22).

    :ivar endpoint: Twisted client endpoint string of the SAM port.
    :ivar nickname: the SAM ``ID``, unique in the router and telling nothing.
    :ivar options: further options of SESSION CREATE, passed through unchanged.
    :ivar udp_port: the router's SAM UDP port, ``None`` for its TCP port - 1.
    :raise ValueError: for a nickname or an option that cannot stand in a line, or is ours.
    """

    endpoint: str
    nickname: str = field(validator=_is_name)
    options: Mapping[str, str] = field(validator=_are_options)
    udp_port: int | None = None
