"""A run against one node: values in, values out; time, chance and sockets are the owner's."""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import define, field, frozen

from twisted_mule.kad import codec
from twisted_mule.kad import messages as m
from twisted_mule.kad.answers import reply_seal
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import ForKey, ForNode, Plain, Seal
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.obfuscation import obfuscate
from twisted_mule.kad.opening import Opened, open_datagram
from twisted_mule.kad.packing import unpack
from twisted_mule.kad.tags import KADMISCOPTIONS
from twisted_mule.kad.verify import verify_key
from twisted_mule.probing.evidence import Evidence, Heard, Trial
from twisted_mule.probing.pace import Budget, Kind, Pace
from twisted_mule.probing.questions import Asker, Question, opening, rest, topics

#: The bit of a HELLO_RES that asks for the acknowledgement.
WANTS_ACK: Final = 4
_ECHO_SIZE: Final = 48


@frozen
class Outgoing:
    """A datagram to send now."""

    to: Destination
    datagram: bytes = field(repr=False)


class Phase(Enum):
    """How far a run is."""

    OPENING = "looking for the node"
    ASKING = "asking"
    LISTENING = "listening"
    OVER = "over"


@frozen
class Progress:
    """For the user: how many questions are settled, and how many datagrams passed."""

    phase: Phase
    settled: int
    questions: int
    sent: int
    heard: int


