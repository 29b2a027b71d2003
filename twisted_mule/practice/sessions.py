"""SAM sessions: what a client asks for, the refusals, and who is there under which name."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import Final, Protocol

from attrs import define, field, frozen

from twisted_mule.practice.keys import (
    DSA_SHA1,
    KeyPair,
    KeyTextError,
    generate,
    read_private,
    signature_named,
)
from twisted_mule.practice.router import Attachment, OccupiedError, Parcel, Style, Switch
from twisted_mule.practice.streams import Listener, Streams

#: Sessions that clients may have open at once.
SESSIONS: Final = 256

_NICKNAME: Final = re.compile(r"[!#-&(-.0-;=?-~]{1,128}", re.ASCII)  # no quotes, no < > /
_DEFAULT_HOST: Final = "127.0.0.1"

Version = tuple[int, int]


class RefusedError(Exception):
    """
    A command that fails.

    :ivar result: SAM's word for it.
    :ivar message: one sentence more, or nothing.
    """

    def __init__(self, result: str, message: str = "") -> None:
        super().__init__(result, message)
        self.result = result
        self.message = message


def is_loopback(host: str, interface: str = _DEFAULT_HOST) -> bool:
    """Whether ``host`` is the literal of a loopback address of the same family as ``interface``."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and address.version == ip_address(interface).version


def whole_number(text: str | None, lowest: int, highest: int) -> int | None:
    """The number that ``text`` writes in plain digits, or ``None`` when it is none in bounds."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    number = int(text)
    return number if lowest <= number <= highest else None


def ports_of(options: dict[str, str], otherwise: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """I2P's from and to port as ``options`` give them."""
    source = whole_number(options.get("FROM_PORT"), 0, 65_535)
    target = whole_number(options.get("TO_PORT"), 0, 65_535)
    return (
        otherwise[0] if source is None else source,
        otherwise[1] if target is None else target,
    )


@frozen
class Wish:
    """
    What a ``SESSION CREATE`` asks for.

    :ivar nickname: the session's ``ID``.
    :ivar style: what it carries.
    :ivar keys: its destination, made for it when it asked for a transient one.
    :ivar forward: host and UDP port where its datagrams go, or ``None`` for its control connection.
    :ivar ports: I2P's default from and to port.
    """

    nickname: str
    style: Style
    keys: KeyPair
    forward: tuple[str, int] | None
    ports: tuple[int, int]


def read_wish(options: dict[str, str], entropy: Callable[[int], bytes], interface: str) -> Wish:
    """
    Read the options of a ``SESSION CREATE``; those that a router has and we do not are ignored.

    :raise RefusedError: with the ``RESULT`` that a router gives.
    """
    nickname = options.get("ID", "")
    if not nickname:
        raise RefusedError("I2P_ERROR", "ID not specified")
    if not _NICKNAME.fullmatch(nickname):
        raise RefusedError("INVALID_ID")
    try:
        style = Style(options.get("STYLE"))
    except ValueError:
        raise RefusedError("I2P_ERROR", "Unknown STYLE") from None
    forward = None if style is Style.STREAM else _forward(options, interface)
    return Wish(nickname, style, _keys(options, entropy), forward, ports_of(options))


def _forward(options: dict[str, str], interface: str) -> tuple[str, int] | None:
    if "PORT" not in options:
        return None
    return local_address(options, interface)


def local_address(options: dict[str, str], interface: str) -> tuple[str, int]:
    """
    The place on this machine that ``HOST`` and ``PORT`` name.

    :raise RefusedError: when it is anywhere else.
    """
    host = options.get("HOST", interface)
    if not is_loopback(host, interface):
        raise RefusedError("I2P_ERROR", "HOST must be a loopback address here")
    port = whole_number(options.get("PORT"), 1, 65_535)
    if port is None:
        raise RefusedError("I2P_ERROR", "Invalid PORT")
    return host, port


def _keys(options: dict[str, str], entropy: Callable[[int], bytes]) -> KeyPair:
    destination = options.get("DESTINATION", "")
    if destination != "TRANSIENT":
        try:
            return read_private(destination)
        except KeyTextError:
            raise RefusedError("INVALID_KEY") from None
    return fresh_keys(options, entropy)


def fresh_keys(options: dict[str, str], entropy: Callable[[int], bytes]) -> KeyPair:
    """
    A new pair of the kind that ``SIGNATURE_TYPE`` names, DSA_SHA1 when it names none.

    :raise RefusedError: for a kind that is not known here.
    """
    word = options.get("SIGNATURE_TYPE", DSA_SHA1.name)
    signature = signature_named(word)
    if signature is None:
        raise RefusedError("I2P_ERROR", "SIGNATURE_TYPE unsupported here")
    return generate(signature, entropy)


class Client(Protocol):
    """What a session needs of the control connection that made it."""

    version: Version

    def deliver(self, parcel: Parcel) -> None:
        """Write a datagram into the control connection."""


@define(eq=False)
class Session:
    """
    A session, as long as its control connection lives.

    :ivar wish: what it was created with.
    :ivar client: its control connection.
    :ivar attachment: its place on the switch.
    :ivar listener: its streams; ``None`` for other styles.
    """

    wish: Wish
    client: Client
    attachment: Attachment
    listener: Listener | None = None
    open: bool = field(default=True, init=False)

    def publish(self) -> None:
        """From now on others find it."""
        self.attachment.published = True


class Sessions:
    """
    All sessions of SAM clients, by name.

    :param switch: where their destinations are.
    :param streams: where their streams are.
    :param forward: sends a parcel to a session's UDP place.
    """

    def __init__(
        self, switch: Switch, streams: Streams, forward: Callable[[Session, Parcel], None]
    ) -> None:
        self._switch = switch
        self._streams = streams
        self._forward = forward
        self._by_name: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def named(self, nickname: str) -> Session:
        """
        The session of that ``ID`` that is ready.

        :raise RefusedError: when there is none.
        """
        session = self._by_name.get(nickname)
        if session is None or not session.attachment.published:
            raise RefusedError("INVALID_ID")
        return session

    def create(self, wish: Wish, client: Client) -> Session:
        """
        Reserve name and destination; nobody finds the session before it is published.

        :raise RefusedError: when either is taken, or there are too many sessions.
        """
        if wish.nickname in self._by_name:
            raise RefusedError("DUPLICATED_ID")
        if len(self) >= SESSIONS:
            raise RefusedError("I2P_ERROR", "Too many sessions")
        receive = partial(self._receive, wish.nickname)
        try:
            attachment = self._switch.attach(wish.keys, receive, wish.style, published=False)
        except OccupiedError:
            raise RefusedError("DUPLICATED_DEST") from None
        listener = self._streams.open(attachment) if wish.style is Style.STREAM else None
        session = Session(wish, client, attachment, listener)
        self._by_name[wish.nickname] = session
        return session

    def close(self, session: Session) -> None:
        """End a session: its streams close, its name and its destination become free."""
        if not session.open:
            return
        session.open = False
        del self._by_name[session.wish.nickname]
        if session.listener is not None:
            self._streams.close(session.listener)
        session.attachment.close()

    def _receive(self, nickname: str, parcel: Parcel) -> None:
        session = self._by_name[nickname]
        if session.wish.forward is not None:
            self._forward(session, parcel)
        else:
            session.client.deliver(parcel)
