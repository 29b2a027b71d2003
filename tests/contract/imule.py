"""A peer that takes and refuses as iMule does (wire-format 8, 9.4 and 14, node-behaviour 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from attrs import define, field

from tests.contract.peers import ME, PUBLIC, Peer, answer
from twisted_mule.kad import messages as m
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import Envelope, ForKey, ForNode, Seal
from twisted_mule.kad.messages import Message
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.tags import KADMISCOPTIONS, Tag

#: Requests that it takes of one peer in a minute.
LIMITS: Final[dict[type[Message], int]] = {
    m.BootstrapRequest: 2,
    m.HelloRequest: 3,
    m.Ping: 2,
    m.FindNodeRequest: 30,
    m.SearchKeyRequest: 30,
    m.SearchSourceRequest: 30,
    m.SearchNotesRequest: 30,
    m.PublishKeyRequest: 30,
    m.PublishSourceRequest: 30,
    m.PublishNotesRequest: 30,
}
#: So many times the limit is a ban.
BAN: Final = 5
#: For so long it remembers what it asked.
TRACKED: Final = 180.0
#: The bit that asks for the acknowledgement, and the contacts of the largest RES.
WANTS_ACK: Final = 4
LARGEST: Final = 25
BUFFER: Final = 10_240
#: What it must have asked for to listen to an answer.
ANSWERS: Final[dict[type[Message], type[Message]]] = {
    m.BootstrapResponse: m.BootstrapRequest,
    m.HelloResponse: m.HelloRequest,
    m.HelloResponseAck: m.HelloResponse,
    m.FindNodeResponse: m.FindNodeRequest,
    m.Pong: m.Ping,
}
_PUBLISHES: Final = (m.PublishKeyRequest, m.PublishSourceRequest, m.PublishNotesRequest)


@define
class _Leak:
    """A counter that drains: so many a minute."""

    limit: int
    count: float = 0.0
    since: float = 0.0

    def add(self, now: float) -> float:
        """Count one more; what is counted now."""
        self.count = max(self.count - (now - self.since) * self.limit / 60.0, 0.0) + 1.0
        self.since = now
        return self.count


@define(eq=False)
class IMule:
    """
    One such peer.

    :ivar now: what the clock says.
    :ivar post: how its datagrams reach the node.
    :ivar accepted: what it took, by type.
    :ivar refused: what it did not take, and why.
    :ivar banned: whether it would not listen to the node any more.
    :ivar verified: whether the node has proven to it that it receives.
    """

    me: Peer
    now: Callable[[], float]
    post: Callable[[bytes], None]
    accepted: Counter[type[Message]] = field(factory=Counter)
    refused: list[str] = field(factory=list)
    banned: bool = False
    verified: bool = False
    _asked: list[tuple[float, Message]] = field(factory=list)
    _leaks: dict[type[Message], _Leak] = field(factory=dict)
    _key: int = 0
    _turn: int = 0

    def ask(self, asked: Message) -> None:
        """Send a request, obfuscated, and remember it."""
        self._asked.append((self.now(), asked))
        self._say(asked, ForNode(ME.kad_id, self._key))

    def hear(self, datagram: bytes) -> None:
        """What came from the node."""
        if len(datagram) > BUFFER:
            self.refused.append(f"a datagram of {len(datagram)} bytes")
            return
        opened = open_datagram(datagram, self.me.kad_id, self.me.secret)
        try:
            said = message(opened)
        except DecodeError as error:
            self.refused.append(f"what it cannot read: {error}")
            return
        self._key = opened.envelope.sender_key or self._key
        why = self._judge(said, opened.envelope)
        if why:
            self.refused.append(f"{type(said).__name__}: {why}")
        else:
            self.accepted[type(said)] += 1

    def _judge(self, said: Message, envelope: Envelope) -> str:
        """Why it does not take this; empty if it does."""
        kind = type(said)
        if kind in LIMITS:
            return self._limited(said)
        if kind in ANSWERS:
            asked = self._remembered(ANSWERS[kind])
            return "nobody asked" if asked is None else self._answered(said, asked, envelope)
        if isinstance(said, m.PublishResponse):
            known = [self._remembered(publish, said.target) for publish in _PUBLISHES]
            return "" if any(known) else "nobody published that"
        return "" if isinstance(said, m.SearchResponse) else "an unexpected type"

    def _limited(self, said: Message) -> str:
        limit = LIMITS[type(said)]
        count = self._leaks.setdefault(type(said), _Leak(limit, since=self.now())).add(self.now())
        self.banned |= count > BAN * limit
        if self.banned or count > limit:
            return "too many"
        self._serve(said)
        return ""

    def _remembered(self, kind: type[Message], target: object = None) -> Message | None:
        """The latest such request, which is forgotten now: one answer for each."""
        self._asked = [one for one in self._asked if one[0] > self.now() - TRACKED]
        for entry in self._asked:
            if type(entry[1]) is kind and target in (None, getattr(entry[1], "target", None)):
                self._asked.remove(entry)
                return entry[1]
        return None

    def _answered(self, said: Message, asked: Message, envelope: Envelope) -> str:
        match said:
            case m.FindNodeResponse():
                return self._named(said, asked)
            case m.BootstrapResponse():
                return "a bad contact" if said.skipped else ""
            case m.HelloResponse():
                if said.contact.destination != ME.destination or said.contact.version != m.VERSION:
                    return "it is somebody else"
                if _wants_ack(said) and envelope.sender_key:
                    self._say(m.HelloResponseAck(self.me.kad_id), ForKey(envelope.sender_key))
            case m.HelloResponseAck():
                if envelope.receiver_key != self.me.secret:
                    return "not under its key"
                self.verified = True
            case _:
                pass
        return ""

    def _named(self, said: m.FindNodeResponse, asked: Message) -> str:
        assert isinstance(asked, m.FindNodeRequest)
        if len(said.contacts) > min(asked.count, LARGEST):
            return f"{len(said.contacts)} contacts, asked for {asked.count}"
        if said.target != asked.target:
            return "another target"
        bad = said.skipped or any(one.version > m.VERSION for one in said.contacts)
        return "one bad contact" if bad else ""

    def _serve(self, asked: Message) -> None:
        """Answer a request of the node."""
        self._turn += 1
        said = answer(asked, self.me, self._turn)
        if isinstance(said, m.HelloResponse):
            tags = () if self.verified else (Tag(KADMISCOPTIONS, WANTS_ACK),)
            said = m.HelloResponse(said.contact, tags)
            self._asked.append((self.now(), said))
        if said is not None:
            self._say(said, ForKey(self._key) if self._key else ForNode(ME.kad_id))

    def _say(self, what: Message, seal: Seal) -> None:
        draws = PUBLIC.stream("iMule", self.me.number, self._turn)
        self.post(to_wire(what, seal, self.me.secret, draws))


def _wants_ack(said: m.HelloResponse) -> bool:
    return any(
        tag.name == KADMISCOPTIONS and isinstance(tag.value, int) and tag.value & WANTS_ACK
        for tag in said.tags
    )
