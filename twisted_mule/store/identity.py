"""Who a node is: the values that outlive it, kept in one private file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from attrs import field, frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.sam.keys import KeysError, SessionKeys
from twisted_mule.store import preferences
from twisted_mule.store.directory import IDENTITY, PREFERENCES, StateDirectory, StateError

FORM: Final = 1
#: ed2k user hashes, which iMule publishes as source identifiers, carry these two bytes.
_USER_HASH_MARKS: Final = ((5, 0x0E), (14, 0x6F))


class IdentityError(ValueError):
    """The bytes are no identity; the text says what is wrong with them."""


class LaterFormError(IdentityError):
    """The file is whole, and too new for this program."""


@frozen
class Identity:
    """
    All that makes a node the same node after a restart (node-behaviour section 2.1).

    :ivar kad_id: our point in the table, never zero.
    :ivar verify_secret: 32 bits; the keys that we issue to others are made of it.
    :ivar source_id: what we publish as a source, a value of its own (design.md D12).
    :ivar datagram_keys: of the KAD destination, once the router has made them.
    :ivar stream_keys: of the destination for streams, likewise; never the same ones.
    :raise IdentityError: for values that no node can have.
    """

    kad_id: KadID
    verify_secret: int = field(repr=False)
    source_id: KadID = field(repr=False)
    datagram_keys: SessionKeys | None = field(default=None, repr=False)
    stream_keys: SessionKeys | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        if ZERO in {self.kad_id, self.source_id}:
            raise IdentityError("an identifier is zero")
        if not 0 <= self.verify_secret < 1 << 32:
            raise IdentityError("the verify secret does not have 32 bits")
        if self.datagram_keys is not None and self.datagram_keys == self.stream_keys:
            raise IdentityError("datagrams and streams have the same destination")

    @property
    def destination(self) -> Destination | None:
        """Where others send their datagrams."""
        return None if self.datagram_keys is None else self.datagram_keys.destination


@frozen
class Loaded:
    """
    An identity as it was found or made.

    :ivar fresh: whether it was made now.
    :ivar notices: plain sentences for the local user.
    """

    identity: Identity
    fresh: bool
    notices: tuple[str, ...] = ()


def make_identity(entropy: Callable[[int], bytes], kad_id: KadID | None = None) -> Identity:
    """
    A new identity without destinations; the router makes those.

    :param entropy: gives so many random bytes.
    :param kad_id: the identifier to keep, such as that of an iMule installation.
    """
    source = bytearray(entropy(16))
    for index, mark in _USER_HASH_MARKS:
        source[index] = mark
    return Identity(
        kad_id=_random_id(entropy) if kad_id is None else kad_id,
        verify_secret=int.from_bytes(entropy(4), "big"),
        source_id=KadID.from_natural(bytes(source)),
    )


def _random_id(entropy: Callable[[int], bytes]) -> KadID:
    while (kad_id := KadID.from_natural(entropy(16))) == ZERO:
        pass
    return kad_id


def render_identity(identity: Identity) -> bytes:
    """The content of the identity file: JSON, for one reader only."""
    content = {
        "form": FORM,
        "kad_id": identity.kad_id.hex,
        "verify_secret": f"{identity.verify_secret:08x}",
        "source_id": identity.source_id.hex,
        "datagram_keys": identity.datagram_keys and identity.datagram_keys.private,
        "stream_keys": identity.stream_keys and identity.stream_keys.private,
    }
    return json.dumps(content, indent=2).encode() + b"\n"


def parse_identity(content: bytes) -> Identity:
    """
    The identity that a file holds.

    :raise KeysError: when its keys are of a kind that KAD cannot carry, or cut short.
    :raise LaterFormError: when a later version of this program wrote it.
    :raise IdentityError: when the file is damaged.
    """
    try:
        fields = json.loads(content)
        if isinstance(fields["form"], int) and fields["form"] > FORM:
            raise LaterFormError("it was written by a later version of this program")
        return Identity(
            kad_id=KadID.from_hex(fields["kad_id"]),
            verify_secret=int(fields["verify_secret"], 16),
            source_id=KadID.from_hex(fields["source_id"]),
            datagram_keys=_keys(fields["datagram_keys"]),
            stream_keys=_keys(fields["stream_keys"]),
        )
    except (IdentityError, KeysError):
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as reason:
        raise IdentityError("it is not an identity file") from reason


def _keys(value: object) -> SessionKeys | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise IdentityError("its keys are not text")
    return SessionKeys(value)


def read_identity(directory: StateDirectory) -> Identity | None:
    """
    The identity in ``directory``, or ``None`` before the first start; nothing is changed.

    :raise StateError: when it is damaged or cannot be used, with the reason.
    """
    content = directory.read(IDENTITY)
    if content is None:
        return None
    try:
        return parse_identity(content)
    except (KeysError, IdentityError) as reason:
        raise StateError(f"{directory.path(IDENTITY)} cannot be used: {reason}.") from reason


def load_identity(directory: StateDirectory, entropy: Callable[[int], bytes]) -> Loaded:
    """
    The identity of this node: read, or made and kept at the first start.

    A damaged file is set aside, never overwritten; the identifier then comes back from
    ``preferencesKad.dat`` when that one is whole.  Keys that KAD cannot carry, and a file of a
    later version, are left where they are.

    :raise StateError: when the file is whole but cannot be used.
    """
    notices: list[str] = []
    content = directory.read(IDENTITY)
    if content is not None:
        try:
            identity = parse_identity(content)
            notices += _compared(directory, identity)
            return Loaded(identity, fresh=False, notices=tuple(notices))
        except (KeysError, LaterFormError) as reason:
            raise StateError(f"{directory.path(IDENTITY)} cannot be used: {reason}.") from reason
        except IdentityError as reason:
            notices.append(directory.set_aside(IDENTITY, str(reason)))
    identity = make_identity(entropy, _taken_over(directory, notices))
    save_identity(directory, identity)
    return Loaded(identity, fresh=True, notices=tuple(notices))


def save_identity(directory: StateDirectory, identity: Identity) -> None:
    """
    Keep ``identity``, and its identifier once more where iMule looks for it.

    :raise StateError: when that fails; the old file is then still whole.
    """
    directory.write(IDENTITY, render_identity(identity))
    if directory.read(PREFERENCES) is None:
        directory.write(PREFERENCES, preferences.write(identity.kad_id))


def _taken_over(directory: StateDirectory, notices: list[str]) -> KadID | None:
    """The identifier of ``preferencesKad.dat``, such as an iMule installation leaves behind."""
    content = directory.read(PREFERENCES)
    if content is None:
        return None
    try:
        kad_id = preferences.read(content)
    except DecodeError as reason:
        notices.append(directory.set_aside(PREFERENCES, str(reason)))
        return None
    notices.append(f"The identifier {kad_id} was taken over from {PREFERENCES}.")
    return kad_id


def _compared(directory: StateDirectory, identity: Identity) -> tuple[str, ...]:
    """A sentence when the two files disagree; the identity file counts."""
    content = directory.read(PREFERENCES)
    if content is None or content == preferences.write(identity.kad_id):
        return ()
    return (
        f"{PREFERENCES} holds another identifier than {IDENTITY}, which counts;"
        f" to use the other one, move {IDENTITY} away and start again.",
    )
