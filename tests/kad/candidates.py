"""Candidates at chosen distances from a target, and lookups that know them."""

from __future__ import annotations

from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.requests import Candidate

TARGET = KadID(0)


def candidate(number: int) -> Candidate:
    """The node at distance ``number`` from the target."""
    return Candidate(KadID(number), destination(number), 8)


def lookup_of(kind: LookupKind, *distances: int) -> Lookup:
    """A lookup that knows the nodes at these distances."""
    lookup = Lookup(TARGET, kind, NOW)
    lookup.heard_of(map(candidate, distances))
    return lookup
