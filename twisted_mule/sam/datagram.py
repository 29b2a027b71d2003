r"""
Datagrams between a SAM client and its bridge, as bytes: pure, and safe to use on hostile input.

To the bridge's UDP port goes ``3.0 ID DESTINATION\n`` and the payload; what the bridge forwards is
``DESTINATION\n`` and the payload (SAM v3 specification, "SAM Repliable Datagrams").
"""

from __future__ import annotations

import re
from typing import Final

from attrs import field, frozen

#: Bytes up to the newline; a destination has at most some hundreds, options a few more.
HEADER_LIMIT: Final = 4_096

_DESTINATION: Final = re.compile(r"[A-Za-z0-9~-]+={0,2}", re.ASCII)
_ADDRESS: Final = re.compile(r"[A-Za-z0-9~.-]+={0,2}", re.ASCII)
_NICKNAME: Final = re.compile(r"[!-~]+", re.ASCII)
_VERSION: Final = re.compile(r"3(\.\d)?", re.ASCII)


class FramingError(ValueError):
    """The bytes, or the names to be written before them, do not make a SAM datagram."""


@frozen
class Order:
    """
    What a client asks the bridge's UDP port to send.

    :ivar nickname: the ``ID`` of the session that sends.
    :ivar destination: base64 of the receiver, or a name that the bridge has to look up.
    :ivar payload: what follows the header line, as it is.
    :ivar options: what stands behind the destination (ports, since SAM 3.2).
    """

    nickname: str
    destination: str
    payload: bytes
    options: dict[str, str] = field(factory=dict)


def wrap(nickname: str, destination: str, payload: bytes) -> bytes:
    """
    What to send to the bridge's UDP port so that session ``nickname`` sends ``payload``.

    :raise FramingError: when a name holds white space or anything else that breaks the header.
    """
    if not (_NICKNAME.fullmatch(nickname) and _ADDRESS.fullmatch(destination)):
        raise FramingError("a session or a destination whose name cannot stand in a header")
    return _join(f"3.0 {nickname} {destination}", payload)


def unwrap(datagram: bytes) -> tuple[str, bytes]:
    """
    The sender's destination and the payload of a datagram that the bridge forwarded.

    Whatever follows the destination in the first line (ports, since SAM 3.2) is passed over.

    :raise FramingError: when there is no such first line.
    """
    header, payload = _split(datagram)
    destination = header.partition(" ")[0]
    if not _DESTINATION.fullmatch(destination):
        raise FramingError("the first line does not begin with a destination")
    return destination, payload


def announce(destination: str, payload: bytes, ports: tuple[int, int] | None = None) -> bytes:
    """
    What a bridge forwards when ``destination`` sent ``payload``: the other end of ``unwrap``.

    :param ports: from and to, which only a session of SAM 3.2 or later is told.
    :raise FramingError: when ``destination`` is no base64.
    """
    if not _DESTINATION.fullmatch(destination):
        raise FramingError("this is not a destination")
    behind = "" if ports is None else " FROM_PORT={} TO_PORT={}".format(*ports)
    return _join(destination + behind, payload)


def read_order(datagram: bytes) -> Order:
    """
    What a client wants sent: the other end of ``wrap``.

    :raise FramingError: when the first line is not ``3.x ID DESTINATION``.
    """
    header, payload = _split(datagram)
    version, nickname, destination, *rest = *header.split(" "), "", "", ""
    if not (
        _VERSION.fullmatch(version)
        and _NICKNAME.fullmatch(nickname)
        and _ADDRESS.fullmatch(destination)
    ):
        raise FramingError("the first line does not name a session and a destination")
    options = dict(pair.split("=", 1) for pair in rest if "=" in pair)
    return Order(nickname, destination, payload, options)


def _join(header: str, payload: bytes) -> bytes:
    if len(header) > HEADER_LIMIT:
        raise FramingError(f"a header has at most {HEADER_LIMIT} bytes, not {len(header)}")
    return header.encode("ascii") + b"\n" + payload


def _split(datagram: bytes) -> tuple[str, bytes]:
    end = datagram.find(b"\n", 0, HEADER_LIMIT + 1)
    if end < 0:
        raise FramingError("there is no header line")
    header = datagram[:end].removesuffix(b"\r")
    if not header.isascii():
        raise FramingError("the header is not ASCII")
    return header.decode("ascii"), datagram[end + 1 :]
