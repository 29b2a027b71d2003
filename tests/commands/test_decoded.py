"""Messages as JSON: every kind of them, with whatever in its tags."""

from __future__ import annotations

import json

from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase

from tests import strategies
from tests.samples import destination
from twisted_mule.commands.decoded import fields_of
from twisted_mule.commands.names import OPCODES
from twisted_mule.kad import messages as m
from twisted_mule.kad.expression import AndNot, Comparison, NumberTag, Or, StringTag, Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import BOOL, IntegerPair, Opaque, Tag

TARGET = KadID(5)


class FieldsTests(SynchronousTestCase):
    """The fields of messages."""

    @given(strategies.messages)
    def test_every_message(self, message: m.Message) -> None:
        """Every message that can be, with any tags and expressions, is JSON and has a name."""
        fields = fields_of(message)
        self.assertEqual(json.dumps(fields), json.dumps(json.loads(json.dumps(fields))))
        self.assertIn(message.opcode, OPCODES)

    def test_expression(self) -> None:
        """A search expression is told in prefix notation, as it travels."""
        wanted = Or(
            Words("free ubuntu"),
            AndNot(StringTag("Audio", 0x25), NumberTag(Comparison.LESS, Tag(0x24, 1000))),
        )
        fields = fields_of(m.SearchKeyRequest(TARGET, 7, wanted))
        size = {"id": 0x24, "name": "FILESIZE", "type": 8, "value": 1000}
        self.assertEqual(
            [
                "OR",
                ["STRING", "free ubuntu"],
                ["NOT", ["TAG", "FILETYPE", "Audio"], ["COMPARE", "LESS", size]],
            ],
            fields["expression"],
        )
        self.assertEqual((7, True), (fields["start"], fields["restrictive"]))

    def test_rare_tags(self) -> None:
        """Values that Kad does not use are bytes, pairs are tags, unknown names are numbers."""
        pair = IntegerPair(Tag(0x24, 1), Tag(0x35, 2))
        tags = (Tag(0x51, destination(1)), Tag(0xF0, Opaque(BOOL, b"\1")), Tag(0x2D, pair))
        told = fields_of(m.PublishNotesRequest(TARGET, KadID(6), tags))["tags"]
        self.assertEqual(destination(1).base64, told[0]["value"]["base64"])
        self.assertEqual(("0xf0", "01"), (told[1]["name"], told[1]["value"]))
        self.assertEqual([1, 2], [one["value"] for one in told[2]["value"]])

    def test_no_stream_destination(self) -> None:
        """The 387 zero bytes of no destination are null."""
        self.assertIsNone(fields_of(m.BootstrapResponse(TARGET, 8, None, ()))["tcp_dest"])

    def test_skipped(self) -> None:
        """Contacts that nobody could use are counted, when there are any."""
        self.assertEqual(2, fields_of(m.FindNodeResponse(TARGET, (), skipped=2))["skipped"])
        self.assertNotIn("skipped", fields_of(m.FindNodeResponse(TARGET, ())))

    def test_no_message(self) -> None:
        """Anything else is a mistake of ours."""
        with self.assertRaises(TypeError):
            fields_of("hello")  # type: ignore[arg-type]
