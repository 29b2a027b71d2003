"""The rooms of the package: which may know of which, and who may reach the sink."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import twisted_mule

ROOT = Path(twisted_mule.__file__).parent
OURS = "twisted_mule"

#: What a module whose name starts so may import, besides the standard library and attrs; the
#: longest matching name counts.  A module that no row names may not exist.
ALLOWED: dict[str, set[str]] = {
    "": set(),
    "contract": set(),
    "status": set(),
    "details": {"status"},
    "spans": set(),
    "source": {"details", "spans", "status"},
    "clauses": {"contract", "selfcheck.verdicts", "status"},
    "selfcheck": {"contract", "selfcheck", "status"},
    "selfcheck.samples": set(),
    "counters": {"status"},
    "labels": {"kad.messages"},
    "kad": {"kad", "contract", "Crypto"},
    "ticks": {"contract", "kad.chance"},
    "places": {"contract", "ticks", "kad.chance", "kad.destination", "kad.exchange"},
    "admission": {"contract", "kad.chance", "kad.destination"},
    "intake": {"contract", "admission", "places", "kad"},
    "outbound": {
        "contract",
        "places",
        "selfcheck.samples",
        "ticks",
        "kad.chance",
        "kad.destination",
        "twisted",
    },
    "node": {
        "contract",
        "admission",
        "clauses",
        "counters",
        "details.delay_step",
        "intake",
        "labels",
        "outbound",
        "places",
        "selfcheck",
        "status",
        "ticks",
        "kad",
        "twisted",
    },
    "snapshots": {"__version__", "clauses", "details", "kad.survey", "node", "status"},
    "closeups": {"contract", "details", "kad", "node"},
    "pursuits": {"details", "kad", "sharing"},
    "history": {"spans"},
    "chronicle": {"history", "spans", "status", "store.timelines", "twisted"},
    "saving": {"keeping", "node", "kad.chance", "store.directory", "twisted"},
    "keeping": {"store", "kad", "twisted"},
    "holdings": {"chronicle", "keeping", "kad", "sharing", "status", "store", "twisted"},
    "sam": {
        "contract",
        "sam",
        "status",
        "kad.chance",
        "kad.destination",
        "twisted",
        "automat",
        "txi2p",
        "ometa",
        "terml",
        "zope",
    },
    "practice": {
        "contract",
        "practice",
        "sam.lines",
        "sam.datagram",
        "kad.chance",
        "kad.destination",
        "twisted",
        "zope",
    },
    "practice.neighbourhood": {
        "contract",
        "node",
        "kad",
        "practice",
        "twisted",
    },
    # The prober is a tool of researchers: no row names it, and so no part of the node knows it.
    "probing": {"probing", "kad"},
    "recording": {"__version__", "recording", "places", "kad.destination"},
    "simulation": {
        "clauses.fingerprint",
        "contract",
        "details",
        "node",
        "recording",
        "simulation",
        "practice.weather",
        "kad",
        "twisted",
        "zope",
    },
    # What runs have shown, as tables and pictures: it reads documents and knows nothing of nodes.
    "figures": {"figures", "matplotlib", "pyarrow"},
    # It tells a node's sender that nobody looks at what left.
    "simulation.lean": {"node", "outbound.unseen", "kad"},
    "audit": {
        "contract",
        "audit",
        "recording.rows",
        "selfcheck.caps",
        "selfcheck.drift",
        "selfcheck.laws",
        "matplotlib",
        "numpy",
        "scipy",
        "sklearn",
        "threadpoolctl",
    },
    "audit.findings": set(),
    # What is compared with the node is put together here, so a study may know all that computes.
    "studies": {
        "audit",
        "contract",
        "intake",
        "kad",
        "node",
        "outbound",
        "places",
        "recording",
        "selfcheck.samples",
        "simulation",
        "studies",
        "ticks",
        "matplotlib",
        "numpy",
        "scipy",
        "twisted",
    },
    "audit.samples": {"audit.findings"},
    "store": {"store", "sam.keys", "kad", "twisted"},
    "sharing": {"sharing", "store", "kad.ids", "kad.keywords", "twisted"},
    "sharing.hashing": {"sharing", "kad.ids", "Crypto"},
    "web": {
        "details",
        "source",
        "spans",
        "status",
        "web",
        "twisted",
        "klein",
        "jinja2",
        "markupsafe",
        "prometheus_client",
        "werkzeug",
        "zope",
    },
    "settings": {"endpoints"},
    "endpoints": {"twisted"},
    "options": {"settings", "twisted", "platformdirs"},
    "sparing": set(),
    "lean": {"sam.reading", "sparing"},
    "exit": {
        "contract",
        "admission",
        "exit",
        "intake",
        "outbound",
        "places",
        "sam.carrier",
        "sam.selftest",
        "selfcheck.samples",
        "ticks",
        "kad",
        "twisted",
    },
    "exit.outside": {
        "exit",
        "intake",
        "node",
        "outbound",
        "places",
        "sam.selftest",
        "selfcheck",
        "kad",
        "twisted",
    },
    "control": {"control", "status", "store", "sharing", "kad", "twisted"},
}

#: Where everything is put together: these may import all of ours.
ROOTS = {"tap", "child", "daemon", "premises", "roles", "desk", "gallery", "cli", "commands"}

#: What enters the program at the roots only.
IMPURE = {"time", "secrets", "random", "os.urandom", "twisted.internet.reactor"}

#: The rooms that the wire path runs through: no timer and no socket of their own.
WIRE_PATH = ("kad", "ticks", "places", "admission", "intake")


def imports(path: Path) -> Iterator[str]:
    """The dotted names that the module at ``path`` imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package, by its name within it."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts).removesuffix("__init__").removesuffix("."), path


