"""Tests of the verify keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from twisted_mule.kad.verify import verify_key

WORDS = st.integers(0, 2**32 - 1)


class VerifyKeyTests(SynchronousTestCase):
    """A verify key depends on our secret and on the destination, and on nothing else."""

    def agrees_with(self, name: str) -> None:
        """Compare with the keys of one recording."""
        cases = recorded(name)["udp_verify_key"]
        self.assertEqual(len(cases), 5)
        for case in cases:
            self.assertEqual(verify_key(case["secret"], case["dest_hash"]), case["verify_key"])

    def test_imule(self) -> None:
        """Our keys are those of iMule."""
        self.agrees_with("obfuscation_imule")

    def test_rust_mule(self) -> None:
        """Our keys are those of rust-mule."""
        self.agrees_with("obfuscation_rust")

    @given(secret=WORDS, dest_hash=WORDS)
    def test_never_zero(self, secret: int, dest_hash: int) -> None:
        """A key is a 32-bit number and never 0, which would mean "no key"."""
        self.assertIn(verify_key(secret, dest_hash), range(1, 2**32 - 1))

    @given(secret=WORDS, dest_hash=WORDS)
    def test_two_secrets(self, secret: int, dest_hash: int) -> None:
        """Another secret gives another key, so a key says nothing about a different node."""
        self.assertNotEqual(
            [verify_key(secret, dest_hash), verify_key(secret, dest_hash ^ 1)],
            [verify_key(secret ^ 1, dest_hash), verify_key(secret ^ 1, dest_hash ^ 1)],
        )
