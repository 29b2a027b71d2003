"""Tests of :mod:`twisted_mule.web.keys`: without a key there is nothing to be found here."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from tests.web.pictures import FixedStatus
from tests.web.reader import PAGES, PORT, Answer, ReaderTestCase
from tests.web.samples import online
from twisted_mule.web.doors import HEADERS
from twisted_mule.web.keys import Keys

SECRET, TOKEN = "5e" * 16, "70" * 16
KEYS = Keys(SECRET, TOKEN)
OTHERS = ("/style.css", "/status.json", "/metrics", "/peers.csv", "/icon-good.svg", "/nothing")
#: What a page of another site, a scanner or a rebinding client may try.
PROBES = ("/favicon.ico", "/robots.txt", "/?k=", "/?k=x", f"/?k={SECRET[:-1]}", f"/?K={SECRET}")


class KeysTestCase(ReaderTestCase):
    """Reads pages that ask for a key."""

    def ask(self, path: str, **headers: str) -> Answer:
        """An answer, by headers whose names have underscores here."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.read(FixedStatus(online()), path, headers=named, keys=KEYS)

    def enter(self, path: str = "/") -> tuple[Answer, str]:
        """The answer to the link, and the cookie that it gives."""
        answer = self.ask(f"{path}?k={SECRET}")
        return answer, (answer.header("Set-Cookie") or "").partition(";")[0]


class EntryTests(KeysTestCase):
    """Who comes in, and how."""

    def test_nothing_without(self) -> None:
        """Every path, known or not, is the same empty answer to a stranger."""
        answers = {
            (answer.code, answer.text, str(_all(answer.headers)))
            for answer in (self.ask(path) for path in (*PAGES, *OTHERS, *PROBES))
        }
        self.assertEqual(1, len(answers))
        ((code, text, _headers),) = answers
        self.assertEqual((404, ""), (code, text))

    def test_link(self) -> None:
        """The link is exchanged for a cookie, and the secret leaves the address bar."""
        answer, _cookie = self.enter()
        self.assertEqual((303, "/", ""), (answer.code, answer.header("Location"), answer.text))
        cookie = answer.header("Set-Cookie") or ""
        for attribute in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="):
            self.assertIn(attribute, cookie)
        self.assertNotIn("Domain", cookie)
        self.assertNotIn(SECRET, cookie)
        self.assertNotIn("mule", cookie)

    def test_link_to_a_page(self) -> None:
        """A link may lead to any page, with its choices, and to no other host."""
        for link, clean in (
            (f"/peers?sort=type&k={SECRET}&page=2", "/peers?sort=type&page=2"),
            (f"/router?k={SECRET}", "/router"),
        ):
            answer = self.ask(link)
            self.assertEqual((303, clean), (answer.code, answer.header("Location")))

    def test_cookie(self) -> None:
        """With the cookie every page is there."""
        _answer, cookie = self.enter()
        self.assertTrue(cookie.startswith(f"k{PORT}="))
        for path in (*PAGES, *OTHERS[:-1]):
            self.assertEqual(200, self.ask(path, Cookie=cookie).code, path)

    def test_wrong(self) -> None:
        """A cookie or a link that is nearly right is as good as none."""
        _answer, cookie = self.enter()
        name, _, value = cookie.partition("=")
        for wrong in (f"k1={value}", f"{name}={value[:-1]}", f"{name}={SECRET}", f"{name}=", "x"):
            self.assertEqual(404, self.ask("/", Cookie=wrong).code, wrong)
        for wrong in (f"/?k={SECRET}0", f"/?k={SECRET.upper()}", f"/?k={SECRET}&k={SECRET}"):
            answer = self.ask(wrong, Cookie="")
            self.assertEqual(404, answer.code, wrong)
            self.assertIsNone(answer.header("Set-Cookie"))

    def test_open(self) -> None:
        """Whether the process answers, and the network does, is told without a key."""
        self.assertEqual("ok\n", self.ask("/healthz").text)
        self.assertEqual("ready\n", self.ask("/readyz").text)

    def test_scraper(self) -> None:
        """The token opens the figures, and no page."""
        bearer = f"Bearer {TOKEN}"
        for path, code in (("/metrics", 200), ("/status.json", 200), ("/", 404), ("/peers", 404)):
            self.assertEqual(code, self.ask(path, Authorization=bearer).code, path)
        for wrong in (f"Bearer {TOKEN}0", f"bearer {TOKEN}", TOKEN, f"Bearer {SECRET}", ""):
            self.assertEqual(404, self.ask("/metrics", Authorization=wrong).code, wrong)

    def test_doors_come_first(self) -> None:
        """A good key opens nothing to another site or under another name."""
        _answer, cookie = self.enter()
        for headers, code in (
            ({"Host": f"evil.example:{PORT}"}, 421),
            ({"Host": f"127.0.0.1.evil.example:{PORT}"}, 421),
            ({"Origin": "null"}, 403),
            ({"Sec_Fetch_Site": "cross-site"}, 403),
        ):
            for path in ("/", f"/?k={SECRET}", "/status.json", "/icon-good.svg"):
                answer = self.ask(path, Cookie=cookie, **headers)
                self.assertEqual((code, ""), (answer.code, answer.text), (headers, path))
                self.assertIsNone(answer.header("Set-Cookie"))

    def test_headers(self) -> None:
        """A refusal and an exchange carry the header set too."""
        for answer in (self.ask("/"), self.enter()[0]):
            for name, value in HEADERS.items():
                self.assertEqual(value, answer.header(name))

    def test_secrets_are_not_shown(self) -> None:
        """No page, no JSON and no metrics holds a secret."""
        _answer, cookie = self.enter()
        for path in (*PAGES, *OTHERS[:-1]):
            text = self.ask(path, Cookie=cookie).text
            self.assertNotIn(SECRET, text)
            self.assertNotIn(TOKEN, text)


class ImageProbeTests(KeysTestCase):
    """What an ``<img>`` on another site learns."""

    def test_same_as_nothing(self) -> None:
        """The probe of a real icon cannot be told from that of one which is not there."""
        probe = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "image"}
        real, made_up = (self.ask(path, **probe) for path in ("/icon-good.svg", "/icon-none.svg"))
        self.assertEqual(real.code, made_up.code)
        self.assertEqual(_all(real.headers), _all(made_up.headers))
        self.assertEqual("", real.text + made_up.text)

    def test_old_browser(self) -> None:
        """So it is in a browser that says nothing of where a request comes from."""
        real, made_up = (self.ask(path) for path in ("/icon-good.svg", "/icon-none.svg"))
        self.assertEqual((real.code, real.text), (made_up.code, made_up.text))
        self.assertEqual(_all(real.headers), _all(made_up.headers))


class KeysTests(SynchronousTestCase):
    """The keys themselves."""

    def test_cookie_is_not_the_secret(self) -> None:
        """The cookie follows from the secret, and not the other way round."""
        self.assertEqual(KEYS.cookie, Keys(SECRET, "other").cookie)
        self.assertNotEqual(KEYS.cookie, Keys(TOKEN, TOKEN).cookie)
        self.assertNotIn(SECRET.encode(), KEYS.cookie)


def _all(headers: Headers) -> list[tuple[bytes, list[bytes]]]:
    told = headers.getAllRawHeaders()
    return sorted((name, list(values)) for name, values in told if name != b"Date")
