"""A peer that greets and is greeted, and what the core makes of it."""

from __future__ import annotations

from random import Random

from tests.kad.people import NOW, record, seed
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import Envelope, Heard, Reply, Request
from twisted_mule.kad.ids import KadID

PEER = seed(1, verified=False)


def greet(kad: Kad, one: Seed, envelope: Envelope, version: int = 8) -> tuple[Reply, ...]:
    """What a HELLO_REQ of ``one`` is answered."""
    message = m.HelloRequest(record(one, version))
    return kad.handle(Heard(one.destination, message, envelope), NOW, Random(1))


def request_of(
    kad: Kad,
    *types: type[m.Message],
    start: int = 0,
    seconds: int = 100,
    topic: KadID | None = None,
) -> Request:
    """The next request of one of these types, and on this topic, that the core makes by itself."""
    for second in range(start, start + seconds):
        kad.beat(NOW + second, Random(second))
        request = kad.next_request(NOW + second, Random(second))
        fits = request is not None and isinstance(request.message, types)
        if request is not None and fits and topic in (None, request.topic):
            return request
    raise AssertionError(f"no {types} was sent")


def answer(
    kad: Kad, source: Seed, message: m.Message, envelope: Envelope, now: float = NOW + 120
) -> tuple[Reply, ...]:
    """What the core does with an answer of ``source``, which has to be expected."""
    request = kad.match(source.destination, message.opcode, now)
    assert request is not None
    return kad.handle(Heard(source.destination, message, envelope, request), now, Random(1))
