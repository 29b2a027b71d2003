"""
A whole node, as ``twistd mule`` runs it, that writes down how late each datagram leaves.

By turns of half a minute its main process has nothing else to do, and is held up for 80 ms five
times a second at random moments, as by slow handlers.  It prints a line for each datagram: the
turn (``idle`` or ``slow``), the scheduled moment, and the lateness in seconds.  With the word
``calm`` in front nothing holds it up; whoever started it does something in the slow turns.
"""

from __future__ import annotations

import os
import sys
import time
from random import Random
from typing import Any, Final

from attrs import define, field
from twisted.internet.task import LoopingCall
from twisted.logger import globalLogBeginner, textFileLogObserver

from twisted_mule.kad.ids import KadID
from twisted_mule.options import Options
from twisted_mule.outbound import Departed
from twisted_mule.tap import makeService

#: Seconds of a turn, and at its ends those that belong to neither.
TURN: Final = 30.0
EDGE: Final = 1.0
#: Seconds of a piece of slow work, and how many there are in a second.
WORK: Final = 0.08
RATE: Final = 5.0


def turn(moment: float) -> str | None:
    """The turn that ``moment`` belongs to, if it is clear of the edges."""
    number, within = divmod(moment, TURN)
    if not EDGE <= within <= TURN - EDGE:
        return None
    return "slow" if number % 2 else "idle"


@define
class Load:
    """Slow work in the main process, every other turn."""

    reactor: Any
    random: Random = field(factory=Random)

    def go_on(self) -> None:
        """Hold the reactor up if it is time to, and come again."""
        began = time.monotonic()
        if self.reactor.seconds() // TURN % 2:
            while time.monotonic() - began < WORK:
                pass
        self.reactor.callLater(self.random.expovariate(RATE), self.go_on)


def main(*words: str) -> None:
    """Run until stopped."""
    calm = words[:1] == ("calm",)
    from twisted.internet import reactor as installed

    reactor: Any = installed
    options = Options()
    options.parseOptions(words[calm:])
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)], redirectStandardIO=False)
    service: Any = makeService(options)
    load, note, lines = Load(reactor), Departed.note, list[str]()

    def noting(record: Departed, *left: Any) -> None:
        note(record, *left)
        *_, now, scheduled = left
        kind = turn(scheduled)
        # The neighbours of a practice network run in this process too, and are not measured.
        if kind is not None and record is service.node.sender.record:
            lines.append(f"{kind} {scheduled:.6f} {now - scheduled:.6f}\n")

    def flush() -> None:
        sys.stdout.write("".join(lines))
        sys.stdout.flush()
        lines.clear()

    def ask() -> None:
        # Lookups without end: hardly a tick whose request place stays empty.
        if service.node is not None:
            service.node.core.look_up(KadID.from_natural(os.urandom(16)))

    Departed.note = noting  # type: ignore[assignment, method-assign]
    LoopingCall(flush).start(5.0)
    LoopingCall(ask).start(10.0)
    reactor.callWhenRunning(service.startService)
    if not calm:
        reactor.callWhenRunning(load.go_on)
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
