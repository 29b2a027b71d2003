"""What the self-check finds in nodes of the production code among themselves."""

from __future__ import annotations

from functools import partial

from twisted.trial.unittest import SynchronousTestCase

from tests.network.village import Village
from tests.samples import destination
from twisted_mule.status import Finding

PING = b"\x05\x1e"


class SelfCheckTests(SynchronousTestCase):
    """A healthy network finds nothing broken, whatever strangers send it."""

    def test_healthy(self) -> None:
        """36 minutes with handshakes, walks and a stranger's pings and noise."""
        village = Village(6)
        told: list[tuple[int, str]] = []
        for number, node in enumerate(village.nodes):
            node.tell = partial(lambda who, said: told.append((who, said)), number)
        for minute in range(36):
            for node in village.nodes:
                node.check.persistence.saved(village.clock.seconds())
            for second in range(60):
                village.run(1.0)
                stranger = destination(100 + (60 * minute + second) % 40)
                words = PING if second % 2 else b"no message at all"
                village.nodes[0].received(stranger, words, village.clock.seconds())
        self.assertEqual([], [said for _, said in told if "broken" in said])
        checks = village.nodes[0].check.checks
        found = {check.name: check for every in checks.values() for check in every}
        for name in ("delay_law", "tick_law", "batch_offsets", "null_entry_law", "delay_bounds"):
            self.assertIs(Finding.KEPT, found[name].finding, name)

    def test_cover(self) -> None:
        """Of two dozen nodes that nobody uses each fills its request places, with cover only."""
        village = Village(24)
        village.run(900.0)
        for node in village.nodes[:4]:
            found = {check.name: check for check in node.check.checks[3]}
            self.assertIs(Finding.KEPT, found["request_places"].finding)
            self.assertGreater(found["cover_share"].figure, 0.5)
            self.assertLess(found["lookup_mix"].figure, found["lookup_mix"].limit)

    def test_too_few_to_ask(self) -> None:
        """Where the limits of six contacts empty the places, nothing is called broken."""
        village = Village(7)
        village.run(900.0)
        (used, *_) = village.nodes[0].check.checks[3]
        self.assertEqual((0, Finding.UNKNOWN), (used.n, used.finding))
