"""``mule probe``: what it takes, what it shows, how it ends."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import define
from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.error import ConnectionDone

from tests.commands.calling import CommandCase
from tests.probing.hostile import Mute
from tests.probing.imule import IMuleLike, crowd
from tests.probing.street import Street
from tests.samples import destination
from twisted_mule.commands import outputs, probing
from twisted_mule.commands.probed import unfound
from twisted_mule.commands.verb import Exit, Refusal
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.practice.keys import b32
from twisted_mule.probing.pace import Pace
from twisted_mule.probing.report import Report
from twisted_mule.sam.faults import Refused
from twisted_mule.sam.problems import explain
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.status import Problem, RouterState, RouterStatus

NODE = destination(901)


QUIET = Pace(listen=0.0)


@cache
def whole() -> Report:
    """A run to its end."""
    return Street(IMuleLike(HeapClock(), crowd(60)), QUIET).run()


@define
class Visited:
    """A visit that is over, without the router."""

    found: Report | None
    problem: Problem | None = None
    refusal: Refusal | None = None

    def report(self) -> Report | None:
        """What it found."""
        return self.found


class ProbeTests(CommandCase):
    """The verb, but for its session."""

    def probe(self, visit: Visited, *words: str, code: int = 0) -> Any:
        """A call; returns its result."""
        calls: list[tuple[Any, ...]] = []

        def visited(*arguments: Any) -> Visited:
            calls.append(arguments)
            return visit

        with patch.object(probing, "_visited", visited):
            result = self.mule("probe", NODE.base64, *words, code=code)
        self.calls = calls
        return result

    def test_table(self) -> None:
        """Every row stands in the table, and one sentence says whom the node resembles."""
        shown = self.probe(Visited(whole())).output
        for row in whole().findings:
            self.assertIn(row.row.name, shown)
        self.assertIn("The node resembles iMule; no row contradicts it.", " ".join(shown.split()))
        self.assertIn("needs a trace", " ".join(shown.split()))

    def test_json(self) -> None:
        """With --json FILE the report is in the file as well; with - it is all that is printed."""
        path = Path(self.mktemp())
        self.probe(Visited(whole()), "--json", str(path))
        document = json.loads(path.read_text("utf-8"))
        self.assertEqual(document, json.loads(self.probe(Visited(whole()), "--json", "-").output))
        self.assertEqual(["imule"], document["resembles"])
        self.assertEqual(24, len(document["rows"]))
        self.assertEqual(["F10", "F18", "F21"], document["against"]["ours"])
        self.assertEqual(NODE.base64, document["destination"])
        needy = [row for row in document["rows"] if row["verdict"] == "needs a trace"]
        self.assertTrue(all(row["because"] and row["fits"] is None for row in needy))
        self.assertEqual(6, len(needy))

    def test_unwritable(self) -> None:
        """A file that cannot be written is told before five minutes of asking."""
        path = Path(self.mktemp()) / "missing" / "report.json"
        result = self.probe(Visited(whole()), "--json", str(path), code=Exit.ERROR)
        self.assertIn("cannot be written", " ".join(result.output.split()))
        self.assertEqual([], self.calls)

    def test_unwritable_by_then(self) -> None:
        """One that cannot be written any more costs nobody the report: the table comes."""
        path = Path(self.mktemp()) / "missing" / "report.json"
        with patch.object(outputs, "checked_file"):
            result = self.probe(Visited(whole()), "--json", str(path), code=Exit.ERROR)
        self.assertIn("cannot be written", " ".join(result.output.split()))
        self.assertIn("F24", result.output)

    def test_options_before_the_verb(self) -> None:
        """What ``mule`` itself is told holds for this verb too."""
        result = self.mule("--config", "missing.toml", "probe", NODE.base64, code=Exit.USAGE)
        self.assertIn("missing.toml", result.output)

    def test_settings(self) -> None:
        """The node, the time to listen and the router are handed on."""
        self.probe(Visited(whole()), "--listen", "30", "--sam", "tcp:127.0.0.1:17656")
        ((node, listen, endpoint, udp_port, options),) = self.calls
        self.assertEqual((NODE, 30.0, "tcp:127.0.0.1:17656"), (node, listen, endpoint))
        self.assertEqual((17655, {}), (udp_port, options))

    def test_bad_destinations(self) -> None:
        """One plain sentence with the next step, and 2: for text, for 391 bytes, for a number."""
        for text in ("hello", NODE.base64[:-4], "A" * 524, "7"):
            result = self.mule("probe", text, code=Exit.USAGE)
            self.assertIn("copy all 516 characters", " ".join(result.output.split()), text)
            self.assertNotIn("Traceback", result.output)

    def test_names(self) -> None:
        """A b32 address and a host name are handed on for the router, in small letters."""
        for text in (b32(NODE.base64), f"{b32(NODE.base64).upper()}", "Our-Node.i2p", "a.b.i2p"):
            calls: list[Any] = []

            def visited(*arguments: Any, calls: list[Any] = calls) -> Visited:
                calls.append(arguments)
                return Visited(whole())

            with patch.object(probing, "_visited", visited):
                self.mule("probe", text)
            self.assertEqual(text.lower(), calls[0][0])

    def test_bad_names(self) -> None:
        """What looks like a name and is none is refused before the router is troubled."""
        for text in ("a.b32.i2p", f"x{b32(NODE.base64)}", f"{b32(NODE.base64)[:51]}1.b32.i2p"):
            result = self.mule("probe", text, code=Exit.USAGE)
            self.assertIn("has 52 of the characters", " ".join(result.output.split()), text)
        for text in ("a-.i2p", "example.org", "i2p", "a..i2p", "x" * 250 + ".i2p"):
            result = self.mule("probe", text, code=Exit.USAGE)
            self.assertIn("which end in .i2p", " ".join(result.output.split()), text)

    def test_unfound(self) -> None:
        """Each way in which a name can lead nowhere has a sentence, a next step and a code."""
        other = DestinationError("this destination has 391 bytes")
        missing = Refused("NAMING LOOKUP", "KEY_NOT_FOUND")
        for name, reason, words, code in (
            (b32(NODE.base64), missing, "Try again later", Exit.ERROR),
            ("a.i2p", missing, "address book", Exit.ERROR),
            ("a.i2p", LateError(), "does not answer about a.i2p", Exit.ERROR),
            ("a.i2p", other, "is no Kad node (this destination has 391 bytes)", Exit.USAGE),
        ):
            visit = Visited(None, refusal=unfound(name, reason))
            output = " ".join(self.probe(visit, code=code).output.split())
            self.assertIn(words, output)
            self.assertIn(name, output)

    def test_spaces_are_forgiven(self) -> None:
        """What was copied with a line break is read."""
        with patch.object(probing, "_visited", lambda *_: Visited(whole())):
            self.mule("probe", f" {NODE.base64}\n")

    def test_no_answer(self) -> None:
        """Nobody there: a sentence with the next step, no table of nothing, and 1."""
        mute = Street(Mute(HeapClock()), QUIET).run()
        output = " ".join(self.probe(Visited(mute), code=Exit.ERROR).output.split())
        self.assertIn("The node did not answer", output)
        self.assertIn("Try again later", output)
        self.assertNotIn("F24", output)

    def test_cut_short(self) -> None:
        """A partial report is shown, called one, and ends with 1."""
        partial = Street(IMuleLike(HeapClock(), crowd(60)), QUIET).run(most=60.0)
        output = " ".join(self.probe(Visited(partial), code=Exit.ERROR).output.split())
        self.assertIn("cut short", output)
        self.assertIn("F24", output)

    def test_cut_short_before_an_answer(self) -> None:
        """Who did not wait is not told that nobody is there."""
        partial = Street(Mute(HeapClock()), QUIET).run(most=10.0)
        output = " ".join(self.probe(Visited(partial), code=Exit.ERROR).output.split())
        self.assertIn("The node has not answered yet.", output)
        self.assertNotIn("offline", output)

    def test_no_router(self) -> None:
        """The router's own sentence and advice, and 5."""
        visit = Visited(None, Problem("Nothing listens there", "Start the router."))
        output = " ".join(self.probe(visit, code=Exit.NO_ROUTER).output.split())
        self.assertIn("Nothing listens there. Start the router.", output)

    def test_nothing_comes_by_itself(self) -> None:
        """Advice that is for a node, which goes on trying, is not given by a probe that ended."""
        for reason in (Refused("SESSION STATUS", "I2P_ERROR"), ConnectionDone()):
            visit = Visited(None, explain(reason, "tcp:127.0.0.1:7656"))
            output = " ".join(self.probe(visit, code=Exit.NO_ROUTER).output.split())
            self.assertNotIn("by itself", output)
            self.assertIn("then start the probe again", output)

    def test_router_gone(self) -> None:
        """A run that the router cut short says so."""
        partial = Street(IMuleLike(HeapClock(), crowd(60)), QUIET).run(most=60.0)
        visit = Visited(partial, Problem("The router is gone", "Start it."))
        output = " ".join(self.probe(visit, code=Exit.ERROR).output.split())
        self.assertIn("cut short (The router is gone)", output)

    def test_interrupted_before_anything(self) -> None:
        """Ctrl-C before there is a session is no fault of the router's."""
        output = self.probe(Visited(None), code=Exit.ERROR).output
        self.assertIn("Nothing was asked yet.", output)

    def test_help(self) -> None:
        """It says that a probe is visible, how long it takes, and how it ends."""
        output = " ".join(self.mule("probe", "--help").output.split())
        for words in ("A probe is itself visible", "about five minutes", "Ctrl-C", "Ends with"):
            self.assertIn(words, output)


class LineTests(CommandCase):
    """The line of progress."""

    def test_words(self) -> None:
        """It tells where the session stands, and then how many questions are settled."""
        line = probing.Line(420.0)
        status = RouterStatus(state=RouterState.CREATING)
        self.assertIn("creating", line._words(status))
        street = Street(IMuleLike(HeapClock(), crowd(6)), QUIET)
        street.run(most=60.0)
        self.assertIn("asking: ", line._words(street.prober))
        self.assertIn("of about 7 min", line._words(street.prober))
        self.assertIsInstance(street.resident.destination, Destination)
