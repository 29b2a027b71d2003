"""Tests of :mod:`twisted_mule.web.said`: nothing that the node says stays English by accident."""

from __future__ import annotations

import re
from itertools import product
from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.web.spoken import EVERY, FILLS, PACKAGE, SPEAKERS, all_problems, filled, speakers, texts
from twisted_mule.clauses import Measured, clauses
from twisted_mule.sam.progress import NAMES
from twisted_mule.selfcheck.check import SelfCheck
from twisted_mule.selfcheck.verdicts import TITLES, Verdicts
from twisted_mule.status import (
    CheckStatus,
    Finding,
    Unit,
)
from twisted_mule.web import said
from twisted_mule.web.language import ENGLISH, LANGUAGES, spoken
from twisted_mule.web.said import recognised, tell

OTHERS: Final = [code for code, _name in LANGUAGES if code != ENGLISH]
#: The node ends with these before there is a page; statements for SQLite; what other tests make.
AT_THE_START: Final = re.compile(r"--data|--web|name a new file|^Another process$")
FOR_SQLITE: Final = re.compile(r"^\s*(CREATE|SELECT|INSERT|DELETE) ")
MADE_BELOW: Final = {
    "SESSION CREATE",
    "no optimisation",
    "set aside",
    "clause {} of the contract ({})",
    "The self-check finds {} kept{}.",
}


class TellTests(SynchronousTestCase):
    """A sentence is known again, whatever stands in it."""

    def test_english(self) -> None:
        """To an English reader everything is told as it came."""
        for saying in (*said.book()[0].values(), *said.book()[1][""]):
            self.assertEqual(saying.text, tell(saying.text))

    def test_values(self) -> None:
        """What stands in the places is kept; numbers are written as the reader writes them."""
        for english, german in (
            (
                "1,520 contacts are known; none has answered yet",
                "Bekannte Kontakte: 1.520; noch hat keiner geantwortet",
            ),
            ("at the most 0.048", "höchstens 0,048"),
            (
                "Something other than SAM answers at localhost:22",
                "Bei localhost:22 antwortet etwas anderes als SAM",
            ),
        ):
            with spoken("de"):
                self.assertEqual(german, tell(english))

    def test_inner(self) -> None:
        """A reason within a sentence is translated too, be it the system's or our own."""
        text = (
            "The state could not be saved. /a b/c.d is damaged (disk I/O error); "
            "it was set aside as c.d.damaged-1."
        )
        with spoken("de"):
            self.assertEqual(
                "Der Zustand konnte nicht gespeichert werden. /a b/c.d ist beschädigt "
                "(Ein-/Ausgabefehler des Datenträgers); die Datei wurde als c.d.damaged-1 "
                "beiseitegelegt.",
                tell(text),
            )

    def test_unknown(self) -> None:
        """What is not known stays as it is, and does not take its neighbours with it."""
        with spoken("de"):
            self.assertEqual("Nobody knows this", tell("Nobody knows this"))
            self.assertEqual(
                "Nobody. Der Zustand ist gespeichert.", tell("Nobody. The state is saved.")
            )

    @given(st.text(), st.sampled_from(EVERY))
    def test_hostile(self, text: str, sentence: str) -> None:
        """No text whatever breaks a page, nor does one with the marks of a place in it."""
        with spoken("ru"):
            for hostile in (
                text,
                f"{sentence}{text}",
                f"{sentence}. {{count}} {text}",
                "{0}{x}" + text,
            ):
                self.assertIsInstance(tell(hostile), str)

    def test_long(self) -> None:
        """What is far too long is not looked through."""
        text = "The state is saved. " * 200
        with spoken("de"):
            self.assertEqual(text, tell(text))


class WholeTests(SynchronousTestCase):
    """All that the node can say is in the book."""

    def test_speakers(self) -> None:
        """Every module that makes a sentence for the user is looked through below."""
        self.assertEqual({"tap.py"}, speakers() - set(SPEAKERS))  # it ends before there is a page

    def test_every_text(self) -> None:
        """Every text of these modules is known; it has a line in every catalogue then."""
        unknown = [
            (name, part)
            for name in SPEAKERS
            for text in texts(PACKAGE / name)
            if not (AT_THE_START.search(text) or FOR_SQLITE.match(text) or text in MADE_BELOW)
            for part in text.removesuffix(". {}").split(". ")
            if not any(
                recognised(part.replace("{}", fill)) or recognised(f"{part.replace('{}', fill)}.")
                for fill in FILLS
            )
        ]
        self.assertEqual([], unknown)

    def test_translated(self) -> None:
        """No sentence of the book is in another language what it is in English."""
        plain, by_word = said.book()
        every = (*plain.values(), *(each for them in by_word.values() for each in them))
        self.assertGreater(len(every), 240)
        for code in OTHERS:
            with spoken(code):
                same = {each.text for each in every if tell(filled(each)) == filled(each)}
            self.assertLessEqual(
                same,
                {
                    "Router: {state}",
                    "Router: {state}: {problem}",
                    "online",
                    "offline",
                    "{count} ms",
                    "{count} s",
                    "{count} %",
                },
            )

    def test_problems(self) -> None:
        """Both sentences of every problem with the router are translated."""
        for code in OTHERS:
            for problem in all_problems():
                for text in (problem.headline, problem.advice):
                    with spoken(code):
                        self.assertNotEqual(text, tell(text))

    def test_clauses(self) -> None:
        """So is every word on the page of the contract; figures alone need none."""
        check = SelfCheck(0.0, "")
        check.look(1.0, str)
        for clause in clauses(Measured(), check.checks):
            told = (
                clause.title,
                clause.rule,
                clause.kept_by,
                *(t for row in clause.figures for t in row),
            )
            measured = [text for c in clause.checks for text in (c.label, c.measured, c.bound)]
            for text in (*told, *measured):
                with spoken("ru"):
                    self.assertNotRegex(re.sub("^[0-9a-f]{12}$", "", tell(text)), "[a-z]{2}")

    def test_amounts(self) -> None:
        """Measurements and bounds of every unit are known."""
        for unit, least, figure in product(Unit, (False, True), (0.02, 1234.5)):
            check = CheckStatus("x", "x", Finding.KEPT, figure, figure, 1, unit, least)
            with spoken("ru"):
                self.assertNotRegex(tell(check.bound) + tell(check.measured), "[a-z]")

    def test_verdicts(self) -> None:
        """The sentences of the self-check are known, whatever changes in whichever clause."""
        for number in range(1, len(TITLES) + 1):
            verdicts = Verdicts()
            for finding in (Finding.BROKEN, Finding.KEPT, Finding.UNKNOWN, Finding.KEPT):
                checks = [
                    CheckStatus("x", label, finding, 0.1, 2.0, 1_000)
                    for label in ("largest datagram", "ticks outside the bounds")
                ]
                for text in verdicts.changes(number, checks):
                    with spoken("ru"):
                        self.assertNotRegex(tell(text), "[a-z]{2}")

    def test_steps(self) -> None:
        """So are the steps to the network."""
        for text in (each for pair in NAMES.values() for each in pair):
            with spoken("ru"):
                self.assertNotEqual(text, tell(text))
