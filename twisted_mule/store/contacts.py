"""
The routing table between two runs: rows of the database, and records of ``nodes.dat``.

Ages stand in the file as they were when it was saved, with the wall-clock time of that moment; what
passed since is added on reading, so a contact goes on ageing while the node is off and a restart
does not show (contract clause 6, node-behaviour section 4.9).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from sqlite3 import Connection
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_mule.kad.contact import SavedContact, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import VERSION
from twisted_mule.store.database import Database
from twisted_mule.store.nodes_dat import NodesFile, StoredNode

#: Contacts that one turn of the reactor makes rows of: less than a millisecond.
PORTION: Final = 200

_COLUMNS: Final = (
    "saved_at, kad_id, destination, tcp, version, udp_key, udp_key_owner, verified,"
    " kind, created, heard, changed, expires, handshaken, hello_seen, probe_allowed,"
    " greeted, greeted_ago"
)
_PUT: Final = (
    f"INSERT OR REPLACE INTO contact (position, {_COLUMNS})"  # noqa: S608
    f" VALUES ({', '.join('?' * 19)})"
)
_LAST: Final = "SELECT coalesce(max(position), 0) FROM contact"
_FORGET: Final = "DELETE FROM contact WHERE position <= ?"
_SELECT: Final = f"SELECT {_COLUMNS} FROM contact ORDER BY position"  # noqa: S608


@frozen
class ContactStore:
    """The table's own place in the database."""

    database: Database

    @inlineCallbacks
    def save(self, contacts: Iterable[SavedContact], now: float) -> Any:
        """
        Keep these contacts, in this order, in place of all that were kept before.

        It takes many turns of the reactor, each for a portion of them, so that none is long and
        few copies are in memory at once.  Each portion is a transaction: what ends in between
        leaves every contact, some as they are now and some as they were before, each with the time
        for which it holds.  Two of these must not overlap.

        :param contacts: gone through meanwhile.
        :param now: wall-clock Unix time.
        """
        last = at = yield self.database.transact(_last)
        for portion in _portions(contacts):
            # Behind all that were there: thus none has to make room before the end.
            rows = [(at + number, *_row(one, now)) for number, one in enumerate(portion, 1)]
            at += len(rows)
            yield self.database.transact(partial(_put, rows=rows))
        yield self.database.transact(partial(_forget, last=last))

    def load(self, now: float) -> Deferred[tuple[SavedContact, ...]]:
        """
        The contacts as they are ``now``, in the order in which they were saved.

        A file from the future (a clock that was set back) counts as saved this moment.  Rows that
        no contact can have are left out.
        """

        def read(connection: Connection) -> tuple[SavedContact, ...]:
            found = (_contact(row, now) for row in connection.execute(_SELECT))
            return tuple(contact for contact in found if contact is not None)

        return self.database.transact(read)


def _portions(contacts: Iterable[SavedContact]) -> Iterator[Iterator[SavedContact]]:
    coming = iter(contacts)
    for first in coming:
        yield chain((first,), islice(coming, PORTION - 1))


def _last(connection: Connection) -> int:
    """The last place that is taken."""
    (last,) = connection.execute(_LAST).fetchone()
    return int(last)


def _put(connection: Connection, rows: list[tuple[object, ...]]) -> None:
    connection.executemany(_PUT, rows)


def _forget(connection: Connection, last: int) -> None:
    connection.execute(_FORGET, (last,))


def _row(contact: SavedContact, now: float) -> tuple[object, ...]:
    seed = contact.seed
    return (
        now, seed.kad_id.natural, seed.destination.raw, None if seed.tcp is None else seed.tcp.raw,
        seed.version, seed.udp_key, seed.udp_key_owner, seed.verified,
        contact.kind, contact.created, contact.heard, contact.changed, contact.expires,
        contact.handshaken, contact.hello_seen, contact.probe_allowed,
        contact.greeted, contact.greeted_ago,
    )  # fmt: skip


def _contact(row: tuple[Any, ...], now: float) -> SavedContact | None:
    saved_at = row[0]
    kind, created, heard, changed, expires, handshaken, hello_seen, probe_allowed, *greeted = row[
        8:
    ]
    try:
        seed = _seed(row[1:8])
    except ValueError:
        return None
    saved = SavedContact(
        seed,
        kind,
        created,
        heard,
        changed,
        expires,
        bool(handshaken),
        bool(hello_seen),
        bool(probe_allowed),
        *greeted,
    )
    return saved.aged(max(0.0, now - saved_at))


def _seed(columns: tuple[Any, ...]) -> Seed:
    kad_id, destination, tcp, version, udp_key, udp_key_owner, verified = columns
    if not 0 <= version <= VERSION:
        raise ValueError("a version that no contact has")
    return Seed(
        KadID.from_natural(kad_id),
        Destination(destination),
        version,
        None if tcp is None else Destination(tcp),
        udp_key,
        udp_key_owner,
        bool(verified),
    )


def seed_of(node: StoredNode) -> Seed:
    """A record of ``nodes.dat`` as the table takes it."""
    return Seed(
        node.kad_id,
        node.destination,
        node.version,
        node.tcp,
        node.udp_key,
        node.udp_key_hash,
        node.verified,
    )


def node_of(seed: Seed) -> StoredNode:
    """A contact of the table as ``nodes.dat`` writes it."""
    return StoredNode(
        seed.version,
        seed.kad_id,
        seed.destination,
        seed.tcp,
        seed.udp_key,
        seed.udp_key_owner,
        seed.verified,
    )


@frozen
class Merged:
    """
    Two lists of contacts as one.

    :ivar new: how many of the second were not in the first.
    """

    nodes: tuple[StoredNode, ...]
    new: int


def merge(old: Iterable[StoredNode], found: NodesFile) -> Merged:
    """
    ``old`` and what ``found`` adds to it; what is known already keeps its place and its keys.

    Contacts are the same when their identifiers are, or their destinations.  A file in which none
    is verified counts as verified, as everywhere (wire-format section 16); a list of nodes to ask
    for a bootstrap never does.
    """
    nodes = list(old)
    ids = {node.kad_id for node in nodes}
    hashes = {node.destination.dest_hash for node in nodes}
    before = len(nodes)
    for node in found.contacts if found.bootstrap_only else found.trusted():
        if node.kad_id not in ids and node.destination.dest_hash not in hashes:
            ids.add(node.kad_id)
            hashes.add(node.destination.dest_hash)
            nodes.append(node)
    return Merged(tuple(nodes), len(nodes) - before)
