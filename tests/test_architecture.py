"""The rooms of the package: which may know of which, and who may reach the sink."""

from __future__ import annotations

import ast

from twisted.trial.unittest import SynchronousTestCase

from tests.rooms import ALLOWED, ROOTS
from tests.sources import OURS, ROOT, imports, modules, third_party, within

#: What enters the program at the roots only.
IMPURE = {"time", "secrets", "random", "os.urandom", "twisted.internet.reactor"}

#: The rooms that the wire path runs through: no timer and no socket of their own.
WIRE_PATH = ("kad", "ticks", "places", "admission", "intake")


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
