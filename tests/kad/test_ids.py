"""Tests of Kad identifiers."""

from __future__ import annotations

from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from tests.strategies import kad_ids
from twisted_mule.kad.ids import KadID, bit


class RecordedTests(SynchronousTestCase):
    """Identifiers as iMule and rust-mule hold them."""

    def test_imule(self) -> None:
        """Natural bytes, wire bytes, display, chunks, bits and distances are iMule's."""
        recording = recorded("uint128_imule")
        me = KadID.from_hex(recording["me"])
        self.assertEqual(len(recording["values"]), 9)
        for case in recording["values"]:
            kad_id = KadID.from_hex(case["raw16"])
            self.assertEqual(kad_id.natural.hex(), case["raw16"])
            self.assertEqual(kad_id.wire.hex(), case["wire_hex"])
            self.assertEqual(kad_id.wire.hex(), case["crypt_hex"])
            self.assertEqual(kad_id.hex.upper(), case["display_hex"])
            self.assertEqual(KadID.from_wire(bytes.fromhex(case["wire_hex"])), kad_id)
            chunks = [kad_id.value >> shift & 0xFFFFFFFF for shift in (96, 64, 32, 0)]
            self.assertEqual(chunks, case["chunks_u32"])
            for one in case["bits"]:
                self.assertEqual(bit(kad_id.value, one["bit"]), one["value"])
            distance = KadID(kad_id.distance(me))
            self.assertEqual(distance.hex, case["xor_with_me_raw16"])
            self.assertEqual(distance.wire.hex(), case["xor_with_me_wire"])

    def test_imule_order(self) -> None:
        """Identifiers are ordered as iMule orders them."""
        for case in recorded("uint128_imule")["compare"]:
            a, b = KadID.from_hex(case["a"]), KadID.from_hex(case["b"])
            self.assertEqual((a > b) - (a < b), case["cmp"])

    def test_rust_mule(self) -> None:
        """The wire form is rust-mule's, too."""
        cases = recorded("uint128_rust")["values"]
        self.assertEqual(len(cases), 9)
        for case in cases:
            kad_id = KadID.from_natural(bytes.fromhex(case["raw16"]))
            self.assertEqual(kad_id.hex, case["hex_lower"])
            self.assertEqual(kad_id.wire.hex(), case["wire_hex"])


class IdentifierTests(SynchronousTestCase):
    """The forms of an identifier and the metric."""

    @given(kad_ids)
    def test_forms(self, kad_id: KadID) -> None:
        """Every form gives the identifier back."""
        self.assertEqual(KadID.from_natural(kad_id.natural), kad_id)
        self.assertEqual(KadID.from_wire(kad_id.wire), kad_id)
        self.assertEqual(KadID.from_hex(str(kad_id)), kad_id)

    @given(kad_ids, kad_ids, kad_ids)
    def test_metric(self, a: KadID, b: KadID, c: KadID) -> None:
        """The distance is symmetric, zero only to oneself and keeps the triangle inequality."""
        self.assertEqual(a.distance(b), b.distance(a))
        self.assertEqual(a.distance(b) == 0, a == b)
        self.assertLessEqual(a.distance(c), a.distance(b) + b.distance(c))

    def test_refused(self) -> None:
        """Numbers outside 128 bits and byte strings of another size are refused."""
        self.assertRaises(ValueError, KadID, -1)
        self.assertRaises(ValueError, KadID, 2**128)
        for size in (0, 15, 17):
            self.assertRaises(ValueError, KadID.from_natural, bytes(size))
            self.assertRaises(ValueError, KadID.from_wire, bytes(size))
