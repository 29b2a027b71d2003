"""What a prober asks: every request of a run, as a value."""

from __future__ import annotations

from typing import Final

from attrs import evolve, field, frozen

from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.packing import PLAIN_PROTOCOL
from twisted_mule.kad.tags import (
    COMPLETE_SOURCES,
    DESCRIPTION,
    FILENAME,
    FILERATING,
    FILESIZE,
    FILETYPE,
    FLAGS,
    SOURCEDEST,
    SOURCES,
    SOURCETYPE,
    Tag,
)
from twisted_mule.probing.pace import Kind

#: Pairs of requests that leave in the same moment, for the delay of answers.
PAIRS: Final = 10
#: Files that are published under one word: so many fit the search, so many do not.
WANTED: Final = 6
UNWANTED: Final = 2
#: How often what may get silence is asked.
TRIES: Final = 3
#: Contacts asked for at most: all that the five bits of the count say.
MOST: Final = 31
FEW: Final = 4

_SIZE: Final = 734_003_200


@frozen
class Topics:
    """
    The points that a run asks about, all random: nobody publishes or looks for anything there.

    :ivar stem: of the names of the files that are published.
    :ivar wanted: the word that fits the search, :ivar unwanted: the one that does not.
    """

    words: KadID
    garbage: KadID
    old_words: KadID
    source: KadID
    bare: KadID
    note: KadID
    files: tuple[KadID, ...]
    points: tuple[KadID, ...]
    rubbish: bytes
    stem: str
    wanted: str
    unwanted: str


def topics(random: Draws) -> Topics:
    """Fresh points for one run."""

    def point() -> KadID:
        return KadID.from_natural(random.randbytes(16))

    return Topics(
        words=point(),
        garbage=point(),
        old_words=point(),
        source=point(),
        bare=point(),
        note=point(),
        files=tuple(point() for _ in range(WANTED + UNWANTED)),
        points=tuple(point() for _ in range(2 + 2 * PAIRS)),
        # A count of files that the bytes behind it cannot hold.
        rubbish=b"\xff\x7f" + random.randbytes(40),
        stem=" ".join(random.randbytes(4).hex() for _ in range(4)),
        wanted=random.randbytes(5).hex(),
        unwanted=random.randbytes(5).hex(),
    )


@frozen
class Asker:
    """Who asks: an identity for one run."""

    kad_id: KadID
    destination: Destination
    secret: int = field(repr=False)

    @property
    def record(self) -> m.PeerRecord:
        """How it writes itself."""
        return m.PeerRecord(m.VERSION, self.kad_id, self.destination)

    @property
    def legacy_record(self) -> m.LegacyRecord:
        """How it writes itself in Kad1."""
        return m.LegacyRecord(self.kad_id, self.destination, self.destination)


@frozen
class Question:
    """
    One request of a run.

    :ivar content: the message, or plain bytes from the protocol on.
    :ivar covered: whether it leaves obfuscated.
    :ivar expects: types that answer it, with ``topic`` as their target if there is one.
    :ivar after: questions that have to be settled before.
    :ivar joined: whether it leaves in the same moment as the one before it.
    """

    name: str
    kind: Kind
    content: m.Message | bytes
    expects: tuple[type[m.Message], ...]
    topic: KadID | None = None
    covered: bool = True
    tries: int = TRIES
    after: tuple[str, ...] = ()
    joined: bool = False

    def answered_by(self, message: m.Message) -> bool:
        """Whether ``message`` is an answer to it."""
        if not isinstance(message, self.expects):
            return False
        return self.topic is None or getattr(message, "target", None) == self.topic


def opening(asker: Asker) -> tuple[Question, ...]:
    """What is asked before the identifier of the node is known: in clear, as it cannot be else."""
    return (
        Question(
            "bootstrap",
            Kind.BOOTSTRAP,
            m.BootstrapRequest(),
            (m.BootstrapResponse,),
            covered=False,
            tries=4,
        ),
        Question(
            "greet in clear",
            Kind.HELLO,
            m.HelloRequest(asker.record),
            (m.HelloResponse,),
            covered=False,
        ),
    )


def rest(asker: Asker, node: KadID, about: Topics) -> tuple[Question, ...]:
    """Everything else, in the order in which it is preferred."""
    return (
        _find(asker, node, about.points[0]),
        Question("ping", Kind.PING, m.Ping(), (m.Pong,)),
        _keep_words(about),
        _greet(asker),
        *_pairs(asker, node, about),
        *_publishes(asker, about),
        *_searches(about),
        *_kad1(asker, node, about),
    )


def _greet(asker: Asker) -> Question:
    hello = m.HelloRequest(asker.record)
    return Question(
        "greet again", Kind.HELLO, hello, (m.HelloResponse,), after=("greet in clear", "find")
    )


