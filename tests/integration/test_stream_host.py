"""The stream destination on the practice network, called by clients of bare sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from random import Random
from time import perf_counter
from typing import Any

import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.task import Clock, deferLater

from tests.integration.guests import Reader
from twisted_mule.practice.keys import DSA_SHA1, generate
from twisted_mule.practice.service import PracticeBridge
from twisted_mule.practice.weather import CALM
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.streams import MOST_STREAMS, StreamHost
from twisted_mule.status import RouterState

real_reactor: Any = reactor


@define(eq=False)
class Scene:
    """A router, a host on it, and callers; time runs a hundred times as fast."""

    router: PracticeBridge
    clock: Clock
    host: StreamHost
    port: int
    callers: list[Reader] = field(factory=list)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let both clocks run until something is so; fails after some seconds."""
        for _ in range(2_000):
            if condition():
                return
            self.clock.advance(0.1)
            await deferLater(real_reactor, 0.001)
        raise AssertionError(self.host.status())

    async def open(self) -> None:
        """Let the host accept streams."""
        await self.until(lambda: self.host.status().state is RouterState.ONLINE)

    async def reader(self) -> Reader:
        """A connection to the router that has said HELLO."""
        endpoint = TCP4ClientEndpoint(real_reactor, "127.0.0.1", self.port)
        reader: Reader = await connectProtocol(endpoint, Reader())
        self.callers.append(reader)
        await reader.ask("HELLO VERSION MIN=3.0 MAX=3.1")
        return reader

    async def session(self) -> Reader:
        """The session that calls come from."""
        reader = await self.reader()
        reader.tell("SESSION CREATE STYLE=STREAM ID=caller DESTINATION=TRANSIENT")
        answer = reader.read()
        await self.until(lambda: answer.called)
        return reader

    async def call(self) -> Reader:
        """A stream to the host."""
        reader = await self.reader()
        reader.tell(f"STREAM CONNECT ID=caller DESTINATION={self.host.destination.base64}")
        answer = reader.read()
        await self.until(lambda: answer.called)
        assert b"RESULT=OK" in await answer
        return reader


@pytest_twisted.async_yield_fixture
async def scene() -> AsyncIterator[Scene]:
    """A host that may open a session."""
    clock, random = Clock(), Random(5)
    router = PracticeBridge(
        reactor=real_reactor,
        clock=clock,
        random=Random(7),
        weather=CALM,
        entropy=random.randbytes,
    )
    router.startService()
    port, _ = await router.listening
    host = StreamHost(
        reactor=real_reactor,
        clock=clock,
        endpoint=f"tcp:127.0.0.1:{port}",
        keys=SessionKeys(generate(DSA_SHA1, random.randbytes).private),
        nickname="streams",
        options={},
        random=Random(9),
    )
    host.startService()
    host.datagrams(True)
    scene = Scene(router, clock, host, port)
    yield scene
    await host.stopService()
    await router.stopService()
    for caller in scene.callers:
        await caller.lost


@pytest_twisted.ensureDeferred
async def test_accepts_and_closes(scene: Scene) -> None:
    """A caller is accepted, hears nothing, and is seen out after 3 to 10 seconds."""
    await scene.open()
    await scene.session()
    caller = await scene.call()
    caller.write(b"hello? " * 100)
    await scene.until(lambda: scene.host.status().open)
    begun = scene.clock.seconds()
    await scene.until(lambda: caller.lost.called)
    assert 2.5 <= scene.clock.seconds() - begun <= 11.0
    assert caller._buffer == b""
    assert (scene.host.status().open, scene.host.status().accepted) == (0, 1)
    assert scene.host.status().state is RouterState.ONLINE


@pytest_twisted.ensureDeferred
async def test_a_few_at_once(scene: Scene) -> None:
    """No more than eight streams are open at once; who waits has his turn."""
    await scene.open()
    await scene.session()
    callers = [await scene.reader() for _ in range(MOST_STREAMS + 4)]
    for caller in callers:
        caller.tell(f"STREAM CONNECT ID=caller DESTINATION={scene.host.destination.base64}")
    seen = 0

    def all_left() -> bool:
        nonlocal seen
        seen = max(seen, scene.host.status().open)
        return scene.host.status().accepted == len(callers) and not scene.host.status().open

    await scene.until(all_left)
    assert seen == MOST_STREAMS


@pytest_twisted.ensureDeferred
async def test_comes_back(scene: Scene) -> None:
    """A lost session is opened again with the same destination, 10 seconds later at the soonest."""
    await scene.open()
    await scene.router._factory.close()
    await scene.until(lambda: scene.host.status().state is RouterState.WAITING)
    lost_at = scene.clock.seconds()
    await scene.until(lambda: scene.host.status().state is not RouterState.WAITING)
    assert scene.clock.seconds() - lost_at >= 9.9
    await scene.open()
    await scene.session()
    await scene.call()


@pytest_twisted.ensureDeferred
async def test_no_long_turns(scene: Scene) -> None:
    """From the session's opening to the end of a call, no line costs the reactor 5 ms."""
    from twisted_mule.sam.creation import _Wire
    from twisted_mule.sam.streaming import StreamWire

    spans: list[float] = []

    def timed(method: Any) -> Any:
        def measured(self: Any, *arguments: Any) -> Any:
            begun = perf_counter()
            try:
                return method(self, *arguments)
            finally:
                spans.append(perf_counter() - begun)

        return measured

    kinds: tuple[Any, ...] = (_Wire, StreamWire)
    originals = [(kind, kind.dataReceived, kind.connectionMade) for kind in kinds]
    for kind, received, made in originals:
        kind.dataReceived, kind.connectionMade = timed(received), timed(made)
    try:
        await scene.open()
        await scene.session()
        for _ in range(3):
            await scene.call()
        await scene.until(
            lambda: scene.host.status().accepted == 3 and not scene.host.status().open
        )
    finally:
        for kind, received, made in originals:
            kind.dataReceived, kind.connectionMade = received, made
    assert len(spans) > 15
    # The machine is shared with other work: the typical turn is what the code needs.
    assert sorted(spans)[len(spans) * 9 // 10] < 0.005
