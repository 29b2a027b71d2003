"""Acceptance 9 of node-behaviour 17: no datagram is larger than the network's buffers."""

from __future__ import annotations

from functools import cache
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.peers import KEYS, PUBLIC, REQUESTS
from tests.contract.script import even
from tests.contract.stage import CURTAIN, Stage, veteran
from tests.contract.views import Row
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.messages import Entry, Tags
from twisted_mule.kad.tags import (
    DESCRIPTION,
    FILENAME,
    FILERATING,
    FILESIZE,
    SOURCEDEST,
    SOURCETYPE,
    Tag,
)

SECONDS: Final = 1200.0
#: The longest text that one entry may bring.
LONGEST: Final = 4000


def _text(draws: Draws) -> str:
    """A text of any length that nothing can pack."""
    size = draws.choice((0, 1, 20, 255, 1000, LONGEST))
    return "".join(chr(0x4E00 + draws.randrange(20_000)) for _ in range(draws.randrange(size + 1)))


def _file(draws: Draws) -> Entry:
    more = tuple(Tag(0xC0 + n, draws.randbytes(draws.randrange(200))) for n in range(3))
    tags: Tags = (Tag(FILENAME, "ubuntu " + _text(draws)), Tag(FILESIZE, 1000), *more)
    return Entry(KadID.from_natural(draws.randbytes(16)), tags)


def _fill(index: Index, key: KadID, draws: Draws) -> None:
    for number in range(40):
        source = destination(3000 + number)
        index.publish_keyword(key, (_file(draws),), source, CURTAIN)
        kad_id = KadID.from_natural(draws.randbytes(16))
        place: Tags = (
            Tag(SOURCETYPE, 1),
            Tag(SOURCEDEST, source),
            Tag(FILESIZE, 1000),
            Tag(0xC0, draws.randbytes(draws.randrange(3000))),
        )
        index.publish_source(key, kad_id, place, source, CURTAIN)
        words = (Tag(FILENAME, _text(draws)), Tag(FILERATING, 3), Tag(DESCRIPTION, _text(draws)))
        index.publish_note(key, kad_id, words, source, CURTAIN)


@cache
def served() -> tuple[Stage, list[Row]]:
    """What a node answers from an index full of the largest entries."""
    core = veteran(known=200)
    for number, key in enumerate(KEYS):
        _fill(core.index, key, PUBLIC.stream("fill", number))
    stage = Stage(core=core)
    return stage, stage.play(even(SECONDS, 2.0, 60, tuple(REQUESTS), "sizes"), SECONDS)


class SizeTests(SynchronousTestCase):
    """9: whatever others have stored here."""

    def test_no_datagram_is_too_large(self) -> None:
        """None has more than 10,240 bytes, and none had to be thrown away for its size."""
        stage, rows = served()
        searches = [row for row in rows if row.label.endswith("search_response")]
        self.assertGreater(len(searches), 800)
        self.assertGreater(max(row.size for row in searches), 9000)
        self.assertLessEqual(max(row.size for row in rows), contract.DATAGRAM_SIZE)
        self.assertEqual(0, stage.node.counters.total("dropped_oversize"))
        self.assertEqual(0, stage.node.counters.total("defects"))

    def test_no_search_has_more_than_four_parts(self) -> None:
        """An answer has four parts at the most, each at its own time."""
        _, rows = served()
        parts: dict[tuple[int, float], list[float]] = {}
        for row in rows:
            if row.label.endswith("search_response") and row.arrived is not None:
                parts.setdefault((row.peer, row.arrived), []).append(row.left)
        self.assertEqual(contract.SEARCH_PARTS, max(map(len, parts.values())))
        self.assertTrue(all(len(set(times)) == len(times) for times in parts.values()))
