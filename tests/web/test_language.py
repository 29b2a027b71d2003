"""Tests of :mod:`twisted_mule.web.language` and of the catalogues: whole, compiled, harmless."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from twisted.trial.unittest import SynchronousTestCase

import twisted_mule
from tests.web.pictures import FixedStatus
from tests.web.reader import PAGES, ReaderTestCase, outline
from tests.web.samples import everything, online
from twisted_mule.web import language, words
from twisted_mule.web.language import LANGUAGES, _, catalogue, chosen, direction, plural, spoken

PACKAGE = Path(twisted_mule.__file__).resolve().parent
METHODS = [("twisted_mule/web/**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS: dict[str, Any] = {"_": None, "mark": None, "plural": (1, 2)}
OTHERS = [code for code, _name in LANGUAGES if code != language.ENGLISH]


def forms(text: object) -> tuple[str, ...]:
    """A message's text, or all its forms."""
    return text if isinstance(text, tuple) else (str(text),)


def known(code: str) -> dict[str, Message]:
    """The translations of a language, by the first form of the English text."""
    with (PACKAGE / "locale" / code / "LC_MESSAGES" / "dashboard.po").open("rb") as file:
        return {forms(message.id)[0]: message for message in read_po(file, code) if message.id}


class CatalogueTests(SynchronousTestCase):
    """Every language says everything."""

    def test_complete(self) -> None:
        """Every text of the program and of the templates is translated, and no other one."""
        said = {
            forms(text)[0]
            for _file, _line, text, _comments, _context in extract_from_dir(
                PACKAGE.parent, METHODS, keywords=KEYWORDS
            )
        }
        self.assertGreater(len(said), 300)
        for code in OTHERS:
            translated = {key for key, each in known(code).items() if all(forms(each.string))}
            self.assertEqual(set(), said ^ translated, code)

    def test_places(self) -> None:
        """A translation has the places of its text, so that no page breaks over it."""
        for code in OTHERS:
            for message in known(code).values():
                wanted = {place for form in forms(message.id) for place in _places(form)}
                for form in forms(message.string):
                    self.assertEqual(wanted, _places(form), (code, form))

    def test_plain(self) -> None:
        """Translations are text: no tags, no control or direction characters."""
        for code in OTHERS:
            for message in known(code).values():
                for form in forms(message.string):
                    self.assertEqual(form, words.printable(form))
                    self.assertNotRegex(form, r"<|&\w+;")

    def test_compiled(self) -> None:
        """What is read at run time is compiled from the texts; `make messages` does it."""
        for code in OTHERS:
            texts = catalogue(code)
            for key, message in known(code).items():
                if isinstance(message.id, str):
                    self.assertEqual(message.string, texts.gettext(key))
            rebuilt = BytesIO()
            write_mo(rebuilt, _catalogue(code))
            file = PACKAGE / "locale" / code / "LC_MESSAGES" / "dashboard.mo"
            self.assertEqual(len(rebuilt.getvalue()), file.stat().st_size)

    def test_plurals(self) -> None:
        """Each language has its own forms for its numbers."""
        one, more = (
            "Asking {count} known node; none has answered yet",
            "Asking {count} known nodes; none has answered yet",
        )
        with spoken("ru"):
            self.assertEqual(3, len({plural(one, more, number) for number in (1, 2, 5, 21)}))
        with spoken("de"):
            self.assertNotEqual(plural(one, more, 1), plural(one, more, 2))


class ChoiceTests(SynchronousTestCase):
    """Which language a reader gets."""

    def test_chosen(self) -> None:
        """The first wish that can be met; regions and capitals do not matter."""
        self.assertEqual("de", chosen(["", "fr", "DE-at", "ru"]))
        self.assertEqual("en", chosen(["xx", "../../etc/passwd", ""]))
        self.assertEqual("en", chosen([]))

    def test_ends(self) -> None:
        """A language lasts for one page only."""
        with spoken("ru"):
            self.assertEqual("Обзор", _("Overview"))
        self.assertEqual("Overview", _("Overview"))

    def test_unknown(self) -> None:
        """What there is no catalogue for is English, whatever it is named."""
        with spoken("../../x"):
            self.assertEqual("Overview", _("Overview"))

    def test_direction(self) -> None:
        """Languages that are written from the right say so."""
        for code, expected in (("en", "ltr"), ("ar", "rtl"), ("fa-IR", "rtl"), ("ru", "ltr")):
            with spoken(code):
                self.assertEqual(expected, direction())


class PagesInLanguagesTests(ReaderTestCase):
    """Every page in every language."""

    def test_whole(self) -> None:
        """Pages are well-formed, in the language they say, and have one shape in all languages."""
        for path in PAGES:
            shapes = set()
            for code, _name in LANGUAGES:
                text = self.read(FixedStatus(online()), f"{path}?lang={code}").text
                self.assertIn(f'<html lang="{code}" dir="ltr">', text)
                shapes.add(tuple(tag for tag, _ in outline(text).tags))
            self.assertEqual(1, len(shapes), path)

    def test_states(self) -> None:
        """Every state of the node can be told in every language."""
        for status in everything().values():
            for code in OTHERS:
                for path in ("/", "/router", "/contract"):
                    self.assertEqual(200, self.read(status, f"{path}?lang={code}").code)

    def test_kept(self) -> None:
        """A choice is kept in a cookie; a word that is no language is not."""
        answer = self.read(online(), "/?lang=ru")
        cookie = answer.header("Set-Cookie") or ""
        self.assertIn("language=ru; Path=/", cookie)
        self.assertIn("SameSite=Strict", cookie)
        self.assertIsNone(self.read(online(), "/?lang=xx%0d%0aX:y").header("Set-Cookie"))

    def test_order(self) -> None:
        """What is chosen now comes before what was chosen, and that before the browser's."""
        headers = {"Accept-Language": "fr,ru;q=0.9", "Cookie": "language=de"}
        for path, given, title in (
            ("/?lang=en", headers, "Overview"),
            ("/", headers, "Überblick"),
            ("/", {"Accept-Language": "fr,ru;q=0.9"}, "Обзор"),
            ("/", {"Accept-Language": "fr"}, "Overview"),
        ):
            self.assertIn(f">{title}</a>", self.read(online(), path, headers=given).text)

    def test_machines(self) -> None:
        """What machines read is the same in every language."""
        for path in ("/status.json", "/metrics", "/peers.csv", "/readyz"):
            plain = self.read(online(), path).text
            headers = {"Accept-Language": "ru", "Cookie": "language=ru"}
            self.assertEqual(plain, self.read(online(), path, headers=headers).text, path)


class WireTests(SynchronousTestCase):
    """The language is known to the dashboard only."""

    def test_nobody_else_knows(self) -> None:
        """No module outside the dashboard reads a catalogue or a locale."""
        wrong = [
            str(path)
            for path in PACKAGE.rglob("*.py")
            if "web" not in path.relative_to(PACKAGE).parts
            and re.search(
                r"\b(gettext|import locale|setlocale|babel|web\.language)\b",
                path.read_text("utf-8"),
            )
        ]
        self.assertEqual([], wrong)


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


def _catalogue(code: str) -> Catalog:
    with (PACKAGE / "locale" / code / "LC_MESSAGES" / "dashboard.po").open("rb") as file:
        return read_po(file, code)
