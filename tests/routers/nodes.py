"""Whole nodes as their users run them: one process each, inside the private network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import define, evolve, frozen
from twisted.internet.defer import Deferred, execute
from twisted.python.failure import Failure

from tests.routers.namespace import end
from tests.routers.network import Router, RouterNetwork
from twisted_mule.kad.contact import SavedContact
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import VERSION
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import ContactStore
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.identity import Identity, make_identity, save_identity

T = TypeVar("T")
ROOT: Final = Path(__file__).parents[2]
BIN: Final = Path(sys.executable).parent
LEAVE_SECONDS: Final = 20.0
#: What waits for a search waits for two lookups.
ANSWER_SECONDS: Final = 330.0
#: Lines of a node's log that tell of its session, and how many of them a failure shows.
TELLING: Final = "Router: "
ACCOUNT: Final = 12
#: How ``mule`` ends when it has an answer: done, or not in the network yet.
ANSWERED: Final = (0, 4)
#: What a network of so few routers needs of the sessions; see docs/sam.md.
CONFIGURATION: Final = """\
[sam]
endpoint = "tcp:127.0.0.1:{sam}"
udp_port = {sam_udp}

[sam.options]
"inbound.length" = 1
"outbound.length" = 1
"i2cp.leaseSetType" = 1
"i2cp.leaseSetEncType" = 0
"""


def result(deferred: Deferred[T]) -> T:
    """What a Deferred that waits for nobody has come to; a failure is raised."""
    outcome: list[T] = []
    reasons: list[Failure] = []
    deferred.addCallbacks(outcome.append, reasons.append)
    for reason in reasons:
        reason.raiseException()
    return outcome[0]


@frozen
class Record:
    """
    What a node remembers of a contact, whenever it is read.

    :ivar met_at: Unix time at which the contact was first met.
    :ivar heard_at: Unix time at which it was last heard, 0 for never.
    """

    met_at: float
    heard_at: float
    handshaken: bool

    @classmethod
    def of(cls, saved: SavedContact, now: float) -> Record:
        """The record of a contact whose ages were counted back from ``now``."""
        heard_at = 0.0 if saved.heard is None else now - saved.heard
        return cls(now - saved.created, heard_at, saved.handshaken)


@define
class Node:
    """One node: its directory, its router, and its process while it runs."""

    number: int
    data: Path
    router: Router
    identity: Identity
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it printed, over all its starts."""
        return self.data.with_suffix(".log")

    def prepare(self) -> None:
        """Write its identity and its configuration."""
        directory = StateDirectory(self.data, time.time)
        directory.prepare()
        save_identity(directory, self.identity)
        ports = self.router.ports
        text = CONFIGURATION.format(sam=ports.sam, sam_udp=ports.sam_udp)
        self.data.with_suffix(".toml").write_text(text, "utf-8")

    def start(self, nodes_file: Path | None = None, *more: str) -> None:
        """Start it, with the contacts of ``nodes_file`` besides those that it knows."""
        options = {
            "--config": self.data.with_suffix(".toml"),
            "--data": self.data,
            "--web": f"unix:{self.data}/web:mode=600",
        }
        if nodes_file is not None:
            options["--nodes"] = nodes_file
        words = [str(word) for option in options.items() for word in option]
        with self.log.open("ab") as output:
            self.process = self.router.namespace.start(
                f"{BIN}/twistd", "--nodaemon", "--pidfile=", "mule", *words, *more, output=output
            )

    def leave_at_once(self) -> int:
        """Stop it as an impatient user does, with two signals; gives its exit code."""
        if self.process is None:
            raise RuntimeError(f"node {self.number} does not run")
        self.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(LEAVE_SECONDS)
        self.process = None
        return code

    def end(self) -> None:
        """Make sure that it does not run."""
        if self.process is not None:
            end(self.process, patience=0.0)
            self.process = None

    def ask(self, *words: str) -> Any:
        """
        What the ``mule`` command answers, as JSON; ``None`` while the node does not.

        Of several lines, each with a document of its own, it gives the last.

        :raises RuntimeError: when the node has ended, with its log.
        """
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"node {self.number} has ended:\n{self.log.read_text()}")
        done = subprocess.run(  # noqa: S603 - our own words only, no shell
            [f"{BIN}/mule", *words, "--json", "--data", f"{self.data}"],
            check=False,
            capture_output=True,
            timeout=ANSWER_SECONDS,
        )
        if done.returncode not in ANSWERED:
            return None
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return json.loads(done.stdout.splitlines()[-1])

    def account(self) -> str:
        """How it fared, for whoever reads a failure: its state, and what it said of its router."""
        status = None if self.process is None else self.ask("status")
        state = "no answer" if status is None else status["router"]["state"]
        told = [line for line in self.log.read_text("utf-8").splitlines() if TELLING in line]
        where = f"node {self.number} at router {self.router.ports.number}: {state}"
        return "\n  ".join([where, *told[-ACCOUNT:]])

    def is_online(self) -> bool:
        """Whether its session with the router works."""
        status = self.ask("status")
        return status is not None and status["router"]["state"] == "online"

    def handshakes(self) -> int:
        """How many of its contacts are verified by a handshake."""
        status = self.ask("status")
        return 0 if status is None else int(status["routing"]["handshakes"])

    def contacts(self) -> dict[KadID, Record]:
        """What it has on disk about its contacts; ask only while it does not run."""
        database = Database(StateDirectory(self.data, time.time), execute)
        now = time.time()
        result(database.open())
        saved = result(ContactStore(database).load(now))
        result(database.close())
        return {contact.seed.kad_id: Record.of(contact, now) for contact in saved}


