"""
Two SAM sessions by hand, at two routers: run inside the namespace by ``test_network``.

Plain sockets and none of our own SAM code, so that a fault in that code cannot hide one here.
Prints a JSON object: what came out at each end, and the seconds that it took.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Final

from attrs import define

SESSION_SECONDS: Final = 120.0
TALK_SECONDS: Final = 90.0
REPEAT_SECONDS: Final = 1.0
TUNNELS: Final = (
    "inbound.length=1 outbound.length=1 i2cp.leaseSetType=1 i2cp.leaseSetEncType=0"  # see recipe
)


def ask(control: IO[str], line: str) -> dict[str, str]:
    """Send a line and give the options of the answer."""
    control.write(line + "\n")
    control.flush()
    words = control.readline().split()
    return dict(word.split("=", 1) for word in words[2:])


@define
class Session:
    """One datagram session: its control connection, its socket and its destination."""

    name: str
    control: IO[str]
    datagrams: socket.socket
    bridge: tuple[str, int]
    destination: str

    @classmethod
    def create(cls, name: str, sam: int) -> Session:
        """Open a session at the SAM bridge on TCP port ``sam``; takes 20 to 40 seconds."""
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("127.0.0.1", 0))
        connection = socket.create_connection(("127.0.0.1", sam), timeout=SESSION_SECONDS)
        control = connection.makefile("rw", encoding="ascii", newline="\n")
        ask(control, "HELLO VERSION MIN=3.0 MAX=3.1")
        status = ask(
            control,
            f"SESSION CREATE STYLE=DATAGRAM ID={name} DESTINATION=TRANSIENT"
            f" SIGNATURE_TYPE=DSA_SHA1 HOST=127.0.0.1 PORT={datagrams.getsockname()[1]} {TUNNELS}",
        )
        if status["RESULT"] != "OK":
            raise RuntimeError(f"{name}: {status}")
        own = ask(control, "NAMING LOOKUP NAME=ME")
        return cls(name, control, datagrams, ("127.0.0.1", sam - 1), own["VALUE"])

    def send(self, destination: str, payload: bytes) -> None:
        """Send one datagram through the bridge."""
        header = f"3.0 {self.name} {destination}\n".encode("ascii")
        self.datagrams.sendto(header + payload, self.bridge)

    def receive(self) -> tuple[str, bytes] | None:
        """The next datagram as (sender, payload), if one comes within a moment."""
        self.datagrams.settimeout(REPEAT_SECONDS)
        try:
            received = self.datagrams.recv(65536)
        except TimeoutError:
            return None
        header, _, payload = received.partition(b"\n")
        return header.split()[0].decode("ascii"), payload


def until_heard(sender: Session, receiver: Session, payload: bytes) -> tuple[str, bytes]:
    """Repeat a datagram until it arrives: the first ones only make the router look for the way."""
    deadline = time.monotonic() + TALK_SECONDS
    while time.monotonic() < deadline:
        sender.send(receiver.destination, payload)
        heard = receiver.receive()
        if heard is not None:
            return heard
    raise TimeoutError(f"{receiver.name} heard nothing from {sender.name}")


def main(first_sam: int, second_sam: int) -> None:
    """Open both sessions side by side and send a datagram each way."""
    start = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(Session.create, ("first", "second"), (first_sam, second_sam))
    ready = time.monotonic()
    at_second = until_heard(first, second, b"one" * 1000)
    at_first = until_heard(second, first, b"two")
    report = {
        "destinations": [first.destination, second.destination],
        "at_second": [at_second[0], at_second[1].decode("ascii")],
        "at_first": [at_first[0], at_first[1].decode("ascii")],
        "session_seconds": ready - start,
        "talk_seconds": time.monotonic() - ready,
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
