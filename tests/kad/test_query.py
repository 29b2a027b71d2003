"""Tests for :mod:`twisted_mule.kad.query`, its terms and its filters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.expression import (
    And,
    AndNot,
    Comparison,
    Expression,
    NumberTag,
    Or,
    StringTag,
    Words,
    decode_expression,
    encode_expression,
)
from twisted_mule.kad.filters import Filters
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.query import LONGEST, QueryError, parse
from twisted_mule.kad.tags import FILEFORMAT, FILESIZE, FILETYPE, SOURCES, Tag

W = Words

#: What is typed, and the lookups that it takes: the keyword, and what its nodes are asked.
READ: list[tuple[str, list[tuple[str, Expression | None]]]] = [
    ("ubuntu", [("ubuntu", None)]),
    ("  UBUNTU\t", [("ubuntu", None)]),
    ("ubuntu iso 22", [("ubuntu", W("iso 22"))]),
    ("ubuntu AND iso", [("ubuntu", W("iso"))]),
    ("a song of ice", [("song", W("a of ice"))]),
    ("blu-ray disc", [("blu", W("ray disc"))]),
    ("artist - title", [("artist", W("title"))]),
    ("foo foo", [("foo", W("foo"))]),
    ("Ärger", [("ärger", None)]),
    ("日 本", [("日", W("本"))]),
    ('"star wars"', [("star", W("star wars"))]),
    ('"star wars" iv', [("star", And(W("iv"), W("star wars")))]),
    ("foo -bar", [("foo", AndNot(W("foo"), W("bar")))]),
    ("foo NOT bar", [("foo", AndNot(W("foo"), W("bar")))]),
    ("foo AND NOT bar", [("foo", AndNot(W("foo"), W("bar")))]),
    ("-bar foo baz", [("foo", AndNot(W("baz"), W("bar")))]),
    ("foo -bar -baz", [("foo", AndNot(W("foo"), Or(W("bar"), W("baz"))))]),
    ('foo -"bar baz"', [("foo", AndNot(W("foo"), W("bar baz")))]),
    ("foo -(bar OR baz)", [("foo", AndNot(W("foo"), Or(W("bar"), W("baz"))))]),
    ("foo OR bar", [("foo", None), ("bar", None)]),
    ("words -not OR other", [("words", AndNot(W("words"), W("not"))), ("other", None)]),
    ("foo bar OR foo baz", [("foo", Or(W("foo bar"), W("foo baz")))]),
    ("foo (bar OR baz)", [("foo", Or(W("bar"), W("baz")))]),
    ("(bar OR baz) foo", [("foo", Or(W("bar"), W("baz")))]),
    ("(bar OR ab) foo", [("foo", Or(W("bar"), W("ab")))]),
    ("((foo))", [("foo", None)]),
    ("foo or not", [("foo", W("or not"))]),
    ('foo "OR" bar', [("foo", And(W("bar"), W("or")))]),
    ("(foo OR bar) (baz OR qux)", []),
]

REFUSED = [
    ("", "nothing to search for"),
    ("  ", "nothing to search for"),
    ("- -", "A word is missing"),
    ("()", "A word is missing"),
    ("-foo", "not only words to leave out"),
    ("foo OR -bar", "not only words to leave out"),
    ("ab", "three letters or more"),
    ("foo OR ab", "three letters or more"),
    ('"foo', "quotation mark"),
    ("(foo", "opening parenthesis"),
    ("foo)", "closing parenthesis"),
    ("foo OR", "A word is missing"),
    ("OR foo", "A word is missing"),
    ("foo AND", "A word is missing"),
    ("AND foo", "between two words"),
    ("foo NOT", "A word is missing"),
    ("foo AND OR bar", "A word is missing"),
    ("foo -(", "A word is missing"),
    ("aaa OR bbb OR ccc OR ddd OR eee", "more than 4 alternatives"),
    ("(" * 9 + "foo" + ")" * 9, "too many parentheses"),
    ("x" * (LONGEST + 1), "longer than 300 characters"),
    ("foo \udce9", "no UTF-8"),
]


class ParseTests(SynchronousTestCase):
    """Words are read as people write them."""

    def test_read(self) -> None:
        """Every query takes the lookups it should, each with the right expression."""
        for text, legs in READ:
            found = [(leg.word, leg.expression) for leg in parse(text).legs]
            self.assertEqual(legs or found, found, text)

    def test_two_pairs_of_alternatives(self) -> None:
        """Of two terms that need as many lookups the first one decides."""
        legs = parse("(foo OR bar) (baz OR qux)").legs
        both = And(Or(W("foo"), W("bar")), Or(W("baz"), W("qux")))
        self.assertEqual([("foo", both), ("bar", both)], [(x.word, x.expression) for x in legs])

    def test_refused(self) -> None:
        """What makes no sense is refused in one sentence that says why."""
        for text, why in REFUSED:
            reason = self.assertRaises(QueryError, parse, text)
            self.assertIn(why, str(reason), text)
            self.assertRegex(str(reason), r"^[A-Z][^.]*\.$")

    def test_target(self) -> None:
        """A lookup goes to the identifier of its word."""
        (leg,) = parse("Ubuntu server").legs
        self.assertEqual(KadID.from_hex("a5d7852a264d406b2d682a4aa88fb6d1"), leg.target)

    def test_too_complicated(self) -> None:
        """What other nodes could not read is not sent."""
        deep = "ccc"
        for _ in range(8):
            deep = f"(aaa OR bbb -not {deep})"
        self.assertEqual(1, len(parse(f"foo {deep}").legs))
        reason = self.assertRaises(QueryError, parse, f"foo bar {deep}", Filters("Video", 1))
        self.assertIn("too complicated", str(reason))

    @given(st.text(st.sampled_from('ab cdé"()-OR NT日._'), max_size=60))
    def test_anything(self, text: str) -> None:
        """Whatever is typed is either understood, and can be sent, or refused."""
        try:
            query = parse(text)
        except QueryError:
            return
        for leg in query.legs:
            if leg.expression is not None:
                written = encode_expression(leg.expression)
                self.assertEqual(leg.expression, decode_expression(Cursor(written)))

    @given(st.lists(st.sampled_from(("foo", "bar", "OR", "NOT", "(", ")", '"a b"')), max_size=9))
    def test_reachable(self, tokens: list[str]) -> None:
        """Whatever matches a query holds the keyword of one of its lookups."""
        try:
            query = parse(" ".join(tokens))
        except QueryError:
            return
        for name in ("foo", "bar", "a b", "foo bar", "bar a b", "x"):
            if query.wants(name, 1, "", 0):
                self.assertTrue([leg for leg in query.legs if leg.word in name.split()])


class MatchTests(SynchronousTestCase):
    """What comes back is looked at again, by whole words."""

    def assert_names(self, text: str, yes: list[str], no: list[str]) -> None:
        """The query wants the first names and not the others."""
        query = parse(text)
        self.assertEqual(yes, [name for name in yes + no if query.wants(name, 1, "", 0)])

    def test_words(self) -> None:
        """All words, whole, in any order and any case, extension included."""
        self.assert_names(
            "linux iso", ["Linux-6.1.ISO", "iso_linux"], ["linuxiso", "linux isos", "linux"]
        )

    def test_repeated(self) -> None:
        """A word typed twice is there twice."""
        self.assert_names("duran duran", ["Duran Duran", "duran.duran.duran"], ["duran"])

    def test_short_words(self) -> None:
        """Words too short to search for still count."""
        self.assert_names("rocky 2", ["Rocky.2.avi"], ["Rocky.22.avi", "Rocky.avi"])

    def test_phrase(self) -> None:
        """What is quoted stands together, whatever is between its words."""
        self.assert_names(
            '"star wars"', ["Star.Wars.avi", "the star_wars"], ["wars star", "star trek wars"]
        )

    def test_not(self) -> None:
        """What is to be left out is left out, where it is a whole word."""
        self.assert_names("night -cam", ["night", "night camera"], ["night cam", "CAM.night"])

    def test_or(self) -> None:
        """Either will do."""
        self.assert_names("(tea OR milk) cup", ["cup tea", "milk cup"], ["cup", "tea milk"])


class FilterTests(SynchronousTestCase):
    """What a file must be like besides its name."""

    FILTERS = Filters("Video", 10, 20, "avi", 3)

    def test_sent(self) -> None:
        """Filters are sent in iMule's order and chain; its comparisons leave the bound out."""
        (leg,) = parse("foo bar", self.FILTERS).legs
        chain: list[Expression] = [
            W("bar"),
            StringTag("Video", FILETYPE),
            NumberTag(Comparison.GREATER, Tag(FILESIZE, 9)),
            NumberTag(Comparison.LESS, Tag(FILESIZE, 21)),
            NumberTag(Comparison.GREATER, Tag(SOURCES, 2)),
        ]
        expected: Expression = StringTag("avi", FILEFORMAT)
        for link in reversed(chain):
            expected = And(link, expected)
        self.assertEqual(expected, leg.expression)

    def test_alone(self) -> None:
        """A filter without further words is all that is asked."""
        (leg,) = parse("foo", Filters(extension="iso")).legs
        self.assertEqual(StringTag("iso", FILEFORMAT), leg.expression)

    def test_applied(self) -> None:
        """A node that does not look at filters brings nothing that does not pass."""
        query = parse("foo", self.FILTERS)
        self.assertTrue(query.wants("foo.AVI", 10, "video", 3))
        self.assertTrue(query.wants("foo.avi", 20, "Video", 9))
        for name, size, file_type, sources in (
            ("foo.mpg", 15, "Video", 9),
            ("foo.avi", 9, "Video", 9),
            ("foo.avi", 21, "Video", 9),
            ("foo.avi", 15, "", 9),
            ("foo.avi", 15, "Video", 2),
        ):
            self.assertFalse(query.wants(name, size, file_type, sources))

    def test_nothing_passes(self) -> None:
        """Filters that nothing can pass are refused in one sentence."""
        for wrong in (
            {"min_size": 2, "max_size": 1},
            {"min_size": 1 << 64},
            {"max_size": 1 << 64},
            {"extension": ".iso"},
            {"min_sources": 1 << 64},
        ):
            reason = self.assertRaises(QueryError, Filters, **wrong)
            self.assertRegex(str(reason), r"^[A-Z][^.]*\.$")
