"""Tests of ``nodes.dat``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.store.nodes_dat import NodesFile, StoredNode, read, write

PEER = KadID.from_hex("f0e1d2c3b4a5968778695a4b3c2d1e0f")
OTHER = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")

#: The file that rust-mule starts from; it is not a part of twisted_mule.
SEED = Path(__file__).parents[3] / "shared" / "data" / "nodes.initseed.dat"

#: Recorded with a result, but without their bytes.
COUNTS_ONLY = {"docs/nodes.dat", "nodes.dat (top level)", "rust-mule nodes.initseed.dat"}

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


def fields(node: StoredNode) -> dict[str, Any]:
    """A contact as it was recorded."""
    return {
        "id": node.kad_id.hex,
        "version": node.version,
        "udp_dest_first16": node.destination.raw[:16].hex(),
        "udp_dest_hash": node.destination.dest_hash,
        "udp_key": node.udp_key,
        "udp_key_ip": node.udp_key_hash,
        "verified": node.verified,
    }


def rebuilt(contact: dict[str, Any]) -> StoredNode:
    """A recorded contact; what the recording leaves out of its destination is zero."""
    raw = bytes.fromhex(contact["udp_dest_first16"]).ljust(387, b"\0")
    return StoredNode(
        version=contact["version"],
        kad_id=KadID.from_hex(contact["id"]),
        destination=Destination(raw),
        udp_key=contact["udp_key"],
        udp_key_hash=contact["udp_key_ip"],
        verified=contact["verified"],
    )


def by_id(contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Contacts in an order that does not depend on a routing table."""
    return sorted(contacts, key=lambda contact: str(contact["id"]))


class RecordedTests(SynchronousTestCase):
    """Files of every form, and what others make of them."""

    def cases(self, name: str) -> dict[str, dict[str, Any]]:
        """The recorded files that have bytes, by what they are."""
        cases = recorded(name)["cases"]
        return {case["file"]: case for case in cases if case["hex"]}

    def test_imule(self) -> None:
        """We read the contacts that iMule reads, but one more where iMule stops."""
        cases = self.cases("nodesdat_imule")
        stops = cases.pop("version 2 with kad version 9 first: reading stops")
        self.assertEqual(len(cases), 5)
        for name, case in cases.items():
            file = read(bytes.fromhex(case["hex"]))
            found = [fields(node) for node in file.trusted()]
            self.assertEqual(by_id(found), by_id(case["contacts"]), name)
            self.assertEqual(len(found), case["routing_contacts"], name)
            self.assertEqual(file.bootstrap_only, bool(case["bootstrap_list"]), name)
        # Deliberate: one bad record does not cost us the ones behind it.
        file = read(bytes.fromhex(stops["hex"]))
        self.assertEqual(stops["routing_contacts"], 0)
        self.assertEqual([node.kad_id for node in file.contacts], [OTHER])
        self.assertEqual(file.skipped, 1)

    def test_counts_only(self) -> None:
        """Three files are recorded without their bytes; iMule's table kept most of each."""
        cases = recorded("nodesdat_imule")["cases"]
        counts = {c["file"]: c["routing_contacts"] for c in cases if not c["hex"]}
        self.assertEqual(set(counts), COUNTS_ONLY)
        seeds = recorded("nodes_initseed_imule")["contacts"]
        self.assertLessEqual(counts["rust-mule nodes.initseed.dat"], len(seeds))

    def test_null_identifier(self) -> None:
        """A null identifier is skipped and counted, as iMule skips it."""
        case = self.cases("nodesdat_imule")["version 2 with a null id first: skipped, rest read"]
        file = read(bytes.fromhex(case["hex"]))
        self.assertEqual([node.kad_id for node in file.contacts], [OTHER])
        self.assertEqual((file.skipped, file.missing), (1, 0))

    def test_rust_reads_form_2(self) -> None:
        """We read form 2 as rust-mule does, but for contacts that nobody may have (D21)."""
        cases = self.cases("nodesdat_rust")
        for name, unusable in {
            "version 2": 0,
            "version 2 with a null id first: skipped, rest read": 1,
            "version 2 with kad version 9 first: reading stops": 1,
        }.items():
            case = cases[name]
            expected = [dict(contact) for contact in case["result"][unusable:]]
            self.assertEqual({contact.pop("udp_dest_cert_hex") for contact in expected}, {"000000"})
            file = read(bytes.fromhex(case["hex"]))
            self.assertEqual([fields(node) for node in file.contacts], expected, name)
            self.assertEqual(file.skipped, unusable)

    def test_rust_refuses_other_forms(self) -> None:
        """Forms 1 and 3, which rust-mule refuses, we read as iMule does; form 4 nobody reads."""
        cases = self.cases("nodesdat_rust")
        refused = {name for name, c in cases.items() if isinstance(c["result"], dict)}
        nobody = "version 4: no contact read"
        self.assertEqual(len(refused), 4)
        for name in refused - {nobody}:
            file = read(bytes.fromhex(cases[name]["hex"]))
            self.assertEqual([node.kad_id for node in file.contacts], [PEER], name)
            self.assertEqual(file.bootstrap_only, "edition 1" in name)
        self.assertRaises(DecodeError, read, bytes.fromhex(cases[nobody]["hex"]))

    def test_rust_misreads_form_0(self) -> None:
        """The Kad1 form, in which rust-mule finds a contact of version 195, we read right."""
        case = self.cases("nodesdat_rust")["version 0 (kad1): count, then id+udp+tcp+type"]
        self.assertEqual(case["result"][0]["version"], 195)
        (node,) = read(bytes.fromhex(case["hex"])).contacts
        self.assertEqual((node.version, node.kad_id), (0, PEER))


