"""Defects of conduct: taking part, failing, caps, starting and stopping (clauses 3 to 6)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from attrs import evolve

from tests.contract.peers import peer
from tests.mutants.defects import Defect, instead
from twisted_mule.admission import Admission, TokenBucket
from twisted_mule.kad import messages as m
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.datagram import message
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.kinds import Aim, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.search import SearchState
from twisted_mule.kad.searching import Searching
from twisted_mule.kad.slots import Slots
from twisted_mule.node import MuleNode
from twisted_mule.outbound import UniformSender
from twisted_mule.places import Outgoing

#: The shortest datagrams that there are.
_PING: Final = bytes((0x05, m.Ping.opcode))
_PONG: Final = bytes((0x05, m.Pong.opcode))

# --- clause 3: taking part -----------------------------------------------------------------------

reserve_only = instead(CoverTraffic, "offer", lambda *_: None)


@contextmanager
def no_cover() -> Iterator[None]:
    """Whoever wants nothing asks nothing."""
    with reserve_only(), mock.patch.object(Agenda, "reserve", lambda *_: None):
        yield


def _spent(lookup: Any) -> bool:
    """Cover gives up once its walk is over."""
    return len(lookup._asked) >= (12 if lookup.rank is Rank.COVER else 24)


cover_stops = instead(Lookup, "spent", property(_spent))


@contextmanager
def additive() -> Iterator[None]:
    """A request more in every third tick."""
    release = UniformSender._release

    def releasing(sender: Any, tick: int, request: Any) -> None:
        if request is not None and tick % 3 == 0:
            sender.places._committed.setdefault(tick, {})[11] = evolve(request)
        release(sender, tick, request)

    with mock.patch.object(UniformSender, "_release", releasing):
        yield


@contextmanager
def _with_user(*states: SearchState) -> Iterator[list[bool]]:
    """Whether a search of the user is in one of these states, as it was when slots were filled."""
    fill, found = Slots.fill, [False]

    def filling(slots: Any, now: float, start: Any, origins: Any = ()) -> None:
        searching = next((one for one in origins if isinstance(one, Searching)), None)
        if searching is not None:
            found[0] = any(one.state in states for one in searching._searches.values())
        fill(slots, now, start, origins)

    with mock.patch.object(Slots, "fill", filling):
        yield found


@contextmanager
def mix_by_user() -> Iterator[None]:
    """While the user waits for a search, the next slot is for one."""
    next_aim = Slots._next_aim

    with _with_user(SearchState.WAITING) as waits:

        def aiming(slots: Any, now: float) -> Aim | None:
            return Aim.VALUE if waits[0] else next_aim(slots, now)

        with mock.patch.object(Slots, "_next_aim", aiming):
            yield


@contextmanager
def asked_twice() -> Iterator[None]:
    """While the user searches, lookups ask everybody twice, in case that a datagram was lost."""
    ask = Lookup.ask
    latest: dict[Any, Any] = {}

    with _with_user(SearchState.WAITING, SearchState.WALKING) as waits:

        def asking(lookup: Any, permits: Any, now: float) -> Any:
            turn = latest.pop(lookup.target, None)
            if turn is not None and permits(turn.candidate.destination, RequestKind.REQ):
                lookup._note(turn.candidate, now)
                return turn
            turn = ask(lookup, permits, now)
            if waits[0] and turn is not None and not turn.finishing and not lookup.spent:
                latest[lookup.target] = turn
            return turn

        with mock.patch.object(Lookup, "ask", asking):
            yield


# --- clause 4: failures --------------------------------------------------------------------------


def _on_malformed(react: Callable[[Any, Any], None]) -> Defect:
    deliver = MuleNode._deliver

    def delivering(node: Any, arrival: Any) -> None:
        try:
            message(arrival.opened)
        except DecodeError:
            react(node, arrival)
        deliver(node, arrival)

    return instead(MuleNode, "_deliver", delivering)


def _complain(node: Any, arrival: Any) -> None:
    error = Outgoing(arrival.source, _PONG, "pong", None, arrival.arrived)
    node.sender._send(error, node.clock.seconds())


def _refund(node: Any, arrival: Any) -> None:
    node.intake.admission._buckets[arrival.source].tokens += 1.0
    node.intake.admission._all.tokens += 1.0


def _ban(node: Any, arrival: Any) -> None:
    node.intake.admission._buckets[arrival.source].tokens = -60.0


early_error = _on_malformed(_complain)
refund = _on_malformed(_refund)
ban = _on_malformed(_ban)

# --- clause 5: caps ------------------------------------------------------------------------------


def _admitting(admission: Any, *_: Any) -> bool:
    del admission
    return True


no_caps = instead(Admission, "admit", _admitting)


@contextmanager
def cores() -> Iterator[None]:
    """The more processors, the more is let in."""
    begin = Admission.__attrs_post_init__

    def beginning(admission: Any) -> None:
        begin(admission)
        admission._all = TokenBucket(0.75 * (os.cpu_count() or 1), 20.0, admission.now)

    with mock.patch.object(Admission, "__attrs_post_init__", beginning):
        yield


# --- clause 6: start and stop --------------------------------------------------------------------


def _no_hold(node: Any, now: float) -> None:
    node.asks_at = now
    node.core.hold_until(now)


boot_without_hold = instead(MuleNode, "_hold", _no_hold)


def _burst(node: Any) -> None:
    for number in range(8):
        node.link.send(peer(number).destination, _PING)


@contextmanager
def boot_burst() -> Iterator[None]:
    """Whoever starts tells all it knows."""
    start = MuleNode.startService

    def starting(node: Any) -> None:
        start(node)
        node.clock.callLater(2.0, _burst, node)

    with mock.patch.object(MuleNode, "startService", starting):
        yield


@contextmanager
def goodbye_burst() -> Iterator[None]:
    """Whoever stops tells all it knows."""
    drain = MuleNode.drain

    def draining(node: Any) -> Any:
        _burst(node)
        return drain(node)

    with mock.patch.object(MuleNode, "drain", draining):
        yield
