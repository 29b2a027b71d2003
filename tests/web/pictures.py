"""A node to look at that is always the same: a snapshot, and details rich enough to draw."""

from __future__ import annotations

from math import sin
from random import Random
from typing import Final

from attrs import evolve, field, frozen

from twisted_mule.details import (
    AGES,
    CELLS,
    DELAY_STEPS,
    DISTANCES,
    FILES,
    PEERS,
    AskedStatus,
    Event,
    FileStatus,
    Held,
    Keyspace,
    LookupStatus,
    Part,
    PeerList,
    PeerStatus,
    PeerWish,
    ResultStatus,
    SearchStatus,
    SettingStatus,
    SharingStatus,
    StoreStatus,
    TrafficStatus,
)
from twisted_mule.spans import FIGURES, STEPS, Span, Timeline
from twisted_mule.status import NodeStatus, RoutingStatus

NAME: Final = "Größe & Gewicht, Москва 1923 (restored by <somebody>).mkv"
LINK: Final = f"ed2k://|file|{'walking_through_the_winter_garden' * 2}.mkv|734003200|{'5d' * 16}|/"


def peers(count: int = PEERS) -> tuple[PeerStatus, ...]:
    """Contacts of all sorts."""
    random = Random(3)
    return tuple(
        PeerStatus(
            f"{random.getrandbits(32):08x}",
            random.choice((128, 127, 126, 125, 119)),
            random.choice((8, 8, 6)),
            random.randrange(5),
            random.random() < 0.7,
            random.random() < 0.4,
            random.uniform(60, 9e6),
            random.choice((None, random.uniform(1, 9_000))),
        )
        for _ in range(count)
    )


def lookup(number: int, *, ended: bool = True) -> LookupStatus:
    """A lookup that came nearer and nearer."""
    random = Random(number)
    asked = tuple(
        AskedStatus(
            128 - min(place, 11),
            2.5 * place,
            finishing=place >= 14,
            answered=None if random.random() < 0.3 else 2.5 * place + random.uniform(2, 20),
            contacts=random.randrange(4),
            results=random.randrange(3),
        )
        for place in range(24)
    )
    progress = ((4.0, 127), (9.5, 125), (17.0, 122), (31.0, 119))
    aim, kind, origin = random.choice(
        (
            ("node", "node", "maintenance"),
            ("value", "keyword", "user"),
            ("store", "store_source", "publishing"),
        )
    )
    return LookupStatus(
        number,
        aim,
        kind,
        origin,
        f"{random.getrandbits(32):08x}",
        60.0 * number,
        140.0 if ended else None,
        asked,
        progress,
    )


def store() -> StoreStatus:
    """Nearly full of keywords, some sources, no notes."""
    ages = tuple(4_000 - 130 * step for step in range(AGES))
    return StoreStatus(
        (
            Held("keyword", sum(ages), 60_000, 9 << 20, 24 << 20, ages, 86_400.0),
            Held("source", 412, None, 200_000, 16 << 20, (412,) + (0,) * (AGES - 1), 18_000.0),
            Held("note", 0, None, 0, 4 << 20, (0,) * AGES, 86_400.0),
        ),
        1_931,
        600,
    )


def traffic() -> TrafficStatus:
    """A day of answers within the bounds."""
    delays = [0, 0, 60, 310, 700, 1_090, 1_290, 1_280, 1_100, 690, 300, 70, 12, 0, 0, 0]
    return TrafficStatus(tuple(delays), 0.5, 3.25, 3, 13, 86_000, 30_100, 41_000, 2)


def searches(text: str = NAME, link: str = LINK) -> tuple[SearchStatus, ...]:
    """One of each sort; the first has results."""
    results = tuple(ResultStatus(text, 734_003_200, text, 17, link) for _ in range(FILES))
    return (
        SearchStatus(4, "files", text, "walking", None, 412, 1, 20, 14, results),
        SearchStatus(3, "sources", "5d" * 16, "waiting", 42.0, 0, 0, 0, 0),
        SearchStatus(2, "notes", "5d" * 16, "done", None, 2, 1, 24, 11),
        SearchStatus(1, "nodes", "00" * 16, "stopped", None, 0, 1, 24, 20),
    )


def sharing(text: str = NAME, link: str = LINK) -> SharingStatus:
    """A large library."""
    states = ("published", "partly", "next", "waits")
    files = tuple(
        FileStatus(text, 1_500_000 * (place + 1), states[place % 4], 3, 1, place, link)
        for place in range(FILES)
    )
    return SharingStatus(1_204, 88 << 30, 3, 170, 182, 4, 1, 25, files)


