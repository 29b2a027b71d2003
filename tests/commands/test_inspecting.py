"""``mule inspect``, ``mule keywords`` and the names in their answers."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.commands.calling import CommandCase
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.cli import main
from twisted_mule.commands.names import OPCODES, TAGS
from twisted_mule.kad.codec import encode
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.exchange import ForKey
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import FindNodeResponse, PeerRecord, Pong
from twisted_mule.kad.packing import pack
from twisted_mule.kad.verify import verify_key

SECRET = 0xDEADBEEF
PEER_ID = "f0e1d2c3b4a5968778695a4b3c2d1e0f"


def expected(decoded: object) -> object:
    """Recorded fields without what only the recordings have."""
    if isinstance(decoded, list):
        return [expected(value) for value in decoded]
    if isinstance(decoded, dict):
        left_out = {"serial", "seed", "base64"}
        return {name: expected(value) for name, value in decoded.items() if name not in left_out}
    return decoded


class KeywordsTests(CommandCase):
    """``mule keywords``."""

    def test_recorded(self) -> None:
        """Words and identifiers are iMule's, duplicates kept, in order."""
        for case in recorded("keywords_imule")["tokenise"]:
            if not case["query"]:
                continue
            result = self.mule("keywords", "--json", "--", case["query"])
            self.assertEqual(
                {"words": case["words_dups_allowed"], "ids": case["keyword_ids"]},
                json.loads(result.stdout),
            )

    def test_for_people(self) -> None:
        """A person gets a line a word; several arguments are one text."""
        lines = self.mule("keywords", "ubuntu", "foo").stdout.splitlines()
        self.assertEqual("a5d7852a264d406b2d682a4aa88fb6d1  ubuntu", lines[0])
        self.assertEqual(2, len(lines))

    def test_too_short(self) -> None:
        """A text without words gives none, and says why."""
        self.assertEqual({"words": [], "ids": []}, self.answer("keywords", "a b"))
        self.assertIn("three bytes", self.mule("keywords", "a b").stdout)


class DatagramTests(CommandCase):
    """``mule inspect datagram``."""

    def decoded(self, datagram: str, *words: str) -> Any:
        """What it says to a program."""
        return self.answer("inspect", "datagram", datagram, *words)

    def test_recorded_messages(self) -> None:
        """Every recorded datagram has its recorded opcode, name and fields."""
        count = 0
        for scenario in recorded("messages_imule")["scenarios"]:
            for sent in scenario.get("sent", ()):
                document = self.decoded(sent["plain_hex"])
                self.assertEqual(sent["opcode"], document["code"])
                self.assertEqual(sent["opcode_name"], document["opcode"])
                self.assertEqual(
                    expected(sent["decoded"]), expected(document["fields"]), scenario["scenario"]
                )
                kad = "kad1" if sent["opcode"] < 13 else "kad2"
                self.assertEqual((kad, None), (document["protocol"], document["obfuscation"]))
                count += 1
        self.assertEqual(45, count)

    def test_obfuscated_for_a_node(self) -> None:
        """With the receiver's identifier a datagram for it opens."""
        for case in recorded("obfuscation_imule")["encrypt"]:
            if case["key_kind"] != "node_id" or case["plain_hex"] != "051e":
                continue
            document = self.decoded(case["cipher_hex"], "--kad-id", PEER_ID)
            self.assertEqual("KADEMLIA2_PING", document["opcode"])
            self.assertEqual(
                {
                    "key": "node_id",
                    "receiver_key": case["receiver_verify_key"],
                    "sender_key": case["sender_verify_key"],
                },
                document["obfuscation"],
            )

    def test_obfuscated_with_a_key(self) -> None:
        """With the verify secret and the source a datagram under a receiver key opens."""
        source = destination(30)
        key = verify_key(SECRET, source.dest_hash)
        wire = to_wire(Pong(), ForKey(key), 55, Random(1)).hex()
        words = ("--verify-secret", f"{SECRET:08X}", "--source-dest", source.base64)
        document = self.decoded(wire, *words)
        self.assertEqual("KADEMLIA2_PONG", document["opcode"])
        self.assertEqual(
            {"key": "receiver_key", "receiver_key": key, "sender_key": 55},
            document["obfuscation"],
        )
        self.sentence("inspect", "datagram", wire)

    def test_packed(self) -> None:
        """A packed datagram is unpacked, and said to have been."""
        near = tuple(PeerRecord(8, KadID(n), destination(n // 2)) for n in range(1, 20))
        wire = pack(encode(FindNodeResponse(KadID(5), near)))
        self.assertEqual(6, wire[0])
        document = self.decoded(wire.hex())
        self.assertIs(True, document["packed"])
        self.assertEqual(19, len(document["fields"]["contacts"]))

    def test_malformed(self) -> None:
        """Anything else is one line on standard error, and 1."""
        for text in ("", "05", "zz", "051", "04ff", "05ff", "0511", "06130000", "0513" + "00" * 40):
            self.sentence("inspect", "datagram", text)

    @given(st.binary(max_size=80))
    def test_any_bytes(self, content: bytes) -> None:
        """Any bytes are decoded or refused, never a trace."""
        for cover in (b"", b"\x05\x0f", b"\x05\x18"):
            result = CliRunner().invoke(main, ["inspect", "datagram", (cover + content).hex()])
            self.assertIn(result.exit_code, (0, 1))
            if result.exit_code:
                self.assertEqual(1, len(result.stderr.splitlines()))

    def test_for_people(self) -> None:
        """A person gets the same JSON on several lines."""
        text = self.mule("inspect", "datagram", "05 1E").stdout
        self.assertGreater(len(text.splitlines()), 3)
        self.assertEqual(self.decoded("051e"), json.loads(text))

    def test_keys_that_make_none(self) -> None:
        """A secret without a source, and values that are none, are wrong words."""
        for words in (
            ("--verify-secret", "1"),
            ("--source-dest", destination(1).base64),
            ("--verify-secret", "x", "--source-dest", destination(1).base64),
            ("--verify-secret", "1ffffffff", "--source-dest", destination(1).base64),
            ("--verify-secret", "1", "--source-dest", "short"),
            ("--kad-id", "12"),
        ):
            self.mule("inspect", "datagram", "051e", *words, code=2)


class NamesTests(SynchronousTestCase):
    """Names are iMule's."""

    def test_opcodes(self) -> None:
        """Every opcode of a message is called what iMule calls it."""
        names = {one["value"]: one["name"] for one in recorded("constants_imule")["opcodes"]}
        self.assertEqual({code: names[code] for code in OPCODES}, OPCODES)

    def test_tags(self) -> None:
        """Every tag is called what iMule calls it."""
        names = {
            one["value"]: one["name"].removeprefix("TAG_")
            for one in recorded("constants_imule")["tag_ids"]
        }
        self.assertEqual(names, TAGS)
