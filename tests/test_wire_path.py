"""
No timer, clock or send on the wire path but the sender's; nothing changes a number of the contract.

Anti-optimisation (contract clause 7): what would be a fast path has to stand in one of these lists.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.sources import imports, modules, within
from tests.wire_path import NUMBERS, contract_writes, trespasses

#: The rooms between the arrival of a datagram and its leaving.
WIRE_PATH = {"kad", "ticks", "places", "admission", "intake", "outbound", "node"}

#: Where a clock is read, something waits or leaves, and why it may.
ALLOWED: dict[str, dict[str, str]] = {
    "outbound": {
        "import twisted.internet.task.LoopingCall": "the cycle of ticks",
        "LoopingCall": "the cycle of ticks",
        "self.clock.callLater": "the absolute time of the next tick, and the moments of its batch",
        "self.clock.seconds": "how far the next tick is, and how late it came",
        "self.sink.send": "the one exit",
    },
    "node": {
        "self.clock.seconds": "when handling is done, which only a place judges; start and stop",
        "self.clock.callLater": "the end of the drain, when the node closes and nothing is sent",
    },
}

#: Who may know the numbers: the wire path, the session with the router, and who shows them.
READERS = WIRE_PATH | {
    "sam.session",
    "sam.carrier",
    "practice",
    "clauses",
    "commands.pace",
    "closeups",
    "exit",
    "audit",
    "selfcheck",
    "simulation",
    "studies",
}

#: The fingerprint of all numbers, for the dashboard: it looks at them and changes none.
LOOKS = {"clauses": ["vars(contract)"]}


class WirePathTests(SynchronousTestCase):
    """The package as it is."""

    def test_no_timer_clock_or_send(self) -> None:
        """Only the sender waits and sends, and only at the places that are listed."""
        wrong = [
            f"{module}: {what}"
            for module, path in modules()
            if within(module, WIRE_PATH)
            for what in trespasses(path.read_text(encoding="utf-8"))
            if what not in ALLOWED.get(module, {})
        ]
        self.assertEqual([], wrong)

    def test_list_is_used_up(self) -> None:
        """Every exception is one that the code has: a list of old ones would hide new ones."""
        sources = dict(modules())
        for module, exceptions in ALLOWED.items():
            found = trespasses(sources[module].read_text(encoding="utf-8"))
            self.assertEqual(set(exceptions), set(found), module)

    def test_nothing_writes_to_the_contract(self) -> None:
        """No module sets, deletes or reloads a number, by whatever way."""
        found = {
            module: writes
            for module, path in modules()
            if (writes := contract_writes(path.read_text(encoding="utf-8")))
        }
        self.assertEqual(LOOKS, found)

    def test_who_knows_the_numbers(self) -> None:
        """Options, settings, files, control, dashboard and the roots do not: nothing to set."""
        wrong = [
            module
            for module, path in modules()
            if any(within(name, {NUMBERS}) for name in imports(path))
            and not within(module, READERS)
        ]
        self.assertEqual([], wrong)


class SeededTests(SynchronousTestCase):
    """The checks themselves, on snippets with a fault in each."""

    def test_timers(self) -> None:
        """A wait is seen in whatever way it is written."""
        for snippet in (
            "self.clock.callLater(0, self.send_now)",
            "wait = clock.callLater\nwait(0.1, go)",
            "getattr(clock, 'callLater')(0, go)",
            "from twisted.internet.task import deferLater as later\nlater(clock, 1, go)",
            "from twisted.internet import task\ntask.LoopingCall(go).start(60)",
            "import twisted.internet.task",
            "from twisted.internet import reactor\nreactor.callFromThread(go)",
            "from twisted.internet.threads import deferToThread",
            "import asyncio\nasyncio.sleep(1)",
        ):
            self.assertNotEqual([], trespasses(snippet), snippet)

    def test_sends(self) -> None:
        """So are bytes that are handed to somebody, and sockets."""
        for snippet in (
            "self.transport.write(b'x')",
            "transport.writeSequence([b'x'])",
            "self.link.send(destination, datagram)",
            "put = self.link.send",
            "import socket",
            "sock.sendto(datagram, address)",
        ):
            self.assertNotEqual([], trespasses(snippet), snippet)

    def test_clocks(self) -> None:
        """So is every look at a clock."""
        for snippet in (
            "import time\nstamp = time.time()",
            "from time import monotonic as m\nm()",
            "from datetime import datetime\ndatetime.now()",
            "now = reactor.seconds()",
            "self.clock.seconds",
        ):
            self.assertNotEqual([], trespasses(snippet), snippet)

    def test_innocent(self) -> None:
        """What only sounds so is let pass."""
        snippet = "now = self.now\nrequest = self.core.next_request(now, random)\nsent.append(1)"
        self.assertEqual([], trespasses(snippet))

    def test_writes(self) -> None:
        """A number that is set is seen, by whatever name the module goes."""
        head = "from twisted_mule import contract\n"
        for snippet in (
            head + "contract.TICK_BASE = 0.1",
            head + "contract.TICK_BASE += 0.1",
            head + "contract.TICK_BASE: float = 0.1",
            head + "for contract.TICK_BASE in (1, 2): pass",
            head + "(contract.PEER_RATE, other) = 1, 2",
            head + "del contract.TICK_LATE",
            head + "setattr(contract, name, value)",
            head + "vars(contract)['TICK_BASE'] = 1",
            head + "contract.__dict__.update(settings)",
            "import twisted_mule.contract as numbers\nnumbers.TICK_BASE = 0.1",
            "from twisted_mule import contract as c\nc.TICK_BASE = 0.1",
            "import twisted_mule\ntwisted_mule.contract.TICK_BASE = 0.1",
            "import importlib\nimportlib.reload(module)",
        ):
            self.assertNotEqual([], contract_writes(snippet), snippet)
        self.assertEqual([], contract_writes(head + "base = contract.TICK_BASE"))
