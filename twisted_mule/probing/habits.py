"""Judging what a node does unasked, and the order of what it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import factorial
from typing import Final

from twisted_mule.kad import messages as m
from twisted_mule.kad.exchange import Cover
from twisted_mule.kad.ids import BITS
from twisted_mule.probing.evidence import Evidence
from twisted_mule.probing.populations import (
    NOBODY,
    NOT_OURS,
    NOT_RUST,
    OURS,
    RUST,
    Decided,
    NeedsTrace,
    Undecided,
    Verdict,
)
from twisted_mule.probing.questions import MOST

#: The counts of iMule's kinds of lookup.
COUNTS: Final = frozenset({2, 4, 11})
#: A HELLO_REQ this near to an answer is a reaction.
AT_ONCE: Final = 0.75
#: What comes within this may have been one, and scattered on its way.
SOON: Final = 20.0
#: Leading bits that a lookup of iMule shares with the own identifier at most, in a real table.
OWN_BITS: Final = 20
ENOUGH_REQUESTS: Final = 40
#: How unlikely a shuffled list would look sorted.
BY_CHANCE: Final = 1e-3
ENOUGH_CONTACTS: Final = 20
#: A single datagram that does not come means something when at most so many get lost.
LITTLE_LOSS: Final = 0.05


def f2(evidence: Evidence) -> Verdict:
    """The version in HELLO_RES and HELLO_REQ."""
    answered = {one.contact.version for _, one in evidence.told(m.HelloResponse)}
    greeted = {one.contact.version for _, one in evidence.told(m.HelloRequest)}
    told = f"{sorted(greeted)} in HELLO_REQ, {sorted(answered)} in HELLO_RES"
    if answered - {m.VERSION}:
        return Decided(NOBODY, f"versions {told}")
    if not greeted:
        return Undecided("it did not greet us; its HELLO_REQ would tell")
    if greeted == {m.VERSION}:
        return Decided(NOT_RUST, f"versions {told}")
    return Decided(RUST if greeted == {1} else NOBODY, f"versions {told}")


def f3(evidence: Evidence) -> Verdict:
    """The count byte of its REQs."""
    counts = {one.count for _, one in evidence.told(m.FindNodeRequest)}
    if not counts:
        return Undecided("it asked us for nothing")
    if counts <= COUNTS:
        return Decided(NOT_RUST, f"it asks for {sorted(counts)} contacts")
    return Decided(RUST if counts <= COUNTS | {MOST} else NOBODY, f"it asks for {sorted(counts)}")


def f4(evidence: Evidence) -> Verdict:
    """The cover of what goes to a peer of version 8."""
    greetings = [one for one, _ in evidence.told(m.HelloRequest)]
    trial = evidence.trials.get("greet in clear")
    answers = trial.answers if trial else []
    clear = [one for one in (*greetings, *answers) if one.envelope.cover is Cover.PLAIN]
    if not greetings and not answers:
        return Undecided("no HELLO came from it")
    if not clear:
        return Decided(NOT_RUST, "every HELLO of it is obfuscated")
    return Decided(RUST, f"{len(clear)} of {len(greetings) + len(answers)} HELLOs came in clear")


def f14(_: Evidence) -> Verdict:
    """Sources that it learnt for itself."""
    return NeedsTrace("one has to know what its user looked for or shares")


def f15(_: Evidence) -> Verdict:
    """The start."""
    return NeedsTrace("one has to be there when it starts")


def f16(evidence: Evidence) -> Verdict:
    """Empty answers after a start."""
    sizes = [len(one.contacts) for _, one in evidence.told(m.FindNodeResponse)]
    seen = f"; now {sum(1 for size in sizes if not size)} of {len(sizes)} RES were empty"
    return NeedsTrace("one has to be there when it starts" + (seen if sizes else ""))


def f17(evidence: Evidence) -> Verdict:
    """REQs for points near to its own identifier."""
    own = evidence.kad_id
    targets = [one.target for _, one in evidence.told(m.FindNodeRequest)]
    if own is None or not targets:
        return Undecided("it asked us for nothing")
    shared = [BITS - own.distance(target).bit_length() for target in targets]
    near = sum(1 for bits in shared if OWN_BITS < bits < BITS)
    if near:
        return Decided(RUST, f"{near} of {len(targets)} REQs were for points next to its own")
    if len(targets) < ENOUGH_REQUESTS:
        return Undecided(
            f"of {len(targets)} REQs to us none was next to its own point, which is too few"
        )
    return Decided(NOT_RUST, f"none of {len(targets)} REQs was for a point next to its own")


def f19(evidence: Evidence) -> Verdict:
    """A HELLO_REQ in reaction to our first requests."""
    firsts = [
        trial.answers[0].at
        for name in ("bootstrap", "greet in clear", "find")
        if (trial := evidence.trials.get(name)) and trial.answers
    ]
    if "find" not in evidence.trials or not evidence.trials["find"].answers:
        return Undecided(evidence.missing("find", "REQ"))
    near = [abs(one.at - first) for one, _ in evidence.told(m.HelloRequest) for first in firsts]
    if any(span <= AT_ONCE for span in near):
        return Decided(RUST, "it greeted us in the same moment in which it answered")
    if any(span <= SOON for span in near):
        return Undecided("it greeted us soon after it answered, which may be the way or not")
    if (evidence.loss() or 0.0) <= LITTLE_LOSS:
        return Decided(NOT_RUST, "it did not greet us in reaction to a request")
    return Undecided("it did not greet us, or its greeting got lost")


def f20(_: Evidence) -> Verdict:
    """The spectrum of its periods."""
    return NeedsTrace("lines of 3 s to 24 h show in hours of a trace only")


def f21(evidence: Evidence) -> Verdict:
    """The order of contacts and of results."""
    lists = [order for order in _orders(evidence) if len(order) > 2]
    unsorted = sum(1 for order in lists if list(order) != sorted(order))
    if unsorted:
        return Decided(OURS, f"{unsorted} of {len(lists)} lists are in no order")
    chance = 1.0
    for order in lists:
        chance /= factorial(len(order))
    if chance > BY_CHANCE:
        return Undecided(f"{len(lists)} lists of three or more are too few to tell an order")
    return Decided(NOT_OURS, f"all {len(lists)} lists are sorted, by distance or identifier")


def _orders(evidence: Evidence) -> Iterator[Sequence[int]]:
    """What each list would be sorted by."""
    for _, answer in evidence.told(m.FindNodeResponse):
        yield [one.kad_id.distance(answer.target) for one in answer.contacts]
    found = evidence.answers("words", m.SearchResponse)
    legacy = evidence.answers("Kad1 search", m.LegacySearchResponse)
    for results in [*(one.results for one in found), *(one.results for one in legacy)]:
        yield [one.kad_id.value for one in results]


def f22(_: Evidence) -> Verdict:
    """How long things are served."""
    return NeedsTrace("one has to ask again 5 h and 24 h after a publish")


def f23(evidence: Evidence) -> Verdict:
    """Contacts of versions that nobody has, in a RES."""
    versions = {
        one.kad_id: one.version
        for _, answer in evidence.told(m.FindNodeResponse)
        for one in answer.contacts
    }
    odd = sorted({version for version in versions.values() if 1 < version < m.VERSION})
    if odd:
        return Decided(RUST, f"it hands out contacts of version {odd}, guessed from requests")
    if len(versions) < ENOUGH_CONTACTS:
        return Undecided(f"only {len(versions)} contacts were handed out")
    return Undecided(
        f"none of {len(versions)} contacts has a guessed version, which proves nothing"
    )


def f24(_: Evidence) -> Verdict:
    """The second part of a split answer."""
    return NeedsTrace("it has to search itself, and from us")


Judge = Callable[[Evidence], Verdict]
