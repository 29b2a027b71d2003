"""Our numbers against those that iMule was compiled with."""

from __future__ import annotations

from typing import get_args

from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from twisted_mule import contract
from twisted_mule.kad import destination, limits, packing, records, tags
from twisted_mule.kad import messages as m


def named(table: str) -> dict[str, int]:
    """A table of the recording: names and numbers."""
    return {row["name"]: row["value"] for row in recorded("constants_imule")[table]}


class ConstantTests(SynchronousTestCase):
    """Opcodes, tags, limits."""

    def test_opcodes(self) -> None:
        """Every opcode of iMule is one of our messages, except the two firewall ones."""
        theirs = set(named("opcodes").values())
        unused = {
            named("opcodes")[f"KADEMLIA{rest}"] for rest in ("_FIREWALLED2_REQ", "2_FIREWALLUDP")
        }
        self.assertEqual({kind.opcode for kind in get_args(m.Message)}, theirs - unused)

    def test_opcode_names(self) -> None:
        """The name that a message's docstring gives is the one of its opcode."""
        names = {
            number: name.removesuffix("_DEPRECATED") for name, number in named("opcodes").items()
        }
        for kind in get_args(m.Message):
            self.assertIn(f"``{names[kind.opcode]}``", kind.__doc__)

    def test_tag_names(self) -> None:
        """Our tag names have iMule's numbers, and every name of iMule is known."""
        theirs = {name.removeprefix("TAG_"): number for name, number in named("tag_ids").items()}
        ours = {name: getattr(tags, name) for name in theirs if hasattr(tags, name)}
        self.assertEqual(ours, {name: theirs[name] for name in ours})
        self.assertEqual(len(ours), 22)
        self.assertEqual(set(theirs.values()) | {tags.AGENT}, tags.KNOWN_NAMES)

    def test_tag_types(self) -> None:
        """Our tag types have iMule's numbers; of its types only those it cannot read are absent."""
        theirs = {name.removeprefix("TAGTYPE_"): n for name, n in named("tag_types").items()}
        ours = {name: getattr(tags, name) for name in theirs if hasattr(tags, name)}
        self.assertEqual(ours, {name: theirs[name] for name in ours})
        self.assertEqual(set(theirs) - set(ours), {"BSOB", "STR22"})

    def test_sizes(self) -> None:
        """Version, sizes and the limits of lists are iMule's."""
        constants = named("constants")
        for ours, theirs in (
            (m.VERSION, "KADEMLIA_VERSION"),
            (packing.PLAIN_PROTOCOL, "OP_KADEMLIAHEADER"),
            (packing.PACKED_PROTOCOL, "OP_KADEMLIAPACKEDPROT"),
            (destination.SIZE, "PUBKEY_LEN"),
            (destination.TEXT_SIZE, "BASE64_PUBKEY_LEN"),
            (contract.DATAGRAM_SIZE, "SAM_DGRAM_PAYLOAD_MAX"),
            (records.CONTACT_SIZE, "Kad2 contact length"),
            (records.LEGACY_CONTACT_SIZE, "Kad1 contact length"),
            (m.MAX_RES_CONTACTS, "max contacts in KADEMLIA2_RES"),
            (m.MAX_BOOTSTRAP_CONTACTS, "max contacts in KADEMLIA2_BOOTSTRAP_RES"),
            (m.MAX_LEGACY_CONTACTS, "max contacts in KADEMLIA_RES"),
            (m.MAX_LEGACY_CONTACTS, "max contacts in KADEMLIA_BOOTSTRAP_RES (incl. self)"),
        ):
            self.assertEqual(ours, constants[theirs], theirs)
        for count in ("KADEMLIA_FIND_VALUE", "KADEMLIA_STORE", "KADEMLIA_FIND_NODE"):
            self.assertLessEqual(constants[count], limits.MAX_COUNT)

    def test_full_lists_fit(self) -> None:
        """A full RES and a full BOOTSTRAP_RES fit into a payload, one contact more does not."""
        for most, head in ((m.MAX_RES_CONTACTS, 17), (m.MAX_BOOTSTRAP_CONTACTS, 16 + 1 + 387 + 2)):
            self.assertLessEqual(head + most * records.CONTACT_SIZE, contract.PAYLOAD_SIZE)
            self.assertGreater(head + (most + 1) * records.CONTACT_SIZE, contract.PAYLOAD_SIZE)
