"""Tests for :mod:`twisted_mule.practice.keys`."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis.strategies import binary, sampled_from
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.destination import Destination, DestinationError, i2p_base64
from twisted_mule.practice.keys import (
    DSA_SHA1,
    ED25519,
    KeyTextError,
    b32,
    generate,
    read_destination,
    read_private,
    signature_named,
)

NAMES = ("DSA_SHA1", "1", "ecdsa_sha384_p384", "ECDSA_SHA512_P521", "7", "11")


class KeyTests(SynchronousTestCase):
    """Key pairs have the sizes of a real router's and are read back."""

    def test_dsa(self) -> None:
        """A DSA_SHA1 destination has 516 characters, is valid for Kad; its private key has 884."""
        keys = generate(DSA_SHA1, Random(0).randbytes)
        self.assertEqual((516, 884), (len(keys.destination), len(keys.private)))
        self.assertNotEqual(0, Destination.from_base64(keys.destination).dest_hash)

    def test_ed25519(self) -> None:
        """An Ed25519 destination has 524 characters, a private key of 908; Kad cannot carry it."""
        keys = generate(ED25519, Random(0).randbytes)
        self.assertEqual((524, 908), (len(keys.destination), len(keys.private)))
        self.assertRaises(DestinationError, Destination.from_base64, keys.destination)

    def test_each_is_new(self) -> None:
        """Two pairs of the same entropy differ, and the private key is not shown."""
        entropy = Random(0).randbytes
        one, other = generate(DSA_SHA1, entropy), generate(DSA_SHA1, entropy)
        self.assertNotEqual(one.destination, other.destination)
        self.assertNotIn(one.private, repr(one))

    def test_never_without_a_hash(self) -> None:
        """Even entropy of zeros makes no destination that Kad takes for none."""
        keys = generate(DSA_SHA1, bytes)
        self.assertNotEqual(0, Destination.from_base64(keys.destination).dest_hash)

    @given(sampled_from(NAMES))
    def test_read_back(self, name: str) -> None:
        """A private key of any kind gives its destination again."""
        signature = signature_named(name)
        assert signature is not None
        keys = generate(signature, Random(0).randbytes)
        self.assertEqual(keys, read_private(keys.private))
        raw = read_destination(keys.destination)
        self.assertEqual(387 + len(signature.certificate) - 3, len(raw))

    def test_unknown_kind(self) -> None:
        """A signature type that no router has is not known here."""
        self.assertIsNone(signature_named("99"))

    @given(binary(max_size=900))
    def test_other_texts(self, raw: bytes) -> None:
        """Any text that is no key is refused, however it is wrong."""
        keys = generate(DSA_SHA1, Random(0).randbytes)
        for text in (i2p_base64(raw), "!" + keys.private, keys.private[:-4], keys.destination):
            self.assertRaises(KeyTextError, read_private, text)
        for text in (i2p_base64(raw[:380]), "ä", keys.private):
            self.assertRaises(KeyTextError, read_destination, text)

    def test_b32(self) -> None:
        """The short name has 52 characters and is another one for another destination."""
        entropy = Random(0).randbytes
        names = {b32(generate(DSA_SHA1, entropy).destination) for _ in range(3)}
        self.assertEqual(3, len(names))
        self.assertEqual({52 + len(".b32.i2p")}, {len(name) for name in names})
