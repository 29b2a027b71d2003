"""What is known of one other node, in the table, on disk and in lists that others wrote."""

from __future__ import annotations

from typing import Final

from attrs import define, frozen

from twisted_mule import contract
from twisted_mule.kad.chance import Draws, redrawn
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import PeerRecord

# Types, from node-behaviour 4.5: the lower, the longer a contact has been proven.
OLD: Final = 0
GROWN: Final = 1
YOUNG: Final = 2
NEW: Final = 3
SILENT: Final = 4
TYPES: Final = 5

_HOUR: Final = 3600.0
#: By type, for how long a sign of life is good.
VALIDITY: Final = {OLD: 2 * _HOUR, GROWN: 1.5 * _HOUR, YOUNG: _HOUR}
#: How long a contact is left alone after a HELLO that it has not answered yet.
PROBATION: Final = 120.0
#: Two steps down the types are at least so far apart.
STEP_SPACING: Final = 10.0


@frozen
class Me:
    """
    Who this node is.

    :ivar destination: of the datagrams.
    :ivar tcp: the destination of the streams, another one; ``None`` while there is none.
    :ivar source_id: what our sources are filed as, a third separate value; ``None`` for never.
    """

    kad_id: KadID
    destination: Destination
    tcp: Destination | None = None
    source_id: KadID | None = None


@frozen
class Seed:
    """
    A contact that somebody wrote down: a record of a ``nodes.dat`` or of the bundled list.

    :ivar udp_key: the key that the peer gave to whoever owned ``udp_key_owner``, or 0.
    :ivar udp_key_owner: the dest hash of that owner.
    """

    kad_id: KadID
    destination: Destination
    version: int
    tcp: Destination | None = None
    udp_key: int = 0
    udp_key_owner: int = 0
    verified: bool = False


@frozen
class SavedContact:
    """
    A contact as it outlives the program: a restart must not show (contract clause 6).

    Ages and remainders are seconds at the time of saving, free of any clock.

    :ivar kind: the type, 0 to 4.
    :ivar created: seconds since it was first met.
    :ivar heard: seconds since it was last heard, ``None`` if never.
    :ivar changed: seconds since its type last changed.
    :ivar expires: seconds until it has to prove itself again, ``None`` before the first check.
    :ivar greeted: how many of its first greetings are behind it; all, once it answered one.
    :ivar greeted_ago: seconds since the last of them.
    """

    seed: Seed
    kind: int = NEW
    created: float = 0.0
    heard: float | None = None
    changed: float = 0.0
    expires: float | None = None
    handshaken: bool = False
    hello_seen: bool = False
    probe_allowed: bool = True
    greeted: int = 0
    greeted_ago: float | None = None

    def aged(self, seconds: float) -> SavedContact:
        """The same contact after ``seconds`` during which nobody could hear it."""
        return SavedContact(
            seed=self.seed,
            kind=self.kind,
            created=self.created + seconds,
            heard=None if self.heard is None else self.heard + seconds,
            changed=self.changed + seconds,
            expires=None if self.expires is None else self.expires - seconds,
            handshaken=self.handshaken,
            hello_seen=self.hello_seen,
            probe_allowed=self.probe_allowed,
            greeted=self.greeted,
            greeted_ago=None if self.greeted_ago is None else self.greeted_ago + seconds,
        )


