"""What can be fetched, and what is refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import ed25519_destination
from tests.samples import destination
from twisted_mule.commands.addresses import Address, AddressError, read_source
from twisted_mule.practice.keys import b32

FULL = destination(1).base64
MODERN = ed25519_destination(1)


class AddressTests(SynchronousTestCase):
    """``Address`` and ``read_source``."""

    def reason(self, text: str) -> str:
        """Why ``text`` is refused."""
        with self.assertRaises(AddressError) as caught:
            read_source(text)
        return str(caught.exception)

    def test_names(self) -> None:
        """A name is dialled as it is, in small letters."""
        address = Address.parse("http://WWW.Example.i2p:80/a/nodes.dat?x=1#top")
        self.assertEqual("http://www.example.i2p/a/nodes.dat?x=1", str(address))
        self.assertEqual("www.example.i2p", address.dial)
        self.assertEqual("http://example.i2p/", str(Address.parse("HTTP://example.i2p")))

    def test_short_names(self) -> None:
        """So is the .b32.i2p name of a destination."""
        name = b32(FULL)
        self.assertEqual(Address(name, "/n", name), Address.parse(f"http://{name}/n"))

    def test_destinations(self) -> None:
        """A destination in full, old or modern, is dialled itself and called by its short name."""
        for full in (FULL, MODERN):
            address = Address.parse(f"http://{full}.i2p/n")
            self.assertEqual(Address(b32(full), "/n", full), address)

    def test_broken_destinations(self) -> None:
        """One that was cut short is refused."""
        self.assertIn("not whole", self.reason(f"http://{FULL[:-8]}.i2p/n"))
        self.assertIn("not whole", self.reason(f"http://{FULL[:-1]}=.i2p/n"))

    def test_outside(self) -> None:
        """An address outside of I2P is refused, with the reason."""
        for place in (
            "example.org",
            "127.0.0.1",
            "[::1]",
            "i2p",
            ".i2p",
            "example.i2p.org",
            "xi2p",
            "a..i2p",
            "exämple.i2p",
        ):
            self.assertIn("is not within I2P", self.reason(f"http://{place}/nodes.dat"))
        self.assertIn("is not within I2P", self.reason("http:///nodes.dat"))

    def test_other_schemes(self) -> None:
        """Anything but http is refused, and https told what to write."""
        self.assertIn("write http://", self.reason("https://example.i2p/nodes.dat"))
        for scheme in ("ftp", "file", "gopher"):
            self.assertIn(f"not {scheme}://", self.reason(f"{scheme}://example.i2p/nodes.dat"))

    def test_user_names_and_ports(self) -> None:
        """Neither can be used."""
        self.assertIn("user name", self.reason("http://me:secret@example.i2p/"))
        self.assertIn("user name", self.reason("http://example.org@x.i2p/"))
        self.assertIn("leave out :8080", self.reason("http://example.i2p:8080/"))

    def test_what_is_no_address(self) -> None:
        """Blanks, control characters and endless text are refused."""
        for text in ("http://x.i2p/a b", "http://x.i2p/\r\nHost: y", "http://x.i2p/" + "a" * 5000):
            self.assertIn("copy it again", self.reason(text))
        self.assertIn("copy it again", self.reason("http://[x.i2p/"))

    def test_other_letters(self) -> None:
        """Letters that no request may have are escaped."""
        self.assertEqual("/n%C3%B6%22%3C?%C3%A4%5E", Address.parse('http://x.i2p/nö"<?ä^').path)

    def test_links(self) -> None:
        """An ed2k link to a list of nodes is the address in it, its bars escaped or not."""
        address = Address.parse("http://x.i2p/nodes.dat")
        for link in (
            "ed2k://|nodeslist|http://x.i2p/nodes.dat|/",
            "ED2K://|NodesList|http://x.i2p/nodes.dat|",
            "ed2k://%7Cnodeslist%7chttp://x.i2p/nodes.dat%7C/",
        ):
            self.assertEqual(address, read_source(link))

    def test_other_links(self) -> None:
        """Other links, and lists outside of I2P, are refused."""
        for link in ("ed2k://|file|x|1|00|/", "ed2k://|nodeslist|", "ed2k:nodes"):
            self.assertIn("does not lead to contacts", self.reason(link))
        self.assertIn("not within I2P", self.reason("ed2k://|nodeslist|http://a.org/n|/"))

    def test_files(self) -> None:
        """Whatever is no address names a file."""
        for name in ("nodes.dat", "-", "/srv/x.i2p", "example.i2p", "~/http"):
            self.assertIsNone(read_source(name))

    def test_redirects(self) -> None:
        """A redirect to the same host keeps the way there; one outside is refused."""
        address = Address.parse(f"http://{FULL}.i2p/a/b")
        self.assertEqual(Address(b32(FULL), "/a/c", FULL), address.followed("c"))
        self.assertEqual(Address(b32(FULL), "/c", FULL), address.followed(f"http://{b32(FULL)}/c"))
        self.assertEqual(Address.parse("http://y.i2p/"), address.followed("//y.i2p/"))
        for location in ("http://example.org/", "//example.org/x", "https://y.i2p/", "data:,x"):
            with self.assertRaises(AddressError):
                address.followed(location)

    @given(st.text(max_size=60))
    def test_anything(self, text: str) -> None:
        """Whatever the text is, an address leads into I2P, in plain characters."""
        for given_text in (text, f"http://{text}", f"http://x.i2p/{text}"):
            try:
                address = read_source(given_text)
            except AddressError as reason:
                self.assertEqual(1, len(str(reason).splitlines()))
                continue
            if address is not None:
                self.assertTrue(address.host.endswith(".i2p"))
                self.assertTrue(str(address).isascii())
                self.assertNotIn(" ", str(address))