def events(text: str = "The router closed the connection") -> tuple[Event, ...]:
    """Some of each part, one told again and again."""
    told = [
        Event(1_793_600_000.0 + place, part, f"{text} ({place})") for place, part in enumerate(Part)
    ]
    return (*told * 30, *(Event(1_793_611_000.0 + 7 * n, Part.ROUTER, text) for n in range(37)))


def settings(text: str = "tcp:127.0.0.1:7656") -> tuple[SettingStatus, ...]:
    """From every sort of place."""
    return (
        SettingStatus("data", text, "--data"),
        SettingStatus("sam", text, "MULE_SAM"),
        SettingStatus("nodes", "", "default"),
        SettingStatus("web", text, "web in config.toml"),
    )


@frozen
class FixedStatus:
    """A node that is always the same."""

    fixed: NodeStatus
    text: str = NAME
    link: str = LINK
    known: tuple[PeerStatus, ...] = field(factory=peers)
    traces: tuple[LookupStatus, ...] = field(
        factory=lambda: tuple(lookup(number, ended=number > 2) for number in range(1, 35))
    )

    def status(self) -> NodeStatus:
        """The same as ever."""
        return self.fixed

    def table(self) -> RoutingStatus:
        """That of the snapshot."""
        return self.status().routing

    def peers(self, wish: PeerWish) -> PeerList:
        """The page that is wished for, as if there were 25 of them."""
        return PeerList(5_000, 5_000, wish.page, 25, self.known)

    def keyspace(self) -> Keyspace:
        """Even."""
        random = Random(5)
        cells = tuple(random.randint(0, 9) for _ in range(CELLS))
        distances = (90, 80, 85, 70, 40, 12, 3, 1, *(0,) * (DISTANCES - 8))
        return Keyspace(77, cells, distances, 2_140.0, 0.32, 12)

    def lookups(self) -> tuple[LookupStatus, ...]:
        """The newest first."""
        return self.traces

    def store(self) -> StoreStatus:
        """Much."""
        return store()

    def traffic(self) -> TrafficStatus:
        """Much."""
        assert len(traffic().delays) == DELAY_STEPS
        return traffic()

    def searches(self, chosen: int | None) -> tuple[SearchStatus, ...]:
        """The chosen one with its results."""
        every = searches(self.text, self.link)
        return tuple(one if one.number == chosen else evolve(one, results=()) for one in every)

    def sharing(self, page: int) -> SharingStatus:
        """One page."""
        return evolve(sharing(self.text, self.link), page=page)

    def events(self) -> tuple[Event, ...]:
        """Many."""
        return events(self.text)

    def timeline(self, span: Span) -> Timeline:
        """Waves, with a gap."""
        step, most = STEPS[span]
        waves = {
            figure: tuple(
                None if 20 < place < 30 else 50 + 40 * sin(place / (7 + number))
                for place in range(most)
            )
            for number, figure in enumerate(FIGURES)
        }
        return Timeline(step, waves)

    def settings(self) -> tuple[SettingStatus, ...]:
        """Some."""
        return settings(self.text)


@frozen
class EmptyStatus(FixedStatus):
    """A node of which there is nothing to tell yet."""

    def peers(self, wish: PeerWish) -> PeerList:
        """None."""
        return PeerList(0, 0, 0, 1, ())

    def keyspace(self) -> Keyspace:
        """Empty."""
        return Keyspace()

    def lookups(self) -> tuple[LookupStatus, ...]:
        """None."""
        return ()

    def store(self) -> StoreStatus:
        """Nothing."""
        return StoreStatus()

    def traffic(self) -> TrafficStatus:
        """None."""
        return TrafficStatus()

    def searches(self, chosen: int | None) -> tuple[SearchStatus, ...]:
        """None."""
        return ()

    def sharing(self, page: int) -> SharingStatus:
        """Nothing."""
        return SharingStatus()

    def events(self) -> tuple[Event, ...]:
        """Nothing."""
        return ()

    def timeline(self, span: Span) -> Timeline:
        """Nothing."""
        step, most = STEPS[span]
        return Timeline(step, dict.fromkeys(FIGURES, (None,) * most))

    def settings(self) -> tuple[SettingStatus, ...]:
        """None."""
        return ()
