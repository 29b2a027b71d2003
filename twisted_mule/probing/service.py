"""Judging what a node serves: how it greets, publishes, finds and lists (F1, F5 to F13)."""

from __future__ import annotations

from typing import Final

from twisted_mule.kad import messages as m
from twisted_mule.kad.packing import HEADER_SIZE, PACKED_PROTOCOL, pack
from twisted_mule.kad.tags import FILENAME, KADMISCOPTIONS, text
from twisted_mule.probing.evidence import Evidence, Outcome
from twisted_mule.probing.populations import (
    IMULE,
    NOBODY,
    NOT_RUST,
    OURS,
    RUST,
    Decided,
    Undecided,
    Verdict,
)
from twisted_mule.probing.questions import WANTED

#: iMule's buffer, and so the largest datagram of the network.
LARGEST: Final = 10_240
#: What rust-mule has in a BOOTSTRAP_RES at most, and iMule.
RUST_BOOTSTRAP: Final = 20
#: Packing that gains less than this share may be a matter of the zlib version.
GAIN: Final = 0.05
#: The type byte of rust-mule's own Kad1 record.
RUST_KIND: Final = 3
_SHOWN: Final = 40
_OLD: Final = ("Kad1 find", "Kad1 bootstrap", "Kad1 search", "Kad1 publish")


def printable(value: object) -> str:
    """Something a stranger wrote, harmless on a terminal and short."""
    return ascii(value)[:_SHOWN]


def f1(evidence: Evidence) -> Verdict:
    """The tags of a HELLO_RES."""
    greetings = [
        *evidence.answers("greet in clear", m.HelloResponse),
        *evidence.answers("greet again", m.HelloResponse),
    ]
    if not greetings:
        return Undecided(evidence.missing("greet in clear", "HELLO_REQ"))
    extra = [tag for one in greetings for tag in one.tags if tag.name != KADMISCOPTIONS]
    if extra:
        what = printable(extra[0].value)
        return Decided(RUST, f"its HELLO_RES has a tag 0x{extra[0].name:02x}: {what}")
    asked = sum(1 for one in greetings if one.tags)
    return Decided(
        NOT_RUST,
        f"no vendor tag; {asked} of {len(greetings)} HELLO_RES asked for the acknowledgement",
    )


def f5(evidence: Evidence) -> Verdict:
    """Packing of what zlib shortens."""
    packed = plain = 0
    for one in evidence.heard:
        smaller = pack(one.plain) if one.plain else b""
        if smaller[:1] == bytes([PACKED_PROTOCOL]) and _gains(one.plain, smaller):
            packed += one.envelope.packed
            plain += not one.envelope.packed
    if plain:
        return Decided(RUST, f"{plain} datagrams came plain that packing would have shortened")
    if packed:
        return Decided(NOT_RUST, f"{packed} datagrams that packing shortens came packed")
    return Undecided("nothing came that packing would have shortened")


def _gains(plain: bytes, packed: bytes) -> bool:
    return len(packed) - HEADER_SIZE < (1.0 - GAIN) * (len(plain) - HEADER_SIZE)


def f6(evidence: Evidence) -> Verdict:
    """PUBLISH_KEY with garbage after the key."""
    return _acknowledged(evidence, "garbage", "a PUBLISH_KEY of garbage")


def f7(evidence: Evidence) -> Verdict:
    """PUBLISH_SOURCE without the type."""
    return _acknowledged(evidence, "bare source", "a PUBLISH_SOURCE without its type")


def _acknowledged(evidence: Evidence, name: str, what: str) -> Verdict:
    match evidence.outcome(name):
        case Outcome.ANSWERED:
            return Decided(RUST, f"it acknowledged {what}")
        case Outcome.SILENT:
            times = len(evidence.trials[name].sent)
            return Decided(NOT_RUST, f"silence for {what}, asked {times} times")
        case _:
            return Undecided(evidence.missing(name, what))


def f8(evidence: Evidence) -> Verdict:
    """Load and counts of a PUBLISH_RES, for the first source of a file: one that is incomplete."""
    answers = evidence.answers("source", m.PublishResponse)
    if not answers:
        return Undecided(evidence.missing("source", "PUBLISH_SOURCE"))
    said = answers[0]
    if said.sources is None or said.complete is None:
        return Decided(NOBODY, "its PUBLISH_RES has no counts of sources")
    told = f"sources {said.sources}, complete {said.complete}, load {said.load}"
    if said.load == 0 and said.complete == said.sources:
        return Decided(RUST, f"constants: {told}")
    # The load is 1 for the first source, 0 when it is told again because an answer got lost.
    if said.complete < said.sources:
        return Decided(NOT_RUST, f"computed: {told}")
    return Decided(NOBODY, f"neither computed nor constants: {told}")


