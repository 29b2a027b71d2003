"""Tests of ``nodes.dat``."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.store.nodes_dat import NodesFile, StoredNode, read, write

PEER = KadID.from_hex("f0e1d2c3b4a5968778695a4b3c2d1e0f")
OTHER = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")

WORDS = st.integers(0, 2**32 - 1)
NODES = st.builds(
    StoredNode,
    version=st.integers(0, 8),
    kad_id=st.integers(1, 2**128 - 1).map(KadID),
    destination=st.integers(1, 40).map(destination),
    udp_key=WORDS,
    udp_key_hash=WORDS,
    verified=st.booleans(),
)


def word(number: int) -> bytes:
    """Four bytes of a file."""
    return number.to_bytes(4, "little")


def record(
    version: int = 8, kad_id: KadID = PEER, raw: bytes = destination(1).raw, tail: bytes = b""
) -> bytes:
    """A record in the Kad2 forms, good or bad."""
    return bytes([version]) + kad_id.wire + raw + tail


class ReadTests(SynchronousTestCase):
    """What is taken from a file and what is not."""

    FORM_1 = word(0) + word(1)

    def test_empty(self) -> None:
        """A file may hold no contacts, in every form."""
        for form, data in (
            (0, word(0)),
            (1, word(0) + word(1) + word(0)),
            (2, word(0) + word(2) + word(0)),
            (3, word(0) + word(3) + word(0) + word(0)),
        ):
            self.assertEqual(read(data), NodesFile(form, ()))
        bootstrap = word(0) + word(3) + word(1) + word(0)
        self.assertEqual(read(bootstrap), NodesFile(3, (), bootstrap_only=True))

    def test_kad1_form(self) -> None:
        """The Kad1 form has a stream destination, perhaps none, and no version."""
        head, zeros = PEER.wire + destination(1).raw, bytes(387)
        data = word(2) + head + destination(2).raw + b"\3" + head + zeros + b"\0"
        expected = StoredNode(0, PEER, destination(1), destination(2))
        self.assertEqual(read(data).contacts, (expected, StoredNode(0, PEER, destination(1), None)))

    def test_bad_records(self) -> None:
        """Unusable records are counted, wherever they are, and cost no other."""
        key_certificate = destination(1).raw[:-1] + b"\1"
        bad = (
            record(version=9),
            record(kad_id=ZERO),
            record(raw=key_certificate),
            record(raw=bytes(387)),
        )
        data = self.FORM_1 + word(6) + b"".join((record(), *bad, record(version=0)))
        file = read(data)
        self.assertEqual([node.version for node in file.contacts], [8, 0])
        self.assertEqual((file.skipped, file.missing), (4, 0))

    def test_bad_stream_destination(self) -> None:
        """In the Kad1 form both destinations must be good."""
        data = word(1) + PEER.wire + destination(1).raw + b"\1" * 387 + b"\3"
        self.assertEqual(read(data), NodesFile(0, (), skipped=1))

    def test_cut_short(self) -> None:
        """A file that was cut gives what it holds and says how much it lacks."""
        whole = self.FORM_1 + word(3) + record() * 3
        for lost in range(1, 404):
            file = read(whole[:-lost])
            self.assertEqual((len(file.contacts), file.missing), (2, 1))

    def test_not_a_nodes_file(self) -> None:
        """A file that ends before its first contact is refused."""
        for data in (b"", b"\0\0\0", word(0) + word(2), word(0) + word(3) + word(1)):
            reason = self.assertRaises(DecodeError, read, data)
            self.assertEqual(str(reason), "the file ends within its first words")
        for data in (b"hello world", self.FORM_1 + word(1) + record()[:-1]):
            reason = self.assertRaises(DecodeError, read, data)
            self.assertEqual(str(reason), "the file ends before its first contact")

    def test_unknown_forms(self) -> None:
        """An unknown form is refused by its number."""
        for form in (0, 4, 5, 2**32 - 1):
            reason = self.assertRaises(DecodeError, read, word(0) + word(form) + bytes(800))
            self.assertEqual(str(reason), f"form {form} of nodes.dat is not known")

    def test_bytes_behind(self) -> None:
        """Bytes behind the last contact do not matter."""
        data = self.FORM_1 + word(1) + record()
        self.assertEqual(read(data + b"more"), read(data))

    def test_verified(self) -> None:
        """Any byte but 0 says verified."""
        data = word(0) + word(2) + word(3)
        data += b"".join(record(tail=bytes(8) + flag) for flag in (b"\0", b"\1", b"\xff"))
        self.assertEqual([node.verified for node in read(data).contacts], [False, True, True])

    def test_own_records(self) -> None:
        """Our own records are left out, by identifier or destination, and not counted."""
        data = write(
            [
                StoredNode(8, PEER, destination(1)),
                StoredNode(8, OTHER, destination(2)),
                StoredNode(8, KadID(3), destination(3)),
            ]
        )
        file = read(data, OTHER, destination(3))
        self.assertEqual([node.kad_id for node in file.contacts], [PEER])
        self.assertEqual((file.skipped, file.missing), (0, 0))

    @given(st.binary(max_size=900))
    def test_any_bytes(self, data: bytes) -> None:
        """Arbitrary bytes are a file or are refused with the one error."""
        try:
            file = read(data)
        except DecodeError:
            return
        self.assertEqual([n for n in file.contacts if n.version > 8 or n.kad_id == ZERO], [])

    @given(
        st.sampled_from([word(0) + word(n) for n in (1, 2)] + [word(0) + word(3) + word(1)]),
        WORDS,
        st.lists(st.sampled_from([record(), record(9), record(kad_id=ZERO)]), min_size=1),
        st.binary(max_size=500),
    )
    def test_any_count(self, head: bytes, count: int, records: list[bytes], rest: bytes) -> None:
        """Whatever the count says, no record is read twice, and all are accounted for."""
        try:
            file = read(head + word(count) + b"".join(records) + rest)
        except DecodeError:
            return
        self.assertEqual(len(file.contacts) + file.skipped + file.missing, count)


class WriteTests(SynchronousTestCase):
    """What we write is form 2, as iMule does."""

    def test_layout(self) -> None:
        """A record is version, identifier, destination, key, own hash and one byte."""
        node = StoredNode(8, PEER, destination(1), None, 0x01020304, 0x05060708, True)
        self.assertEqual(
            write([node]),
            word(0) + word(2) + word(1) + record(tail=bytes.fromhex("040302010807060501")),
        )

    def test_stream_destination(self) -> None:
        """The stream destination of a Kad1 record has no place in what we write."""
        (node,) = read(write([StoredNode(0, PEER, destination(1), destination(2))])).contacts
        self.assertEqual(node, StoredNode(0, PEER, destination(1)))

    @given(st.lists(NODES, max_size=6))
    def test_round_trip(self, nodes: list[StoredNode]) -> None:
        """What was written is read back, in its order."""
        self.assertEqual(read(write(nodes)), NodesFile(2, tuple(nodes)))


class NodesFileTests(SynchronousTestCase):
    """What the contacts of a file may be used for."""

    def test_nobody_verified(self) -> None:
        """When no contact is verified, all are taken as verified."""
        nodes = (StoredNode(8, PEER, destination(1)), StoredNode(8, OTHER, destination(2)))
        trusted = NodesFile(2, nodes).trusted()
        self.assertEqual([node.verified for node in trusted], [True, True])
        self.assertEqual([node.kad_id for node in trusted], [PEER, OTHER])

    def test_somebody_verified(self) -> None:
        """One verified contact is enough for the file to be taken at its word."""
        nodes = (
            StoredNode(8, PEER, destination(1)),
            StoredNode(8, OTHER, destination(2), verified=True),
        )
        self.assertEqual(NodesFile(2, nodes).trusted(), nodes)

    @given(st.lists(NODES, max_size=70), st.integers(0, 2**128 - 1).map(KadID))
    def test_candidates(self, nodes: list[StoredNode], own_id: KadID) -> None:
        """Who is asked speaks Kad2, and nobody who is not asked is nearer."""
        candidates = NodesFile(3, tuple(nodes), bootstrap_only=True).candidates(own_id)
        able = sorted(n.kad_id.distance(own_id) for n in nodes if n.version > 1)
        self.assertEqual([n.kad_id.distance(own_id) for n in candidates], able[:50])
