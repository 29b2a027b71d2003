"""Tests for :mod:`twisted_mule.sam.lines`."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis.strategies import characters, dictionaries, one_of, sampled_from, text
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sam.lines import LINE_LIMIT, Line, LineError, parse, render

PRINTABLE = characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
WORDS = text(sampled_from("ABCxyz.09-~_"), min_size=1, max_size=12)
VALUES = text(one_of(PRINTABLE, sampled_from(' "\\=')), max_size=30).filter(
    lambda value: value.replace(" ", "").isprintable()
)


class ParseTests(SynchronousTestCase):
    """A line becomes its words and options, or an error."""

    def test_reply(self) -> None:
        """Options are split at their first equals sign, so base64 keeps its padding."""
        self.assertEqual(
            Line("SESSION", "STATUS", {"RESULT": "OK", "DESTINATION": "ab-~=="}),
            parse("SESSION STATUS RESULT=OK DESTINATION=ab-~=="),
        )

    def test_quoted_values(self) -> None:
        """A value in quotes may hold spaces, and quotes and backslashes behind a backslash."""
        line = parse(r'SESSION STATUS RESULT=I2P_ERROR MESSAGE="no \"such\" C:\\ key" X=""')
        self.assertEqual(
            {"RESULT": "I2P_ERROR", "MESSAGE": 'no "such" C:\\ key', "X": ""}, line.options
        )

    def test_message_without_quotes(self) -> None:
        """A router that forgets the quotes is still understood, the same word twice included."""
        line = parse("SESSION STATUS RESULT=I2P_ERROR MESSAGE=the port is not the port")
        self.assertEqual("I2P_ERROR", line.options["RESULT"])
        self.assertEqual("the", line.options["MESSAGE"])

    def test_words_alone(self) -> None:
        """A line may have one word, or two, and spaces around them."""
        self.assertEqual(Line("PING", "", {}), parse("PING"))
        self.assertEqual(Line("PING", "17.5", {}), parse(" PING  17.5 "))

    def test_malformed(self) -> None:
        """Nothing, open quotes, control characters, two values for a key: an error each."""
        for text_ in (
            "",
            "   ",
            "=x",
            'A B C="x',
            'A B C="x"y',
            'A B C="x\\"',
            "A B =c",
            "A B C=1 C=2",
            "A\tB",
            "A B\0",
            "A B C=\x1b[2J",
            "A B\nC D",
            "x" * (LINE_LIMIT + 1),
        ):
            self.assertRaises(LineError, parse, text_)

    @given(text(max_size=200))
    @example('A B C="' + "\\" * 101)
    def test_any_text(self, text_: str) -> None:
        """Any text at all is a line that can be written again, or a `LineError`."""
        try:
            line = parse(text_)
        except LineError:
            return
        self.assertEqual(line, parse(render(line.verb, line.action, **line.options)))


class RenderTests(SynchronousTestCase):
    """What is written is read back the same, or not written."""

    def test_plain(self) -> None:
        """Numbers and plain words need no quotes."""
        self.assertEqual(
            "SESSION CREATE ID=m PORT=7 inbound.length=1",
            render("SESSION", "CREATE", ID="m", PORT=7, **{"inbound.length": "1"}),
        )
        self.assertEqual("PING", render("PING", ""))

    def test_quotes_where_needed(self) -> None:
        """Spaces, quotes, backslashes and nothing at all are quoted."""
        self.assertEqual(r'A B X="a b" Y="\"\\" Z=""', render("A", "B", X="a b", Y='"\\', Z=""))

    def test_unwritable(self) -> None:
        """What would break out of its place in the line is refused."""
        for verb, action, options in (
            ("A B", "C", {}),
            ("", "", {}),
            ("A", "B C=1", {}),
            ("A", "B=1", {}),
            ("A", "B", {"C D": "1"}),
            ("A", "B", {"C=": "1"}),
            ("A", "B", {"C": "1\nD E"}),
            ("A", "B", {"C": "x" * LINE_LIMIT}),
        ):
            self.assertRaises(LineError, render, verb, action, **options)

    @given(WORDS, WORDS, dictionaries(WORDS, VALUES, max_size=5))
    def test_round_trip(self, verb: str, action: str, options: dict[str, str]) -> None:
        """Every word and every printable value survives."""
        self.assertEqual(Line(verb, action, options), parse(render(verb, action, **options)))