@define(eq=False)
class Prober:
    """
    One run.

    :param asker: the identity for it, thrown away afterwards.
    :param node: whom to ask.
    :param random: for points, names and gaps.
    """

    asker: Asker
    node: Destination
    random: Draws
    pace: Pace = field(factory=Pace)
    phase: Phase = field(default=Phase.OPENING, init=False)
    evidence: Evidence = field(init=False)
    sent: int = field(default=0, init=False)
    _budget: Budget = field(init=False)
    _next: float = field(default=0.0, init=False)
    _until: float = field(default=0.0, init=False)
    _key: int = field(default=0, init=False)
    _echoes: dict[bytes, int] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._budget = Budget(self.pace)
        self.evidence = Evidence(self.node, topics(self.random))
        self._plan(opening(self.asker))

    # --- what the owner calls ----------------------------------------------------------------

    def due(self, now: float) -> list[Outgoing]:
        """What leaves now; to be called once a ``pace.step``."""
        self._move_on(now)
        if self.phase in {Phase.LISTENING, Phase.OVER} or now < self._next:
            return []
        chosen = self._choose(now)
        if not chosen:
            return []
        self._next = now + self.random.uniform(*self.pace.gap)
        leaving = [self._ask(trial, now) for trial in chosen]
        return leaving + self._echo(chosen)

    def hear(self, source: Destination, datagram: bytes, now: float) -> list[Outgoing]:
        """Take a datagram; what it calls for leaves at once.  Never raises, whatever it is."""
        if source == self.asker.destination:
            self._echoed(datagram, now)
            return []
        if source != self.node:
            return []  # the node hands our address out: others may call
        opened = open_datagram(datagram, self.asker.kad_id, self._issued())
        heard = _read(opened, len(datagram), now)
        if not self.evidence.keep(heard):
            return []
        self._key = heard.envelope.sender_key or self._key
        self._learn(heard)
        self._match(heard)
        return self._respond(heard, now)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        trials = self.evidence.trials.values()
        settled = sum(
            1 for one in trials if one.answers or len(one.sent) >= self.evidence.tries(one.question)
        )
        return Progress(self.phase, settled, len(trials), self.sent, len(self.evidence.heard))

    # --- asking ------------------------------------------------------------------------------

    def _plan(self, questions: tuple[Question, ...]) -> None:
        self.evidence.trials.update({one.name: Trial(one) for one in questions})

    def _move_on(self, now: float) -> None:
        """Enter the next phase when the present one is done."""
        done = all(self._is_settled(one, now) for one in self._trials())
        if self.phase is Phase.OPENING and self.evidence.kad_id is not None:
            self._plan(rest(self.asker, self.evidence.kad_id, self.evidence.about))
            self.phase = Phase.ASKING
        elif self.phase is Phase.OPENING and done:
            self.phase = Phase.OVER
        elif self.phase is Phase.ASKING and done:
            self.phase, self._until = Phase.LISTENING, now + self.pace.listen
        elif self.phase is Phase.LISTENING and now >= self._until:
            self.phase = Phase.OVER

    def _trials(self) -> list[Trial]:
        return list(self.evidence.trials.values())

    def _choose(self, now: float) -> list[Trial]:
        """The first question that may be asked now, with whatever leaves together with it."""
        trials = self._trials()
        for place, trial in enumerate(trials):
            if trial.question.joined or not self._is_ready(trial, now):
                continue
            chosen = [trial]
            if trials[place + 1 :] and trials[place + 1].question.joined:
                chosen.append(trials[place + 1])
            if self._budget.allows(trial.question.kind, len(chosen), now):
                return chosen
        return []

    def _is_ready(self, trial: Trial, now: float) -> bool:
        if trial.answers or len(trial.sent) >= self.evidence.tries(trial.question):
            return False
        if trial.sent and now - trial.sent[-1] < self.pace.patience:
            return False
        before = [self.evidence.trials[name] for name in trial.question.after]
        return all(self._is_settled(one, now) for one in before)

    def _is_settled(self, trial: Trial, now: float) -> bool:
        return self.evidence.settled(trial, now, self.pace.patience)

    def _ask(self, trial: Trial, now: float) -> Outgoing:
        question = trial.question
        trial.sent.append(now)
        self._budget.spend(question.kind, now)
        return self._out(question.content, self._cover() if question.covered else Plain())

    def _cover(self) -> Seal:
        return ForNode(self.evidence.kad_id or ZERO, self._key)

    def _out(self, content: m.Message | bytes, seal: Seal) -> Outgoing:
        self.sent += 1
        if isinstance(content, bytes):
            return Outgoing(self.node, obfuscate(content, seal, self._issued(), self.random))
        return Outgoing(self.node, to_wire(content, seal, self._issued(), self.random))

    def _issued(self) -> int:
        """Our verify key for the node."""
        return verify_key(self.asker.secret, self.node.dest_hash)

    def _echo(self, chosen: list[Trial]) -> list[Outgoing]:
        """With each pair of requests one of datagrams to ourselves: how much the way scatters."""
        if len(chosen) < 2:
            return []
        number = len(self.evidence.echoes)
        self.evidence.echoes[number] = []
        made = [self.random.randbytes(_ECHO_SIZE) for _ in chosen]
        self._echoes.update(dict.fromkeys(made, number))
        return [Outgoing(self.asker.destination, one) for one in made]

    def _echoed(self, datagram: bytes, now: float) -> None:
        number = self._echoes.pop(datagram, None)
        if number is not None:
            self.evidence.echoes[number].append(now)

    # --- hearing -----------------------------------------------------------------------------

    def _match(self, heard: Heard) -> None:
        """File an answer under its question; without a target to tell them apart, the latest."""
        said = heard.message
        asked = [
            one for one in self._trials() if one.sent and said and one.question.answered_by(said)
        ]
        if asked:
            max(asked, key=lambda one: one.sent[-1]).answers.append(heard)

    def _learn(self, heard: Heard) -> None:
        """The identifier that the node first gave; what it says later changes nothing."""
        told: KadID | None = None
        match heard.message:
            case m.BootstrapResponse(sender=sender):
                told = sender
            case m.HelloResponse(contact=contact) | m.HelloRequest(contact=contact):
                told = contact.kad_id
            case m.FindNodeRequest(sender=sender):
                told = sender
            case _:
                pass
        if self.evidence.kad_id is None and told not in {None, ZERO, self.asker.kad_id}:
            self.evidence.kad_id = told

    def _respond(self, heard: Heard, now: float) -> list[Outgoing]:
        """What a contact owes: acknowledgements, and answers that give away nothing."""
        found = self._owed(heard)
        if found is None or not self._budget.allows(Kind.ANSWER, 1, now):
            return []
        if isinstance(found[0], m.HelloResponseAck):
            self.evidence.acknowledged = now
        self._budget.spend(Kind.ANSWER, now)
        return [self._out(*found)]

    def _owed(self, heard: Heard) -> tuple[m.Message, Seal] | None:
        seal = reply_seal(heard.envelope)
        match heard.message:
            case m.HelloResponse(tags=tags) if _wants_ack(tags) and heard.envelope.sender_key:
                return m.HelloResponseAck(self.asker.kad_id), ForKey(heard.envelope.sender_key)
            case m.HelloRequest():
                return m.HelloResponse(self.asker.record), self._cover()
            case m.FindNodeRequest(target=target):
                return m.FindNodeResponse(target, ()), seal
            case m.Ping():
                return m.Pong(), seal
            case _:
                owed = self._owed_in_kad1(heard)
                return None if owed is None else (owed, Plain())

    def _owed_in_kad1(self, heard: Heard) -> m.Message | None:
        match heard.message:
            case m.LegacyFindNodeRequest(target=target):
                return m.LegacyFindNodeResponse(target, ())
            case m.LegacyHelloRequest():
                return m.LegacyHelloResponse(self.asker.legacy_record)
            case _:
                return None


def _wants_ack(tags: m.Tags) -> bool:
    return any(
        one.name == KADMISCOPTIONS and isinstance(one.value, int) and bool(one.value & WANTS_ACK)
        for one in tags
    )


def _read(opened: Opened, size: int, now: float) -> Heard:
    plain, message = b"", None
    try:
        plain = unpack(opened.content)
        message = codec.decode(plain)
    except DecodeError:
        pass
    return Heard(now, size, opened.envelope, plain, message)
