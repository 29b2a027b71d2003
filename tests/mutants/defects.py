"""Defects of time and order: small patches of the production code (clauses 1 and 2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import ceil, exp
from typing import Any, Final
from unittest import mock

from twisted_mule import contract, outbound, ticks
from twisted_mule.intake import Intake
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.opening import open_datagram
from twisted_mule.labels import label
from twisted_mule.node import MuleNode
from twisted_mule.outbound import UniformSender
from twisted_mule.places import Outgoing, Places, _Taken, departures
from twisted_mule.ticks import TickSchedule, interval

Defect = Callable[[], Any]
#: Seconds by which a schedule that is armed anew each time falls behind.
LATE: Final = 0.050


def instead(where: object, name: str, what: object) -> Defect:
    """A patch that is in force while its context is open."""
    return lambda: mock.patch.object(where, name, what)


# --- clause 1: when ------------------------------------------------------------------------------


def _at_once(node: Any, place: Any, arrival: Any, reply: Any) -> None:
    key, draws = node._own_key(arrival.source), node.chance.stream("wire", place.tick, place.seat)
    datagram = to_wire(reply.message, reply.seal, key, draws)
    leaving = Outgoing(arrival.source, datagram, label(reply.message), reply, arrival.arrived)
    node.sender._send(leaving, node.clock.seconds())


immediate = instead(MuleNode, "_commit", _at_once)


@contextmanager
def from_completion() -> Iterator[None]:
    """The place is booked when the answer is ready."""
    commit = MuleNode._commit

    def late(node: Any, place: Any, arrival: Any, reply: Any) -> None:
        booked = node.places.book(node.clock.seconds(), arrival.source.raw, arrival.number + 10**6)
        commit(node, booked[0] if booked else place, arrival, reply)

    with mock.patch.object(MuleNode, "_commit", late):
        yield


@contextmanager
def read_time() -> Iterator[None]:
    """An arrival is stamped when the reactor comes to look."""
    received = MuleNode.received
    with mock.patch.object(
        MuleNode,
        "received",
        lambda node, source, datagram, _: received(node, source, datagram, node.clock.seconds()),
    ):
        yield


@contextmanager
def _by_opcode(
    shift: Callable[[int], float], leans: Callable[[int, bytes], bool] = lambda _, __: False
) -> Iterator[None]:
    """
    What is booked depends on what it is.

    :param shift: seconds by opcode that are added to the arrival.
    :param leans: whether a datagram gets the earliest of its ticks more often.
    """
    accept, book, weight = Intake.accept, Places.book, Places._weight
    now: dict[str, Any] = {"opcode": 0, "leans": False}

    def accepting(intake: Any, source: Any, datagram: bytes, arrived: float) -> None:
        opened = open_datagram(datagram, intake.own_id, intake.own_key(source))
        now["opcode"] = opened.opcode or 0
        now["leans"] = leans(opened.opcode or 0, source.raw + opened.content[:2])
        accept(intake, source, datagram, arrived)

    def booking(places: Any, arrived: float, *rest: Any) -> Any:
        return book(places, arrived + shift(now["opcode"]), *rest)

    def weighing(places: Any, moment: float, earliest: float) -> float:
        x = (moment - earliest) / 2.5
        return weight(places, moment, earliest) * ((1.0 - x) ** 3 if now["leans"] else 1.0)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Intake, "accept", accepting))
        stack.enter_context(mock.patch.object(Places, "book", booking))
        stack.enter_context(mock.patch.object(Places, "_weight", weighing))
        yield


def fast_ping() -> Any:
    """A PING costs nothing, so why wait."""
    return _by_opcode(lambda opcode: -0.45 if opcode == m.Ping.opcode else 0.0)


def base_by_type() -> Any:
    """A HELLO waits a little longer."""
    return _by_opcode(lambda opcode: 0.2 if opcode == m.HelloRequest.opcode else 0.0)


def eager_ping() -> Any:
    """A PING gets early ticks, within all bounds."""
    return _by_opcode(lambda _: 0.0, lambda opcode, _: opcode == m.Ping.opcode)


def cached_early() -> Any:
    """What was answered before gets early ticks, within all bounds."""
    known: set[bytes] = set()

    def seen(_: int, what: bytes) -> bool:
        again = what in known
        known.add(what)
        return again

    return _by_opcode(lambda _: 0.0, seen)


def _weighted(law: Callable[[float], float]) -> Defect:
    weight = Places._weight

    def weighing(places: Any, moment: float, earliest: float) -> float:
        outside = weight(places, moment, earliest) <= 0.0
        return 0.0 if outside else law((moment - earliest) / 2.5)

    return instead(Places, "_weight", weighing)


uniform_edge = _weighted(lambda _: 1.0)
exponential = _weighted(lambda x: exp(-3.0 * x))

# --- clause 1: the pace --------------------------------------------------------------------------

interval_anew = instead(ticks, "interval", lambda draws: interval(draws) * draws.random())


def _extending(following: Callable[[Any, float, Any], float]) -> Defect:
    def extend(schedule: Any) -> None:
        number = schedule._first + len(schedule._times)
        draws = schedule.chance.stream("tick", number)
        schedule._times.append(following(schedule, number, draws))

    return instead(TickSchedule, "_extend", extend)


grid = _extending(
    lambda schedule, number, draws: schedule.start + number + draws.uniform(-0.3, 0.3)
)
armed_anew = _extending(lambda schedule, _, draws: schedule._times[-1] + interval(draws) + LATE)


@contextmanager
def heartbeat() -> Iterator[None]:
    """Every 50 ms somebody looks whether something is due."""
    wait = UniformSender._wait

    def polled(sender: Any, leaving: Any, earliest: float) -> None:
        leaving.rest = deque(
            (seat, ceil(when / 0.05) * 0.05, what) for seat, when, what in leaving.rest
        )
        wait(sender, leaving, earliest)

    with mock.patch.object(UniformSender, "_wait", polled):
        yield


@contextmanager
def adaptive() -> Iterator[None]:
    """With much to send, the ticks come a little faster."""
    ask, busy = MuleNode.request_for, [False]

    def asking(node: Any, tick: int, now: float) -> Any:
        busy[0] = node.places.waiting() > 4
        return ask(node, tick, now)

    def faster(draws: Any) -> float:
        return interval(draws) * (0.85 if busy[0] else 1.0)

    with (
        mock.patch.object(MuleNode, "request_for", asking),
        mock.patch.object(ticks, "interval", faster),
    ):
        yield


@contextmanager
def seeded_by_time() -> Iterator[None]:
    """Chance comes from the clock, which is the same for all who start together."""
    begin = Chance.__init__
    with mock.patch.object(Chance, "__init__", lambda chance, _: begin(chance, b"100000")):
        yield


@contextmanager
def shared_ticks() -> Iterator[None]:
    """All identities of one process leave at the same ticks; all else is their own."""
    common = Chance(b"the ticks of this process")
    begin = TickSchedule.__attrs_post_init__

    def beginning(schedule: Any) -> None:
        schedule.chance = common
        begin(schedule)

    with mock.patch.object(TickSchedule, "__attrs_post_init__", beginning):
        yield


@contextmanager
def late_sent() -> Iterator[None]:
    """An answer that misses its tick gets a place in the next one that has room."""
    commit = Places.commit

    def committing(places: Any, place: Any, outgoing: Any, now: float) -> bool:
        if commit(places, place, outgoing, now):
            return True
        tick = places.schedule.following(now)
        while places.booked_in(tick) >= contract.ANSWER_PLACES:
            tick += 1
        seat = places._seats.setdefault(tick, _Taken()).seat(last=False)
        places._committed.setdefault(tick, {})[seat] = outgoing
        return True

    with mock.patch.object(Places, "commit", committing):
        yield


@contextmanager
def queued() -> Iterator[None]:
    """What is over a limit is not dropped: it comes again after a second."""
    accept = Intake.accept

    def accepting(intake: Any, source: Any, datagram: bytes, arrived: float) -> None:
        refused, node = intake.refused, intake.deliver.__self__
        accept(intake, source, datagram, arrived)
        if intake.refused > refused:
            node.clock.callLater(1.0, accepting, intake, source, datagram, arrived + 1.0)

    with mock.patch.object(Intake, "accept", accepting):
        yield


# --- clause 2: in which order --------------------------------------------------------------------

fifo = instead(outbound, "departures", lambda tick, chance: tuple(sorted(departures(tick, chance))))
back_to_back = instead(
    outbound,
    "departures",
    lambda tick, chance: tuple(
        0.002 + 0.002 * rank for rank in sorted(range(13), key=departures(tick, chance).__getitem__)
    ),
)


def _sorted(key: Callable[[Outgoing], Any]) -> Defect:
    take = Places.take

    def taking(places: Any, tick: int) -> dict[int, Outgoing]:
        batch = take(places, tick)
        seats = sorted(batch, key=departures(tick, places.chance).__getitem__)
        return dict(zip(seats, sorted(batch.values(), key=key), strict=True))

    return instead(Places, "take", taking)


by_peer = _sorted(lambda outgoing: outgoing.destination.raw)
by_type = _sorted(lambda outgoing: outgoing.label)


@contextmanager
def in_the_middle() -> Iterator[None]:
    """A PING is answered in the middle of its tick: neither before others nor after them."""
    take = Places.take

    def taking(places: Any, tick: int) -> dict[int, Outgoing]:
        batch = take(places, tick)
        seats = sorted(batch, key=departures(tick, places.chance).__getitem__)
        others = [batch[seat] for seat in seats if batch[seat].label != "pong"]
        pongs = [batch[seat] for seat in seats if batch[seat].label == "pong"]
        half = len(others) // 2
        return dict(zip(seats, others[:half] + pongs + others[half:], strict=True))

    with mock.patch.object(Places, "take", taking):
        yield
