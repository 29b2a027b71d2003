"""What passes between the node's process and its exit process: frozen values, as bytes and back."""

from __future__ import annotations

import marshal
from typing import Any, Final

from attrs import astuple, frozen


@frozen
class Setup:
    """The first one: who we are; ``first`` is the number of the first tick."""

    nickname: str
    key: bytes
    kad_id: bytes
    secret: int
    first: int


@frozen
class Own:
    """Our destination is known."""

    destination: bytes


@frozen
class Router:
    """Where the router's SAM UDP port is."""

    host: str
    port: int


@frozen
class OverTcp:
    """Whether datagrams go over the control connection for want of UDP."""

    on: bool


@frozen
class Online:
    """Whether datagrams can leave."""

    on: bool


@frozen
class Probe:
    """A datagram of the self-test."""

    payload: bytes


@frozen
class Taken:
    """A datagram came over the control connection."""

    source: str
    payload: bytes
    arrived: float


@frozen
class Begin:
    """The node runs: let in, and tick; ``watched`` when somebody writes down what passes."""

    watched: bool


@frozen
class Halt:
    """The node has stopped: do neither."""


@frozen
class Await:
    """A request of ours, whose answers have an allowance."""

    number: int
    destination: bytes
    opcodes: tuple[int, ...]
    at: float


@frozen
class Settled:
    """That request is over."""

    number: int


@frozen
class Request:
    """What takes the request place of ``tick``."""

    tick: int
    number: int
    destination: bytes
    datagram: bytes
    label: str


@frozen
class Answer:
    """What takes the place that was booked for it."""

    tick: int
    seat: int
    number: int
    destination: bytes
    datagram: bytes
    label: str
    arrived: float


@frozen
class Arrived:
    """A datagram was let in; the places are pairs of tick and seat."""

    source: bytes
    content: bytes
    cover: str
    receiver_key: int
    sender_key: int
    proven: bool
    packed: bool
    arrived: float
    size: int
    number: int
    answers: bool
    places: tuple[tuple[int, int], ...]


@frozen
class Wanted:
    """The request of ``tick``, if there is one; ``at`` is the moment as of which it is made."""

    tick: int
    at: float


@frozen
class Left:
    """The datagram of this number has left, in the how-manieth tick of the process."""

    number: int
    at: float
    due: float
    tick: int


@frozen
class Batch:
    """A tick is over: the fields of ``selfcheck.samples.Batch`` and of each ``Left``."""

    tick: int
    scheduled: float
    released: float
    booked: int
    skipped: bool
    left: tuple[tuple[int, float, float, float | None, bytes, str, int], ...]


@frozen
class Late:
    """The datagram of this number came too late for its place: it never leaves."""

    number: int


@frozen
class Refused:
    """A datagram was not let in; told only when somebody writes down what passes."""

    source: bytes
    size: int
    arrived: float


@frozen
class FromOurselves:
    """A datagram from our own destination."""

    payload: bytes
    arrived: float


@frozen
class TcpWrite:
    """To be written to the control connection."""

    data: bytes


@frozen
class Report:
    """Counts since the beginning of this process."""

    booked: int
    full: int
    late: int
    waiting: int
    received: int
    refused: int
    refused_peer: int
    refused_global: int
    ticks: int
    skipped: int
    failed: int
    heard_at: float | None
    counts: dict[str, int]


ToExit = (
    Setup
    | Own
    | Router
    | OverTcp
    | Online
    | Probe
    | Taken
    | Begin
    | Halt
    | Await
    | Settled
    | Request
    | Answer
)
ToNode = Arrived | Wanted | Left | Batch | Late | Refused | FromOurselves | TcpWrite | Report

_KINDS: Final[tuple[type[Any], ...]] = (
    *(Setup, Own, Router, OverTcp, Online, Probe, Taken, Begin, Halt, Await, Settled, Request),
    *(Answer, Arrived, Wanted, Left, Batch, Late, Refused, FromOurselves, TcpWrite, Report),
)


def encode(record: ToExit | ToNode) -> bytes:
    """A record as bytes."""
    return marshal.dumps((_KINDS.index(type(record)), astuple(record, recurse=False)))


def decode(data: bytes) -> Any:
    """
    The record behind ``data``.

    Both ends are the same program in the same Python, so that its own format will do.
    """
    kind, fields = marshal.loads(data)  # noqa: S302 - it comes from our other process only
    return _KINDS[kind](*fields)
