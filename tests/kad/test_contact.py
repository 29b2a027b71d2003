"""Tests for :mod:`twisted_mule.kad.contact`."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, seed
from twisted_mule.kad.contact import NEW, OLD, SILENT, YOUNG, Contact, SavedContact

HOUR = 3600.0
AGES = st.floats(0, 1e6, allow_nan=False)
SAVED = st.builds(
    SavedContact,
    st.just(seed(1)),
    kind=st.integers(OLD, SILENT),
    created=AGES,
    heard=st.none() | AGES,
    changed=AGES,
    expires=st.none() | st.floats(-1e5, 1e4),
    handshaken=st.booleans(),
    hello_seen=st.booleans(),
    probe_allowed=st.booleans(),
    greeted=st.integers(0, 2),
    greeted_ago=st.none() | AGES,
)


class LifeTests(SynchronousTestCase):
    """A contact rises with its age when it is heard, and sinks when it is not."""

    def setUp(self) -> None:
        """A newcomer."""
        self.random = Random(1)
        self.contact = Contact.met(seed(1), ME.kad_id, NOW)

    def test_newcomer(self) -> None:
        """A newcomer is of type 3 and has no expiry."""
        self.assertEqual((NEW, None), (self.contact.kind, self.contact.expires))

    def test_alive(self) -> None:
        """Type and validity of a living contact follow from its age, within 10 %."""
        for age, kind, validity in (
            (0.0, 2, HOUR),
            (HOUR - 1, 2, HOUR),
            (HOUR, 1, 1.5 * HOUR),
            (2 * HOUR - 1, 1, 1.5 * HOUR),
            (2 * HOUR, 0, 2 * HOUR),
            (99 * HOUR, 0, 2 * HOUR),
        ):
            now = NOW + age
            self.contact.alive(now, self.random)
            self.assertEqual(kind, self.contact.kind)
            assert self.contact.expires is not None
            self.assertTrue(0.9 * validity <= self.contact.expires - now <= 1.1 * validity)

    def test_validity_is_drawn_anew(self) -> None:
        """No two validities are alike: there is no period to be seen."""
        seen = set()
        for _ in range(50):
            self.contact.alive(NOW, self.random)
            seen.add(self.contact.expires)
        self.assertEqual(50, len(seen))

    def test_four_steps_down(self) -> None:
        """A proven contact takes four unanswered HELLOs from type 0 to type 4."""
        now = NOW + 3 * HOUR
        self.contact.alive(now, self.random)
        kinds = []
        for _ in range(6):
            now += 3 * HOUR
            self.contact.doubted(now, self.random)
            kinds.append(self.contact.kind)
        self.assertEqual([1, 2, 3, 4, 4, 4], kinds)

    def test_probation(self) -> None:
        """A doubted contact is left alone for two minutes, within 10 %."""
        self.contact.expires = NOW
        self.contact.doubted(NOW + 20, self.random)
        assert self.contact.expires is not None
        self.assertTrue(108 <= self.contact.expires - NOW - 20 <= 132)

    def test_probation_never_shortens(self) -> None:
        """An expiry that is later already stays."""
        self.contact.expires = NOW + 900
        self.contact.doubted(NOW + 20, self.random)
        self.assertEqual(NOW + 900, self.contact.expires)

    def test_one_step_in_ten_seconds(self) -> None:
        """Two HELLOs in a row are one step."""
        self.contact.doubted(NOW + 9, self.random)
        self.assertEqual(NEW, self.contact.kind)
        self.contact.doubted(NOW + 10, self.random)
        self.assertEqual(SILENT, self.contact.kind)

    def test_key_is_bound(self) -> None:
        """A key counts only for the destination of ours that it was given to."""
        self.contact.udp_key, self.contact.udp_key_owner = 42, 7
        self.assertEqual((42, 0), (self.contact.key_for(7), self.contact.key_for(8)))


class SavedTests(SynchronousTestCase):
    """A restart must not show: what was known of a contact outlives the program."""

    @given(SAVED, st.floats(0, 1e6))
    def test_round_trip(self, saved: SavedContact, now: float) -> None:
        """A contact that is restored and saved at once is what it was."""
        again = Contact.restored(saved, ME.kad_id, now).saved(now)
        self.assertEqual(saved.seed, again.seed)
        self.assertEqual(
            (saved.kind, saved.handshaken, saved.hello_seen, saved.probe_allowed, saved.greeted),
            (again.kind, again.handshaken, again.hello_seen, again.probe_allowed, again.greeted),
        )
        for name in ("created", "heard", "changed", "expires", "greeted_ago"):
            before, after = getattr(saved, name), getattr(again, name)
            if before is None:
                self.assertIsNone(after)
            else:
                self.assertAlmostEqual(before, after, places=3)

    def test_time_apart(self) -> None:
        """Time during which the program did not run counts like any other, if so wished."""
        saved = SavedContact(seed(1), YOUNG, 10.0, 5.0, 10.0, 100.0, greeted_ago=3.0)
        aged = saved.aged(50)
        self.assertEqual(
            (60.0, 55.0, 60.0, 50.0, 53.0),
            (aged.created, aged.heard, aged.changed, aged.expires, aged.greeted_ago),
        )

    def test_time_apart_of_a_newcomer(self) -> None:
        """What never happened does not age."""
        aged = SavedContact(seed(1)).aged(50)
        self.assertEqual((None, None, None), (aged.heard, aged.expires, aged.greeted_ago))
