"""What the acceptance tests of node-behaviour 17 ask of a recorded trace (D25 of design.md)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import Final

from attrs import frozen

from tests.contract.measures import concordance, critical_ks, two_sample_ks
from tests.contract.test_caps import KINDS, most_within
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.tracking import LIMITS
from twisted_mule.labels import label_of
from twisted_mule.recording.rows import PlaceKind, Row, Way

#: What answers what, by the names in a trace.
ANSWERED_BY: Final = {
    label_of(asked): label_of(answer)
    for asked, answer in (
        (m.HelloRequest, m.HelloResponse),
        (m.FindNodeRequest, m.FindNodeResponse),
        (m.BootstrapRequest, m.BootstrapResponse),
        (m.Ping, m.Pong),
        (m.SearchKeyRequest, m.SearchResponse),
        (m.SearchSourceRequest, m.SearchResponse),
        (m.SearchNotesRequest, m.SearchResponse),
        (m.PublishKeyRequest, m.PublishResponse),
    )
}
#: What a real machine may add to a moment, in seconds.
SLACK: Final = 0.1
#: Rows of two records of one datagram are not farther apart, in seconds.
SAME: Final = 0.25


@frozen
class Pair:
    """A request and the first part of its answer."""

    kind: str
    peer: str
    tick: int
    arrived: float
    left: float

    @property
    def delay(self) -> float:
        """Between them, in seconds."""
        return self.left - self.arrived


def sent(rows: Iterable[Row], place: PlaceKind | None = None) -> list[Row]:
    """What left, or what left in one sort of place."""
    return [row for row in rows if row.way is Way.OUT and place in (None, row.place)]


def pairs(rows: Sequence[Row]) -> list[Pair]:
    """Each answer with the request before it; those that two requests may have called for not."""
    asked: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.way is Way.IN and row.type in ANSWERED_BY:
            asked[row.peer, ANSWERED_BY[row.type]].append(row)
    found: dict[tuple[str, float], Pair] = {}
    for row in sent(rows, PlaceKind.ANSWER):
        before = [
            one
            for one in asked[row.peer, row.type or ""]
            if 0.0 < row.t - one.t <= contract.DELAY_MOST + SLACK
        ]
        if len(before) == 1 and row.tick is not None:
            one = before[0]
            pair = Pair(one.type or "", row.peer, row.tick, one.t, row.t)
            found.setdefault((one.peer, one.t), pair)
    return list(found.values())


def unanswered(rows: Sequence[Row], until: float) -> list[Row]:
    """Requests that were let in before ``until`` and had no answer within the bounds."""
    answers: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in sent(rows, PlaceKind.ANSWER):
        answers[row.peer, row.type or ""].append(row.t)
    left = []
    for row in rows:
        if row.way is Way.IN and row.type in ANSWERED_BY and row.t < until:
            times = answers[row.peer, ANSWERED_BY[row.type]]
            next_one = bisect_left(times, row.t)
            if next_one == len(times) or times[next_one] > row.t + contract.DELAY_MOST + SLACK:
                left.append(row)
    return left


# --- the tests, each a list of what is wrong ------------------------------------------------


def bypasses(rows: Sequence[Row]) -> list[str]:
    """1: what did not leave in a place of a tick, together with the others of it."""
    wrong = [f"no place: {row}" for row in sent(rows) if row.tick is None or row.place is None]
    by_tick: dict[int, list[Row]] = defaultdict(list)
    for row in sent(rows):
        by_tick[row.tick or 0].append(row)
    for tick, batch in by_tick.items():
        if batch[-1].t - batch[0].t > contract.BATCH_SPAN + SLACK:
            wrong.append(f"tick {tick} lasts {batch[-1].t - batch[0].t:.3f} s")
    for (_, earlier), (tick, later) in pairwise(sorted(by_tick.items())):
        if later[0].t < earlier[-1].t:
            wrong.append(f"tick {tick} begins before the last one is over")
    return wrong


def unknown_to(record: Sequence[Row], witness: Sequence[Row]) -> list[Row]:
    """What a witness on the way saw leave, and the record does not have, by time and size."""
    known: dict[int, list[float]] = defaultdict(list)
    for row in sent(record):
        known[row.size].append(row.t)
    strange = []
    for row in sent(witness):
        times = known[row.size]
        place = bisect_left(times, row.t - SAME)
        if place < len(times) and times[place] <= row.t + SAME:
            del times[place]
        else:
            strange.append(row)
    return strange


def uneven(found: Sequence[Pair], least: int) -> list[str]:
    """2: sorts of requests whose delays differ, or leave the bounds; all with ``least`` answers."""
    wrong = [
        f"{pair.kind} after {pair.delay:.3f} s"
        for pair in found
        if not contract.DELAY_LEAST - 1e-3 <= pair.delay <= contract.DELAY_MOST + SLACK
    ]
    delays: dict[str, list[float]] = defaultdict(list)
    for pair in found:
        delays[pair.kind].append(pair.delay)
    often = {kind: values for kind, values in delays.items() if len(values) >= least}
    for one, other in combinations(sorted(often), 2):
        apart = two_sample_ks(often[one], often[other])
        if apart > critical_ks(len(often[one]), len(often[other])):
            wrong.append(f"{one} and {other} are {apart:.3f} apart")
    return wrong


def order(found: Sequence[Pair]) -> tuple[float, int]:
    """3: how the order of arrival and of leaving agree within a tick, and in how many pairs."""
    batches: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for pair in found:
        batches[pair.tick].append((pair.arrived, pair.left))
    both = [two for batch in batches.values() for two in combinations(batch, 2)]
    return concordance(both), len(both)


def excesses(rows: Sequence[Row]) -> list[str]:
    """5: what is over a cap, in any window."""
    let_in = [row for row in rows if row.way is Way.IN and row.type in ANSWERED_BY]
    wrong = _over("all", let_in, contract.GLOBAL_BURST, contract.GLOBAL_RATE)
    for peer in {row.peer for row in let_in}:
        theirs = [row for row in let_in if row.peer == peer]
        wrong += _over(peer, theirs, contract.PEER_BURST, contract.PEER_RATE)
    places = Counter((row.tick, row.place) for row in sent(rows))
    for (tick, place), count in places.items():
        if count > (contract.ANSWER_PLACES if place is PlaceKind.ANSWER else 1):
            wrong.append(f"tick {tick} has {count} of {place}")
    return wrong + _importunities(rows)


def _over(who: str, let_in: Sequence[Row], burst: float, rate: float) -> list[str]:
    times = [row.t for row in let_in]
    return [
        f"{who}: {most_within(times, seconds)} in {seconds} s"
        for seconds in (1.0, 10.0, 60.0)
        if most_within(times, seconds) > burst + rate * seconds + 1
    ]


def _importunities(rows: Sequence[Row]) -> list[str]:
    """Peers whom we ask more often than we may."""
    asked: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in sent(rows, PlaceKind.REQUEST):
        kind = KINDS[row.type or ""]
        asked[row.peer, kind.name].append(row.t)
    limits = {kind.name: limit for kind, limit in LIMITS.items()}
    return [
        f"{peer} is asked {most_within(times, contract.REQUEST_WINDOW - SLACK)} times: {kind}"
        for (peer, kind), times in asked.items()
        if most_within(times, contract.REQUEST_WINDOW - SLACK) > limits[kind]
    ]
