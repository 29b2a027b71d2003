"""
How late this machine is by itself: a process that only sleeps, and prints lines like the node's.

What it is late by, no program on this machine could have kept.
"""

from __future__ import annotations

import sys
import time
from random import Random

from tests.live.node import turn


def main() -> None:
    """Until stopped."""
    random = Random()
    while True:
        due = time.monotonic() + random.uniform(0.2, 0.6)
        time.sleep(due - time.monotonic())
        late, kind = time.monotonic() - due, turn(due)
        if kind is not None:
            sys.stdout.write(f"{kind} {due:.6f} {late:.6f}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
