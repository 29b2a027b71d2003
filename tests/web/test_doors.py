"""Tests of :mod:`twisted_mule.web.doors`: who may read, and what every answer carries."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.trial.unittest import SynchronousTestCase

from tests.web.reader import PAGES, PORT, Answer, ReaderTestCase, wire
from tests.web.samples import online
from twisted_mule.web.doors import HEADERS, doors, own_hosts

PATHS = (*PAGES, "/style.css", "/status.json", "/healthz", "/readyz", "/icon-good.svg", "/nothing")

HOSTILE_FORMS = (
    "{0}.evil.example:{1}",
    "evil.example.{0}:{1}",
    "x{0}:{1}",
    "{0}x:{1}",
    "{0}:{1}0",
    "{0}:1",
    "{0}:",
    "{0}.:{1}",
    "user@{0}:{1}",
    "{0}:{1}@evil.example",
    "{0}:{1}#",
    "{0}:{1}?x",
    "{0}:{1}/..",
    "{0}:{1},evil.example:{1}",
    "http://{0}:{1}",
    "{0}:{1}:{1}",
)
#: Other ways to write an address of this machine, all of which a rebinding name may stand for.
OTHER_NUMBERS = (
    "0.0.0.0",  # noqa: S104 - nobody listens there
    "127.1",
    "0x7f.1",
    "2130706433",
    "127.0.0.2",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
)


class HostTests(ReaderTestCase):
    """Only who asks for us by our own name and port is answered."""

    def assert_refused(self, answer: Answer, code: int) -> None:
        """The refusal has no body, and the headers of any answer."""
        self.assertEqual((code, ""), (answer.code, answer.text))
        self.assertEqual(0, answer.length)
        self.assertIsNone(answer.header("Content-Type"))
        for name, value in HEADERS.items():
            self.assertEqual(value, answer.header(name))
        self.assertIsNone(answer.header("Server"))

    def test_own_names(self) -> None:
        """The three loopback names with our port are ours, in capitals too."""
        for host in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST"):
            answer = self.read(online(), "/", headers={"Host": f"{host}:{PORT}"})
            self.assertEqual(200, answer.code, host)

    def test_rebinding(self) -> None:
        """Any other name is refused on every path, however much it looks like ours."""
        for host in (
            f"evil.example:{PORT}",
            f"127.0.0.1.evil.example:{PORT}",
            f"localhost.evil.example:{PORT}",
            f"evil.example#127.0.0.1:{PORT}",
            f"user@127.0.0.1:{PORT}",
            f"127.0.0.1:{PORT}, evil.example",
            f"127.0.0.1:{PORT}/",
            f"127.1:{PORT}",
            f"0.0.0.0:{PORT}",
            f"[::ffff:127.0.0.1]:{PORT}",
            f"localhost.:{PORT}",
            f"127.0.0.1:0{PORT}",
            "127.0.0.1:80",
            "127.0.0.1",
            "localhost",
            "localhost:",
            " ",
        ):
            self.assert_refused(self.read(online(), "/", headers={"Host": host}), 421)
        for path in PATHS:
            answer = self.read(online(), path, headers={"Host": f"evil.example:{PORT}"})
            self.assert_refused(answer, 421)

    def test_missing(self) -> None:
        """A request that names no host is refused."""
        for request in (b"GET / HTTP/1.0\r\n\r\n", b"GET /style.css HTTP/1.1\r\n\r\n"):
            answer = wire(online()).open().say(request)
            self.assertTrue(answer.split(b"\r\n")[0].split()[1] in {b"400", b"421"}, answer)
            self.assertNotIn(b"twisted", answer.lower())

    def test_twice(self) -> None:
        """Two names are one too many, be one of them ours."""
        ours = b"Host: 127.0.0.1:%d\r\n" % PORT
        for hosts in (ours + b"Host: evil.example\r\n", ours * 2):
            answer = wire(online()).open().say(b"GET / HTTP/1.1\r\n" + hosts + b"\r\n")
            self.assertIn(answer.split()[1], {b"400", b"421"})

    def test_allowed_by_configuration(self) -> None:
        """A name that the owner allows is compared whole, and opens nothing else."""
        allowed = ("mule.example", "mule.lan:8080")
        for host, code in (
            ("mule.example", 200),
            ("MULE.example", 200),
            ("mule.lan:8080", 200),
            ("mule.example:8080", 421),
            ("mule.lan", 421),
            ("x.mule.example", 421),
        ):
            answer = self.read(online(), "/", headers={"Host": host}, allowed_hosts=allowed)
            self.assertEqual(code, answer.code, host)


class HostileNamesTests(ReaderTestCase):
    """Fifty names that look like ours and are not."""

    def test_nothing_is_learnt(self) -> None:
        """All get the same empty refusal, whatever they ask for."""
        near = ("localhost", "127.0.0.1", "[::1]")
        made = [f.format(name, PORT) for name in near for f in HOSTILE_FORMS]
        names = {*made, *(f"{number}:{PORT}" for number in OTHER_NUMBERS)}
        self.assertGreaterEqual(len(names), 50)
        for name in names:
            for path in ("/", "/icon-good.svg"):
                answer = self.read(online(), path, headers={"Host": name})
                self.assertEqual((421, "", 0), (answer.code, answer.text, answer.length), name)
                self.assertIsNone(answer.header("Set-Cookie"))


class OwnHostsTests(SynchronousTestCase):
    """Our names follow from the socket."""

    def test_port(self) -> None:
        """The names carry the port that is listened on."""
        hosts = own_hosts(IPv4Address("TCP", "127.0.0.1", 7657), secure=False)
        self.assertEqual({b"localhost:7657", b"127.0.0.1:7657", b"[::1]:7657"}, hosts)
        self.assertEqual(hosts, own_hosts(IPv6Address("TCP", "::1", 7657), secure=False))

    def test_default_port(self) -> None:
        """Where the scheme implies the port, a browser leaves it out."""
        self.assertIn(b"localhost", own_hosts(IPv4Address("TCP", "127.0.0.1", 80), secure=False))
        self.assertIn(b"localhost", own_hosts(IPv4Address("TCP", "127.0.0.1", 443), secure=True))
        self.assertNotIn(
            b"localhost", own_hosts(IPv4Address("TCP", "127.0.0.1", 443), secure=False)
        )

    def test_unix_socket(self) -> None:
        """A Unix socket has no port, and neither have its names."""
        self.assertEqual(
            {b"localhost", b"127.0.0.1", b"[::1]"}, own_hosts(UNIXAddress("/run/x"), secure=False)
        )


class MethodTests(ReaderTestCase):
    """The dashboard is for reading."""

    def test_others(self) -> None:
        """Every other method is refused alike, on known and unknown paths."""
        for path in PATHS:
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "EVIL"):
                answer = self.read(online(), path, method)
                self.assertEqual((405, ""), (answer.code, answer.text), (method, path))
                self.assertEqual("GET, HEAD", answer.header("Allow"))

    def test_head(self) -> None:
        """HEAD answers with the headers of GET, and no body."""
        rest = b" HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % PORT
        for path in PATHS:
            full, head = (
                wire(online()).open().say(method + path.encode() + rest)
                for method in (b"GET ", b"HEAD ")
            )
            headers, _, body = full.partition(b"\r\n\r\n")
            self.assertEqual(_dateless(headers), _dateless(head.removesuffix(b"\r\n\r\n")), path)
            self.assertIn(b"Content-Length: %d" % len(body), head)

    def test_capitals(self) -> None:
        """Methods are capitals; anything else is another method."""
        request = b"get / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % PORT
        self.assertIn(wire(online()).open().say(request).split()[1], {b"400", b"405"})

    def test_star(self) -> None:
        """The path that is none passes the doors as well."""
        host = b"Host: 127.0.0.1:%d\r\n\r\n" % PORT
        for start, code in ((b"OPTIONS", b"405"), (b"GET", b"400")):
            answer = wire(online()).open().say(start + b" * HTTP/1.1\r\n" + host)
            self.assertEqual(code, answer.split()[1])
            self.assertIn(b"nosniff", answer)
            self.assertNotIn(b"Server", answer)


class OriginTests(ReaderTestCase):
    """Other sites get nothing, not even what it is that refuses them."""

    def test_sec_fetch_site(self) -> None:
        """Only our own pages and the reader's own hand may fetch."""
        for site, code in (
            ("same-origin", 200),
            ("none", 200),
            ("cross-site", 403),
            ("same-site", 403),
            ("", 403),
            ("anything", 403),
        ):
            for path in PATHS[:-1]:
                answer = self.read(online(), path, headers={"Sec-Fetch-Site": site})
                self.assertEqual(code, answer.code, (site, path))
                if code == 403:
                    self.assertEqual("", answer.text)

    def test_origin(self) -> None:
        """An origin that is not ours is refused, above all ``null``."""
        for origin, code in (
            (f"http://127.0.0.1:{PORT}", 200),
            (f"http://localhost:{PORT}", 403),
            ("null", 403),
            ("file://", 403),
            ("", 403),
            ("http://127.0.0.1", 403),
            (f"http://127.0.0.1:{PORT}.evil.example", 403),
            (f"http://evil.example:{PORT}", 403),
        ):
            answer = self.read(online(), "/", headers={"Origin": origin})
            self.assertEqual(code, answer.code, origin)

    def test_no_cors(self) -> None:
        """Nobody is ever allowed in by a CORS header."""
        for method in ("GET", "OPTIONS"):
            headers = {"Origin": f"http://127.0.0.1:{PORT}", "Access-Control-Request-Method": "GET"}
            answer = self.read(online(), "/", method, headers)
            names = [name.lower() for name, _ in answer.headers.getAllRawHeaders()]
            self.assertFalse([name for name in names if name.startswith(b"access-control")])