@define(eq=False, weakref_slot=False)  # there are thousands: what no other needs is left out
class Contact:
    """
    One entry of the routing table (node-behaviour 4.2).

    :ivar own_id: our own identifier.
    :ivar udp_key: the key that the peer gave us, 0 for none; see :meth:`key_for`.
    :ivar udp_key_owner: our own dest hash when it did.
    :ivar verified: whether it is taken to receive at its destination.
    :ivar handshaken: whether a handshake of this node has shown so.
    :ivar hello_seen: whether it ever introduced itself.
    :ivar probe_allowed: whether a Kad1 contact may still be tried with one Kad2 HELLO.
    :ivar kind: the type, 0 to 4.
    :ivar expires: when it has to prove itself again, ``None`` before the first check.
    :ivar heard: when it was last heard, ``None`` if never.
    :ivar greeted: how many of its first greetings are behind it; all, once it answered one.
    """

    kad_id: KadID
    destination: Destination
    own_id: KadID
    version: int
    created: float
    changed: float
    tcp: Destination | None = None
    udp_key: int = 0
    udp_key_owner: int = 0
    verified: bool = False
    handshaken: bool = False
    hello_seen: bool = False
    probe_allowed: bool = True
    kind: int = NEW
    expires: float | None = None
    heard: float | None = None
    greeted: int = 0
    greeted_at: float | None = None

    @property
    def distance(self) -> int:
        """To ourselves."""
        return self.kad_id ^ self.own_id

    @classmethod
    def met(cls, seed: Seed, own_id: KadID, now: float) -> Contact:
        """A newcomer: type 3, no expiry."""
        return cls(
            kad_id=seed.kad_id,
            destination=seed.destination,
            own_id=own_id,
            version=seed.version,
            created=now,
            changed=now,
            tcp=seed.tcp,
            udp_key=seed.udp_key,
            udp_key_owner=seed.udp_key_owner,
            verified=seed.verified,
        )

    @classmethod
    def restored(cls, saved: SavedContact, own_id: KadID, now: float) -> Contact:
        """The contact that ``saved`` was made of, its ages counted back from ``now``."""
        contact = cls.met(saved.seed, own_id, now)
        contact.created = now - saved.created
        contact.changed = now - saved.changed
        contact.kind = saved.kind
        contact.heard = None if saved.heard is None else now - saved.heard
        contact.expires = None if saved.expires is None else now + saved.expires
        contact.handshaken = saved.handshaken
        contact.hello_seen = saved.hello_seen
        contact.probe_allowed = saved.probe_allowed
        contact.greeted = saved.greeted
        contact.greeted_at = None if saved.greeted_ago is None else now - saved.greeted_ago
        return contact

    def saved(self, now: float) -> SavedContact:
        """What has to outlive the program."""
        return SavedContact(
            seed=self.seed,
            kind=self.kind,
            created=now - self.created,
            heard=None if self.heard is None else now - self.heard,
            changed=now - self.changed,
            expires=None if self.expires is None else self.expires - now,
            handshaken=self.handshaken,
            hello_seen=self.hello_seen,
            probe_allowed=self.probe_allowed,
            greeted=self.greeted,
            greeted_ago=None if self.greeted_at is None else now - self.greeted_at,
        )

    @property
    def seed(self) -> Seed:
        """What a ``nodes.dat`` says of it."""
        return Seed(
            self.kad_id,
            self.destination,
            self.version,
            self.tcp,
            self.udp_key,
            self.udp_key_owner,
            self.verified,
        )

    @property
    def record(self) -> PeerRecord:
        """How Kad2 writes it."""
        return PeerRecord(self.version, self.kad_id, self.destination)

    def key_for(self, own_hash: int) -> int:
        """Its key for us, or 0: a key counts only for the destination that it was given to."""
        return self.udp_key if self.udp_key_owner == own_hash else 0

    def alive(self, now: float, random: Draws) -> None:
        """It has introduced itself: type and validity follow from its age (node-behaviour 4.5)."""
        age = now - self.created
        self.kind = YOUNG if age < _HOUR else GROWN if age < 2 * _HOUR else OLD
        self.changed = now
        self.expires = now + redrawn(VALIDITY[self.kind], random, contract.VALIDITY_SPREAD)
        self.heard = now

    def answered(self) -> None:
        """It has answered a HELLO of ours: it needs no further first greeting."""
        self.greeted = contract.GREETINGS_PER_CONTACT

    def doubted(self, now: float, random: Draws) -> None:
        """A HELLO is on its way to it: one type down, and a while before the next."""
        if now - self.changed < STEP_SPACING or self.kind >= SILENT:
            return
        self.changed = now
        self.kind += 1
        if self.expires is None or self.expires < now:
            self.expires = now + redrawn(PROBATION, random, contract.VALIDITY_SPREAD)