class SeedTests(SynchronousTestCase):
    """The 154 contacts of the seed file, from the file where there is one, else as recorded."""

    def contacts(self, data: bytes) -> list[dict[str, Any]]:
        """The contacts in some bytes, as they were recorded."""
        file = read(data)
        self.assertEqual((file.form, file.skipped, file.missing), (2, 0, 0))
        self.assertEqual(len(file.contacts), 154)
        self.assertEqual(write(file.contacts), data)
        return [fields(node) for node in file.contacts]

    def rebuilt(self) -> bytes:
        """The seed file, made again from what iMule read in it."""
        return write(map(rebuilt, recorded("nodes_initseed_imule")["contacts"]))

    def test_imule(self) -> None:
        """Every contact has the fields that iMule found."""
        recording = recorded("nodes_initseed_imule")
        self.assertEqual((recording["declared_count"], recording["errors"]), (154, 0))
        self.assertEqual(self.contacts(self.rebuilt()), recording["contacts"])

    def test_rust(self) -> None:
        """Every contact has the fields that rust-mule found, in its order."""
        expected = [dict(c) for c in recorded("nodes_initseed_rust")["contacts"]]
        self.assertEqual({c.pop("udp_dest_cert_hex") for c in expected}, {"000000"})
        self.assertEqual(self.contacts(self.rebuilt()), expected)

    def test_file(self) -> None:
        """The file itself, where it is at hand, holds these contacts in as many bytes."""
        data = SEED.read_bytes() if SEED.exists() else self.rebuilt()
        self.assertEqual(len(data), 12 + 154 * 413)
        self.assertEqual(self.contacts(data), recorded("nodes_initseed_imule")["contacts"])

    def test_versions(self) -> None:
        """Of the seeds 136 speak Kad2 and 18 only Kad1, and those are not asked."""
        file = read(self.rebuilt())
        self.assertEqual(sum(node.version == 0 for node in file.contacts), 18)
        self.assertEqual(len(file.candidates(PEER)), 50)
        self.assertEqual({node.version for node in file.candidates(PEER)}, {8})


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