def within(name: str, prefixes: set[str]) -> bool:
    """Whether ``name`` is one of ``prefixes`` or inside one."""
    return any(name == p or name.startswith(f"{p}.") for p in prefixes)


def third_party(name: str) -> bool:
    """Whether ``name`` is neither ours nor everybody's."""
    return name.split(".")[0] not in {*sys.stdlib_module_names, "attrs", "__future__"}


class ArchitectureTests(SynchronousTestCase):
    """Imports run one way, and time and chance enter at one place."""

    def test_rooms(self) -> None:
        """A module imports what its row of the table allows, and nothing else."""
        wrong = []
        for module, path in modules():
            if module.split(".")[0] in ROOTS:
                continue
            rows = [row for row in ALLOWED if within(module, {row}) or row == module]
            if not rows:
                wrong.append(f"{module} has no row in the table")
                continue
            allowed = ALLOWED[max(rows, key=len)]
            for name in imports(path):
                ours = name == OURS or name.startswith(f"{OURS}.")
                inner = name.removeprefix(OURS).removeprefix(".") if ours else name
                if (ours or third_party(name)) and not within(inner, allowed):
                    wrong.append(f"{module} imports {name}")
        self.assertEqual([], wrong)

    def test_the_audit_alone_is_scientific(self) -> None:
        """The packages of the extras are imported by what they are for, and by nothing else."""
        apart = {"numpy", "scipy", "sklearn", "matplotlib", "pyarrow", f"{OURS}.audit"}
        users = {
            module
            for module, path in modules()
            for name in imports(path)
            if within(name, apart) and not within(module, {"audit", "studies", "commands.study"})
        }
        self.assertEqual({"figures.parquet", "figures.plots"}, users - {"commands.auditing"})

    def test_nothing_imports_the_roots(self) -> None:
        """What puts everything together is known to nobody."""
        roots = {f"{OURS}.{root}" for root in ROOTS}
        wrong = [
            f"{module} imports {name}"
            for module, path in modules()
            if module.split(".")[0] not in ROOTS
            for name in imports(path)
            if within(name, roots)
        ]
        self.assertEqual([], wrong)

    def test_the_node_does_not_know_the_prober(self) -> None:
        """Two verbs' modules of ``mule`` import it, and nothing that a node runs."""
        users = {
            module
            for module, path in modules()
            if not within(module, {"probing"})
            for name in imports(path)
            if within(name, {f"{OURS}.probing", f"{OURS}.commands.visit"})
        }
        self.assertEqual({"commands.probing", "commands.visit"}, users)

    def test_time_and_chance_are_given(self) -> None:
        """Only the roots may take the global reactor, a clock or the system's randomness."""
        wrong = [
            f"{module} imports {name}"
            for module, path in modules()
            if module.split(".")[0] not in ROOTS
            for name in imports(path)
            if within(name, IMPURE)
        ]
        self.assertEqual([], wrong)

    def test_no_timers_on_the_wire_path(self) -> None:
        """Between arrival and tick nobody waits, sends or reads a clock by himself."""
        forbidden = {"callLater", "deferLater", "LoopingCall", "write", "send", "seconds"}
        wrong = [
            f"{module} calls {call.func.attr}"
            for module, path in modules()
            if within(module, set(WIRE_PATH))
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in forbidden
        ]
        self.assertEqual([], wrong)

    def test_one_caller_of_the_sink(self) -> None:
        """
        One expression of the package hands a datagram to the sink: the sender's.

        Behind the sink the bridge hands it to its carrier, which also sends the self-test to our
        own destination, and nothing else.
        """
        callers = [
            (module, ast.unparse(call.func))
            for module, path in modules()
            if not within(module, {"practice"})
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "send"
        ]
        sink = [
            # The prober's session, in a process of its own: it shares nothing with a node.
            ("commands.visit", "self.bridge.send"),
            ("exit.inside", "self.carrier.send"),  # the self-test, at the wish of the session
            ("exit.inside", "self.carrier.send"),  # the sink of the sender in the exit process
            ("sam.bridge", "self._link.carrier.send"),
            ("sam.carrier", "self.send"),
            # Rivals that exist in simulated networks only.
            ("studies.imule.node", "node.link.send"),
            ("studies.prompt", "self.node.link.send"),
        ]
        self.assertEqual(sorted([("outbound", "self.sink.send"), *sink]), sorted(callers))

    def test_one_room_with_datagram_sockets(self) -> None:
        """Sockets that carry datagrams exist in the SAM rooms only."""
        words = {"listenUDP", "sendto", "DatagramProtocol", "socket"}
        users = {
            module.split(".")[0]
            for module, path in modules()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if (isinstance(node, ast.Attribute) and node.attr in words)
            or (isinstance(node, ast.Name) and node.id in words)
        }
        self.assertEqual(set(), users - {"sam", "practice", "exit", "child", "cli", "commands"})

    def test_the_contract_reads_no_settings(self) -> None:
        """The numbers are constants: the module that holds them imports nothing but typing."""
        self.assertEqual(
            {"__future__.annotations", "typing.Final"}, set(imports(ROOT / "contract.py"))
        )

    def test_no_setting_is_named_like_a_number_of_the_contract(self) -> None:
        """No module writes to the contract's constants."""
        wrong = [
            f"{module} assigns {ast.unparse(target)}"
            for module, path in modules()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if ast.unparse(target).startswith("contract.")
        ]
        self.assertEqual([], wrong)
