"""Tests of ``preferencesKad.dat``."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import KadID
from twisted_mule.store.preferences import read, write

OWN_ID = KadID.from_hex("00112233445566778899aabbccddeeff")


class PreferencesTests(SynchronousTestCase):
    """Nineteen bytes that hold an identifier."""

    def test_recorded(self) -> None:
        """We read and write what iMule and rust-mule write."""
        for name in ("preferences_imule", "preferences_rust"):
            data = bytes.fromhex(recorded(name)["preferencesKad_hex"])
            self.assertEqual(read(data), OWN_ID)
            self.assertEqual(write(OWN_ID), data)

    def test_unused_bytes(self) -> None:
        """What else is in the file does not matter."""
        self.assertEqual(read(b"\xff\xff" + OWN_ID.wire + b"\xff"), OWN_ID)

    def test_sizes(self) -> None:
        """A file of another size is refused, and the reason names both."""
        for size in (0, 1, 18, 20, 400):
            reason = self.assertRaises(DecodeError, read, b"\1" * size)
            self.assertEqual(str(reason), f"preferencesKad.dat has 19 bytes, not {size}")

    def test_zero(self) -> None:
        """The identifier zero is refused: nobody may have it."""
        reason = self.assertRaises(DecodeError, read, bytes(19))
        self.assertIn("zero", str(reason))

    @given(st.integers(1, 2**128 - 1).map(KadID))
    def test_round_trip(self, kad_id: KadID) -> None:
        """An identifier that was written is read back."""
        self.assertEqual(read(write(kad_id)), kad_id)
