"""Write down what one node sends and gets, as it happens."""

from __future__ import annotations

from typing import IO

from attrs import define

from twisted_mule.kad.destination import Destination
from twisted_mule.places import Outgoing
from twisted_mule.recording.rows import Header, PlaceKind, Pseudonyms, Row, Way


@define(eq=False)
class Recorder:
    """
    The watcher of a node: one line a datagram, into a file that its owner opened.

    A file that cannot be written to ends the recording, not the node; ``failed`` says why.

    :ivar names: what peers are called.
    """

    file: IO[str]
    names: Pseudonyms
    rows: int = 0
    failed: str = ""

    def begin(self, header: Header) -> None:
        """Write the header."""
        self._write(header.line)

    def sent(self, outgoing: Outgoing, tick: int, now: float) -> None:
        """A datagram was handed to the network in the how-manieth tick."""
        place = PlaceKind.REQUEST if outgoing.arrived is None else PlaceKind.ANSWER
        peer, size = self.names(outgoing.destination), len(outgoing.datagram)
        self._note(Row(now, Way.OUT, peer, size, outgoing.label, tick, place))

    def heard(self, source: Destination, size: int, arrived: float, label: str | None) -> None:
        """A datagram came; ``label`` is ``None`` when it was refused or cannot be read."""
        self._note(Row(arrived, Way.IN, self.names(source), size, label))

    def passed(self, t: float, way: Way, peer: Destination, size: int, label: str | None) -> None:
        """A datagram came by, seen from outside of its node."""
        self._note(Row(t, way, self.names(peer), size, label))

    def _note(self, row: Row) -> None:
        self.rows += 1
        self._write(row.line)

    def _write(self, line: str) -> None:
        if self.failed:
            return
        try:
            self.file.write(line)
        except (OSError, ValueError) as reason:
            self.failed = str(reason)
