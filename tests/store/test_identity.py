"""Who a node is, and that it stays so."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.kad.destination import i2p_base64
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.sam.keys import PRIVATE_SIZE, KeysError, SessionKeys
from twisted_mule.store import preferences
from twisted_mule.store.directory import IDENTITY, PREFERENCES, StateDirectory, StateError
from twisted_mule.store.identity import (
    Identity,
    IdentityError,
    load_identity,
    make_identity,
    parse_identity,
    read_identity,
    render_identity,
    save_identity,
)

ED25519 = i2p_base64(bytes([7]) * 384 + bytes.fromhex("05000400070000") + bytes(288))


def keys(seed: int) -> SessionKeys:
    """Private keys of the test destination ``seed``."""
    return SessionKeys(i2p_base64(destination(seed).raw + bytes([seed]) * PRIVATE_SIZE))


def whole(seed: int = 1) -> Identity:
    """An identity with both destinations."""
    made = make_identity(Random(seed).randbytes)
    return Identity(made.kad_id, made.verify_secret, made.source_id, keys(1), keys(2))


class ValueTests(SynchronousTestCase):
    """Identities as values."""

    def test_made_of_entropy(self) -> None:
        """All parts are drawn, and no two nodes or parts are alike."""
        one, other = make_identity(Random(1).randbytes), make_identity(Random(2).randbytes)
        self.assertNotEqual(one.kad_id, other.kad_id)
        self.assertNotEqual(one.verify_secret, other.verify_secret)
        self.assertNotEqual(one.source_id, one.kad_id)
        self.assertIsNone(one.destination)

    def test_source_looks_like_a_user_hash(self) -> None:
        """The source identifier carries the two marks of every ed2k user hash."""
        natural = make_identity(Random(3).randbytes).source_id.natural
        self.assertEqual((0x0E, 0x6F), (natural[5], natural[14]))

    def test_zero_is_drawn_again(self) -> None:
        """The zero identifier is nobody's."""
        draws = iter([bytes(16), bytes(16), b"\1" * 16, bytes(4)])
        self.assertEqual(b"\1" * 16, make_identity(lambda _: next(draws)).kad_id.natural)

    def test_impossible(self) -> None:
        """Zero identifiers, wide secrets and one destination for everything are refused."""
        kad_id = KadID(5)
        for arguments in (
            (ZERO, 1, kad_id),
            (kad_id, 1, ZERO),
            (kad_id, 1 << 32, kad_id),
            (kad_id, -1, kad_id),
            (kad_id, 1, kad_id, keys(1), keys(1)),
        ):
            with self.assertRaises(IdentityError):
                Identity(*arguments)

    def test_no_secret_is_shown(self) -> None:
        """The text of an identity has the identifier and nothing private."""
        identity = whole()
        assert identity.datagram_keys is not None
        text = repr(identity)
        self.assertIn(repr(identity.kad_id), text)
        for secret in (str(identity.verify_secret), identity.datagram_keys.private):
            self.assertNotIn(secret, text)


class FormTests(SynchronousTestCase):
    """Identities as files."""

    def test_round_trip(self) -> None:
        """What is rendered is parsed back, with and without destinations."""
        for identity in (whole(), make_identity(Random(4).randbytes)):
            self.assertEqual(identity, parse_identity(render_identity(identity)))

    def test_key_certificate(self) -> None:
        """An identity of 391 bytes is refused with a sentence that says which kind it takes."""
        fields = json.loads(render_identity(whole()))
        fields["datagram_keys"] = ED25519
        with self.assertRaisesRegex(KeysError, "only DSA_SHA1 destinations of 387 bytes"):
            parse_identity(json.dumps(fields).encode())

    def test_damage(self) -> None:
        """A file that is no identity is told from one, whatever is wrong with it."""
        good = json.loads(render_identity(whole()))
        changes: list[dict[str, object]] = [
            {"kad_id": "0" * 32},
            {"kad_id": "12"},
            {"kad_id": 7},
            {"verify_secret": "fffffffff"},
            {"verify_secret": None},
            {"source_id": "no"},
            {"datagram_keys": 5},
            {"stream_keys": good["datagram_keys"]},
        ]
        for change in changes:
            with self.assertRaises(IdentityError, msg=str(change)):
                parse_identity(json.dumps({**good, **change}).encode())

    @given(st.binary(max_size=300))
    def test_any_bytes(self, content: bytes) -> None:
        """Any bytes at all are either an identity or an error of the two kinds."""
        with self.assertRaises((IdentityError, KeysError)):
            parse_identity(content)

    def test_cut_anywhere(self) -> None:
        """A file cut short is never taken for a whole one."""
        content = render_identity(whole()).rstrip()
        for end in range(0, len(content), 7):
            with self.assertRaises(IdentityError):
                parse_identity(content[:end])


