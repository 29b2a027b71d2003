"""The documentation against the project: what it names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isclose
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))

_LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)#]+)")
_PATH = re.compile(r"`((?:twisted_mule|twisted|templates|tests|docs|\.ci)/[\w./-]*)`")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?")
#: As it stands, in milliseconds, in per cent, a minute (of a rate), in minutes, in hours.
UNITS = (1.0, 1000.0, 100.0, 60.0, 1 / 60, 1 / 3600)
_TARGET = re.compile(r"(?:`|^ {4})make ([a-z]+)", re.MULTILINE)


def found(pattern: re.Pattern[str]) -> Iterator[tuple[Path, str]]:
    """Whatever ``pattern`` captures, with the page that says it."""
    for page in PAGES:
        for match in pattern.finditer(page.read_text("utf-8")):
            yield page, match[1]


def rows() -> Iterator[tuple[list[str], str]]:
    """The rows about constants on the contract's page: their names, and the cell of the values."""
    for line in (ROOT / "docs" / "contract.md").read_text("utf-8").splitlines():
        cells = line.split("|")
        names = re.findall(r"`([A-Z_]+)`", cells[1]) if len(cells) > 2 else []
        if names:
            yield names, cells[2]


def values(name: str) -> tuple[float, ...]:
    """The number, or the two bounds, that a constant of the contract is."""
    value = getattr(contract, name)
    return value if isinstance(value, tuple) else (value,)


def numbers(cell: str) -> list[float]:
    """The numbers in a cell, thousands separated or not."""
    return [float(text.replace(",", "")) for text in _NUMBER.findall(cell)]


class DocumentationTests(SynchronousTestCase):
    """Documents age; this much of them cannot do so unseen."""

    def test_links_lead_somewhere(self) -> None:
        """A link within the project leads to a file that is there."""
        broken = [
            f"{page.name}: {link}"
            for page, link in found(_LINK)
            if "://" not in link and not (page.parent / link).exists()
        ]
        self.assertEqual([], broken)

    def test_paths_exist(self) -> None:
        """Every path of the project that a page names is there."""
        missing = [
            f"{page.name}: {path}" for page, path in found(_PATH) if not (ROOT / path).exists()
        ]
        self.assertEqual([], missing)

    def test_every_number_of_the_contract_is_explained(self) -> None:
        """No constant of the contract is missing from its page."""
        page = (ROOT / "docs" / "contract.md").read_text("utf-8")
        names = [name for name in vars(contract) if name.isupper()]
        self.assertEqual([], [name for name in names if f"`{name}`" not in page])

    def test_the_numbers_are_those_of_the_contract(self) -> None:
        """What a row of the page says of its constants is what they are, in one unit or another."""
        wrong = [
            f"{name} is {value}, the page says {cell}"
            for names, cell in rows()
            for name in names
            for value in values(name)
            if not any(isclose(value * unit, number) for unit in UNITS for number in numbers(cell))
        ]
        self.assertEqual([], wrong)

    def test_targets_can_be_made(self) -> None:
        """Every ``make`` command that a page gives is a target."""
        makefile = (ROOT / "Makefile").read_text("utf-8")
        targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
        self.assertEqual(set(), {name for _, name in found(_TARGET)} - targets)