def _find(asker: Asker, node: KadID, target: KadID) -> Question:
    request = m.FindNodeRequest(MOST, target, node, asker.kad_id)
    return Question("find", Kind.REQ, request, (m.FindNodeResponse,), target)


def pair(number: int) -> tuple[str, str]:
    """The names of the two requests of pair ``number``."""
    return f"pair {number} first", f"pair {number} second"


def _pairs(asker: Asker, node: KadID, about: Topics) -> list[Question]:
    made = []
    for number in range(PAIRS):
        for place, name in enumerate(pair(number)):
            target = about.points[2 + 2 * number + place]
            request = m.FindNodeRequest(FEW, target, node, asker.kad_id)
            one = Question(name, Kind.REQ, request, (m.FindNodeResponse,), target)
            made.append(evolve(one, tries=1, after=("find",), joined=place == 1))
    return made


def file_name(about: Topics, number: int) -> str:
    """The name of file ``number``; the first ones have the wanted word in it."""
    word = about.wanted if number < WANTED else about.unwanted
    return f"{about.stem} {word}.iso"


def _entry(about: Topics, number: int) -> m.Entry:
    tags = (
        Tag(FILENAME, file_name(about, number)),
        Tag(FILESIZE, _SIZE + number),
        Tag(COMPLETE_SOURCES, 1),
        Tag(SOURCES, 1),
        Tag(FILETYPE, "Pro"),
    )
    return m.Entry(about.files[number], tags)


def _keep_words(about: Topics) -> Question:
    entries = tuple(_entry(about, number) for number in range(WANTED + UNWANTED))
    publish = m.PublishKeyRequest(about.words, entries)
    return Question("keep words", Kind.PUBLISH_KEY, publish, (m.PublishResponse,), about.words)


def _publishes(asker: Asker, about: Topics) -> tuple[Question, ...]:
    told = (Tag(SOURCEDEST, asker.destination), Tag(FLAGS, 0), Tag(FILESIZE, _SIZE))
    bare = m.PublishSourceRequest(about.bare, about.files[0], told)
    whole = m.PublishSourceRequest(about.source, about.files[0], (Tag(SOURCETYPE, 1), *told))
    # Plain bytes, as no message of ours can say it.
    garbage = bytes((PLAIN_PROTOCOL, m.PublishKeyRequest.opcode)) + about.garbage.wire
    note = m.PublishNotesRequest(
        about.note,
        asker.kad_id,
        (
            Tag(FILENAME, file_name(about, 0)),
            Tag(FILERATING, 3),
            Tag(DESCRIPTION, about.stem),
            Tag(FILESIZE, _SIZE),
        ),
    )
    ack = (m.PublishResponse,)
    return (
        Question("garbage", Kind.PUBLISH_KEY, garbage + about.rubbish, ack, about.garbage),
        Question("source", Kind.PUBLISH_SOURCE, whole, ack, about.source),
        Question("bare source", Kind.PUBLISH_SOURCE, bare, ack, about.bare),
        Question("note", Kind.PUBLISH_NOTES, note, ack, about.note),
    )


def _searches(about: Topics) -> tuple[Question, ...]:
    words = m.SearchKeyRequest(about.words, 0, Words(about.wanted))
    notes = m.SearchNotesRequest(about.note, _SIZE)
    found = (m.SearchResponse,)
    return (
        Question("words", Kind.SEARCH_KEY, words, found, about.words, after=("keep words",)),
        Question("notes", Kind.SEARCH_NOTES, notes, found, about.note, after=("note",)),
    )


def _kad1(asker: Asker, node: KadID, about: Topics) -> list[Question]:
    find = m.LegacyFindNodeRequest(2, about.points[1], node, asker.kad_id)
    publish = m.LegacyPublishRequest(about.old_words, (_entry(about, 0),))
    search = m.LegacySearchRequest(about.words, 0)
    bootstrap = m.LegacyBootstrapRequest(asker.legacy_record)
    greet = m.LegacyHelloRequest(asker.legacy_record)
    stored, named, found = (
        m.LegacyPublishResponse,
        m.LegacyFindNodeResponse,
        m.LegacySearchResponse,
    )
    asked = [
        Question("Kad1 search", Kind.SEARCH_KEY, search, (found,), about.words, after=("words",)),
        Question("Kad1 publish", Kind.PUBLISH_KEY, publish, (stored,), about.old_words),
        Question("Kad1 find", Kind.REQ, find, (named,), about.points[1]),
        Question("Kad1 bootstrap", Kind.BOOTSTRAP, bootstrap, (m.LegacyBootstrapResponse,)),
        # Last of all: who greets in Kad1 may be held for somebody who speaks nothing else.
        Question("Kad1 greet", Kind.HELLO, greet, (m.LegacyHelloResponse,), after=("greet again",)),
    ]
    return [evolve(one, covered=False) for one in asked]
