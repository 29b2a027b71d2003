"""
Acceptance 1, 2, 3 and 5 of node-behaviour 17, on what a node on real routers wrote down of itself.

Three nodes on two routers; fifteen others ask the first one for half an hour, so this is run with
``-m slow_routers``.  A tap between it and its router is the witness for what it wrote down.
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import frozen

from tests.contract import traced
from tests.contract.traced import Pair
from tests.routers.namespace import end
from tests.routers.network import RouterNetwork, private_network, wait_until
from tests.routers.nodes import BIN, ROOT, Node, new_crowd
from twisted_mule.recording.rows import Row, Way, read

pytestmark = pytest.mark.slow_routers

ROUTERS: Final = 2
NODES: Final = 3
TAP: Final = 7999
#: Seconds in which all ask politely: enough for 2,000 answers at 2.2 a second.
SECONDS: Final = 1000.0
ANSWERS: Final = 2000
#: Answers of one sort below which it is not compared.
LEAST: Final = 200
#: Of the requests that are let in, so many may find their answer not ready on a busy machine.
LATE: Final = 0.002


@frozen
class Run:
    """What came of it: the node's own record, the witness's, and what the askers say."""

    rows: list[Row]
    witness: list[Row]
    report: dict[str, Any]

    @property
    def polite(self) -> list[Row]:
        """The time in which all kept within the limits."""
        began = self.report["began"]
        return [row for row in self.rows if began["politely"] <= row.t < began["flood of one"]]

    @property
    def pairs(self) -> list[Pair]:
        """Requests and their answers in that time."""
        return traced.pairs(self.polite)


def behind_a_tap(node: Node, root: Path) -> tuple[str, ...]:
    """The command line of a tap for ``node``, which is told to go there."""
    ports, path = node.router.ports, node.data.with_suffix(".toml")
    text = path.read_text("utf-8").replace(f":{ports.sam}", f":{TAP}")
    path.write_text(text.replace(f"= {ports.sam_udp}", f"= {TAP - 1}"), "utf-8")
    options = {"--port": TAP, "--router": ports.sam, "--router-udp": ports.sam_udp}
    words = (str(word) for option in options.items() for word in option)
    return (f"{BIN}/mule", "tap", f"{root}/tap.jsonl", *words)


def knocked(network: RouterNetwork, node: Node) -> dict[str, Any]:
    """Have everybody ask it; what they say in the end."""
    assert node.identity.destination is not None
    printed = network.namespace.run(
        sys.executable,
        "-m",
        "tests.routers.knocking",
        node.identity.kad_id.hex,
        node.identity.destination.base64,
        f"{SECONDS}",
        *(f"{router.ports.sam}" for router in network.routers),
        cwd=ROOT,
        timeout=SECONDS + 600.0,
    )
    report: dict[str, Any] = json.loads(printed)
    return report


def rows_of(path: Path) -> list[Row]:
    """A trace, by time."""
    with path.open(encoding="utf-8") as file:
        return sorted(read(file)[1], key=lambda row: row.t)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The node is asked, and ends."""
    root = tmp_path_factory.mktemp("traced")
    with private_network(root / "routers", ROUTERS) as network:
        nodes = new_crowd(network, root, NODES)
        with (root / "tap.log").open("wb") as output:
            tap = network.namespace.start(*behind_a_tap(nodes[0], root), output=output)
            try:
                for node in nodes:
                    record = ("--record", f"{root}/node.jsonl") if node is nodes[0] else ()
                    node.start(root / "nodes.dat", *record)
                wait_until("every session", 300.0, lambda: all(n.is_online() for n in nodes))
                report = knocked(network, nodes[0])
                assert nodes[0].leave_at_once() == 0
            finally:
                for node in nodes:
                    node.end()
                tap.send_signal(signal.SIGINT)
                end(tap)
        yield Run(rows_of(root / "node.jsonl"), rows_of(root / "tap.jsonl"), report)


def test_no_bypass(run: Run) -> None:
    """1: all that left did so in a place of a tick, and a witness saw nothing else leave."""
    assert traced.bypasses(run.rows) == []
    strange = traced.unknown_to(run.rows, run.witness)
    # The self-test of a session goes to ourselves alone, where no request or answer ever goes.
    ourselves = {row.peer for row in strange}
    assert len(ourselves) == 1
    others = [row for row in run.witness if row.way is Way.OUT and row.peer not in ourselves]
    assert len(others) == len(traced.sent(run.rows))


def test_one_law_of_delay(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """2: whatever is asked, answers come by one law, within its bounds; 2,000 of them."""
    kinds = Counter(pair.kind for pair in run.pairs)
    delays = sorted(pair.delay for pair in run.pairs)
    with capsys.disabled():
        middle, last = delays[len(delays) // 2], delays[-1]
        sys.stdout.write(f"\n  {dict(kinds)}\n  {delays[0]:.3f} {middle:.3f} {last:.3f} s\n  ")
    assert len(run.pairs) >= ANSWERS
    assert sum(count >= LEAST for count in kinds.values()) >= 6
    assert traced.uneven(run.pairs, LEAST) == []


def test_no_order(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """3: who came first does not leave first: the correlation is below 0.1."""
    tau, pairs = traced.order(run.pairs)
    with capsys.disabled():
        sys.stdout.write(f"\n  tau {tau:.3f} over {pairs} pairs\n  ")
    assert pairs > 1500
    assert abs(tau) < 0.1


def test_caps(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """5: whoever asks how much, the numbers hold, and only admission loses anything."""
    came = [row for row in run.rows if row.way is Way.IN]
    refused = sum(row.type is None for row in came)
    lost = traced.unanswered(run.polite, run.report["began"]["flood of one"] - 4.0)
    with capsys.disabled():
        sys.stdout.write(f"\n  {len(came)} came, {refused} refused, {len(lost)} late\n  ")
    assert traced.excesses(run.rows) == []
    assert refused > 1000
    assert len(lost) <= LATE * len(run.polite)
