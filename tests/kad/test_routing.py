"""Tests for :mod:`twisted_mule.kad.routing`: the table of node-behaviour section 4."""

from __future__ import annotations

from random import Random

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, at_distance, known, proven, seed, table_of
from tests.samples import destination
from twisted_mule.kad.contact import NEW, SILENT, Seed
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.zones import K

OWN_HASH = ME.destination.dest_hash
FAR = 1 << 127


class AdmissionTests(SynchronousTestCase):
    """Who gets into the table."""

    def setUp(self) -> None:
        """An empty table."""
        self.table = RoutingTable(ME, NOW)

    def test_newcomer(self) -> None:
        """A newcomer is of type 3 and counts as new once."""
        contact = self.table.add(seed(1), NOW)
        assert contact is not None
        self.assertEqual((NEW, 1, [contact]), (contact.kind, len(self.table), self.table.newcomers))

    def test_refused(self) -> None:
        """Ourselves, the zero identifier and versions that do not exist stay out."""
        one = seed(1)
        for bad in (
            evolve(one, kad_id=ME.kad_id),
            evolve(one, kad_id=ZERO),
            evolve(one, destination=ME.destination),
            evolve(one, version=9),
            evolve(one, version=-1),
        ):
            self.assertIsNone(self.table.add(bad, NOW))
        self.assertEqual(0, len(self.table))

    def test_every_version(self) -> None:
        """Contacts of every version up to 8 are welcome (D24)."""
        for version in range(9):
            self.assertIsNotNone(self.table.add(seed(version, version=version), NOW))

    def test_one_per_destination(self) -> None:
        """A second identifier at a known destination stays out."""
        self.table.add(seed(1), NOW)
        self.assertIsNone(self.table.add(evolve(seed(2), destination=seed(1).destination), NOW))

    def test_full_destination_counts(self) -> None:
        """Destinations that share their first four bytes are different ones."""
        raw = bytearray(seed(1).destination.raw)
        raw[200] ^= 1
        twin = evolve(seed(2), destination=type(ME.destination)(bytes(raw)))
        self.assertEqual(seed(1).destination.dest_hash, twin.destination.dest_hash)
        self.table.add(seed(1), NOW)
        self.assertIsNotNone(self.table.add(twin, NOW))

    def test_add_only(self) -> None:
        """Hearsay never changes who is known."""
        self.table.add(seed(1), NOW)
        self.assertIsNone(self.table.add(evolve(seed(1), destination=destination(9)), NOW))
        self.assertEqual(seed(1).destination, known(self.table, seed(1)).destination)

    def test_nobody_is_displaced(self) -> None:
        """A full bin that may not split takes nobody more."""
        crowd = [seed(n, FAR + n) for n in range(K + 1)]
        taken = [self.table.add(one, NOW) is not None for one in crowd]
        self.assertEqual([True] * K + [False], taken)
        self.assertEqual(4, self.table.root.leaf_for(FAR).level)

    def test_near_zones_go_on_splitting(self) -> None:
        """Near to us there is room where far away there is none."""
        crowd = [seed(n, 1 + n) for n in range(40)]
        self.assertTrue(all(self.table.add(one, NOW) for one in crowd))

    def test_removed(self) -> None:
        """Who was removed may come again, with another destination even."""
        contact = self.table.add(seed(1), NOW)
        assert contact is not None
        self.table.remove(contact)
        self.assertNotIn(contact, self.table)
        self.assertIsNone(self.table.at(contact.destination))
        self.assertIsNotNone(self.table.add(evolve(seed(1), destination=destination(9)), NOW))


class UpdateTests(SynchronousTestCase):
    """Who may change what is known of a contact (4.4)."""

    def setUp(self) -> None:
        """A table with one unverified version 8 contact of type 3."""
        self.random = Random(1)
        self.one = seed(1, verified=False)
        self.table = RoutingTable(ME, NOW)
        self.contact = self.table.add(self.one, NOW)

    def introduce(self, news: Seed, *, hello: bool = True) -> bool:
        """Whether the table accepts it."""
        return self.table.introduce(news, NOW + 5, self.random, hello=hello) is not None

    def test_alive(self) -> None:
        """A HELLO of a known contact makes it type 2 and the freshest of its bin."""
        self.table.add(seed(2), NOW)
        self.assertTrue(self.introduce(self.one))
        contact = known(self.table, self.one)
        self.assertEqual((2, True), (contact.kind, contact.hello_seen))
        self.assertIs(contact, self.table.root.bin[-1])

    def test_new_one_is_new(self) -> None:
        """Who introduces itself for the first time is of type 3 like every newcomer."""
        self.assertTrue(self.introduce(seed(5)))
        self.assertEqual(NEW, known(self.table, seed(5)).kind)

    def test_not_by_hello(self) -> None:
        """A seed that answered is alive, but has not introduced itself."""
        self.assertTrue(self.introduce(self.one, hello=False))
        self.assertFalse(known(self.table, self.one).hello_seen)

    def test_key_must_match(self) -> None:
        """Once we have a contact's key, who comes with another key or none is refused."""
        keyed = evolve(self.one, udp_key=42, udp_key_owner=OWN_HASH)
        self.assertTrue(self.introduce(keyed))
        self.assertFalse(self.introduce(evolve(keyed, udp_key=43)))
        self.assertFalse(self.introduce(evolve(keyed, udp_key=0)))
        self.assertTrue(self.introduce(keyed))

    def test_key_of_another_destination(self) -> None:
        """A key that was given to a former destination of ours protects nothing."""
        self.assertTrue(self.introduce(evolve(self.one, udp_key=42, udp_key_owner=1)))
        self.assertTrue(self.introduce(evolve(self.one, udp_key=43, udp_key_owner=OWN_HASH)))
        self.assertEqual(43, known(self.table, self.one).key_for(OWN_HASH))

    def test_never_a_lower_version(self) -> None:
        """A version never falls."""
        self.assertFalse(self.introduce(evolve(self.one, version=7)))

    def test_higher_version(self) -> None:
        """A Kad1 contact that turns out to speak Kad2 becomes one."""
        self.table.add(seed(3, version=0), NOW)
        self.assertTrue(self.introduce(seed(3)))
        self.assertEqual(8, known(self.table, seed(3)).version)

    def test_old_versions_are_frozen(self) -> None:
        """A contact of version 1 to 5 that introduced itself can only be kept alive."""
        old = seed(4, version=4, verified=False)
        self.assertTrue(self.introduce(old))
        self.assertFalse(self.introduce(evolve(old, version=8)))
        self.assertFalse(self.introduce(evolve(old, destination=destination(9))))
        self.assertFalse(self.introduce(evolve(old, tcp=destination(9))))
        self.assertTrue(self.introduce(old))

    def test_moved(self) -> None:
        """Who moves to another destination has to prove itself again."""
        contact = known(self.table, self.one)
        contact.verified = contact.handshaken = True
        moved = evolve(self.one, destination=destination(9))
        self.assertTrue(self.introduce(moved))
        self.assertEqual((False, False), (contact.verified, contact.handshaken))
        self.assertIs(contact, self.table.at(destination(9)))
        self.assertIsNone(self.table.at(self.one.destination))

    def test_moved_onto_another(self) -> None:
        """Nobody moves to where another contact, or we ourselves, live."""
        self.table.add(seed(2), NOW)
        self.assertFalse(self.introduce(evolve(self.one, destination=seed(2).destination)))
        self.assertFalse(self.introduce(evolve(self.one, destination=ME.destination)))

    def test_verified_adds_up(self) -> None:
        """Verified once, a contact stays so while it does not move."""
        self.assertTrue(self.introduce(evolve(self.one, verified=True)))
        self.assertTrue(self.introduce(self.one))
        self.assertTrue(known(self.table, self.one).verified)


