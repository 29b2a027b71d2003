"""The node's Kad as one machine: messages and ticks in, replies and requests out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from twisted_mule import contract
from twisted_mule.kad import messages
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.answers import Answers
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.claims import Claims
from twisted_mule.kad.contact import Me, SavedContact, Seed
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.deck import Deck
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard, Reply, Request, RequestKind
from twisted_mule.kad.greeting import Greetings
from twisted_mule.kad.hearing import Hearing
from twisted_mule.kad.hearsay import Hearsay
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.initiative import Initiative
from twisted_mule.kad.overheard import Overheard
from twisted_mule.kad.published import DueRow, Published
from twisted_mule.kad.publishing import Publishing, PublishingView
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.searching import Locate, SearchError, Searching, SearchView, SearchWish
from twisted_mule.kad.seeding import Seeding
from twisted_mule.kad.serving import Serving
from twisted_mule.kad.slots import Began, Slots
from twisted_mule.kad.survey import TableSurvey, survey
from twisted_mule.kad.traces import LookupTrace
from twisted_mule.kad.tracking import Tracking, TrackingWatcher
from twisted_mule.kad.verify import verify_key
from twisted_mule.kad.wishes import Wish

#: Contacts that a ``nodes.dat`` holds at the most (node-behaviour 2.1).
EXPORTED: Final = 200
#: Bytes of the key of a few streams.
BOOT_KEY: Final = 32
#: Beats that are so far apart, in seconds, were not those of an online node.
OFFLINE: Final = 10.0


class Kad:
    """
    The protocol, without clocks, chance, sockets and files.

    The owner calls :meth:`match` and then :meth:`handle` for what comes, and once a tick
    :meth:`beat` and then :meth:`next_request`.  ``now`` never goes back; ``random`` is only drawn
    from during the call.

    :param secret: what our verify keys are made of.
    :param saved: the table of the last run; a restart must not show.
    :param now: when the node begins.
    :param seeds: whom to ask for contacts while there are too few.
    :param due: what the network knew of our files at the end of the last run.
    :param index: what we hold for others; an empty one unless given.
    """

    def __init__(
        self,
        me: Me,
        secret: int,
        saved: Iterable[SavedContact] = (),
        *,
        now: float,
        random: Draws,
        seeds: Iterable[Seed] = (),
        due: Iterable[DueRow] = (),
        index: Index | None = None,
    ) -> None:
        self.me = me
        self.index = Index() if index is None else index
        self._serving = Serving(me, self.index)
        self._secret = secret
        self._began = self._heard = self._now = now
        self._held_until = now
        self._initiating = True
        self.table = RoutingTable(me, now)
        self.table.restore(saved, now)
        self._tracking = Tracking()
        self._searching = Searching(me)
        self._publishing = Publishing(me, now + random.uniform(*contract.PUBLISH_HOLD))
        self._publishing.restore(due, now)
        chance = Chance(random.randbytes(BOOT_KEY))
        self._overheard = Overheard(self.index.holds)
        cover = CoverTraffic(chance, self._overheard)
        self._agenda = Agenda(self._searching, self._publishing, cover, Slots(Deck(chance)))
        claims = Claims[Wish]()
        self._greetings = Greetings(me, self.table, claims)
        self._seeding = Seeding(me)
        self._seeding.offer(seeds)
        self._answers = Answers(me, self.table)
        hearsay = Hearsay(self.table, self._agenda, self._seeding)
        self._hearing = Hearing(self._tracking, self._greetings, hearsay, self._agenda)
        self._initiative = Initiative(
            me, self.table, self._agenda, claims, self._greetings, self._seeding, now
        )

    def own_key(self, source: Destination) -> int:
        """The verify key that we issue to ``source``."""
        return verify_key(self._secret, source.dest_hash)

    def watch_requests(self, watcher: TrackingWatcher) -> None:
        """Have somebody know of each request that awaits an answer."""
        self._tracking.watcher = watcher

    # --- what comes ------------------------------------------------------------------------

    def match(self, source: Destination, opcode: int, now: float) -> Request | None:
        """The tracked request that a datagram may answer; one of its allowance is used up."""
        return self._tracking.match(source, opcode, now)

    def handle(self, heard: Heard, now: float, random: Draws) -> tuple[Reply, ...]:
        """
        What one message calls for: replies for the places booked for it, often none.

        It never raises, whatever the message says.
        """
        self._heard = now
        contact = self.table.at(heard.source)
        if contact is not None:
            contact.heard = now
        if heard.answers is not None:
            return self._hearing.answer(heard, now, random)
        return self._handle_request(heard, heard.message, now, random)

    def _handle_request(
        self, heard: Heard, message: messages.Message, now: float, random: Draws
    ) -> tuple[Reply, ...]:
        replies: tuple[Reply, ...] = ()
        match message:
            case messages.HelloRequest(contact):
                replies = self._greetings.request(heard, contact, now, random)
            case messages.LegacyHelloRequest(contact):
                replies = self._greetings.legacy_request(heard, contact, now, random)
            case messages.FindNodeRequest():
                replies = self._answers.find_node(message, heard.envelope, random)
            case messages.LegacyFindNodeRequest():
                replies = self._answers.legacy_find_node(message, random)
            case messages.BootstrapRequest():
                replies = self._answers.bootstrap(heard.envelope, random)
            case messages.LegacyBootstrapRequest(contact):
                # Unlike the Kad2 form it introduces its sender, who is handed out at once.
                self.table.add(Seed(contact.kad_id, heard.source, 0, contact.tcp), now)
                replies = self._answers.legacy_bootstrap(random)
            case messages.Ping():
                replies = self._answers.ping(heard.envelope)
            case _:
                # A search or a publish; anything else is an answer that nobody asked for: silence.
                replies = self._serving.answer(heard, now, random)
        self._overheard.heard(message, heard.source, now)
        return replies

    def replied(self, source: Destination, reply: Reply, now: float) -> None:
        """``reply`` has left for ``source``: what it expects may come from now on."""
        request = Request(source, reply.message, reply.seal, RequestKind.HELLO, reply.expects)
        self._tracking.sent(request, now)

    # --- what we ask -----------------------------------------------------------------------

    def beat(self, now: float, random: Draws) -> None:
        """Run the timers that are due; once a tick, before :meth:`next_request`."""
        if now - self._now > OFFLINE:
            # Nobody beats while the router is away, and nobody can be heard: no silence of theirs.
            self._heard += now - self._now
        self._now = now
        self.index.beat(now, random)
        if self._initiating:
            self._initiative.beat(now, random, silence=now - self._heard)

    def next_request(self, now: float, random: Draws) -> Request | None:
        """
        What takes the request place of this tick, ``None`` when nobody may be asked anything.

        It counts as sent: its answer is waited for from now on.
        """
        if not self._initiating or now < self._held_until:
            return None
        # A stream for each: how many lookups claim places must not shift the lot.
        chance = Chance(random.randbytes(BOOT_KEY))
        self._initiative.walk(now, chance.stream("claims"))
        request = self._initiative.draw(now, chance.stream("lot"))
        if request is not None:
            self._tracking.sent(request, now)
        return request

    def hold_until(self, when: float) -> None:
        """Ask nobody anything before ``when``."""
        self._held_until = when

    def stop_initiating(self) -> None:
        """Ask nobody anything any more; go on answering."""
        self._initiating = False

    # --- what the user wants ---------------------------------------------------------------

    def search(self, wish: SearchWish) -> int:
        """
        Want a search in the next free slot, before publishing and maintenance; its number.

        :raise SearchError: when too many wait; its text is for the user.
        """
        return self._searching.want(wish)

    def search_again(self, number: int) -> bool:
        """Give a search that is done another round; false if there is no such search."""
        return self._searching.again(number)

    def stop_search(self, number: int) -> bool:
        """End a search, its results stay; false if there is none."""
        return self._searching.stop(number)

    def searches(self) -> tuple[SearchView, ...]:
        """All searches, the oldest first, as of the latest tick."""
        return self._agenda.searches(self._now, max(self._held_until - self._now, 0.0))

    def look_up(self, target: KadID) -> bool:
        """Want the nodes nearest to ``target``; false if too many searches wait."""
        try:
            self.search(Locate(target))
        except SearchError:
            return False
        return True

    def share(self, files: Iterable[Published], now: float, random: Draws) -> None:
        """These are all the files to publish, in place of those before."""
        self._publishing.share(files, now, random)

    def publishing(self) -> PublishingView:
        """How publishing stands, as of the latest tick."""
        return self._publishing.view(self._now)

    def due_rows(self, now: float) -> tuple[DueRow, ...]:
        """What the network knows of our files, as it has to outlive the program."""
        return self._publishing.rows(now)

    # --- what is known ---------------------------------------------------------------------

    def learn(self, nodes: Iterable[Seed], now: float, random: Draws) -> int:
        """
        Offer the contacts of a ``nodes.dat`` to the table; how many of them it took.

        They are taken as verified as the file says, and all of them where it says so of none.
        Where a bin has no room for all, the lot decides, not the order of the file.
        """
        offered = list(nodes)
        random.shuffle(offered)
        trusted = not any(seed.verified for seed in offered)
        taken = 0
        for seed in offered:
            contact = self.table.add(seed, now)
            if contact is not None:
                contact.verified |= trusted
                taken += 1
        return taken

    def add_seeds(self, seeds: Iterable[Seed]) -> None:
        """Offer more nodes that may be asked for contacts."""
        self._seeding.offer(seeds)

    def saved(self, now: float) -> tuple[SavedContact, ...]:
        """The table as it has to outlive the program, in an order that restores its bins."""
        return tuple(contact.saved(now) for contact in self.table)

    def exported(self, random: Draws) -> tuple[Seed, ...]:
        """What a ``nodes.dat`` for other programs holds: contacts from all over the table."""
        return tuple(contact.seed for contact in self.table.sample(EXPORTED, random))

    def survey(self, now: float) -> TableSurvey:
        """The routing table in figures."""
        return survey(self.table, self._began, now)

    def lookups(self) -> tuple[LookupTrace, ...]:
        """What the latest lookups did, those under way last."""
        return (*self._agenda.slots.traces, *self._agenda.slots.current)

    def begun(self, now: float) -> Sequence[Began]:
        """The lookups that began within the last hour, the oldest first."""
        return self._agenda.slots.begun(now)