class DirectoryTests(SynchronousTestCase):
    """Identities in a state directory."""

    def setUp(self) -> None:
        """A prepared directory."""
        self.directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        self.directory.prepare()
        self.entropy = Random(7).randbytes

    def test_made_once(self) -> None:
        """The first start makes an identity, every later one finds it."""
        first = load_identity(self.directory, self.entropy)
        again = load_identity(self.directory, self.entropy)
        self.assertEqual((True, False), (first.fresh, again.fresh))
        self.assertEqual(first.identity, again.identity)
        self.assertEqual((), first.notices + again.notices)

    def test_beside_for_imule(self) -> None:
        """The identifier is there in iMule's own file as well."""
        identity = load_identity(self.directory, self.entropy).identity
        content = self.directory.read(PREFERENCES) or b""
        self.assertEqual(identity.kad_id, preferences.read(content))

    def test_taken_over_from_imule(self) -> None:
        """The identifier of an iMule installation becomes ours, with a sentence."""
        self.directory.write(PREFERENCES, preferences.write(KadID(99)))
        loaded = load_identity(self.directory, self.entropy)
        self.assertEqual(KadID(99), loaded.identity.kad_id)
        self.assertIn("taken over", loaded.notices[0])

    def test_keys_are_kept(self) -> None:
        """Destinations that came later are there after a restart."""
        save_identity(self.directory, whole())
        loaded = load_identity(self.directory, self.entropy)
        self.assertEqual(destination(1), loaded.identity.destination)
        self.assertEqual(whole(), read_identity(self.directory))

    def test_damaged(self) -> None:
        """A damaged file is set aside with its content, and the identifier comes back."""
        kept = load_identity(self.directory, self.entropy).identity.kad_id
        self.directory.write(IDENTITY, b'{"form": 1, "kad')
        loaded = load_identity(self.directory, self.entropy)
        self.assertEqual((kept, True), (loaded.identity.kad_id, loaded.fresh))
        self.assertIn("set aside", loaded.notices[0])
        self.assertEqual(
            b'{"form": 1, "kad', self.directory.read(f"{IDENTITY}.damaged-19700101-000000")
        )

    def test_both_damaged(self) -> None:
        """With both files damaged both are set aside, and a new node begins."""
        self.directory.write(IDENTITY, b"junk")
        self.directory.write(PREFERENCES, b"junk")
        loaded = load_identity(self.directory, self.entropy)
        self.assertEqual(2, len(loaded.notices))
        self.assertEqual(loaded.identity, read_identity(self.directory))

    def test_wrong_kind_stays(self) -> None:
        """Keys that KAD cannot carry stop the start, and the file stays as it is."""
        fields = {**json.loads(render_identity(whole())), "datagram_keys": ED25519}
        content = json.dumps(fields).encode()
        self.directory.write(IDENTITY, content)
        with self.assertRaisesRegex(StateError, "387 bytes"):
            load_identity(self.directory, self.entropy)
        self.assertEqual(content, self.directory.read(IDENTITY))

    def test_later_form_stays(self) -> None:
        """A file of a later version stops the start and stays as it is."""
        self.directory.write(IDENTITY, b'{"form": 2}')
        with self.assertRaisesRegex(StateError, "later version"):
            load_identity(self.directory, self.entropy)
        self.assertEqual(b'{"form": 2}', self.directory.read(IDENTITY))

    def test_two_identifiers(self) -> None:
        """When the two files disagree, the identity counts and a sentence says so."""
        save_identity(self.directory, whole())
        self.directory.write(PREFERENCES, preferences.write(KadID(99)))
        loaded = load_identity(self.directory, self.entropy)
        self.assertEqual(whole().kad_id, loaded.identity.kad_id)
        self.assertIn("another identifier", loaded.notices[0])
        self.assertEqual(preferences.write(KadID(99)), self.directory.read(PREFERENCES))

    def test_reading_changes_nothing(self) -> None:
        """Reading a damaged identity says so and leaves it where it is."""
        self.assertIsNone(read_identity(self.directory))
        self.directory.write(IDENTITY, b"junk")
        with self.assertRaisesRegex(StateError, "cannot be used"):
            read_identity(self.directory)
        self.assertEqual(b"junk", self.directory.read(IDENTITY))
