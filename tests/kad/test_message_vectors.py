"""Every message that iMule and rust-mule were recorded with, read and written by our codec."""

from __future__ import annotations

import re
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.shown import as_shown, comparable, tags_shown, without_serials
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.records import CONTACT_SIZE
from twisted_mule.kad.tags import KADMISCOPTIONS, Tag

RES_OF_THREE = "kad2 res with contacts of version 8, 5 and 6: only versions <= 5 are used"


def scenarios() -> list[dict[str, Any]]:
    """What iMule was put through."""
    found: list[dict[str, Any]] = recorded("messages_imule")["scenarios"]
    return found


def received() -> dict[str, bytes]:
    """The datagrams that were given to iMule, by scenario."""
    return {
        s["scenario"]: bytes.fromhex(s["fields"].get("request_hex") or s["fields"]["response_hex"])
        for s in scenarios()
        if "request_hex" in s["fields"] or "response_hex" in s["fields"]
    }


class IMuleTests(SynchronousTestCase):
    """Datagrams that iMule sent or took."""

    def test_sent(self) -> None:
        """Every datagram of iMule is read as recorded, and written the same but for serials."""
        sent = [(s["scenario"], one) for s in scenarios() for one in s["sent"]]
        self.assertEqual(len(sent), 45)
        for scenario, one in sent:
            datagram = bytes.fromhex(one["plain_hex"])
            message = decode(datagram)
            self.assertEqual(message.opcode, one["opcode"], scenario)
            self.assertEqual(as_shown(message), comparable(one["decoded"]), scenario)
            self.assertEqual(encode(message), without_serials(datagram, one["decoded"]), scenario)

    def test_every_kind(self) -> None:
        """The recordings hold almost every type of message that iMule sends."""
        kinds = {
            type(decode(bytes.fromhex(one["plain_hex"]))) for s in scenarios() for one in s["sent"]
        }
        self.assertGreaterEqual(len(kinds), 24)

    def test_taken(self) -> None:
        """Every datagram that iMule took is read by us, and written the same but for serials."""
        datagrams = received()
        self.assertEqual(len(datagrams), 5)
        for scenario, datagram in datagrams.items():
            message = decode(datagram)
            ours = encode(message)
            self.assertEqual(decode(ours), message, scenario)
            if isinstance(message, m.HelloResponse):
                self.assertEqual(message.tags, (Tag(KADMISCOPTIONS, 4),))
                self.assertEqual(ours[:-5] + datagram[-5:-1] + ours[-1:], datagram)
            else:
                self.assertEqual(ours, datagram, scenario)

    def test_fields_of_requests(self) -> None:
        """What the scenarios ask for is what their datagrams say."""
        [req] = [s for s in scenarios() if s["scenario"] == "kad2 req, search type NODE"]
        fields = req["fields"]
        self.assertEqual(
            decode(bytes.fromhex(req["sent"][0]["plain_hex"])),
            m.FindNodeRequest(
                fields["count"],
                KadID.from_hex(fields["target"]),
                KadID.from_hex(fields["receiver_id"]),
                KadID.from_hex(fields["sender_id"]),
            ),
        )

    def test_rejected(self) -> None:
        """What iMule rejects for its bytes, we reject: versions 0 and 9, cut keys, opcodes."""
        [hello] = [datagram for datagram in received().values() if datagram[1] == 0x0F]
        decode(hello)
        for bad in (
            hello[:2] + b"\x00" + hello[3:],
            hello[:2] + b"\x09" + hello[3:],
            hello[:-4] + b"\x05\x00\x04" + hello[-1:],
            hello[:-4] + b"\x05\x00\x04\x00\x07\x00\x00" + hello[-1:],
        ):
            self.assertRaises(DecodeError, decode, bad)
        opcodes = [
            int(match[1])
            for s in scenarios()
            if (match := re.fullmatch(r"unknown/unsupported opcode (\d+)", s["scenario"]))
        ]
        self.assertEqual(opcodes, [28, 29, 80])
        for opcode in (29, 80):
            self.assertRaises(DecodeError, decode, bytes((5, opcode)))

    def test_contacts_of_every_version(self) -> None:
        """Where iMule uses only old contacts out of a RES, we deliberately read all."""
        message = decode(received()[RES_OF_THREE])
        assert isinstance(message, m.FindNodeResponse)
        self.assertEqual([contact.version for contact in message.contacts], [8, 5, 6])

    def test_checkout_bug(self) -> None:
        """A contact has 404 bytes: what the broken checkout rejects and iMule takes, we take."""
        datagrams = received()
        compared = 0
        for difference in recorded("messages_imule_checkout_bug")["differences"]:
            self.assertTrue(difference["checkout_result"].startswith("rejected"))
            datagram = datagrams.get(difference["scenario"])
            if datagram is None:
                continue
            compared += 1
            self.assertEqual(difference["fixed_result"], "ok")
            decode(datagram)
        self.assertEqual(compared, 4)
        self.assertEqual(len(datagrams[RES_OF_THREE]), 2 + 17 + 3 * CONTACT_SIZE)


class RustMuleTests(SynchronousTestCase):
    """Datagrams of rust-mule: its tags have no serials."""

    def test_read(self) -> None:
        """Every datagram of rust-mule is read as recorded."""
        cases = recorded("messages_rust")["messages"]
        self.assertEqual(len(cases), 23)
        for case in cases:
            message = decode(bytes.fromhex(case["datagram_hex"]))
            self.assertEqual(message.opcode, case["opcode"], case["name"])
            # Types are not compared: rust-mule does not write the narrowest.
            shown = comparable(case["decoded"], "type")
            self.assertEqual(comparable(as_shown(message), "type"), shown, case["name"])

    def test_written(self) -> None:
        """We write the same bytes when there are no tags, and longer ones with serials if any."""
        for case in recorded("messages_rust")["messages"]:
            datagram = bytes.fromhex(case["datagram_hex"])
            ours = encode(decode(datagram))
            if tags_shown(case["decoded"]):
                self.assertNotEqual(ours, datagram, case["name"])
                self.assertEqual(decode(ours), decode(datagram), case["name"])
            else:
                self.assertEqual(ours, datagram, case["name"])

    def test_same_destination(self) -> None:
        """The destinations of the recordings are the test destinations of their seeds."""
        [case] = [c for c in recorded("messages_rust")["messages"] if c["name"] == "KAD1 RES"]
        message = decode(bytes.fromhex(case["datagram_hex"]))
        assert isinstance(message, m.LegacyFindNodeResponse)
        self.assertEqual(message.contacts[0].destination, destination(31))
