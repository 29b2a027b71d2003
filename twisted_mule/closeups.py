"""From the running node to the frozen details that single pages of the dashboard show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from typing import Final

from twisted_mule import contract
from twisted_mule.details import (
    AGES,
    CELLS,
    DELAY_STEPS,
    DISTANCES,
    PEERS,
    AskedStatus,
    Held,
    Keyspace,
    LookupStatus,
    PeerList,
    PeerOrder,
    PeerStatus,
    PeerWish,
    StoreStatus,
    TrafficStatus,
)
from twisted_mule.kad.census import SAMPLE, Census, census
from twisted_mule.kad.contact import Contact
from twisted_mule.kad.core import Kad
from twisted_mule.kad.ids import BITS
from twisted_mule.kad.traces import LookupTrace
from twisted_mule.node import MuleNode

#: Contacts nearest to us that the estimate of the network's size rests on: those that we know all.
NEAREST: Final = 12
_CELL_SHIFT: Final = BITS - CELLS.bit_length() + 1
_SHORT: Final = 8

_ORDERS: Final[dict[PeerOrder, Callable[[Contact], float]]] = {
    PeerOrder.DISTANCE: lambda contact: contact.distance,
    PeerOrder.TYPE: lambda contact: contact.kind,
    PeerOrder.VERSION: lambda contact: contact.version,
    PeerOrder.KNOWN: lambda contact: -contact.created,
    # Who was never heard comes behind all others.
    PeerOrder.HEARD: lambda contact: 1.0 if contact.heard is None else -contact.heard,
}


def peers(contacts: Iterable[Contact], wish: PeerWish, now: float) -> PeerList:
    """One page of the contacts that are wished for."""
    known = list(contacts)
    chosen = known
    if wish.kind is not None:
        chosen = [contact for contact in chosen if contact.kind == wish.kind]
    if wish.verified is not None:
        chosen = [contact for contact in chosen if contact.verified is wish.verified]
    if wish.order is not PeerOrder.DISTANCE:  # a table gives the nearest first, but for its bins
        chosen.sort(key=lambda contact: contact.distance)
    chosen = sorted(chosen, key=_ORDERS[wish.order], reverse=wish.falling)
    pages = max(1, -(-len(chosen) // PEERS))
    page = min(max(wish.page, 0), pages - 1)
    shown = chosen if wish.whole else chosen[page * PEERS : (page + 1) * PEERS]
    rows = tuple([_peer(contact, now) for contact in shown])
    return PeerList(len(known), len(chosen), page, pages, rows)


def _peer(contact: Contact, now: float) -> PeerStatus:
    return PeerStatus(
        f"{contact.kad_id.value >> BITS - 4 * _SHORT:0{_SHORT}x}",
        contact.distance.bit_length(),
        contact.version,
        contact.kind,
        contact.verified,
        contact.handshaken,
        now - contact.created,
        None if contact.heard is None else now - contact.heard,
    )


def keyspace(core: Kad) -> Keyspace:
    """Where the contacts of the table are."""
    contacts = list(core.table)
    distances = [contact.distance for contact in contacts]
    own = core.me.kad_id.value
    cells = Counter([(distance ^ own) >> _CELL_SHIFT for distance in distances])
    bits = Counter([distance.bit_length() for distance in distances])
    far = [bits[BITS - step] for step in range(DISTANCES - 1)]
    size, error, count = estimate(distances)
    return Keyspace(
        own >> _CELL_SHIFT,
        tuple(cells[cell] for cell in range(CELLS)),
        (*far, len(contacts) - sum(far)),
        size,
        error,
        count,
    )


def estimate(distances: Sequence[int]) -> tuple[float | None, float, int]:
    """
    The number of nodes by the ``NEAREST`` distances, its relative standard error, and how many.

    If nodes lie evenly and all k nearest are known, (k - 1) / d_k estimates their density without
    bias, with a relative standard error of 1 / sqrt(k - 2).
    """
    nearest = nsmallest(NEAREST, distances)
    count = len(nearest)
    if count < 4:
        return None, 0.0, count
    return (count - 1) * 2.0**BITS / max(nearest[-1], 1), (count - 2) ** -0.5, count


def lookups(traces: Iterable[LookupTrace], now: float) -> tuple[LookupStatus, ...]:
    """The lookups that are remembered, the newest first."""
    newest = sorted(traces, key=lambda trace: trace.began, reverse=True)
    return tuple(_lookup(trace, now) for trace in newest)


def _lookup(trace: LookupTrace, now: float) -> LookupStatus:
    return LookupStatus(
        number=round(trace.began * 1000),
        aim=trace.kind.aim.value,
        kind=trace.kind.value,
        origin=trace.rank.name.lower(),
        target=trace.target.hex[:_SHORT],
        began=now - trace.began,
        ended=trace.ended,
        asked=tuple(
            AskedStatus(
                one.distance.bit_length(),
                one.at,
                one.finishing,
                one.answered,
                one.contacts,
                one.results,
            )
            for one in trace.asked
        ),
        progress=tuple((when, distance.bit_length()) for when, distance in trace.progress),
    )


def store(core: Kad, now: float) -> StoreStatus:
    """What is held for others, by a sample of bounded size."""
    held = tuple(_held(each) for each in census(core.index, now))
    return StoreStatus(held, core.index.size().publishers, SAMPLE)


def _held(each: Census) -> Held:
    steps = Counter([min(max(int(AGES * age / each.life), 0), AGES - 1) for age in each.ages])
    scale = each.entries / len(each.ages) if each.ages else 0.0
    return Held(
        each.kind.name.lower(),
        each.entries,
        each.most,
        each.room,
        each.most_room,
        tuple(round(scale * steps[step]) for step in range(AGES)),
        each.life,
    )


def traffic(node: MuleNode) -> TrafficStatus:
    """How datagrams leave."""
    record = node.sender.record
    return TrafficStatus(
        delays=tuple(node.delays[step] for step in range(DELAY_STEPS)),
        least=contract.DELAY_LEAST,
        most=contract.DELAY_MOST,
        booked=node.places.waiting(),
        places=contract.PLACES,
        ticks=record.ticks,
        requests=node.requests,
        sent=record.sent,
        skipped=record.skipped,
    )
