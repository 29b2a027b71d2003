"""The secrets of a node, one at a time: what it costs to handle, what was sent, what users do."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

from tests.contract.peers import KEYS, ME, PUBLIC, Peer
from tests.contract.script import Knock
from tests.contract.stage import Cost, Stage
from twisted_mule.kad.exchange import ForNode, Heard
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.obfuscation import obfuscate
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.packing import unpack
from twisted_mule.kad.published import Published
from twisted_mule.kad.search import NotesOn, SourcesOf

#: A cache forgets after so many seconds.
CACHED: Final = 600.0


def costs(seconds: float) -> Cost:
    """Every message costs the same."""
    return lambda _: seconds


def cached(seconds: float, hit: float = 0.001) -> Cost:
    """What was asked about before costs nearly nothing."""
    known: set[object] = set()

    def cost(heard: Heard) -> float:
        about = type(heard.message), getattr(heard.message, "target", heard.source)
        seen = about in known
        known.add(about)
        return hit if seen else seconds

    return cost


# --- what was sent -------------------------------------------------------------------------------

#: What may be wrong with a REQ; each variant makes an undamaged, plain datagram a worthless one.
DAMAGE: Final[dict[str, Callable[[bytes], bytes]]] = {
    "nothing at all": lambda _: b"",
    "a protocol byte": lambda whole: whole[:1],
    "cut in the middle": lambda whole: whole[: len(whole) // 2],
    "one byte short": lambda whole: whole[:34],  # a challenge, which names no sender, has 35
    "an opcode that nobody knows": lambda whole: whole[:1] + b"\x99" + whole[2:],
    "another protocol": lambda whole: b"\xe3" + whole[1:],
    "packed, but no stream": lambda whole: b"\x06" + whole[1:],
    "packed, unfinished": lambda whole: b"\x06\x11" + zlib.compress(whole[2:])[:-6],
    "packed, without end": lambda _: b"\x06\x11" + zlib.compress(bytes(200_000)),
    "noise": lambda whole: PUBLIC.stream("noise", whole).randbytes(len(whole)),
    "another node's cover": lambda whole: _covered(whole, KadID(1)),
    "a cover around noise": lambda whole: _covered(b"\x77" * len(whole), ME.kad_id),
    "no contact wanted": lambda whole: whole[:2] + b"\0" + whole[3:],
    "meant for another node": lambda whole: whole[:19] + bytes(16) + whole[35:],
    "an answer to nothing": lambda _: b"\x05\x1c",
    "huge": lambda whole: b"\x05\x9a" + whole * 500,
}


def _covered(content: bytes, whom: KadID) -> bytes:
    return obfuscate(content, ForNode(whom), 7, PUBLIC.stream("cover", content))


def damaged(how: Callable[[bytes], bytes]) -> Callable[[Knock], bytes]:
    """A datagram of the script with this damage."""

    def change(one: Knock) -> bytes:
        return how(unpack(open_datagram(one.datagram, ME.kad_id, 0).content))

    return change


# --- what users do -------------------------------------------------------------------------------

Role = Callable[[Stage], None]


def resting(stage: Stage) -> None:
    """Nobody is there."""
    del stage


def searching(stage: Stage) -> None:
    """A user wants sources or comments every forty seconds."""

    def search(turn: int) -> None:
        key = KEYS[turn % len(KEYS)]
        stage.core.search(NotesOn(key, 1000) if turn % 3 == 0 else SourcesOf(key, 1000))
        stage.clock.callLater(80.0, search, turn + 1)

    stage.clock.callLater(100.0, search, 0)


def sharing(stage: Stage) -> None:
    """A user shares forty files soon after the curtain."""
    files = [
        Published(KadID(key.value ^ 1), f"some words in name {number}.avi", 1000 + number)
        for number, key in enumerate(KEYS)
    ]
    draws = PUBLIC.stream("share", 0)
    when = stage.curtain + 50.0
    stage.clock.callLater(50.0, stage.core.share, files, when, draws)


ROLES: Final[dict[str, Role]] = {
    "resting": resting,
    "searching": searching,
    "sharing": sharing,
}


def from_peers(numbers: frozenset[int], kind: str) -> Callable[[Knock], bool]:
    """The datagrams of this kind that these peers send."""

    def which(one: Knock) -> bool:
        return one.peer.number in numbers and one.kind == kind

    return which


def of(one: Peer) -> frozenset[int]:
    """One peer alone."""
    return frozenset({one.number})