class SelectionTests(SynchronousTestCase):
    """Who is handed out (4.7)."""

    @given(
        st.lists(
            st.tuples(st.integers(1, 2**128 - 1), st.integers(0, 4), st.booleans()),
            unique_by=lambda row: row[0],
            max_size=60,
        ),
        st.integers(0, 2**128 - 1).map(KadID),
        st.integers(1, 30),
        st.integers(0, 4),
    )
    def test_closest(
        self, rows: list[tuple[int, int, bool]], target: KadID, count: int, most: int
    ) -> None:
        """The walk over the tree finds what sorting everything would."""
        table = RoutingTable(ME, NOW)
        table.restore(
            [
                proven(seed(number, distance, verified=verified), kind)
                for number, (distance, kind, verified) in enumerate(rows)
            ],
            NOW,
        )
        fit = [one for one in table if one.verified and one.kind <= most]
        fit.sort(key=lambda one: target.distance(one.kad_id))
        self.assertEqual(fit[:count], table.closest(target, count, most=most))

    def test_filter(self) -> None:
        """Answers name verified contacts up to type 2, and nobody else."""
        table = RoutingTable(ME, NOW)
        rows = [(kind, verified) for kind in range(5) for verified in (False, True)]
        table.restore([proven(seed(n, verified=v), kind) for n, (kind, v) in enumerate(rows)], NOW)
        chosen = table.closest(at_distance(5), 25)
        self.assertEqual([0, 1, 2], sorted(one.kind for one in chosen))
        self.assertTrue(all(one.verified for one in chosen))

    def test_lookup_start(self) -> None:
        """A lookup starts with type 3 and better, nearest first, topped up with the silent."""
        table = RoutingTable(ME, NOW)
        silent = [proven(seed(n, n + 1), SILENT) for n in range(8)]
        lively = [proven(seed(n, (1 << 100) + n), NEW) for n in range(8, 16)]
        table.restore(silent + lively, NOW)
        kinds = [one.kind for one in table.lookup_start(ME.kad_id)]
        self.assertEqual([NEW] * 8 + [SILENT] * 8, kinds)

    def test_work_is_bounded(self) -> None:
        """The nearest 25 come from the nearest leaves, however many contacts there are."""
        random = Random(3)
        table = RoutingTable(ME, NOW)
        for number in range(3000):
            distance = random.getrandbits(random.randrange(8, 128)) + 1
            one = Seed(at_distance(distance), destination(number), 8, verified=True)
            table.restore([proven(one)], NOW)
        self.assertGreater(len(table), 1000)
        sizes = [len(leaf.bin) for leaf in table.root.towards(1 << 60)]
        visited = next(n for n in range(len(sizes)) if sum(sizes[:n]) >= 25)
        self.assertLess(visited, 12)
        self.assertGreater(len(sizes), 10 * visited)

    def test_sample_takes_all_sorts(self) -> None:
        """A bootstrap list takes contacts of every type, verified or not, at most 24."""
        table = table_of(*(seed(n, verified=False) for n in range(60)), kind=SILENT)
        self.assertEqual(24, len(set(table.sample(24, Random(1)))))

    def test_random_contact(self) -> None:
        """A random contact fits the type and version asked for, or there is none."""
        table = table_of(seed(1, version=0), seed(2))
        drawn = {table.random_contact(Random(n), version=8) for n in range(20)}
        self.assertEqual({known(table, seed(2))}, drawn)
        self.assertIsNone(table.random_contact(Random(1), most=1))
        self.assertIsNone(RoutingTable(ME, NOW).random_contact(Random(1)))
