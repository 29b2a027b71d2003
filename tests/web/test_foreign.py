"""Every page in the other languages: nothing of what the node says is left in English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from attrs import evolve, frozen

from tests.web.pictures import FixedStatus
from tests.web.reader import PAGES, ReaderTestCase, outline
from tests.web.samples import NOW, online, waiting
from tests.web.spoken import EVERY, all_problems
from twisted_mule.clauses import Measured, clauses
from twisted_mule.details import Event, Part, ResultStatus, SearchStatus, SettingStatus
from twisted_mule.sam.progress import NAMES
from twisted_mule.selfcheck.check import SelfCheck
from twisted_mule.status import Counter, Disconnect, Problem, Step, StepState
from twisted_mule.web.events import SHOWN
from twisted_mule.web.language import ENGLISH, LANGUAGES

OTHERS: Final = [code for code, _name in LANGUAGES if code != ENGLISH]
#: Units that all languages write so.
UNITS: Final = re.compile(r"\b(min|[KMG]iB|UTC)\b")


@frozen
class Talking(FixedStatus):
    """A node that has said everything that a node can say."""

    said: tuple[str, ...] = ()

    def events(self) -> tuple[Event, ...]:
        """All its sentences."""
        return tuple(Event(NOW - n, Part.NODE, text) for n, text in enumerate(self.said))

    def settings(self) -> tuple[SettingStatus, ...]:
        """From every sort of place."""
        origins = ("default", "--data", "MULE_DATA", "sam.endpoint in /etc/mule.toml")
        names = ("data", "sam", "sam_udp_port", "sam_options", "web", "nodes", "practice")
        return tuple(SettingStatus(name, "7", origins[n % 4]) for n, name in enumerate(names))

    def searches(self, chosen: int | None) -> tuple[SearchStatus, ...]:
        """One for the sources of a file."""
        found = tuple(ResultStatus("q7Zk3pVd…", 7, note, 1, "") for note in ("complete", "parts"))
        kinds = ("files", "sources", "notes", "nodes")
        states = ("waiting", "walking", "done", "stopped")
        return tuple(
            SearchStatus(n, kind, "5d", states[n], 42.0, 2, 1, 1, 1, found if n == chosen else ())
            for n, kind in enumerate(kinds)
        )


def talking(problem: Problem | None, told: Sequence[str] = ()) -> Talking:
    """Such a node, with this problem and these events."""
    check = SelfCheck(0.0, "")
    check.look(1.0, str)
    lost = tuple(Disconnect(NOW - n, each.headline) for n, each in enumerate(all_problems()[:9]))
    status = waiting(problem, 2, *lost) if problem else online()
    router = evolve(status.router, disconnects=lost)
    steps = tuple(Step(name, StepState.NOW, None, usual) for name, usual in NAMES.values())
    counters = (
        "bytes_sent",
        "defects",
        "dropped_late",
        "dropped_malformed",
        "dropped_no_place",
        "dropped_oversize",
        "received_ping",
        "sent_pong",
    )
    status = evolve(
        status,
        router=evolve(router, steps=steps),
        contract=clauses(Measured(), check.checks),
        counters=dict.fromkeys(counters, Counter(1, 2)),
        events=tuple((NOW - n, text) for n, text in enumerate(told)),
    )
    return Talking(status, text="7", link="ed2k://7", said=tuple(told))


class PagesTests(ReaderTestCase):
    """Nothing on a page is English to those who do not read it in English."""

    #: Proper names, what is typed, and what only machines write.
    NAMES: Final = re.compile(
        r"SAM|twisted_mule( \S+)?|status\.json|peers\.csv|ed2k://7|sam(_\w+)?|English|Deutsch|Русский"
        r"|data|web|nodes|practice|MULE_DATA|--data|[\da-f]{8}|http://\S+|~/\S+|[\w-]+…"
        r"|ping|pong"
        # German has these words too.
        r"|Router|Routing|Version|Name|Online|Offline|online|offline|Router: (on|off)line(: 7)?"
        r"|Online · Rout(er|ing) · twisted_mule"
    )

    def words(self, source: Talking, path: str) -> set[str]:
        """The texts of a page that have words in them."""
        page = outline(self.read(source, path).text)
        shown = {*page.texts, *(str(attrs.get("aria-label", "")) for _tag, attrs in page.tags)}
        return {text.strip() for text in shown if re.search(r"[A-Za-z]{3}", UNITS.sub("", text))}

    def english(self, node: Talking, path: str) -> set[tuple[str, str]]:
        """What a page says in English to readers of other languages."""
        plain = self.words(node, f"{path}lang=en")
        same = [(code, plain & self.words(node, f"{path}lang={code}")) for code in OTHERS]
        return {(c, text) for c, them in same for text in them if not self.NAMES.fullmatch(text)}

    def test_pages(self) -> None:
        """No text of a page is in Russian or German what it is in English."""
        node = talking(None, EVERY[:8])
        for path in PAGES:
            chosen = {"/lookups": "origin=1&", "/searches": "search=1&"}.get(path, "")
            self.assertEqual(set(), self.english(node, f"{path}?{chosen}"), path)

    def test_problems(self) -> None:
        """Whatever is wrong with the router, it is not said in English."""
        for problem in all_problems():
            for path in ("/", "/router"):
                self.assertEqual(set(), self.english(talking(problem), f"{path}?"), path)

    def test_events(self) -> None:
        """Nor is anything that ever happens."""
        for first in range(0, len(EVERY), SHOWN):
            node = talking(None, EVERY[first : first + SHOWN])
            self.assertEqual(set(), self.english(node, "/events?"))

    def test_nothing_left_over(self) -> None:
        """Nor is a part of a longer text: no page in Russian has three English words in a row."""
        node = talking(all_problems()[0], EVERY[:SHOWN])
        for path in PAGES:
            for text in self.words(node, f"{path}?lang=ru&origin=1&search=1"):
                self.assertNotRegex(text, r"\b(?!mule )[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b")
