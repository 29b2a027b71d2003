"""Which sort each lookup was of, as everybody together sees it: by target and by what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.contract.peers import peer_at
from tests.mutants.rig import Tape
from twisted_mule import contract
from twisted_mule.audit.findings import Finding
from twisted_mule.audit.statistics import Question, exact
from twisted_mule.kad import messages as m
from twisted_mule.kad.datagram import message
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.opening import open_datagram

#: Contacts that steps ask for, by the sort of their lookup.
STORE: Final = LookupKind.STORE_KEYWORD.contacts_wanted
VALUE: Final = LookupKind.KEYWORD.contacts_wanted
#: The next lookup of a target begins so many seconds after the last step of the one before.
_APART: Final = 120.0


def sorts(tape: Tape) -> tuple[int, ...]:
    """
    The sorts of lookups in the order of their first steps, stores and values alone.

    The one in reserve looks up a node, so that nodes are as many as it likes.
    """
    last: dict[tuple[bytes, int], float] = {}
    found = []
    for now, destination, datagram in tape.left:
        one = peer_at(destination)
        said = message(open_datagram(datagram, one.kad_id, one.secret))
        # Who names no sender makes sure who somebody is, and looks up nothing.
        if not isinstance(said, m.FindNodeRequest) or said.sender is None:
            continue
        if said.count not in {STORE, VALUE}:
            continue
        name = said.target.wire, said.count
        if now - last.get(name, -_APART) >= _APART:
            found.append(said.count)
        last[name] = now
    return tuple(found)


def as_dealt(tapes: Sequence[Tape]) -> Finding:
    """
    However far one counts, there are as many stores as the packs have, but for the order in one.

    Two lookups walk at once, so that two neighbours may change places, and now and then a third:
    of 299 clean runs one was two off.
    """
    asked = Question("sorts of lookups, off their packs", "COAL(1)", 2.0)
    worst, n = 0, 0
    for tape in tapes:
        seen = sorts(tape)
        n += len(seen)
        for count in range(1, len(seen) + 1):
            least, most = _dealt(count)
            stores = seen[:count].count(STORE)
            worst = max(worst, least - stores, stores - most)
    return exact(asked, "lookups", float(worst), n)


def _dealt(count: int) -> tuple[int, int]:
    """The fewest and the most stores among the first so many stores and values of packs."""
    whole, rest = divmod(count, contract.PACK_STORES + contract.PACK_VALUES)
    before = whole * contract.PACK_STORES
    least = max(rest - contract.PACK_VALUES, 0)
    return before + least, before + min(rest, contract.PACK_STORES)


def alike(one: Tape, other: Tape) -> Finding:
    """
    Whatever users want, the sorts come in the same order, but for neighbours as above.

    In either run a neighbour may have changed places, and they may have done so in opposite ways:
    one clean run in 116 was two apart.
    """
    asked = Question("sorts of lookups of twins", "COAL(1)", 2.0)
    both = [sorts(tape) for tape in (one, other)]
    n = min(map(len, both))
    apart = [abs(both[0][:at].count(STORE) - both[1][:at].count(STORE)) for at in range(1, n + 1)]
    return exact(asked, "lookups that differ", float(max(apart, default=0)), n)
