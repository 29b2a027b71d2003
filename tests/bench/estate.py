"""The state directory of a node that holds much: a full index and thousands of contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import time
from typing import Final, TypeVar

from twisted.internet.defer import Deferred, execute

from twisted_mule.kad.contact import OLD, SavedContact, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import BITS, KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.keywords import keyword_id, words
from twisted_mule.kad.messages import Entry
from twisted_mule.kad.tags import (
    COMPLETE_SOURCES,
    FILENAME,
    FILESIZE,
    FILETYPE,
    SOURCES,
    Tag,
)
from twisted_mule.kad.zones import SPLIT_LEVEL, SPLIT_NEAREST, K
from twisted_mule.practice.keys import DSA_SHA1, generate
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.store.contacts import ContactStore
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.identity import Identity, save_identity
from twisted_mule.store.index_store import IndexStore

T = TypeVar("T")

ENTRIES: Final = 60_000
CONTACTS: Final = 5_000
#: Those who publish; each file is published by one to three of them.
PUBLISHERS: Final = 2_000

OWN: Final = KadID.from_hex("00112233445566778899aabbccddeeff")
_WORDS: Final = (
    *("complete", "quiet", "river", "walking", "through", "northern", "light", "winter", "garden"),
    *("live", "concert", "hall", "edition", "remastered", "documentary", "season", "episode"),
    *("lecture", "introduction", "history", "collection", "open", "source", "handbook", "field"),
    *("recordings", "orchestra", "sonata", "chamber", "strings", "piano", "photography", "public"),
    *("landscape", "archive", "domain", "classic", "cinema", "silent", "restored", "subtitled"),
    *("Été", "Übung", "señor", "Москва", "ночь", "письма", "東京", "音楽", "ελληνικά", "works"),
)
_KINDS: Final = (("Audio", "flac"), ("Video", "mkv"), ("Doc", "epub"), ("Pro", "iso"))


def at_once(work: Callable[[], T], /) -> Deferred[T]:
    """Blocking work, done here and now."""
    return execute(work)


def destinations(count: int, random: Random) -> list[Destination]:
    """So many different ones."""
    return [Destination(b"\1" + random.randbytes(383) + bytes(3)) for _ in range(count)]


def file_names(random: Random) -> Iterator[tuple[str, str]]:
    """Names as people give them, 30 to 90 letters in several scripts, each with its type."""
    number = 0
    while True:
        number += 1
        kind, suffix = random.choice(_KINDS)
        chosen = random.sample(_WORDS, random.randint(4, 11))
        yield f"{' '.join(chosen)} ({1900 + number % 120}) [{number:05}].{suffix}", kind


def entries(random: Random) -> Iterator[tuple[str, Entry]]:
    """Files with five tags, each with one word of its name to publish it under."""
    for name, kind in file_names(random):
        tags = (
            Tag(FILENAME, name),
            Tag(FILESIZE, random.getrandbits(random.randint(20, 33)) + 1),
            Tag(FILETYPE, kind),
            Tag(SOURCES, random.randint(1, 60)),
            Tag(COMPLETE_SOURCES, random.randint(1, 9)),
        )
        yield random.choice(words(name)), Entry(KadID(random.getrandbits(BITS)), tags)


def fill(index: Index, count: int, now: float, random: Random) -> None:
    """Publish so many files, as others would."""
    people = destinations(PUBLISHERS, random)
    described = entries(random)
    for _ in range(count):
        word, entry = next(described)
        for publisher in random.sample(people, random.randint(1, 3)):
            index.publish_keyword(keyword_id(word), (entry,), publisher, now)


def distances(count: int, random: Random) -> Iterator[int]:
    """Distances that a table has room for, ever nearer: a full bin in each of its leaves."""
    made = 0
    for level in range(SPLIT_LEVEL, BITS):
        leaves = 1 << SPLIT_LEVEL if level == SPLIT_LEVEL else 2 * SPLIT_NEAREST
        for index in (place for place in range(SPLIT_NEAREST, leaves) for _ in range(K)):
            if made == count:
                return
            free = BITS - level
            yield index << free | random.getrandbits(free)
            made += 1


def contacts(count: int, random: Random, own: KadID = OWN) -> list[SavedContact]:
    """
    Contacts that have proven themselves.

    One in ten has a stream destination: Kad2 tells it in a BOOTSTRAP_RES only.
    """
    known = []
    for number, distance in enumerate(distances(count, random)):
        udp, tcp = destinations(2, random)
        seed = Seed(
            KadID(own.value ^ distance),
            udp,
            8,
            None if number % 10 else tcp,
            random.getrandbits(32),
            77,
            verified=True,
        )
        known.append(
            SavedContact(seed, OLD, 9000.0, 60.0, 60.0, 7000.0, handshaken=True, greeted=2)
        )
    return known


def lay_out(root: Path, *, full: int = ENTRIES, known: int = CONTACTS) -> None:
    """Make the state directory ``root`` of a node that has run for long."""
    random, directory = Random(7), StateDirectory(root, time)
    directory.prepare()
    keys = [SessionKeys(generate(DSA_SHA1, random.randbytes).private) for _ in range(2)]
    save_identity(directory, Identity(OWN, 1, KadID(5), *keys))
    database = Database(directory, at_once)
    database.open()
    ContactStore(database).save(contacts(known, random), time())
    index = Index(logged=True)
    fill(index, full, 5000.0, random)
    IndexStore(database, index, time, lambda: 5000.0).save()
    database.close()
