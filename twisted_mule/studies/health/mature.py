"""
Networks that have run for long, made at once: tables full of proven contacts, some of them dead.

A table that has lived for days cannot be computed for thousands of nodes.  It is made of what such
a table holds: of every zone as many as a bin takes, and of the nearest nodes all.
"""

from __future__ import annotations

from bisect import bisect
from heapq import nsmallest
from typing import Final

from twisted_mule import contract
from twisted_mule.kad.chance import Stream
from twisted_mule.kad.contact import YOUNG, SavedContact, Seed
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import VERSION
from twisted_mule.simulation.hostile import somewhere
from twisted_mule.simulation.world import World

#: Of the nodes around one that lie so near in order, the nearest are known ...
_AROUND: Final = 60
_NEAREST: Final = 40
#: ... and so many of each window that is a quarter of the last one.
_WINDOW: Final = 120
_NARROWER: Final = 4
#: Contacts of one node may be in several states of their validity, an hour at the most.
_STATES: Final = 4
_VALID: Final = 3600.0


def mature(world: World, dead: float) -> None:
    """
    Give everybody of a world that has not begun the table of a network that has run for long.

    :param dead: the share of contacts that are nobody (any more), lying anywhere.
    """
    draws = world.chance.stream("study mature", 0)
    cards = [person.card for person in world.people]
    missing = round(len(cards) * dead / (1.0 - dead))
    cards += [
        Seed(KadID.from_natural(draws.randbytes(16)), somewhere(draws), VERSION)
        for _ in range(missing)
    ]
    cards.sort(key=lambda card: card.kad_id.value)
    known = [[_contact(card, draws) for _ in range(_STATES)] for card in cards]
    values = [card.kad_id.value for card in cards]
    for person in world.people:
        own = world.chance.stream("study table", person.number)
        chosen = _chosen(values, person.me.kad_id.value, own)
        person.contacts = tuple(known[place][own.randrange(_STATES)] for place in chosen)


def _contact(card: Seed, draws: Stream) -> SavedContact:
    return SavedContact(
        Seed(card.kad_id, card.destination, card.version, verified=True),
        kind=YOUNG,
        created=_VALID * draws.random(),
        heard=_VALID * draws.random(),
        expires=_VALID * draws.random(),
        handshaken=True,
        hello_seen=True,
        greeted=contract.GREETINGS_PER_CONTACT,
    )


def _chosen(values: list[int], own: int, draws: Stream) -> list[int]:
    """The places of those that a table knows, in a random order, the nearest among them."""
    at, count = bisect(values, own), len(values)
    around = [place % count for place in range(at - _AROUND, at + _AROUND)]
    near = nsmallest(_NEAREST, set(around), key=lambda place: values[place] ^ own)
    chosen, width = dict.fromkeys(near), count
    while width > _AROUND:
        for _ in range(min(_WINDOW, width)):
            chosen[(at - width // 2 + draws.randrange(width)) % count] = None
        width //= _NARROWER
    places = list(chosen)
    draws.shuffle(places)
    return places
