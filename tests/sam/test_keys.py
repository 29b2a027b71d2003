"""Tests for :mod:`twisted_mule.sam.keys`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import ed25519_private_text, private_text
from tests.samples import destination
from twisted_mule.kad.destination import i2p_base64
from twisted_mule.sam.keys import TEXT_SIZE, KeysError, SessionKeys


class SessionKeysTests(SynchronousTestCase):
    """Which texts are the keys of an identity, and which are refused with a sentence."""

    def refusal(self, text: str) -> str:
        """The sentence with which ``text`` is refused."""
        return str(self.assertRaises(KeysError, SessionKeys, text))

    def test_destination(self) -> None:
        """The destination is the public part of the text of 884 characters."""
        text = private_text(1)
        self.assertEqual(TEXT_SIZE, len(text))
        self.assertEqual(destination(1), SessionKeys(text).destination)

    def test_newline(self) -> None:
        """A text read from a file may end in a newline."""
        self.assertEqual(SessionKeys(private_text(1)), SessionKeys(private_text(1) + "\n"))

    def test_secret(self) -> None:
        """The private text is in no representation, and so in no log."""
        self.assertNotIn(private_text(1)[:20], repr(SessionKeys(private_text(1))))

    def test_ed25519(self) -> None:
        """An identity of 391 bytes is refused with one plain sentence that says why."""
        text = ed25519_private_text(1)
        self.assertEqual(908, len(text))
        sentence = self.refusal(text)
        self.assertIn("391 bytes", sentence)
        self.assertIn("387", sentence)
        self.assertNotIn("\n", sentence)

    def test_other_texts(self) -> None:
        """Nothing else passes for keys either."""
        self.assertIn("884 characters, not 880", self.refusal(private_text(1)[:-4]))
        self.assertIn("884 characters, not 0", self.refusal(""))
        self.assertIn("base64", self.refusal("no keys at all"))
        self.assertIn("base64", self.refusal(private_text(1)[:-1] + "é"))

    def test_other_certificate(self) -> None:
        """A text of the right length with another certificate is refused."""
        raw = destination(1).raw[:-3] + b"\x01\0\0" + bytes(276)
        self.assertIn("null certificate", self.refusal(i2p_base64(raw)))

    @given(st.text(alphabet="ABCz09-~=", max_size=900) | st.binary(max_size=700).map(i2p_base64))
    def test_anything(self, text: str) -> None:
        """Whatever a file holds, the outcome is keys or :exc:`KeysError`."""
        try:
            made = SessionKeys(text)
        except KeysError as refused:
            self.assertTrue(str(refused))
        else:
            self.assertEqual(387, len(made.destination.raw))
