"""Contacts between two runs: they go on ageing, and nothing of them is lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, execute
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.kad.contact import SILENT, SavedContact, Seed
from twisted_mule.kad.ids import KadID
from twisted_mule.store.contacts import PORTION, ContactStore, merge, node_of, seed_of
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.nodes_dat import NodesFile, StoredNode

T = TypeVar("T")

SAVED = 1_000_000.0

ages = st.floats(min_value=0.0, max_value=1e7)
saved_contacts = st.builds(
    SavedContact,
    st.builds(
        Seed,
        st.integers(1, 2**128 - 1).map(KadID),
        st.integers(1, 50).map(destination),
        st.integers(0, 8),
        st.none() | st.integers(51, 99).map(destination),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.booleans(),
    ),
    st.integers(0, SILENT),
    ages,
    st.none() | ages,
    ages,
    st.none() | st.floats(min_value=-1e7, max_value=1e5),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 5),
    st.none() | ages,
)


def stored(number: int, *, verified: bool = False) -> StoredNode:
    """A record of a file."""
    return StoredNode(8, KadID(number), destination(number), verified=verified)


class ContactStoreTests(SynchronousTestCase):
    """Contacts in the database."""

    def setUp(self) -> None:
        """An open database whose work is done at once."""
        directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        directory.prepare()
        self.database = Database(directory, execute)
        self.successResultOf(self.database.open())
        self.addCleanup(lambda: self.successResultOf(self.database.close()))
        self.store = ContactStore(self.database)

    def kept(self, *contacts: SavedContact, after: float = 0.0) -> tuple[SavedContact, ...]:
        """What is there ``after`` so many seconds."""
        self.successResultOf(self.store.save(contacts, SAVED))
        return self.successResultOf(self.store.load(SAVED + after))

    @given(contacts=st.lists(saved_contacts, max_size=8, unique_by=lambda c: c.seed.kad_id))
    def test_round_trip(self, contacts: list[SavedContact]) -> None:
        """Read at once, contacts are what they were, in the same order."""
        self.assertEqual(tuple(contacts), self.kept(*contacts))

    @given(contact=saved_contacts, away=st.floats(min_value=0.0, max_value=1e6))
    def test_ageing(self, contact: SavedContact, away: float) -> None:
        """While the node is off its contacts age as if it were on."""
        (found,) = self.kept(contact, after=away)
        self.assertAlmostEqual(contact.created + away, found.created, places=3)
        if contact.expires is not None and found.expires is not None:
            self.assertAlmostEqual(contact.expires - away, found.expires, places=3)
        self.assertEqual(
            (contact.seed, contact.kind, contact.greeted), (found.seed, found.kind, found.greeted)
        )

    def test_a_clock_set_back(self) -> None:
        """A file from the future does not make contacts younger than they were."""
        contact = SavedContact(Seed(KadID(1), destination(1), 8), created=50.0, heard=9.0)
        self.assertEqual((contact,), self.kept(contact, after=-86_400.0))

    def test_replaced(self) -> None:
        """The last table is kept, not the sum of all."""
        first = SavedContact(Seed(KadID(1), destination(1), 8))
        second = SavedContact(Seed(KadID(2), destination(2), 8))
        self.kept(first)
        self.assertEqual((second,), self.kept(second))
        self.assertEqual((), self.kept())

    def slow(self) -> list[Callable[[], object]]:
        """From now on all work waits in this list until it is called."""
        waiting: list[Callable[[], object]] = []

        def later(work: Callable[[], T], /) -> Deferred[T]:
            done: Deferred[T] = Deferred()
            waiting.append(lambda: execute(work).chainDeferred(done))
            return done

        self.database.run = later
        return waiting

    def test_portions(self) -> None:
        """No turn goes through more than one portion, whatever there is."""
        table = [
            SavedContact(Seed(KadID(number), destination(number), 8))
            for number in range(1, 2 * PORTION + 2)
        ]
        left, waiting, taken = deque(table), self.slow(), []
        saving = self.store.save((left.popleft() for _ in table), SAVED)
        while waiting:
            before = len(left)
            waiting.pop()()
            taken.append(before - len(left))
        self.successResultOf(saving)
        self.assertEqual([PORTION, PORTION, 1], [count for count in taken if count])
        self.database.run = execute
        self.assertEqual(tuple(table), self.successResultOf(self.store.load(SAVED)))

    def test_an_end_in_between(self) -> None:
        """What ends during a saving loses no contact: each is as it was or as it is."""
        before = [
            SavedContact(Seed(KadID(number), destination(number), 8), created=1.0)
            for number in range(1, PORTION + 5)
        ]
        self.successResultOf(self.store.save(before, SAVED))
        after = [contact.aged(100.0) for contact in reversed(before)]
        waiting = self.slow()
        self.store.save(after, SAVED + 100.0)
        for _ in range(2):  # where the last one is, and one portion
            waiting.pop()()
        self.database.run = execute
        found = self.successResultOf(self.store.load(SAVED + 100.0))
        self.assertEqual(
            {contact.seed.kad_id: contact for contact in after},
            {contact.seed.kad_id: contact for contact in found},
        )
        self.assertEqual(len(after), len(found))

    def test_impossible_rows(self) -> None:
        """A row that no contact can have is left out, and the others are read."""
        good = SavedContact(Seed(KadID(1), destination(1), 8))
        bad = SavedContact(Seed(KadID(2), destination(2), 8))
        worse = SavedContact(Seed(KadID(3), destination(3), 8))
        self.successResultOf(self.store.save((bad, good, worse), SAVED))

        def spoil(connection: Connection) -> None:
            connection.execute("UPDATE contact SET destination = zeroblob(387) WHERE position = 1")
            connection.execute("UPDATE contact SET version = 200 WHERE position = 3")

        self.successResultOf(self.database.transact(spoil))
        self.assertEqual((good,), self.successResultOf(self.store.load(SAVED)))


class RecordTests(SynchronousTestCase):
    """Contacts as records of ``nodes.dat``."""

    @given(saved_contacts)
    def test_seeds(self, contact: SavedContact) -> None:
        """A seed is a record and a record is a seed."""
        self.assertEqual(contact.seed, seed_of(node_of(contact.seed)))

    def test_merge(self) -> None:
        """What is known stays as it is; what is not comes behind it."""
        known = evolve(stored(1, verified=True), udp_key=77)
        merged = merge((known,), NodesFile(2, (stored(2, verified=True), stored(1))))
        self.assertEqual((known, stored(2, verified=True)), merged.nodes)
        self.assertEqual(1, merged.new)

    def test_same_destination(self) -> None:
        """One destination is one contact, whatever identifier it goes by."""
        twin = StoredNode(8, KadID(9), destination(1))
        self.assertEqual(0, merge((stored(1),), NodesFile(2, (twin,))).new)

    def test_twice_in_the_file(self) -> None:
        """A contact that a file lists twice is taken once."""
        self.assertEqual(1, merge((), NodesFile(2, (stored(1), stored(1)))).new)

    def test_none_verified(self) -> None:
        """A file in which none is verified counts as verified; a bootstrap list does not."""
        plain = merge((), NodesFile(2, (stored(1),)))
        asked = merge((), NodesFile(3, (stored(1),), bootstrap_only=True))
        self.assertTrue(plain.nodes[0].verified)
        self.assertFalse(asked.nodes[0].verified)