def new_identities(network: RouterNetwork, count: int) -> list[Identity]:
    """Identities whose keys a router has made, and that no node has used yet."""
    router = network.routers[0]
    printed = network.namespace.run(
        sys.executable, "-m", "tests.routers.keys", f"{router.ports.sam}", f"{count}", cwd=ROOT
    )
    return [
        evolve(make_identity(os.urandom), datagram_keys=SessionKeys(keys))
        for keys in json.loads(printed)
    ]


def new_nodes(network: RouterNetwork, root: Path, identities: list[Identity]) -> list[Node]:
    """Nodes with these identities, spread over the routers, not yet started."""
    nodes = []
    for number, identity in enumerate(identities):
        router = network.routers[number % len(network.routers)]
        nodes.append(Node(number, root / f"node-{number}", router, identity))
    for node in nodes:
        node.prepare()
    return nodes


def write_nodes_file(path: Path, there: list[Identity], away: Identity) -> None:
    """
    One ``nodes.dat`` that names all of them.

    ``away`` is a contact that never answers and the only one marked as verified: had the file none
    such, every reader would take all of it as verified and nobody would have to prove himself.
    """
    unproven = [_stored(identity, verified=False) for identity in there]
    path.write_bytes(nodes_dat.write([*unproven, _stored(away, verified=True)]))


def new_crowd(network: RouterNetwork, root: Path, count: int) -> list[Node]:
    """So many nodes under ``root``, not yet started, and the ``nodes.dat`` that names them all."""
    away, *identities = new_identities(network, count + 1)
    nodes = new_nodes(network, root, identities)
    write_nodes_file(root / "nodes.dat", identities, away)
    return nodes


@contextmanager
def running_crowd(network: RouterNetwork, root: Path, count: int) -> Iterator[list[Node]]:
    """So many nodes, started from one ``nodes.dat``, spread over the routers; all end after."""
    nodes = new_crowd(network, root, count)
    try:
        for node in nodes:
            node.start(root / "nodes.dat")
        yield nodes
    finally:
        for node in nodes:
            node.end()


def _stored(identity: Identity, *, verified: bool) -> nodes_dat.StoredNode:
    destination = identity.destination
    if destination is None:
        raise ValueError("without keys there is no destination")
    return nodes_dat.StoredNode(VERSION, identity.kad_id, destination, verified=verified)