def f9(evidence: Evidence) -> Verdict:
    """SEARCH_KEY with an expression, over files that we published."""
    if not evidence.answers("words", m.SearchResponse):
        return Undecided(evidence.missing("words", "SEARCH_KEY"))
    about = evidence.about
    names = [
        text(entry.tags, FILENAME) or ""
        for answer in evidence.answers("words", m.SearchResponse)
        for entry in answer.results
    ]
    wrong = sum(1 for name in names if about.unwanted in name)
    right = sum(1 for name in names if about.wanted in name)
    if wrong:
        return Decided(RUST, f"{wrong} files came that do not fit the expression")
    if right:
        return Decided(NOT_RUST, f"only files that fit came: {right} of {WANTED}")
    return Undecided("it holds none of the files that we published with it")


def f10(evidence: Evidence) -> Verdict:
    """SEARCH_NOTES, after a note was published."""
    found = evidence.outcome("notes")
    kept = evidence.outcome("note")
    if found is Outcome.SILENT:
        return Decided(RUST, "silence for SEARCH_NOTES")
    if found is Outcome.UNKNOWN:
        return Undecided(evidence.missing("notes", "SEARCH_NOTES"))
    if any(one.results for one in evidence.answers("notes", m.SearchResponse)):
        return Decided(OURS, "it keeps notes and serves them")
    match kept:
        case Outcome.ANSWERED:
            return Decided(NOBODY, "it acknowledged a note and does not serve it")
        case Outcome.SILENT:
            return Decided(IMULE, "it takes no note, and answers SEARCH_NOTES with nothing")
        case _:
            return Decided(NOT_RUST, "it answers SEARCH_NOTES with nothing")


def f11(evidence: Evidence) -> Verdict:
    """Kad1."""
    greetings = evidence.answers("Kad1 greet", m.LegacyHelloResponse)
    outcomes = {name: evidence.outcome(name) for name in _OLD}
    answered = [name for name, one in outcomes.items() if one is Outcome.ANSWERED]
    silent = [name for name, one in outcomes.items() if one is Outcome.SILENT]
    if any(one.contact.kind == RUST_KIND for one in greetings):
        return Decided(RUST, f"its Kad1 record has type {RUST_KIND}")
    if answered:
        but = f"; silence for {', '.join(silent)}" if silent else ""
        return Decided(NOT_RUST, f"it answers {', '.join(answered)}{but}")
    if len(silent) < len(_OLD):
        (first, *_) = [name for name in _OLD if name not in silent]
        return Undecided(evidence.missing(first, first))
    if greetings:
        return Decided(RUST, "of Kad1 it answers HELLO alone")
    if evidence.outcome("Kad1 greet") is Outcome.SILENT:
        return Decided(NOBODY, "it answers no Kad1 at all")
    return Undecided(evidence.missing("Kad1 greet", "Kad1 greet"))


def f12(evidence: Evidence) -> Verdict:
    """Sizes."""
    largest = max((one.size for one in evidence.heard), default=0)
    answers = [one for _, one in evidence.told(m.FindNodeResponse)]
    samples = [one for _, one in evidence.told(m.BootstrapResponse)]
    named = max((len(one.contacts) + one.skipped for one in answers), default=0)
    sampled = max((len(one.contacts) + one.skipped for one in samples), default=0)
    seen = f"at most {named} contacts in a RES, {sampled} in a BOOTSTRAP_RES, {largest} bytes"
    over = named > m.MAX_RES_CONTACTS or sampled > m.MAX_BOOTSTRAP_CONTACTS
    if over or largest > LARGEST:
        return Decided(RUST, f"over the bounds: {seen}")
    if named == m.MAX_RES_CONTACTS or sampled > RUST_BOOTSTRAP:
        return Decided(NOT_RUST, f"up to the bounds and not over them: {seen}")
    return Undecided(f"it does not know enough contacts to reach a bound: {seen}")


def f13(evidence: Evidence) -> Verdict:
    """The stream destination of a BOOTSTRAP_RES, and the identifier of what it publishes."""
    if any(one.source == evidence.kad_id for _, one in evidence.told(m.PublishSourceRequest)):
        return Decided(RUST, "it publishes sources under its Kad identifier")
    answers = evidence.answers("bootstrap", m.BootstrapResponse)
    if not answers:
        return Undecided(evidence.missing("bootstrap", "BOOTSTRAP_REQ"))
    if answers[0].tcp == evidence.node:
        return Decided(RUST, "its stream destination is its datagram destination")
    if answers[0].tcp is None:
        return Decided(NOBODY, "it names no stream destination")
    return Decided(NOT_RUST, "it names another destination for streams")
