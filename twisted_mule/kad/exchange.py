"""What passes between the core and its rims: heard messages in, replies and requests out."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from attrs import frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message


@frozen
class Plain:
    """No obfuscation."""


class ForNode(NamedTuple):
    """
    Obfuscation under the receiver's Kad identifier.

    :ivar receiver_key: the key that the receiver once gave us, or 0.
    """

    kad_id: KadID
    receiver_key: int = 0


class ForKey(NamedTuple):
    """Obfuscation under the (non-zero) key that the receiver gave us."""

    receiver_key: int


Seal = Plain | ForNode | ForKey


class Cover(Enum):
    """How a datagram that came was obfuscated."""

    PLAIN = "plain"
    NODE_ID = "node_id"
    RECEIVER_KEY = "receiver_key"


class Envelope(NamedTuple):
    """
    What was around a message that came.

    :ivar receiver_key: what the sender says is our key for it, 0 when plain.
    :ivar sender_key: its key for us, 0 when plain.
    :ivar proven: whether ``receiver_key`` is the one that we issue to this source.
    """

    cover: Cover = Cover.PLAIN
    receiver_key: int = 0
    sender_key: int = 0
    proven: bool = False
    packed: bool = False


class RequestKind(Enum):
    """The kinds that the per-peer caps of contract clause 5 tell apart."""

    HELLO = "hello"
    BOOTSTRAP = "bootstrap"
    PING = "ping"
    REQ = "req"
    SEARCH = "search"
    PUBLISH = "publish"

    __hash__ = object.__hash__  # members are singletons, and Enum's own is slow


class Request(NamedTuple):
    """
    A message of our own that wants the request place of a tick.

    :ivar expects: the opcodes that answer it.
    :ivar topic: the identifier that the answer must echo (target of a lookup), if any.
    """

    destination: Destination
    message: Message
    seal: Seal
    kind: RequestKind
    expects: frozenset[int]
    topic: KadID | None = None


class Heard(NamedTuple):
    """
    One message that came, decoded.

    :ivar source: the destination that the router vouches for.
    :ivar answers: the request of ours that it answers, or ``None``.
    """

    source: Destination
    message: Message
    envelope: Envelope = Envelope()
    answers: Request | None = None


class Reply(NamedTuple):
    """
    An answer to the message being handled; it goes to that message's source, in a booked place.

    :ivar expects: opcodes that may come back for it (a HELLO_RES may ask for an acknowledgement).
    """

    message: Message
    seal: Seal
    expects: frozenset[int] = frozenset()
