"""Tests of :mod:`twisted_mule.web.metrics`: what Prometheus is given."""

from __future__ import annotations

import json
import re
from pathlib import Path

from attrs import evolve, field, frozen
from prometheus_client.parser import text_string_to_metric_families

from tests.web.pictures import EmptyStatus, FixedStatus, traffic
from tests.web.reader import ReaderTestCase
from tests.web.samples import NOW, everything, online
from twisted_mule.status import Counter, NodeStatus
from twisted_mule.web.metrics import QUANTUM, Exposition

ROOT = Path(__file__).resolve().parent.parent.parent


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@frozen
class Ageing(FixedStatus):
    """A node whose snapshots grow older."""

    at: list[float] = field(factory=lambda: [NOW])

    def status(self) -> NodeStatus:
        """The snapshot of now."""
        return evolve(self.fixed, taken_at=self.at[0], uptime=self.at[0] - NOW)


class BoardTests(ReaderTestCase):
    """The board for Grafana."""

    def test_names(self) -> None:
        """It asks for figures that there are, and for no others."""
        counters = {**online().counters, "bytes_sent": Counter(1, 2)}
        busy = evolve(online(), counters=counters)
        board = json.loads((ROOT / "docs" / "grafana.json").read_text("utf-8"))
        asked = set(re.findall(r"mule_[a-z_]+", json.dumps(board["panels"])))
        there = {name for name, *_labels in samples(self.read(busy, "/metrics").text)}
        self.assertEqual(set(), asked - there)
        self.assertGreater(len(asked), 12)


class MetricsTests(ReaderTestCase):
    """The exposition."""

    def test_figures(self) -> None:
        """They are those of the snapshot."""
        answer = self.read(online(), "/metrics")
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", answer.header("Content-Type"))
        told = samples(answer.text)
        self.assertEqual(160, told["mule_contacts",])
        self.assertEqual(160, sum(told["mule_contacts_by_type", f"{kind}"] for kind in range(5)))
        self.assertEqual(1902, told["mule_messages_total", "received", "hello_req"])
        self.assertEqual(12, told["mule_dropped_total", "malformed"])
        self.assertEqual(
            (1, 0), (told["mule_router_state", "online"], told["mule_router_state", "waiting"])
        )
        self.assertEqual(sum(traffic().delays), told["mule_answer_delay_seconds_bucket", "+Inf"])
        self.assertEqual(60, told["mule_answer_delay_seconds_bucket", "0.75"])
        self.assertEqual(412, told["mule_store_entries", "source"])
        self.assertEqual(1, told["mule_clause_kept", "1"])

    def test_unmeasured(self) -> None:
        """A clause that is not measured yet has no figure; one that is broken has 0."""
        told = samples(self.read(everything()["broken"], "/metrics").text)
        self.assertEqual(0, told["mule_clause_kept", "4"])
        self.assertNotIn(("mule_clause_kept", "5"), told)

    def test_every_state(self) -> None:
        """Every state makes an exposition that can be read, with the same families."""
        names = [
            {name[0] for name in samples(self.read(EmptyStatus(status), "/metrics").text)}
            for status in everything().values()
        ]
        common = set.intersection(*names)
        self.assertLessEqual({"mule_ready", "mule_uptime_seconds", "mule_ticks_total"}, common)

    def test_no_peers(self) -> None:
        """Labels come from fixed words, never from a peer."""
        node = FixedStatus(online(), text="somebody", link="ed2k://somebody")
        text = self.read(node, "/metrics").text
        self.assertNotIn("somebody", text)
        self.assertNotIn(node.known[0].short, text)

    def test_quantised(self) -> None:
        """Whoever asks every second sees figures of every tenth."""
        node = Ageing(online())
        exposition = Exposition(node)
        seen = set()
        for _ in range(30):
            seen.add(exposition.text())
            node.at[0] += 1.0
        self.assertEqual(30 / QUANTUM, len(seen))

    def test_clock_set_back(self) -> None:
        """A wall clock that was set back does not freeze the figures."""
        node = Ageing(online())
        exposition = Exposition(node)
        exposition.text()
        node.at[0] -= 3_600.0
        self.assertIn("mule_uptime_seconds -3600", exposition.text())
