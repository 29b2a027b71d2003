"""Tests of destinations and their base64."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from tests.samples import destination
from tests.strategies import destinations
from twisted_mule.kad.destination import (
    KEY_CERTIFICATE_SIZE,
    TEXT_SIZE,
    Destination,
    DestinationError,
    from_i2p_base64,
    i2p_base64,
)


class RecordedTests(SynchronousTestCase):
    """Destinations as rust-mule and iMule write them."""

    def test_base64(self) -> None:
        """The recorded texts and bytes belong to each other."""
        cases = recorded("i2p_base64_rust")["cases"]
        self.assertEqual(len(cases), 3)
        for case in cases:
            raw = bytes.fromhex(case["hex"])
            self.assertEqual(i2p_base64(raw), case["b64"])
            self.assertEqual(from_i2p_base64(case["b64"]), raw)

    def test_null_certificate(self) -> None:
        """A destination of 387 bytes has 516 characters and no padding."""
        case = recorded("i2p_base64_rust")["cases"][0]
        found = Destination.from_base64(case["b64"])
        self.assertEqual(found, Destination(bytes.fromhex(case["hex"])))
        self.assertEqual(found.base64, case["b64"])
        self.assertEqual(len(found.base64), TEXT_SIZE)
        self.assertEqual(found.short, case["b64"][:8])

    def test_key_certificate(self) -> None:
        """A destination of 391 bytes is refused with a sentence that names the usable kind."""
        case = recorded("i2p_base64_rust")["cases"][1]
        self.assertEqual(len(from_i2p_base64(case["b64"])), KEY_CERTIFICATE_SIZE)
        with self.assertRaisesRegex(DestinationError, "DSA_SHA1"):
            Destination.from_base64(case["b64"])

    def test_hash(self) -> None:
        """The destination hash is the first four bytes, little-endian, as iMule computes it."""
        fixtures = recorded("messages_imule")["fixtures"]
        self.assertEqual(destination(100).raw.hex(), fixtures["dest100_hex"])
        self.assertEqual(destination(101).raw.hex(), fixtures["dest101_hex"])
        self.assertEqual(destination(100).dest_hash, 3995164790)
        self.assertEqual(destination(101).dest_hash, 4120838973)


class DestinationTests(SynchronousTestCase):
    """What is a destination and what is not."""

    @given(destinations)
    def test_text(self, found: Destination) -> None:
        """A destination survives its base64."""
        self.assertEqual(Destination.from_base64(found.base64), found)

    def test_refused(self) -> None:
        """Other sizes, other certificates and four leading zeros are refused."""
        raw = destination(1).raw
        for bad in (b"", raw[:-1], raw + b"\0", raw[:-1] + b"\1", raw[:-3] + b"\5\0\4"):
            self.assertRaises(DestinationError, Destination, bad)
        self.assertRaises(DestinationError, Destination, bytes(4) + raw[4:])
        self.assertRaises(DestinationError, Destination, bytes(387))

    def test_other_alphabet(self) -> None:
        """The two characters of the standard alphabet are not I2P's, and the reverse."""
        self.assertEqual(from_i2p_base64("--~~"), b"\xfb\xef\xff")
        for text in ("++//", "AA+A", "A/AA", "AAA", "AA A", "A=AA", "é", "AAAA\n", "AAAA=", "AB=="):
            self.assertRaises(DestinationError, from_i2p_base64, text)

    @given(st.text("AZaz09-~+/= é", max_size=12))
    def test_any_text(self, text: str) -> None:
        """Any text is refused with a DestinationError, or is what its bytes are written as."""
        try:
            raw = from_i2p_base64(text)
        except DestinationError:
            return
        self.assertEqual(i2p_base64(raw), text)
