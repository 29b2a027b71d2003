"""Tests for :mod:`twisted_mule.keeping`: what outlives the process, and what is set aside."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TypeVar

from attrs import evolve
from twisted.internet.defer import Deferred, execute
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.kad.contact import SavedContact, Seed
from twisted_mule.kad.ids import KadID
from twisted_mule.keeping import FEW, Keeper, Kept
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import node_of
from twisted_mule.store.directory import NODES, StateDirectory, StateError

T = TypeVar("T")


def at_once(work: Callable[[], T], /) -> Deferred[T]:
    """Blocking work, done here and now."""
    return execute(work)


def seeds(count: int, first: int = 1) -> tuple[Seed, ...]:
    """So many different contacts."""
    return tuple(
        Seed(KadID(Random(n).getrandbits(128)), destination(n), 8, verified=True)
        for n in range(first, first + count)
    )


class KeeperTests(SynchronousTestCase):
    """A node finds again what it left behind."""

    def setUp(self) -> None:
        """An empty state directory and a wall clock."""
        self.now = 1_000_000.0
        self.root = Path(self.mktemp())
        self.directory = StateDirectory(self.root, lambda: self.now)
        self.directory.prepare()
        self.keeper = self.make()

    def make(self) -> Keeper:
        """A keeper as after a restart."""
        return Keeper(self.directory, at_once, lambda: self.now, Random(1).randbytes)

    def open(self, keeper: Keeper, extra: Path | None = None) -> Kept:
        """What ``keeper`` finds; it is closed again at the end."""
        kept = self.successResultOf(keeper.open(extra))
        self.addCleanup(lambda: self.successResultOf(keeper.close()))
        assert isinstance(kept, Kept)
        return kept

    def test_first_start(self) -> None:
        """An empty directory gives nobody and complains of nothing."""
        self.assertEqual(Kept(deque(), (), (), ()), self.open(self.keeper))

    def test_contacts_go_on_ageing(self) -> None:
        """Saved and loaded an hour later, every contact is an hour older."""
        self.open(self.keeper)
        saved = tuple(SavedContact(seed, kind=0, created=100.0) for seed in seeds(30))
        at = self.successResultOf(self.keeper.save(saved, seeds(30)))
        self.assertEqual(self.now, at)
        self.now += 3600.0
        found = self.open(self.make())
        self.assertEqual([each.aged(3600.0) for each in saved], [*found.contacts])
        self.assertEqual({s.kad_id for s in seeds(30)}, {n.kad_id for n in found.nodes})

    def test_one_saving_after_the_other(self) -> None:
        """A saving that is asked for during another one waits, so the later one is what stays."""
        waiting: list[Callable[[], object]] = []

        def later(work: Callable[[], T], /) -> Deferred[T]:
            done: Deferred[T] = Deferred()
            waiting.append(lambda: execute(work).chainDeferred(done))
            return done

        self.open(self.keeper)
        self.keeper.database.run = later
        first, second = (
            tuple(SavedContact(seed, created=age) for seed in seeds(30)) for age in (1.0, 2.0)
        )
        savings = [self.keeper.save(each, ()) for each in (first, second)]
        while waiting:
            waiting.pop()()
        self.keeper.database.run = at_once
        for saving in savings:
            self.successResultOf(saving)
        self.assertEqual([*second], [*self.open(self.make()).contacts])

    def test_few_contacts_do_not_replace_many(self) -> None:
        """A table that shrank below 25 leaves a richer nodes.dat alone."""
        self.open(self.keeper)
        self.successResultOf(self.keeper.save((), seeds(40)))
        again = self.make()
        self.open(again)
        self.successResultOf(again.save((), seeds(FEW - 1)))
        found = nodes_dat.read((self.root / NODES).read_bytes())
        self.assertEqual(40, len(found.contacts))

    def test_damaged_list_is_set_aside(self) -> None:
        """A nodes.dat that cannot be read is renamed, never overwritten, and told."""
        (self.root / NODES).write_bytes(b"\0\0\0\0\x02\0\0\0")
        kept = self.open(self.keeper)
        self.assertEqual(1, len(kept.notices))
        self.assertIn("set aside", kept.notices[0])
        (aside,) = self.root.glob("nodes.dat.damaged-*")
        self.assertEqual(b"\0\0\0\0\x02\0\0\0", aside.read_bytes())

    def test_list_of_the_user(self) -> None:
        """Contacts of a named file are taken; a file that is none changes nothing and is told."""
        extra = Path(self.mktemp())
        extra.write_bytes(nodes_dat.write(map(node_of, seeds(3))))
        self.assertEqual(3, len(self.open(self.keeper, extra).nodes))
        extra.write_bytes(b"no list")
        kept = self.open(self.make(), extra)
        self.assertIn("not a nodes.dat", kept.notices[0])
        self.assertTrue(extra.exists())

    def test_missing_list_of_the_user(self) -> None:
        """A named file that is not there is an error with its name."""
        missing = Path(self.mktemp())
        failure = self.failureResultOf(self.keeper.open(missing), StateError)
        self.assertIn(str(missing), failure.getErrorMessage())

    def test_identity(self) -> None:
        """Who we are is made once and found again."""
        identity, notices = self.keeper.identity()
        self.assertEqual((identity, ()), self.make().identity())
        self.assertEqual((), notices)
        changed = evolve(identity, verify_secret=7)
        self.keeper.keep_identity(changed)
        self.assertEqual(changed, self.make().identity()[0])

    def test_practice_seed(self) -> None:
        """The neighbours are the same after a restart; a broken seed makes new ones."""
        seed = self.keeper.practice_seed()
        self.assertEqual(seed, self.make().practice_seed())
        (self.root / "practice").write_bytes(b"short")
        self.assertEqual(32, len(self.make().practice_seed()))
