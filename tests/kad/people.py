"""Nodes for tests: ourselves, and others at chosen points of the identifier space."""

from __future__ import annotations

from random import Random

from tests.samples import destination
from twisted_mule.kad.contact import YOUNG, Contact, Me, SavedContact, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import Cover, Envelope, Heard
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message, PeerRecord
from twisted_mule.kad.routing import RoutingTable

#: The node of the recordings.
ME = Me(KadID.from_hex("00112233445566778899aabbccddeeff"), destination(100), destination(101))
NOW = 5000.0


def at_distance(distance: int, *, me: Me = ME) -> KadID:
    """The identifier at this distance from ourselves."""
    return KadID(me.kad_id.value ^ distance)


def seed(
    number: int, distance: int | None = None, *, version: int = 8, verified: bool = True
) -> Seed:
    """Node ``number`` as others write it down; far away from us unless a distance is given."""
    kad_id = KadID(Random(number).getrandbits(128)) if distance is None else at_distance(distance)
    return Seed(kad_id, destination(1000 + number), version, verified=verified)


def proven(one: Seed, kind: int = YOUNG, **more: float | bool | None) -> SavedContact:
    """A contact of the last run that has an hour before it has to prove itself again."""
    return SavedContact(one, kind=kind, expires=3600.0, greeted=2, hello_seen=True, **more)  # type: ignore[arg-type]


def table_of(*seeds: Seed, kind: int = YOUNG) -> RoutingTable:
    """A table that holds these contacts, all of one type."""
    table = RoutingTable(ME, NOW)
    table.restore([proven(one, kind) for one in seeds], NOW)
    return table


def kad_of(*seeds: Seed, kind: int = YOUNG) -> Kad:
    """A core whose table holds these contacts, all of one type."""
    return Kad(ME, 0xDEADBEEF, [proven(one, kind) for one in seeds], now=NOW, random=Random(0))


def known(table: RoutingTable, one: Seed) -> Contact:
    """The contact that ``one`` became."""
    contact = table.get(one.kad_id)
    assert contact is not None
    return contact


def record(one: Seed, version: int | None = None) -> PeerRecord:
    """How ``one`` writes itself in a Kad2 message."""
    return PeerRecord(one.version if version is None else version, one.kad_id, one.destination)


def covered(sender_key: int = 0x77, *, proves: bool = False) -> Envelope:
    """The envelope of an obfuscated message."""
    return Envelope(Cover.NODE_ID, 1, sender_key, proven=proves)


def ask(
    kad: Kad, one: Seed, message: Message, envelope: Envelope | None = None, now: float = NOW
) -> tuple[Message, ...]:
    """What ``one`` is answered to ``message``."""
    heard = Heard(one.destination, message, envelope or Envelope())
    return tuple(reply.message for reply in kad.handle(heard, now, Random(7)))
