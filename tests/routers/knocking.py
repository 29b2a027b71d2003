"""
Others who ask one node a lot, by hand over SAM: run inside the namespace by ``test_trace``.

For a while all of them ask for everything in turn, within the limits; then one floods, then all.
Prints a JSON object: how many datagrams went out, and how many came back.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Final

from attrs import define, evolve, field

from tests.contract.peers import REQUESTS, peer
from tests.routers.talk import Session
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import ForNode
from twisted_mule.kad.ids import KadID

#: What is asked, in turn.
KINDS: Final = ("PING", "REQ", "HELLO_REQ", "BOOTSTRAP_REQ", "SEARCH_KEY_REQ", "PUBLISH_KEY_REQ")
ASKERS: Final = 15
#: Seconds between two requests of one asker while all keep within the limits.
PERIOD: Final = (5.4, 8.2)
FLOOD: Final = 1000
FLOOD_SECONDS: Final = 60.0
#: Between the phases, and after the last one, so that answers have come.
REST: Final = 15.0


@define
class Crowd:
    """Everybody who asks, and whom they ask."""

    kad_id: KadID
    destination: Destination
    sessions: list[Session]
    random: Random = field(factory=lambda: Random(7))
    sent: int = 0
    received: int = 0

    def knock(self, number: int, kind: str) -> None:
        """Ask for one thing."""
        session = self.sessions[number]
        own = evolve(
            peer(10 * number), destination=Destination.from_base64(session.destination)
        )  # tenfold: these speak the present version
        draws = Chance(b"knocks").stream("knock", self.sent)
        message = REQUESTS[kind](own, draws)
        if isinstance(message, m.FindNodeRequest):
            message = evolve(message, receiver=self.kad_id)
        datagram = to_wire(message, ForNode(self.kad_id), own.secret, draws)
        session.send(self.destination.base64, datagram)
        self.sent += 1

    def wait(self, seconds: float) -> None:
        """Let time pass, and take what comes meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0.0:
            time.sleep(min(left, 0.05))
            for session in self.sessions:
                self.received += _drained(session)

    def politely(self, seconds: float) -> None:
        """Everybody asks for everything in turn, within the limits."""
        began = time.monotonic()
        due = [(began + self.random.uniform(0.0, PERIOD[1]), n, n) for n in range(ASKERS)]
        while True:
            due.sort()
            at, number, turn = due.pop(0)
            if at > began + seconds:
                return
            self.wait(at - time.monotonic())
            self.knock(number, KINDS[turn % len(KINDS)])
            due.append((at + self.random.uniform(*PERIOD), number, turn + 1))

    def flood(self, askers: int) -> None:
        """A thousand requests within a minute, from so many of them in turn."""
        for turn in range(FLOOD):
            self.knock(turn % askers, KINDS[(turn // askers) % len(KINDS)])
            self.wait(FLOOD_SECONDS / FLOOD)


def _drained(session: Session) -> int:
    """How many datagrams wait there."""
    session.datagrams.setblocking(False)
    count = 0
    try:
        while True:
            session.datagrams.recv(65536)
            count += 1
    except BlockingIOError:
        return count


def main(kad_id: str, destination: str, seconds: str, *ports: str) -> None:
    """Ask the node; sessions are spread over the SAM bridges at these ports."""
    names = [(f"asker-{n}", int(ports[n % len(ports)])) for n in range(ASKERS)]
    with ThreadPoolExecutor(ASKERS) as pool:
        sessions = list(pool.map(lambda name: Session.create(*name), names))
    crowd = Crowd(KadID.from_hex(kad_id), Destination.from_base64(destination), sessions)
    phases = {
        "begin": lambda: crowd.wait(REST),
        "politely": lambda: crowd.politely(float(seconds)),
        "flood of one": lambda: crowd.flood(1),
        "flood of all": lambda: crowd.flood(ASKERS),
    }
    began = {}
    for name, phase in phases.items():
        began[name] = time.monotonic()
        phase()
        crowd.wait(REST)
    report = {"sent": crowd.sent, "received": crowd.received, "began": began}
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
