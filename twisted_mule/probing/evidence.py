"""What a run brought to light: who was asked what and when, and everything that came back."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final, TypeVar

from attrs import define, field, frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Envelope
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message
from twisted_mule.probing.questions import Question, Topics

M = TypeVar("M", bound=Message)

#: Datagrams of the node that are kept; a node that sends more is not understood better by them.
KEPT: Final = 600
#: Silence counts when loss explains it at most so often ...
CHANCE_OF_LOSS: Final = 0.01
#: ... for which nothing is asked more often than this.
MOST_TRIES: Final = 6


@frozen
class Heard:
    """
    One datagram of the node.

    :ivar size: bytes of the whole datagram.
    :ivar plain: protocol, opcode and payload, unpacked; empty when it could not be unpacked.
    :ivar message: ``None`` for what is no message of Kad.
    """

    at: float
    size: int
    envelope: Envelope
    plain: bytes
    message: Message | None


class Outcome(Enum):
    """What became of a question."""

    ANSWERED = "answered"
    SILENT = "silent"
    UNKNOWN = "unknown"  # not asked often enough, or too much gets lost


@define
class Trial:
    """A question and how it went."""

    question: Question
    sent: list[float] = field(factory=list)
    answers: list[Heard] = field(factory=list)


@define
class Evidence:
    """
    All of it.

    :ivar node: whom it is about.
    :ivar kad_id: who the node says it is.
    :ivar echoes: for each pair of datagrams to ourselves, when they came back.
    :ivar acknowledged: when the handshake was last completed.
    :ivar discarded: datagrams of the node beyond those that are kept.
    """

    node: Destination
    about: Topics
    kad_id: KadID | None = None
    trials: dict[str, Trial] = field(factory=dict)
    heard: list[Heard] = field(factory=list)
    echoes: dict[int, list[float]] = field(factory=dict)
    acknowledged: float | None = None
    discarded: int = 0

    def keep(self, heard: Heard) -> bool:
        """Remember a datagram; whether there was room for it."""
        if len(self.heard) >= KEPT:
            self.discarded += 1
            return False
        self.heard.append(heard)
        return True

    def answers(self, name: str, kind: type[M]) -> list[M]:
        """The answers to a question that are messages of ``kind``."""
        trial = self.trials.get(name)
        heard = trial.answers if trial else []
        return [one.message for one in heard if isinstance(one.message, kind)]

    def told(self, kind: type[M]) -> Iterator[tuple[Heard, M]]:
        """Everything of one kind that the node ever sent us."""
        for one in self.heard:
            if isinstance(one.message, kind):
                yield one, one.message

    def outcome(self, name: str) -> Outcome:
        """Whether a question was answered, or met silence that loss does not explain."""
        trial = self.trials.get(name)
        if trial is None:
            return Outcome.UNKNOWN
        if trial.answers:
            return Outcome.ANSWERED
        loss = self.loss()
        if loss is None or len(trial.sent) < trial.question.tries:
            return Outcome.UNKNOWN
        return Outcome.SILENT if loss ** len(trial.sent) <= CHANCE_OF_LOSS else Outcome.UNKNOWN

    def missing(self, name: str, what: str) -> str:
        """Why there is no answer to ``name`` to judge by."""
        trial = self.trials.get(name)
        if trial is None or not trial.sent:
            return f"{what} was not asked yet"
        if len(trial.sent) < self.tries(trial.question):
            return f"no answer to {what} yet, asked {len(trial.sent)} times so far"
        return f"no answer to {what}, and too many datagrams get lost to call it silence"

    def tries(self, question: Question) -> int:
        """How often to ask: once for what is only counted, else until silence means something."""
        loss = self.loss()
        if question.tries == 1 or loss is None:
            return question.tries
        needed = (n for n in range(1, MOST_TRIES) if loss**n <= CHANCE_OF_LOSS)
        return max(question.tries, next(needed, MOST_TRIES))

    def settled(self, trial: Trial, now: float, patience: float) -> bool:
        """Whether a question is answered, or was asked often enough and long enough ago."""
        if trial.answers:
            return True
        asked = len(trial.sent)
        return asked >= self.tries(trial.question) and now - trial.sent[-1] >= patience

    def loss(self) -> float | None:
        """The share of requests, of those that every program answers, that brought no answer."""
        controls = [trial for name, trial in self.trials.items() if _is_control(name)]
        asked = sum(len(trial.sent) for trial in controls)
        answered = sum(1 for trial in controls if trial.answers)
        if not answered:
            return None
        return (asked - answered + 1) / (asked + 2)


def _is_control(name: str) -> bool:
    return name in {"bootstrap", "greet in clear", "greet again", "find", "ping"} or name[:4] == (
        "pair"
    )
