"""Tests of the ``nodes.dat`` files of others, and of what others read in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import KadID
from twisted_mule.store.nodes_dat import StoredNode, read, write

PEER = KadID.from_hex("f0e1d2c3b4a5968778695a4b3c2d1e0f")
OTHER = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")

#: The file that rust-mule starts from; it is not a part of twisted_mule.
SEED = Path(__file__).parents[3] / "shared" / "data" / "nodes.initseed.dat"

#: Recorded with a result, but without their bytes.
COUNTS_ONLY = {"docs/nodes.dat", "nodes.dat (top level)", "rust-mule nodes.initseed.dat"}


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
