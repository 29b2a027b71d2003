"""Tests for :mod:`twisted_mule.kad.agenda`: answers that come when nobody waits for them."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import Marked, slots_for
from tests.kad.model import anybody
from tests.kad.people import ME, NOW
from tests.samples import destination
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.messages import PublishResponse
from twisted_mule.kad.overheard import Overheard
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.published import Published
from twisted_mule.kad.publishing import Publishing
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.search import SourcesOf
from twisted_mule.kad.searching import Searching

FILE = KadID(7)
PEER = destination(1)


class AgendaTests(SynchronousTestCase):
    """Late and stray answers change nothing."""

    def setUp(self) -> None:
        """An agenda without wishes."""
        cover = CoverTraffic(Chance(b"cover"), Overheard(Index().holds))
        self.slots = slots_for(Aim.VALUE)
        self.agenda = Agenda(Searching(ME), Publishing(ME, NOW), cover, self.slots)

    def finishing(self) -> Lookup:
        """The lookup that begins, as far as its finish at the one node there is."""
        peers = [Candidate(KadID(1), PEER, 8)]
        self.agenda.fill(NOW, lambda _: peers)
        lookup = self.agenda.slots.find(FILE)
        assert lookup is not None
        lookup.ask(anybody, NOW)
        self.agenda.found(PEER, lookup.target, [], NOW + 1)
        self.assertTrue(getattr(lookup.ask(anybody, NOW + 2), "finishing", False))
        return lookup

    def test_no_lookup(self) -> None:
        """Where there is no lookup any more, answers are not heard."""
        self.agenda.found(PEER, FILE, [], NOW)
        self.agenda.results(PEER, FILE, (Entry(FILE, ()),), NOW)
        self.agenda.acknowledged(PEER, PublishResponse(FILE, 1), NOW)
        self.assertEqual((), self.agenda.slots.current)

    def test_late_acknowledgement(self) -> None:
        """An acknowledgement of an earlier publish is not taken for the answer to a search."""
        self.agenda.searching.want(SourcesOf(FILE))
        lookup = self.finishing()
        self.agenda.acknowledged(PEER, PublishResponse(FILE, 1), NOW + 3)
        self.assertEqual((1, []), (lookup.outstanding, lookup.loads))

    def test_late_results(self) -> None:
        """Results of an earlier search are not taken for the answer to a publish."""
        self.slots.deck = Marked(sorts=(Aim.STORE,))
        self.agenda.publishing.share([Published(FILE, "a", 1, rating=1)], NOW, Random(1))
        lookup = self.finishing()
        self.agenda.results(PEER, FILE, (Entry(FILE, ()),), NOW + 3)
        self.assertEqual(1, lookup.outstanding)
        self.agenda.acknowledged(destination(2), PublishResponse(FILE, 1), NOW + 4)
        self.assertEqual([], lookup.loads)
        self.agenda.acknowledged(PEER, PublishResponse(FILE, 33), NOW + 5)
        self.assertEqual((0, [33]), (lookup.outstanding, lookup.loads))
