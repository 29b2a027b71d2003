"""ed2k links: read, written, and refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.links import (
    LARGEST_FILE,
    LONGEST_LINK,
    LONGEST_NAME,
    FileLink,
    LinkError,
)

HASH = "31D6CFE0D16AE931B73C59D7E0C089C0"
ID = KadID.from_hex(HASH)

file_links = st.builds(
    FileLink,
    st.text(max_size=80),
    st.integers(1, LARGEST_FILE),
    st.integers(0, (1 << 128) - 1).map(KadID),
)


def link(name: str = "a", size: str = "1", file_hash: str = HASH, rest: str = "/") -> str:
    """A link of these fields."""
    return f"ed2k://|file|{name}|{size}|{file_hash}|{rest}"


texts_like_links = st.text("ed2kfil:/|%7C0123456789abcdef. ", max_size=120)
broken_links = st.builds(
    link, st.text(), st.text("0123456789", max_size=14), st.text("0f", min_size=31, max_size=33)
)


class LinkTests(SynchronousTestCase):
    """Links to files."""

    def complaint(self, text: str) -> str:
        """What is said about ``text``, which is no link: one sentence."""
        sentence = str(self.assertRaises(LinkError, FileLink.parse, text))
        self.assertTrue(sentence.endswith("."), sentence)
        return sentence

    def test_written(self) -> None:
        """A link is written with its name escaped and its hash in capitals."""
        self.assertEqual(
            f"ed2k://|file|%C3%A9t%C3%A9%20%7C%20100%25.iso|7|{HASH}|/",
            str(FileLink("été | 100%.iso", 7, ID)),
        )

    def test_read(self) -> None:
        """A link gives name, size and hash."""
        wanted = FileLink("Debian 12.iso", 658_505_728, ID)
        for name in ("Debian 12.iso", "Debian%2012.iso", " Debian 12.iso "):
            self.assertEqual(wanted, FileLink.parse(link(name, "658505728")))

    def test_ways_of_writing(self) -> None:
        """Letters of either case, escaped bars, blanks around and a missing end are understood."""
        whole = link()
        for text in (
            whole,
            f"\n {whole} ",
            whole.replace("ed2k", "ED2K").replace("file", "File"),
            whole.lower(),
            whole.replace("|", "%7C"),
            whole.replace("|", "%7c"),
            whole.removesuffix("/"),
            whole.removesuffix("|/"),
        ):
            self.assertEqual(FileLink("a", 1, ID), FileLink.parse(text), text)

    def test_further_fields(self) -> None:
        """Hashes of parts, of the tree, and sources are passed over."""
        rest = f"p={HASH}:{HASH}|h=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567|s=http://a.i2p/|/|sources,b:1|/"
        self.assertEqual(FileLink("a", 1, ID), FileLink.parse(link(rest=rest)))

    def test_names_are_no_paths(self) -> None:
        """Whatever a name tries, one harmless component comes of it."""
        for name, wanted in {
            "../../etc/passwd": ".._.._etc_passwd",
            "%2e%2e%2fshadow": ".._shadow",
            "..": "_",
            "%2E": "_",
            "C:\\boot.ini": "C:_boot.ini",
            "a%00b%0ac%1b[2J": "a_b_c_[2J",
            "exe.%E2%80%AEgpj": "exe._gpj",
        }.items():
            self.assertEqual(wanted, FileLink.parse(link(name)).name)

    def test_names_in_latin_1(self) -> None:
        """A name that is not UTF-8 is read as Latin-1; stray percent signs stay."""
        self.assertEqual("été 100% %zz", FileLink.parse(link("%E9t%e9 100% %zz")).name)

    def test_sizes(self) -> None:
        """A size is that of a file: plain digits, at least 1, at most 256 GiB."""
        self.assertEqual(LARGEST_FILE, FileLink.parse(link(size=str(LARGEST_FILE))).size)
        for size in ("", "0", "-1", "+1", "1.5", "1e3", "0x10", "1_0", "٣", str(LARGEST_FILE + 1)):
            self.assertIn("size", self.complaint(link(size=size)))
        self.assertIn("size", self.complaint(link(size="9" * 5000)))

    def test_hashes(self) -> None:
        """A hash has exactly 32 hexadecimal digits."""
        for file_hash in ("", HASH[1:], HASH + "0", "g" * 32, "0x" + HASH[2:], " ".join(HASH)):
            self.assertIn("hash", self.complaint(link(file_hash=file_hash)))

    def test_not_links(self) -> None:
        """What is no link to a file is refused with the reason."""
        self.assertIn("no ed2k link", self.complaint("http://example.i2p/"))
        self.assertIn("no ed2k link", self.complaint(""))
        self.assertIn("not whole", self.complaint("ed2k://|file|a|1"))
        self.assertIn("not lead to a file", self.complaint("ed2k://|server|a.i2p|1|/"))
        self.assertIn("not lead to a file", self.complaint("ed2k://"))
        self.assertIn("names no file", self.complaint(link("")))

    def test_too_long(self) -> None:
        """Neither a link nor a name may be longer than any file has."""
        self.assertIn("characters", self.complaint(link(rest="p=" + "0" * LONGEST_LINK)))
        self.assertIn("longer", self.complaint(link("a" * (LONGEST_NAME + 1))))
        self.assertEqual(LONGEST_NAME, len(FileLink.parse(link("%61" * LONGEST_NAME)).name))

    @given(file_links)
    def test_there_and_back(self, wanted: FileLink) -> None:
        """A written link reads as what was written."""
        self.assertEqual(wanted, FileLink.parse(str(wanted)))

    @given(file_links)
    def test_plain_letters(self, wanted: FileLink) -> None:
        """A written link is of letters that survive shells, mails and browsers."""
        self.assertRegex(str(wanted), r"\Aed2k://\|file\|[A-Za-z0-9_.~%-]+\|\d+\|[0-9A-F]{32}\|/\Z")

    @given(st.text() | texts_like_links | broken_links)
    def test_anything(self, text: str) -> None:
        """Any text is a link or refused, and the name of a link is one component."""
        try:
            found = FileLink.parse(text)
        except LinkError:
            return
        self.assertNotIn("/", found.name)
        self.assertNotIn(found.name, ("", ".", ".."))
        self.assertTrue(1 <= found.size <= LARGEST_FILE)
