"""``mule doctor``: what it looks at, and the one thing that it says to do next."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from attrs import evolve

from tests.commands.calling import CommandCase, FakeClient
from tests.commands.routers import SILENCE, FakeRouter
from tests.control.nodes import FakeNode, nodes_file, snapshot
from tests.sam.identities import ed25519_private_text
from twisted_mule.commands import doctor, probe
from twisted_mule.commands.client import ControlError
from twisted_mule.status import Problem, RouterState, RouterStatus, RoutingStatus, Step, StepState
from twisted_mule.store.directory import IDENTITY, NODES
from twisted_mule.store.identity import load_identity, make_identity, render_identity

#: A port of this machine on which nothing listens.
NOBODY = "tcp:127.0.0.1:1"


class DoctorCase(CommandCase):
    """A doctor with a router of our own making, and whatever state directory."""

    def setUp(self) -> None:
        """No router, until a test makes one."""
        super().setUp()
        self.environment["MULE_SAM"] = NOBODY

    def checks(self, *words: str, code: int) -> dict[str, Any]:
        """The verdicts by name, and the advice under ``next``."""
        document = self.answer("doctor", *words, code=code)
        verdicts = {check["name"]: check["verdict"] for check in document["checks"]}
        return {**verdicts, "next": document["next"]}

    def with_router(self, router: FakeRouter, *words: str, code: int) -> dict[str, Any]:
        """The same, with this router."""
        with router.running():
            self.environment["MULE_SAM"] = router.endpoint
            self.environment["MULE_SAM_UDP_PORT"] = str(router.udp_port)
            return self.checks(*words, code=code)


class RouterTests(DoctorCase):
    """The router, asked by the doctor itself."""

    def test_none(self) -> None:
        """Without a router the command ends with 5, and says how to get one."""
        checks = self.checks(code=5)
        self.assertEqual("failed", checks["router"])
        self.assertIn("Start the router", checks["next"])

    def test_well(self) -> None:
        """With a router that passes everything the next thing is to start the node."""
        self.prepared().write(NODES, nodes_file(1))
        router = FakeRouter()
        checks = self.with_router(router, code=0)
        self.assertEqual(
            ["ok"] * 3, [checks[name] for name in ("router", "SAM version", "UDP forwarding")]
        )
        self.assertEqual("Start the node: twistd -n mule", checks["next"])
        options = router.heard[1].options
        self.assertEqual(
            ("DATAGRAM", "TRANSIENT", "DSA_SHA1", "127.0.0.1"),
            tuple(options[name] for name in ("STYLE", "DESTINATION", "SIGNATURE_TYPE", "HOST")),
        )

    def test_quick(self) -> None:
        """With --quick no session is asked for."""
        router = FakeRouter()
        checks = self.with_router(router, "--quick", code=0)
        self.assertEqual("skipped", checks["UDP forwarding"])
        self.assertEqual(["HELLO"], [line.verb for line in router.heard])

    def test_options(self) -> None:
        """The session gets the options of the configuration, and an old router no kind of key."""
        path = self.file(b"[sam.options]\ninbound.length = 1", "mule.toml")
        router = FakeRouter(greeting="HELLO REPLY RESULT=OK VERSION=3.0")
        self.with_router(router, "--config", path, code=0)
        self.assertEqual("1", router.heard[1].options["inbound.length"])
        self.assertNotIn("SIGNATURE_TYPE", router.heard[1].options)

    def test_not_sam(self) -> None:
        """Something else on that port is told from no router: 1, with what it said."""
        for greeting in ("HTTP/1.1 400 Bad Request", "", "\x16\x03", None):
            checks = self.with_router(FakeRouter(greeting), code=1)
            self.assertEqual(("ok", "failed"), (checks["router"], checks["SAM version"]))

    def test_too_old(self) -> None:
        """A router without our versions is to be updated."""
        checks = self.with_router(FakeRouter("HELLO REPLY RESULT=NOVERSION"), code=1)
        self.assertIn("Update the router", checks["next"])

    def test_refused(self) -> None:
        """A router that refuses the session is quoted."""
        refusal = "SESSION STATUS RESULT=I2P_ERROR MESSAGE=full"
        checks = self.with_router(FakeRouter(session=refusal, forwards=False), code=1)
        self.assertEqual("failed", checks["UDP forwarding"])

    def test_wrong_kind(self) -> None:
        """A router that makes other keys than DSA_SHA1 is found out."""
        made = f"SESSION STATUS RESULT=OK DESTINATION={ed25519_private_text(3)}"
        with FakeRouter(session=made, forwards=False).running() as router:
            self.environment["MULE_SAM"] = router.endpoint
            text = self.mule("doctor", code=1).stdout
        self.assertIn("387 bytes", text)

    def test_gone(self) -> None:
        """A router that goes away half-way is told so."""
        checks = self.with_router(FakeRouter(session=None), code=1)
        self.assertEqual("failed", checks["UDP forwarding"])

    def test_nothing_comes_back(self) -> None:
        """When no datagram comes back, the two addresses are named."""
        router = FakeRouter(forwards=False)
        with patch.object(probe, "ECHO_PATIENCE", 0.05), patch.object(probe, "ECHO_SPACING", 0.02):
            checks = self.with_router(router, code=1)
        self.assertEqual("failed", checks["UDP forwarding"])
        self.assertIn("UDP port", checks["next"])

    def test_silent(self) -> None:
        """What takes the connection and says nothing is not waited for without end."""
        with FakeRouter(SILENCE).running() as router:
            self.environment["MULE_SAM"] = router.endpoint
            with patch.object(probe, "PATIENCE", 0.05):
                self.assertEqual("failed", self.checks(code=1)["SAM version"])

    def test_practice(self) -> None:
        """On the practice network no router is needed."""
        path = self.file(b"practice = 8", "mule.toml")
        self.assertEqual("skipped", self.checks("--config", path, code=0)["router"])


class StateTests(DoctorCase):
    """What lies on this machine."""

    def test_nothing_yet(self) -> None:
        """Before the first start everything is fine but the contacts, and nothing is made."""
        checks = self.checks(code=5)
        self.assertEqual(
            ["ok", "ok", "ok", "ok", "note"],
            [checks[name] for name in ("permissions", "disk", "key type", "clock", "contacts")],
        )
        self.assertFalse(self.data.exists())

    def test_permissions(self) -> None:
        """A directory that others can enter comes with the command that closes it."""
        load_identity(self.prepared(), Random(1).randbytes)
        self.data.chmod(0o755)
        (self.data / IDENTITY).chmod(0o644)
        document = self.answer("doctor", code=5)
        (check,) = (check for check in document["checks"] if check["name"] == "permissions")
        self.assertEqual("note", check["verdict"])
        self.assertIn(f"chmod -R go-rwx {self.data}", check["advice"])

    def test_no_directory(self) -> None:
        """A file where the directory should be is the first thing to do."""
        self.data.write_text("mine")
        checks = self.checks(code=5)
        self.assertEqual("failed", checks["permissions"])
        self.assertIn("--data", checks["next"])

    def test_key_type(self) -> None:
        """An identity that KAD cannot carry fails, with what to do about it."""
        fields = json.loads(render_identity(make_identity(Random(1).randbytes)))
        fields["datagram_keys"] = ed25519_private_text(1)
        self.prepared().write(IDENTITY, json.dumps(fields).encode())
        checks = self.checks(code=5)
        self.assertEqual("failed", checks["key type"])
        self.assertIn("from a copy", checks["next"])

    def test_disk(self) -> None:
        """Little space is worth a word, and next to none a failure."""
        for free, verdict in ((1 << 20, "failed"), (100 << 20, "note"), (1 << 30, "ok")):
            with patch("shutil.disk_usage") as usage:
                usage.return_value.free = free
                self.assertEqual(verdict, self.checks(code=5)["disk"])

    def test_clock(self) -> None:
        """A clock before our time, or before a file of ours, is wrong."""
        self.prepared().write(NODES, nodes_file(1))
        with patch("time.time", return_value=1000.0):
            self.assertEqual("failed", self.checks(code=5)["clock"])
        future = (self.data / NODES).stat().st_mtime + 3600
        os.utime(self.data / NODES, (future, future))
        self.assertEqual("failed", self.checks(code=5)["clock"])

    def test_unsynchronised(self) -> None:
        """A clock that nobody sets is worth a word."""
        place = self.data.with_name("timesync")
        place.mkdir()
        with patch.object(doctor, "_SYNCHRONISATION", place):
            self.assertEqual("note", self.checks(code=5)["clock"])
            (place / "synchronized").touch()
            self.assertEqual("ok", self.checks(code=5)["clock"])


class RunningTests(DoctorCase):
    """With a node that runs, its own tests count; the router is left alone."""

    @contextmanager
    def examined(self, node: FakeNode) -> Iterator[None]:
        """While this node runs."""

        @contextmanager
        def connected(_data: Path) -> Iterator[FakeClient]:
            yield FakeClient(node)

        with patch.object(doctor, "connected", connected):
            yield

    def test_well(self) -> None:
        """A node that is well leaves nothing to do."""
        self.prepared().write(NODES, nodes_file(1))
        with self.examined(FakeNode()):
            checks = self.checks(code=0)
        self.assertEqual(("ok", "ok"), (checks["node"], checks["router"]))
        self.assertEqual("Nothing; all is well.", checks["next"])

    def test_failed_step(self) -> None:
        """A step that failed is told with the node's own advice."""
        steps = (
            Step("Router's SAM port reached", StepState.DONE, 0.1),
            Step("Session and tunnels ready", StepState.FAILED, None, "20 s to 4 min"),
            Step("First answer of the network", StepState.TODO),
        )
        problem = Problem("The router opened no session", "Wait for its tunnels.")
        router = RouterStatus(RouterState.WAITING, steps=steps, problem=problem)
        with self.examined(FakeNode(evolve(snapshot(), router=router))):
            checks = self.checks(code=1)
        self.assertEqual("Wait for its tunnels.", checks["next"])

    def test_no_router(self) -> None:
        """A node that has lost its router ends with 5 as well."""
        steps = (Step("Router's SAM port reached", StepState.FAILED),)
        problem = Problem("I2P router not found", "Start the router.")
        router = RouterStatus(RouterState.WAITING, steps=steps, problem=problem)
        with self.examined(FakeNode(evolve(snapshot(), router=router))):
            self.assertEqual("failed", self.checks(code=5)["router"])

    def test_no_contacts(self) -> None:
        """A node on the real network that knows nobody needs contacts; in practice it does not."""
        alone = evolve(snapshot(), routing=RoutingStatus())
        with self.examined(FakeNode(evolve(alone, practice=None))):
            checks = self.checks(code=0)
        self.assertEqual("note", checks["contacts"])
        self.assertIn("nodes import", checks["next"])
        with self.examined(FakeNode(alone)):
            self.assertEqual("ok", self.checks(code=0)["contacts"])

    def test_stuck(self) -> None:
        """A node that does not answer is said not to."""
        with patch.object(doctor, "connected", side_effect=ControlError("It is stuck.")):
            checks = self.checks(code=1)
        self.assertEqual("failed", checks["node"])

    def test_for_people(self) -> None:
        """A person sees a line a check, and at the end the one thing to do next."""
        with self.examined(FakeNode()):
            lines = self.mule("doctor").stdout.splitlines()
        self.assertTrue(lines[0].startswith("ok       permissions"))
        self.assertTrue(lines[-1].startswith("Next: "))
