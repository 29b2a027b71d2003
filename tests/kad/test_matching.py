"""Search expressions against files (node-behaviour 7.4)."""

from __future__ import annotations

import re

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.expression import (
    And,
    AndNot,
    Comparison,
    Expression,
    NumberTag,
    Or,
    StringTag,
    Words,
)
from twisted_mule.kad.keyword_record import KeywordRecord, key, pack
from twisted_mule.kad.keywords import lower
from twisted_mule.kad.matching import matcher
from twisted_mule.kad.messages import Tags
from twisted_mule.kad.tags import (
    DESCRIPTION,
    FILEFORMAT,
    FILENAME,
    FILESIZE,
    FILETYPE,
    SOURCES,
    Tag,
    encode_tags,
    integer,
    text,
)

SPLIT = re.compile(r"""[ ()\[\]{}<>,._\-!?:;\\/"]+""")


@frozen
class Plain:
    """A file as nobody would store it."""

    name: str
    size: int
    tags: Tags = ()

    @property
    def entry(self) -> KeywordRecord:
        """The file as the index stores it."""
        names = [(1, self.name.encode())]
        return KeywordRecord(
            pack(key(bytes(16), bytes(16), self.size), 1.0, names, b"", encode_tags(self.tags))
        )


def fits(file: Plain, expression: Expression) -> bool:
    """The rules, spelt out."""
    match expression:
        case And(left, right):
            return fits(file, left) and fits(file, right)
        case Or(left, right):
            return fits(file, left) or fits(file, right)
        case AndNot(left, right):
            return fits(file, left) and not fits(file, right)
        case Words(words):
            wanted = [lower(word) for word in SPLIT.split(words) if word]
            return bool(wanted) and all(word in lower(file.name) for word in wanted)
        case StringTag(value, name) if name == FILEFORMAT:
            return "." in file.name and lower(file.name.split(".")[-1]) == lower(value)
        case StringTag(value, name):
            found = text(file.tags, name)
            return found is not None and lower(found) == lower(value)
        case NumberTag(op, tag):
            number = file.size if tag.name == FILESIZE else integer(file.tags, tag.name)
            assert isinstance(tag.value, int)
            difference = 0 if number is None else number - tag.value
            rules = (
                difference == 0,
                difference > 0,
                difference < 0,
                difference >= 0,
                difference <= 0,
                difference != 0,
            )
            return number is not None and rules[op]


#: A small world, in which expressions often hold.
some_words = st.lists(
    st.sampled_from(["ubuntu", "Été", "DVD", "mp3", "a", "Ё", "x.y", "-", "", "İ"]), max_size=3
).map(" ".join)
some_tags = st.lists(
    st.builds(Tag, st.just(FILETYPE), st.sampled_from(["Audio", "audio", "ФИЛЬМ", "Pro"]))
    | st.builds(Tag, st.sampled_from([SOURCES, FILETYPE, DESCRIPTION]), st.integers(0, 3)),
    max_size=3,
).map(tuple)
files = st.builds(
    Plain,
    st.builds("{}.{}".format, some_words, st.sampled_from(["mp3", "MP3", "iso", ""])),
    st.integers(1, 5),
    some_tags,
)
terms: st.SearchStrategy[Expression] = (
    st.builds(Words, some_words)
    | st.builds(
        StringTag,
        st.sampled_from(["audio", "Pro", "фильм", "MP3", ""]),
        st.sampled_from([FILETYPE, FILEFORMAT, FILENAME]),
    )
    | st.builds(
        NumberTag,
        st.sampled_from(Comparison),
        st.builds(Tag, st.sampled_from([FILESIZE, SOURCES]), st.integers(0, 6)),
    )
)
some_expressions: st.SearchStrategy[Expression] = st.recursive(
    terms,
    lambda sides: (
        st.builds(And, sides, sides) | st.builds(Or, sides, sides) | st.builds(AndNot, sides, sides)
    ),
    max_leaves=6,
)


