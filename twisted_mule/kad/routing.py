"""The routing table: who gets in, who may change what, who is handed out (node-behaviour 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import NEW, SILENT, TYPES, YOUNG, Contact, Me, SavedContact, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.messages import VERSION
from twisted_mule.kad.zones import Zone

#: Contacts that a lookup of our own starts with.
LOOKUP_START = 50
#: Versions that a peer which introduced itself may not change any more.
FROZEN_VERSIONS = range(1, 6)


@define(eq=False)
class RoutingTable:
    """
    One contact per identifier and per full destination, in bins of ten.

    :ivar newcomers: contacts admitted since they were last collected.
    :ivar new_leaves: zones that became leaves since they were last collected.
    """

    me: Me
    now: float
    newcomers: list[Contact] = field(factory=list, init=False)
    new_leaves: list[Zone] = field(init=False)
    root: Zone = field(init=False)
    _by_id: dict[KadID, Contact] = field(factory=dict, init=False)
    _by_destination: dict[Destination, Contact] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.root = Zone(level=0, index=0, born=self.now)
        self.new_leaves = [self.root]

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Contact]:
        """All contacts in tree order, the nearest zones first."""
        for leaf in self.root.leaves():
            yield from leaf.bin

    def __contains__(self, contact: Contact) -> bool:
        return self._by_id.get(contact.kad_id) is contact

    def get(self, kad_id: KadID) -> Contact | None:
        """The contact with this identifier."""
        return self._by_id.get(kad_id)

    def at(self, destination: Destination) -> Contact | None:
        """The contact at this destination."""
        return self._by_destination.get(destination)

    # --- who gets in, 4.3 ------------------------------------------------------------------

    def admits(self, seed: Seed) -> bool:
        """Whether ``seed`` is nobody we know, nor ourselves, and usable at all."""
        return (
            not self.knows(seed.kad_id, seed.destination)
            and 0 <= seed.version <= VERSION
            and seed.kad_id not in (ZERO, self.me.kad_id)
            and seed.destination != self.me.destination
        )

    def knows(self, kad_id: KadID, destination: Destination) -> bool:
        """Whether some contact has this identifier or this destination."""
        return kad_id in self._by_id or destination in self._by_destination

    def add(self, seed: Seed, now: float) -> Contact | None:
        """The newcomer, of type 3; ``None`` when it is known, unusable or its bin is full."""
        if not self.admits(seed):
            return None
        contact = Contact.met(seed, self.me.kad_id, now)
        return contact if self._place(contact, now) else None

    def restore(self, saved: Iterable[SavedContact], now: float) -> None:
        """Take back the contacts of the last run as they were."""
        for one in saved:
            if self.admits(one.seed):
                self._place(Contact.restored(one, self.me.kad_id, now), now)

    def _place(self, contact: Contact, now: float) -> bool:
        leaf = self.root.leaf_for(contact.distance)
        while leaf.full and leaf.may_split:
            self.new_leaves += leaf.split(now)
            leaf = leaf.leaf_for(contact.distance)
        if leaf.full:
            return False  # who is established is never displaced
        leaf.bin.append(contact)
        self._by_id[contact.kad_id] = contact
        self._by_destination[contact.destination] = contact
        self.newcomers.append(contact)
        return True

    # --- who may change what, 4.4 ----------------------------------------------------------

    def introduce(
        self, seed: Seed, now: float, random: Draws, *, hello: bool = True
    ) -> Contact | None:
        """
        A peer introduced itself: the contact added or refreshed, ``None`` when that is refused.

        :param seed: what it says, with the key it sent; ``verified`` if it returned our key.
        :param hello: whether it did so by a HELLO.
        """
        contact = self._by_id.get(seed.kad_id)
        if contact is None:
            contact = self.add(seed, now)
        elif self._accepts(contact, seed):
            self._update(contact, seed)
            contact.alive(now, random)
            self.refresh(contact)
        else:
            return None
        if contact is not None and hello:
            contact.hello_seen = True
        return contact

    def _accepts(self, contact: Contact, seed: Seed) -> bool:
        key = contact.key_for(self.me.destination.dest_hash)
        if key and key != seed.udp_key:
            return False
        moved = seed.destination != contact.destination
        if contact.version in FROZEN_VERSIONS and contact.hello_seen:
            rerouted = seed.tcp is not None and seed.tcp != contact.tcp
            return not moved and not rerouted and seed.version == contact.version
        if moved and (
            seed.destination in self._by_destination or seed.destination == self.me.destination
        ):
            return False
        return contact.version <= seed.version <= VERSION

    def _update(self, contact: Contact, seed: Seed) -> None:
        if contact.version in FROZEN_VERSIONS and contact.hello_seen:
            return
        if seed.destination != contact.destination:
            del self._by_destination[contact.destination]
            self._by_destination[seed.destination] = contact
            contact.destination = seed.destination
            contact.verified = contact.handshaken = False
            contact.answered()  # it has no first greeting to come: the next check proves it again
        contact.version = seed.version
        contact.tcp = seed.tcp or contact.tcp
        contact.udp_key = seed.udp_key
        contact.udp_key_owner = seed.udp_key_owner
        contact.verified |= seed.verified

    def refresh(self, contact: Contact) -> None:
        """Move it to the back of its bin."""
        leaf = self.root.leaf_for(contact.distance)
        leaf.bin.remove(contact)
        leaf.bin.append(contact)

    def remove(self, contact: Contact) -> None:
        """Forget a contact."""
        self.root.leaf_for(contact.distance).bin.remove(contact)
        del self._by_id[contact.kad_id]
        del self._by_destination[contact.destination]

    def consolidate(self, now: float) -> None:
        """Merge sibling leaves that hold too few."""
        self.new_leaves += self.root.merge(now)

    # --- who is handed out, 4.7 ------------------------------------------------------------

    def closest(
        self, target: KadID, count: int, least: int = 0, most: int = YOUNG
    ) -> list[Contact]:
        """
        The ``count`` verified contacts nearest to ``target``, nearest first.

        The walk goes from the nearest leaf outwards and stops as soon as it has enough.

        :param least: the lowest type that counts.
        :param most: the highest type that counts.
        """
        offset = target.distance(self.me.kad_id)
        chosen: list[Contact] = []
        for leaf in self.root.towards(offset):
            fit = [c for c in leaf.bin if c.verified and least <= c.kind <= most]
            fit.sort(key=lambda contact: contact.kad_id ^ target)
            chosen += fit
            if len(chosen) >= count:
                break
        return chosen[:count]

    def lookup_start(self, target: KadID) -> list[Contact]:
        """Whom a lookup of our own starts with: up to type 3, topped up with type 4."""
        chosen = self.closest(target, LOOKUP_START, most=NEW)
        missing = LOOKUP_START - len(chosen)
        return chosen + self.closest(target, missing, SILENT, SILENT) if missing else chosen

    def sample(self, count: int, random: Draws) -> list[Contact]:
        """Contacts from all over the table, verified or not, in tree order."""
        chosen: list[Contact] = []
        for contact in self.root.sample(random):
            if len(chosen) >= count:
                break
            chosen.append(contact)
        return chosen

    def random_contact(
        self, random: Draws, most: int = TYPES - 1, version: int = 0
    ) -> Contact | None:
        """Some contact of a random leaf, from a random start; ``None`` if none there fits."""
        leaf = self.root.stroll(random)
        if not leaf.bin:
            return None
        start = random.randrange(len(leaf.bin))
        turned = leaf.bin[start:] + leaf.bin[:start]
        return next((c for c in turned if c.kind <= most and c.version >= version), None)
