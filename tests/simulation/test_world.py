"""Tests of whole simulated networks: the real node, on a virtual clock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.clauses import fingerprint
from twisted_mule.kad import messages as m
from twisted_mule.kad import obfuscation, records
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.exchange import ForKey, ForNode, Plain, Reply
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.recording.rows import PlaceKind, Row, Way, read
from twisted_mule.simulation.hostile import Liar, Malice, near
from twisted_mule.simulation.laws import UniformDelay, Weibull
from twisted_mule.simulation.lean import without_cipher
from twisted_mule.simulation.network import Climate
from twisted_mule.simulation.runs import run
from twisted_mule.simulation.scenario import Churn, Hostile, Hosts, Scenario, Start, Users
from twisted_mule.simulation.scenario_files import load
from twisted_mule.simulation.world import World

#: Small enough for tests: eight nodes that know each other.
FEW = Scenario(nodes=8, minutes=3, seed=5, start=Start(knows=8, within=10.0), recorded=2)

#: Run in a fresh interpreter, whose strings hash in another way.
ELSEWHERE = """
from attrs import evolve
from tests.simulation.test_world import BUSY
from twisted_mule.simulation.runs import run
print(run(BUSY)["fingerprint"])
"""
#: Everything at once: churn, slow machines, liars, users.
BUSY = evolve(
    load("sybils"),
    nodes=8,
    minutes=2.0,
    hostile=Hostile(0.2, 0.2, 0.2, sybils=3),
    churn=Churn(Weibull(120.0, 0.6), Weibull(60.0, 0.6)),
    hosts=Hosts(0.5, load("slow").hosts.model),
    users=Users(searching=0.5, sharing=0.5, every=30.0),
)


class RunTests(SynchronousTestCase):
    """A run is the real node, and the same one whenever it is run again."""

    def test_network_forms(self) -> None:
        """Nodes that know some names become a network, with no defect and no other law."""
        figures = run(FEW)
        self.assertEqual(8, figures["present"])
        self.assertGreater(figures["handshakes"], 5.0)
        self.assertEqual(0, figures["defects"])
        self.assertLessEqual(figures["request_places_used"], 1.0)
        self.assertGreater(figures["lookups"]["node"]["closest_found"], 0.5)

    def test_same_seed_same_bytes(self) -> None:
        """The same seed gives the same bytes at the same times, another seed others."""
        fingerprints = [run(evolve(FEW, seed=seed))["fingerprint"] for seed in (5, 5, 6)]
        self.assertEqual(fingerprints[0], fingerprints[1])
        self.assertNotEqual(fingerprints[0], fingerprints[2])

    def test_no_order_of_hashes(self) -> None:
        """A run does not depend on how this interpreter hashes, with everything in it at once."""
        fingerprints = set()
        for seed in ("1", "2"):
            told = subprocess.run(  # noqa: S603
                [sys.executable, "-c", ELSEWHERE],
                env={**os.environ, "PYTHONHASHSEED": seed},
                cwd=Path(__file__).parents[2],
                capture_output=True,
                text=True,
                check=True,
            )
            fingerprints.add(told.stdout.strip())
        self.assertEqual({run(BUSY)["fingerprint"]}, fingerprints)

    def test_clear_text_changes_nothing(self) -> None:
        """Without the cipher the same datagrams leave at the same times, with the same sizes."""
        folders = Path(self.mktemp()), Path(self.mktemp())
        figures = [
            run(evolve(FEW, obfuscation=on), traces=folder)
            for on, folder in zip((True, False), folders, strict=True)
        ]
        for one in figures:
            del one["fingerprint"], one["obfuscation"]
        self.assertEqual(figures[0], figures[1])
        for name in ("node-00000.jsonl", "node-00001.jsonl"):
            with_cipher, without = ((folder / name).read_bytes() for folder in folders)
            self.assertEqual(with_cipher, without)

    def test_nothing_is_left_behind(self) -> None:
        """After a run the codec and the cipher of this process are what they were."""
        before = obfuscation._stream, records._contact
        run(evolve(FEW, minutes=0.5, obfuscation=False))
        self.assertEqual(before, (obfuscation._stream, records._contact))

    def test_users(self) -> None:
        """What is shared is found, once it is published."""
        users = Users(searching=1.0, sharing=1.0, every=120.0, files=1, catalogue=4)
        climate = Climate(UniformDelay(0.5, 1.0), loss=0.0, search=(0.0, 0.0))
        figures = run(
            evolve(FEW, nodes=4, minutes=45.0, users=users, climate=climate, obfuscation=False)
        )
        self.assertGreater(figures["searches"]["done"], 10)
        self.assertGreater(figures["searches"]["found"], 0.1)
        self.assertGreater(figures["stored"], 4)
        self.assertEqual(0, figures["defects"])


class TraceTests(SynchronousTestCase):
    """Traces of a simulation say what the contract allows them to say."""

    def setUp(self) -> None:
        """The trace of one node."""
        folder = Path(self.mktemp())
        run(FEW, "a program", folder)
        with (folder / "node-00000.jsonl").open() as file:
            self.header, rows = read(file)
            self.rows: list[Row] = list(rows)
        self.labels = (folder / "labels.jsonl").read_text()

    def test_header(self) -> None:
        """The header names who wrote it; what a node is stands beside the trace, not in it."""
        self.assertEqual(("simulator", "a program"), (self.header.source, self.header.software))
        self.assertEqual(fingerprint(), self.header.contract)
        self.assertIn('"user": "resting"', self.labels)
        self.assertNotIn("resting", str(self.header))

    def test_rows(self) -> None:
        """Each tick has one request at the most, and its datagrams leave within a batch."""
        sent = [row for row in self.rows if row.way is Way.OUT]
        self.assertGreater(len(sent), 50)
        requests = [row.tick for row in sent if row.place is PlaceKind.REQUEST]
        self.assertEqual(len(set(requests)), len(requests))
        by_tick: dict[int | None, list[float]] = {}
        for row in sent:
            by_tick.setdefault(row.tick, []).append(row.t)
        spans = [max(times) - min(times) for times in by_tick.values()]
        self.assertLessEqual(max(spans), contract.BATCH_SPAN)
        self.assertEqual(sorted(row.t for row in self.rows), [row.t for row in self.rows])


class ChurnTests(SynchronousTestCase):
    """People come and go, and come back as who they were."""

    def test_restart(self) -> None:
        """Who comes back knows whom it knew, and has a fresh boot key."""
        world = World(FEW)
        world.run(180.0)
        person = world.people[0]
        assert person.node is not None
        known = {contact.kad_id for contact in person.node.core.table}
        person.stop()
        self.assertFalse(person.port.online)
        world.run(60.0)
        person.start()
        self.assertEqual(known, {contact.kad_id for contact in person.node.core.table})
        self.assertEqual(2, person.starts)

    def test_nobody_there(self) -> None:
        """Of two people whom churn keeps away at the start nobody knows anybody."""
        for seed in (17, 33):
            scenario = Scenario(nodes=2, minutes=1, seed=seed, churn=Churn())
            self.assertEqual(set(), {person.seeds for person in World(scenario).people} - {()})
            self.assertEqual(0, run(scenario)["sent"])

    def test_equilibrium(self) -> None:
        """About as many are there at the end as at the beginning, though all have changed."""
        churn = Churn(Weibull(100.0, 0.8), Weibull(200.0, 0.8), crash=0.5)
        world = World(evolve(FEW, nodes=15, churn=churn))
        counts = []
        for _ in range(5):
            world.run(60.0)
            counts.append(len(world.present))
        self.assertTrue(7 <= sum(counts) / len(counts) <= 24, counts)
        self.assertGreater(sum(person.starts for person in world.people), 45)


class HostileTests(SynchronousTestCase):
    """What liars do to an answer."""

    def change(self, malice: Malice, message: m.Message, **more: Any) -> Reply | None:
        """The answer that leaves instead of one with ``message``."""
        liar = Liar(malice, keyword_id("word"), **more)
        source = World(FEW).people[0].me.destination
        return liar(Reply(message, Plain()), source, Chance(b"liar").stream("lie", 0))

    def test_silent(self) -> None:
        """The silent greet, and answer nothing else."""
        world = World(FEW)
        me = world.people[0].me
        hello = m.HelloResponse(m.PeerRecord(8, me.kad_id, me.destination), ())
        self.assertIsNotNone(self.change(Malice.SILENT, hello))
        self.assertIsNone(self.change(Malice.SILENT, m.Pong()))

    def test_lying(self) -> None:
        """Liars name as many contacts as were asked for, all near the target and none real."""
        world = World(FEW)
        mine = [person.me for person in world.people[:3]]
        real = tuple(m.PeerRecord(8, one.kad_id, one.destination) for one in mine)
        target = KadID(1 << 127)
        reply = self.change(Malice.LYING, m.FindNodeResponse(target, real))
        assert reply is not None and isinstance(reply.message, m.FindNodeResponse)
        named = reply.message.contacts
        self.assertEqual(3, len(named))
        self.assertTrue(all(one.kad_id.distance(target) < 1 << 96 for one in named))
        self.assertEqual(set(), {one.destination for one in named} & {r.destination for r in real})

    def test_poisoning(self) -> None:
        """Poisoners find files that do not exist."""
        found = m.SearchResponse(KadID(1), KadID(2), ())
        reply = self.change(Malice.POISONING, found)
        assert reply is not None and isinstance(reply.message, m.SearchResponse)
        self.assertEqual(20, len(reply.message.results))

    def test_sybil(self) -> None:
        """Sybils name only each other near their target, and are honest elsewhere."""
        target, draws = keyword_id("word"), Chance(b"gang").stream("near", 0)
        here, far = near(target, 40, draws), KadID(target.value ^ 1 << 127)
        me = World(FEW).people[0].me
        fellow = m.PeerRecord(8, here, me.destination)
        honest = (m.PeerRecord(8, far, me.destination),)
        for point, named in ((here, (fellow,)), (far, honest)):
            reply = self.change(Malice.SYBIL, m.FindNodeResponse(point, honest), gang=[fellow])
            assert reply is not None
            self.assertEqual(m.FindNodeResponse(point, named), reply.message)


class ClearTextTests(SynchronousTestCase):
    """The stand-in for the cipher tells right keys from wrong ones, as the cipher does."""

    def test_keys(self) -> None:
        """Who has the key opens a datagram, with both keys in it; who has not, does not."""
        own, other, draws = KadID(1 << 100), KadID(1 << 90), Chance(b"clear").stream("salt", 0)
        datagram = b"\x05\x20" + bytes(range(40))
        with without_cipher():
            for seal, reader, key in ((ForNode(own, 7), own, 9), (ForKey(9), other, 9)):
                covered = obfuscation.obfuscate(datagram, seal, 5, draws)
                self.assertEqual(len(datagram) + obfuscation.OVERHEAD, len(covered))
                revealed = obfuscation.reveal(covered, reader, key)
                self.assertEqual((datagram, 5), (revealed.content, revealed.sender_key))
                closed = obfuscation.reveal(covered, KadID(3), 4)
                self.assertEqual(covered, closed.content)
