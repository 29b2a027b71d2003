"""A process that is the router of a node under measurement: ``python -m tests.bench.router``."""

from __future__ import annotations

import os
from random import Random
from typing import Any

from twisted.internet import reactor as installed

from twisted_mule.practice.service import PracticeBridge
from twisted_mule.practice.weather import CALM

reactor: Any = installed


def main() -> None:
    """Say on which TCP and UDP port, and carry on until somebody ends it."""
    bridge = PracticeBridge(
        reactor=reactor,
        clock=reactor,
        random=Random(1),
        weather=CALM,
        creation_delay=(0.0, 0.0),
        entropy=os.urandom,
    )
    bridge.startService()
    bridge.listening.addCallback(lambda ports: print(*ports, flush=True))  # noqa: T201
    reactor.run()


if __name__ == "__main__":
    main()
