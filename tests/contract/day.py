"""Six hours of a node whose user shares, comments and searches, recorded once for many tests."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Final

from attrs import frozen

from tests.contract.crowd import Crowd, Neighbour, requests_of, stage_with
from tests.contract.probing import BEGAN, Probe, Sent, Stage
from tests.kad.published import HOUR, a_file, a_source
from twisted_mule.kad import messages as m
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.published import Published
from twisted_mule.kad.query import parse
from twisted_mule.kad.search import NotesOn, SourcesOf

PEOPLE: Final = 60
HOURS: Final = 6
#: A word that is searched for, and a file whose sources are; neither is shared here.
SOUGHT_WORD: Final = "kubuntu"
SOUGHT_FILE: Final = KadID(0x77 << 112)
SHARED: Final = tuple(
    Published(KadID((n + 1) << 80), f"slackware volume{n}.iso", 5000 + n, comment="good", rating=4)
    for n in range(12)
)
#: What such a day has of requests.
DAY_KINDS: Final[frozenset[type[m.Message]]] = frozenset(
    {
        m.HelloRequest,
        m.FindNodeRequest,
        m.SearchKeyRequest,
        m.SearchSourceRequest,
        m.SearchNotesRequest,
        m.PublishKeyRequest,
        m.PublishSourceRequest,
        m.PublishNotesRequest,
    }
)


@frozen
class Day:
    """
    What was seen.

    :ivar asked: the node's requests, as those who got them read them.
    """

    stage: Stage
    asked: tuple[tuple[Sent, m.Message], ...]

    @property
    def crowd(self) -> dict[Destination, Probe]:
        """Whom it asked."""
        return self.stage.wire.crowd


def found(_who: Neighbour, target: KadID) -> list[tuple[m.Entry, ...]]:
    """Some files under the word, some sources of the file."""
    if target == keyword_id(SOUGHT_WORD):
        return [tuple(a_file(n, f"{SOUGHT_WORD} {n}.iso") for n in range(1, 5))]
    if target == SOUGHT_FILE:
        return [tuple(m.Entry(KadID(n), a_source(n)) for n in range(1, 4))]
    return [()]


@cache
def busy_day() -> Day:
    """The record; whoever asks the node more goes on from there."""
    stage = stage_with(Crowd(PEOPLE, found))
    stage.run(60.0)
    stage.core.share(SHARED, stage.clock.seconds(), Random(2))
    people = Random(3)
    while stage.clock.seconds() < BEGAN + HOURS * HOUR:
        for wish in (parse(SOUGHT_WORD), SourcesOf(SOUGHT_FILE), NotesOn(SOUGHT_FILE)):
            stage.core.search(wish)
        stage.run(people.uniform(0.2, 0.8) * HOUR)
    return Day(stage, tuple(requests_of(stage)))
