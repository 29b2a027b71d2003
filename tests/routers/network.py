"""
A private I2P network: real i2pd routers in a network namespace that has nothing but a loopback.

Nothing leaves the machine.  Needs root, i2pd and iproute2.  The routers use addresses of
198.18.0.0/15 (RFC 2544, benchmark networks), the only reserved range that i2pd takes for peers.
"""

from __future__ import annotations

import hashlib
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import define, frozen

from tests.routers.namespace import Namespace, command, end

CONFIGURATION = """\
log = file
logfile = {directory}/i2pd.log
loglevel = warn
daemon = false
ipv4 = true
ipv6 = false
host = {address}
address4 = {address}
port = {port}
reservedrange = false
netid = 77
nat = false
floodfill = true
bandwidth = X
share = 100

[ntcp2]
enabled = true
published = true
port = {port}

[ssu2]
enabled = false

[sam]
enabled = true
address = 127.0.0.1
port = {sam}

[http]
enabled = false

[httpproxy]
enabled = false

[socksproxy]
enabled = false

[bob]
enabled = false

[addressbook]
# Without one, i2pd 2.45.1 ends with a segmentation fault at the first STREAM CONNECT; with one, but
# without an address to fetch it from, it ends after three minutes (std::out_of_range).
enabled = true
defaulturl = http://addresses.i2p/hosts.txt
subscriptions = http://addresses.i2p/hosts.txt

[reseed]
threshold = 0
urls =
yggurls =

[exploratory]
inbound.length = 1
outbound.length = 1

[persist]
profiles = false

[nettime]
enabled = false
"""


def wait_until(what: str, seconds: float, ready: Callable[[], bool], pause: float = 0.1) -> float:
    """
    Wait for a condition and give the seconds that it took.

    :raises TimeoutError: naming ``what``, when it does not come true in time.
    """
    start = time.monotonic()
    while not ready():
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
    return time.monotonic() - start


def router_hash(router_info: bytes) -> str:
    """
    The name of a router in I2P's base64: SHA-256 over its identity.

    The identity is the first 387 bytes and the certificate that they announce.
    """
    certificate = int.from_bytes(router_info[385:387], "big")
    digest = hashlib.sha256(router_info[: 387 + certificate]).digest()
    return b64encode(digest, altchars=b"-~").decode()


@frozen
class Ports:
    """Where router ``number`` (counted from 1) listens."""

    number: int

    @property
    def address(self) -> str:
        """Its address for other routers."""
        return f"198.18.77.{self.number}"

    @property
    def transport(self) -> int:
        """Its TCP port for other routers."""
        return 20000 + self.number

    @property
    def sam(self) -> int:
        """The TCP port of its SAM bridge, on 127.0.0.1."""
        return 7656 + 10 * self.number

    @property
    def sam_udp(self) -> int:
        """The UDP port of its SAM bridge: one less than the TCP port, i2pd's habit."""
        return self.sam - 1


@define
class Router:
    """One i2pd with its directory."""

    ports: Ports
    directory: Path
    namespace: Namespace
    process: subprocess.Popen[bytes] | None = None

    @property
    def info(self) -> Path:
        """What it tells other routers about itself; written within a second of its first start."""
        return self.directory / "router.info"

    def prepare(self) -> None:
        """Write its configuration and give it its address."""
        self.directory.mkdir(parents=True)
        ports = self.ports
        text = CONFIGURATION.format(
            directory=self.directory, address=ports.address, port=ports.transport, sam=ports.sam
        )
        (self.directory / "i2pd.conf").write_text(text, "utf-8")
        self.namespace.add_address(ports.address)

    def learn(self, router_info: bytes) -> None:
        """Put another router into its database."""
        name = router_hash(router_info)
        shelf = self.directory / "netDb" / f"r{name[0]}"
        shelf.mkdir(parents=True, exist_ok=True)
        (shelf / f"routerInfo-{name}.dat").write_bytes(router_info)

    def start(self) -> None:
        """Start it."""
        with (self.directory / "output").open("ab") as output:
            self.process = self.namespace.start(
                "i2pd",
                f"--datadir={self.directory}",
                f"--conf={self.directory}/i2pd.conf",
                output=output,
            )

    def stop(self) -> None:
        """Stop it in an orderly way."""
        if self.process is not None:
            end(self.process)
            self.process = None

    def kill(self) -> None:
        """Take it away without a word, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def listens(self) -> bool:
        """
        Whether its SAM bridge takes connections.

        :raises RuntimeError: when it has ended; it will not listen any more.
        """
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"router {self.ports.number} has ended: see {self.directory}")
        pattern = f"sport = :{self.ports.sam}"
        return bool(command("ip", "netns", "exec", self.namespace.name, "ss", "-Hltn", pattern))


@define
class RouterNetwork:
    """Routers that know each other, all of them floodfills."""

    namespace: Namespace
    routers: list[Router]

    def start(self) -> None:
        """Start every router once for its router.info, tell all of them to all, start again."""
        for router in self.routers:
            router.prepare()
            router.start()
        for router in self.routers:
            wait_until(f"{router.info}", 20.0, router.info.exists)
        self.stop()
        known = [router.info.read_bytes() for router in self.routers]
        for router in self.routers:
            for router_info in known:
                router.learn(router_info)
            router.start()
        for router in self.routers:
            self.await_sam(router)

    def await_sam(self, router: Router) -> float:
        """Wait until the router's SAM bridge listens."""
        return wait_until(f"SAM of router {router.ports.number}", 20.0, router.listens)

    def stop(self) -> None:
        """Stop all routers."""
        for router in self.routers:
            router.stop()


@contextmanager
def private_network(root: Path, count: int) -> Iterator[RouterNetwork]:
    """Give a running network of ``count`` routers under ``root``, and clear it away afterwards."""
    with ExitStack() as stack:
        namespace = stack.enter_context(Namespace())
        routers = [
            Router(Ports(number), root / f"router-{number}", namespace)
            for number in range(1, count + 1)
        ]
        network = RouterNetwork(namespace, routers)
        stack.callback(network.stop)
        network.start()
        yield network