class HeaderTests(ReaderTestCase):
    """Every answer carries the same protection."""

    def test_everywhere(self) -> None:
        """Pages, the style sheet, machine answers and unknown paths carry all headers once."""
        for path in PATHS:
            answer = self.read(online(), path)
            for name, value in HEADERS.items():
                self.assertEqual(value, answer.header(name), (path, name))
            self.assertIsNone(answer.header("Server"))
            self.assertIsNone(answer.header("Set-Cookie"))

    def test_policy(self) -> None:
        """The policy lets in a style sheet and images of ours, and nothing else."""
        policy = HEADERS["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertNotIn("script-src", policy)

    def test_odd_paths(self) -> None:
        """A path that is no UTF-8, or no path of ours, is refused without a word."""
        host = b"Host: 127.0.0.1:%d\r\n\r\n" % PORT
        for path in (b"/%ff", b"/router%c0%af", b"http://evil.example/", b"router", b"//router"):
            answer = wire(online()).open().say(b"GET " + path + b" HTTP/1.1\r\n" + host)
            self.assertEqual(b"400", answer.split()[1], path)
            self.assertTrue(answer.endswith(b"\r\n\r\n"))

    def test_no_way_around(self) -> None:
        """The doors are a leaf: nothing is added beside them, nothing is reached past them."""
        hung = doors(doors(None))  # type: ignore[arg-type]
        self.assertTrue(hung.isLeaf)
        self.assertIs(hung, hung.getChildWithDefault(b"x", None))  # type: ignore[arg-type]
        self.assertRaises(TypeError, hung.putChild, b"x", hung)


def _dateless(head: bytes) -> list[bytes]:
    return [line for line in head.split(b"\r\n") if not line.startswith(b"Date:")]
