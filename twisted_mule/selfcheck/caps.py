"""Clause 5 measured: the most that any sliding window saw, against its cap."""

from __future__ import annotations

from math import floor
from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.selfcheck import levels
from twisted_mule.selfcheck.samples import Batch, LastHour, Left
from twisted_mule.selfcheck.windows import Peak, Recent
from twisted_mule.status import CheckStatus, Unit

MINUTE: Final = contract.REQUEST_WINDOW
#: By how much answers that were let in one after the other may be nearer to each other on leaving.
_SPREAD: Final = contract.DELAY_MOST - contract.DELAY_LEAST + contract.TICK_LATE
#: Datagrams of one peer that are answered in a minute: what its bucket let in meanwhile.
ANSWERED: Final = floor(contract.PEER_BURST + contract.PEER_RATE * (MINUTE + _SPREAD))
#: Ticks whose datagrams can leave in a minute, and so datagrams and bytes.
_TICKS: Final = floor((MINUTE + contract.TICK_LATE + contract.BATCH_SPAN) / contract.TICK_BASE) + 1
DATAGRAMS: Final = _TICKS * contract.PLACES
BYTES: Final = DATAGRAMS * contract.DATAGRAM_SIZE
#: How the opcodes of our requests begin, and what one peer may get of them in a minute.
KINDS: Final = {
    "hello": contract.HELLO_PER_PEER,
    "bootstrap": contract.BOOTSTRAP_PER_PEER,
    "ping": contract.PING_PER_PEER,
    "find": contract.REQ_PER_PEER,
    "search": contract.SEARCH_PER_PEER,
    "publish": contract.PUBLISH_PER_PEER,
}


def kind_of(label: str) -> str:
    """What the request ``label`` counts as: the first word of its name, whichever its version."""
    return label.removeprefix("legacy_").partition("_")[0]


def _peaks() -> dict[str, Peak]:
    return {name: Peak() for name in CAPS}


@define
class Caps:
    """What left, added up over every minute and every hour."""

    peaks: dict[str, Peak] = field(factory=_peaks, init=False)
    _minute: Recent = field(factory=lambda: Recent(MINUTE), init=False)

    def batch(self, batch: Batch) -> None:
        """A tick is over."""
        requests = sum(left.arrived is None for left in batch.left)
        self._note("requests_per_tick", requests, batch.released)
        self._note("answers_per_tick", len(batch.left) - requests, batch.released)
        for left in batch.left:
            now = left.at
            self._note("datagram_size", left.size, now)
            self._note("datagrams_per_minute", self._minute.add("datagrams", now), now)
            self._note("bytes_per_minute", self._minute.add("bytes", now, left.size), now)
            if left.arrived is None:
                self._request(left)
            elif not left.label.endswith("_ack"):  # these have the allowance of what we asked
                self._answer(left, left.arrived)

    def _request(self, left: Left) -> None:
        kind = kind_of(left.label)
        sent = self._minute.add((left.peer, kind), left.at)
        self._note("requests_per_peer", sent / KINDS.get(kind, 0.5), left.at)

    def _answer(self, left: Left, arrived: float) -> None:
        parts = self._minute.add((left.peer, arrived), left.at)
        self._note("parts_per_answer", parts, left.at)
        if parts == 1:
            self._note("answers_per_peer", self._minute.add(left.peer, left.at), left.at)

    def hour(self, hour: LastHour, now: float) -> None:
        """Lookups of the hour that ends now."""
        self._note("lookups_per_hour", hour.node + hour.value + hour.store, now)
        self._note("stores_per_hour", hour.store, now)

    def _note(self, name: str, value: float, now: float) -> None:
        self.peaks[name].note(value, now)

    def checks(self, now: float) -> tuple[CheckStatus, ...]:
        """The findings."""
        return tuple(
            CheckStatus(
                name,
                label,
                levels.judged(self.peaks[name].value(now), limit, self.peaks[name].n),
                self.peaks[name].value(now),
                limit,
                self.peaks[name].n,
                unit,
            )
            for name, (label, limit, unit) in CAPS.items()
        )


CAPS: Final = {
    "answers_per_tick": ("most answers of a tick", contract.ANSWER_PLACES, Unit.COUNT),
    "requests_per_tick": ("most requests of a tick", contract.REQUEST_PLACES, Unit.COUNT),
    "answers_per_peer": ("most datagrams of a peer answered in a minute", ANSWERED, Unit.COUNT),
    "parts_per_answer": ("most parts of an answer", contract.SEARCH_PARTS, Unit.COUNT),
    "requests_per_peer": ("most requests to a peer in a minute, of its cap", 1.0, Unit.RATIO),
    "lookups_per_hour": ("most lookups of an hour", contract.LOOKUPS_PER_HOUR, Unit.COUNT),
    "stores_per_hour": ("most stores of an hour", contract.STORES_PER_HOUR, Unit.COUNT),
    "datagrams_per_minute": ("most datagrams of a minute", DATAGRAMS, Unit.COUNT),
    "bytes_per_minute": ("most bytes of a minute", BYTES, Unit.BYTES),
    "datagram_size": ("largest datagram", contract.DATAGRAM_SIZE, Unit.BYTES),
}