class MatchingTests(SynchronousTestCase):
    """What fits and what does not."""

    def holds(self, file: Plain, expression: Expression) -> bool:
        """Whether the index would serve the file."""
        return matcher(expression).holds(file.entry)

    @given(files, some_expressions)
    def test_rules(self, file: Plain, expression: Expression) -> None:
        """A stored file fits exactly when the rules, spelt out, say so."""
        self.assertEqual(fits(file, expression), self.holds(file, expression))

    @given(files, some_expressions)
    def test_needed(self, file: Plain, expression: Expression) -> None:
        """What an expression needs stands in the record of every file that fits."""
        ready, entry = matcher(expression), file.entry
        if ready.holds(entry):
            for word in ready.needed:
                self.assertIn(word, entry.record.lower())

    def test_words(self) -> None:
        """Every word has to be a part of the name, of any length and in any case."""
        file = Plain("Ubuntu-24.04 Été.iso", 9)
        for words in ("ubuntu", "BUNT", "24 04", "été UBUNTU", "é"):
            self.assertTrue(self.holds(file, Words(words)), words)
        for words in ("debian", "ubuntu debian", "", " - ", "24.05"):
            self.assertFalse(self.holds(file, Words(words)), words)

    def test_missing_tag(self) -> None:
        """A tag that a file does not have compares with nothing, not even as unequal."""
        for op in Comparison:
            self.assertFalse(self.holds(Plain("a", 9), NumberTag(op, Tag(SOURCES, 3))))

    def test_first_tag(self) -> None:
        """Of several tags the first one of the right sort counts, in the order of answers."""
        file = Plain("a", 9, (Tag(SOURCES, "x"), Tag(SOURCES, 3), Tag(SOURCES, 4)))
        self.assertTrue(self.holds(file, NumberTag(Comparison.EQUAL, Tag(SOURCES, 3))))
        self.assertFalse(self.holds(file, NumberTag(Comparison.EQUAL, Tag(SOURCES, 4))))

    def test_format(self) -> None:
        """The format is what follows the last dot of the name."""
        for name, format_ in (("a.tar.GZ", "gz"), ("a.b.", ""), (".iso", "ISO")):
            self.assertTrue(self.holds(Plain(name, 9), StringTag(format_, FILEFORMAT)), name)
        for name, format_ in (("iso", "iso"), ("a.iso", "is"), ("a", "")):
            self.assertFalse(self.holds(Plain(name, 9), StringTag(format_, FILEFORMAT)), name)

    def test_name_is_no_tag(self) -> None:
        """The file name is not among the tags that can be compared."""
        self.assertFalse(self.holds(Plain("a", 9), StringTag("a", FILENAME)))

    def test_cost(self) -> None:
        """An expression costs what its words and tags cost together."""
        two, tag = Words("a b"), StringTag("x", FILETYPE)
        self.assertEqual(2, matcher(two).cost)
        self.assertEqual(matcher(two).cost + matcher(tag).cost, matcher(Or(two, tag)).cost)
        self.assertEqual(1, matcher(Words("a a a")).cost)

    def test_needed_words(self) -> None:
        """Words that both sides or one of them must have are needed, those of a choice are not."""
        ubuntu, dvd = Words("ubuntu 24"), Words("DVD")
        self.assertEqual((b"ubuntu", b"dvd", b"24"), matcher(And(ubuntu, dvd)).needed)
        self.assertEqual((b"ubuntu", b"24"), matcher(AndNot(ubuntu, dvd)).needed)
        self.assertEqual((), matcher(Or(ubuntu, dvd)).needed)
        self.assertEqual(8, len(matcher(Words(" ".join("abcdefghijkl"))).needed))

    def test_deepest(self) -> None:
        """The deepest expression that is read can be used."""
        expression: Expression = Words("a")
        for _ in range(23):
            expression = And(expression, Words("a"))
        self.assertTrue(self.holds(Plain("a", 9), expression))
