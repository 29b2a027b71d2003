"""What ``mule nodes fetch`` can be pointed at: addresses within I2P, links to them, and files."""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import sha256
from typing import Final, Self
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from attrs import evolve, frozen

from twisted_mule.kad.destination import SIZE, DestinationError, from_i2p_base64

#: Characters; a destination in full has about 524 of them.
LONGEST: Final = 4_096

_LINK: Final = re.compile(r"ed2k://\|(?P<kind>[a-z]*)\|(?P<address>[^|]*)\|/?", re.IGNORECASE)
_ESCAPED_BAR: Final = re.compile("%7c", re.IGNORECASE)
_NAME: Final = re.compile(r"(?:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+i2p", re.IGNORECASE)
_FULL: Final = re.compile(r"(?P<base64>[A-Za-z0-9~-]{500,}={0,2})\.i2p")
_SAFE: Final = "%/:@!$&'()*+,;=-._~?"


class AddressError(ValueError):
    """It cannot be fetched; the text is one plain sentence that says why, and what can."""


@frozen
class Address:
    """
    One page within I2P.

    :ivar host: its name, which ends in ``.i2p``.
    :ivar path: what is asked for there, from the slash on, in plain characters.
    :ivar dial: what the router is given: the name, or the destination itself.
    """

    host: str
    path: str
    dial: str

    def __str__(self) -> str:
        return f"http://{self.host}{self.path}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        The address that ``text`` is.

        :raise AddressError: for anything but ``http://….i2p``.
        """
        if len(text) > LONGEST or not text.isprintable() or " " in text:
            raise AddressError("This address is too long or has blanks in it; copy it again.")
        try:
            parts = urlsplit(text)
        except ValueError:
            raise AddressError("This address cannot be read; copy it again.") from None
        _check_scheme(parts.scheme)
        path = quote(parts.path or "/", safe=_SAFE)
        query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
        host, dial = _host(parts)
        return cls(host, path + query, dial)

    def followed(self, location: str) -> Self:
        """
        Where a redirect leads.

        :raise AddressError: when that is not within I2P.
        """
        there = self.parse(urljoin(str(self), location))
        return evolve(there, dial=self.dial) if there.host == self.host else there


def _check_scheme(scheme: str) -> None:
    if scheme == "https":
        raise AddressError(
            "Only http://….i2p addresses can be fetched; within I2P everything is encrypted"
            " anyway, so write http:// in place of https://."
        )
    if scheme != "http":
        raise AddressError(f"Only http://….i2p addresses can be fetched, not {scheme[:20]}://.")


def _host(parts: SplitResult) -> tuple[str, str]:
    """The name of the host, and what the router is given."""
    place = parts.netloc.removesuffix(":80").removesuffix(":")
    if "@" in place:
        raise AddressError("An address with a user name or a password in it is not fetched.")
    full = _FULL.fullmatch(place)
    if full is not None:
        return _short_name(full["base64"]), full["base64"]
    name, _, port = place.lower().partition(":")
    if _NAME.fullmatch(name) is None or len(name) > 253:
        raise AddressError(_clearnet(place))
    if port:
        raise AddressError(f"The router cannot be told a port; leave out :{port[:5]}.")
    return name, name


def _clearnet(place: str) -> str:
    shown = ascii(place[:60])[1:-1] or "this place"
    return (
        f"{shown} is not within I2P, and asking there would show where you are; give an"
        " address that reads http://….i2p/…, or the name of a file that you have."
    )


def _short_name(base64: str) -> str:
    """The ``.b32.i2p`` name of a destination."""
    try:
        raw = from_i2p_base64(base64)
    except DestinationError:
        raw = b""
    if len(raw) < SIZE:
        raise AddressError("The destination in this address is not whole; copy it again.")
    digest = b32encode(sha256(raw).digest()).decode("ascii")
    return digest.rstrip("=").lower() + ".b32.i2p"


def read_source(text: str) -> Address | None:
    """
    The address that the user's words mean, or ``None`` when they name a file.

    :raise AddressError: for an address or a link that cannot be fetched.
    """
    if text[:5].lower() == "ed2k:":
        return Address.parse(_linked(text))
    return Address.parse(text) if "://" in text else None


def _linked(text: str) -> str:
    """The address in ``ed2k://|nodeslist|http://…|/``; browsers hand over the bars escaped."""
    if "|" not in text:
        text = _ESCAPED_BAR.sub("|", text)
    found = _LINK.fullmatch(text)
    if found is None or found["kind"].lower() != "nodeslist":
        raise AddressError(
            "This ed2k link does not lead to contacts: such a link reads"
            " ed2k://|nodeslist|http://….i2p/nodes.dat|/."
        )
    return found["address"]
