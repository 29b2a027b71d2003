"""The session over real sockets, against a scripted router and against the practice one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.task import Clock, deferLater

from tests.integration.sam_server import ScriptedSam
from tests.sam.identities import ed25519_private_text, keys
from tests.samples import destination
from twisted_mule.kad.destination import Destination
from twisted_mule.practice.service import PracticeBridge
from twisted_mule.practice.weather import CALM
from twisted_mule.sam.bridge import SamBridge
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.status import RouterState

real_reactor: Any = reactor


@define(eq=False)
class Scene:
    """Bridges on real sockets, with a clock that runs a hundred times as fast."""

    clock: Clock = field(factory=Clock)
    bridges: list[SamBridge] = field(factory=list)
    made: list[SessionKeys] = field(factory=list)
    datagrams: list[tuple[Destination, bytes, float]] = field(factory=list)

    def bridge(self, endpoint: str, udp_port: int, own: SessionKeys | None = None) -> SamBridge:
        """One more, started."""
        bridge = SamBridge(
            reactor=real_reactor,
            clock=self.clock,
            endpoint=endpoint,
            keys=own,
            nickname=f"nick{len(self.bridges)}",
            options={},
            random=Random(len(self.bridges)),
            on_keys=self.made.append,
            on_datagram=lambda *datagram: self.datagrams.append(datagram),
            on_state=None,
            wall=self.clock.seconds,
            udp_port=udp_port,
        )
        self.bridges.append(bridge)
        bridge.startService()
        return bridge

    async def until(self, condition: Callable[[], object]) -> None:
        """Let both clocks run until something is so; fails after some seconds."""
        for _ in range(1_000):
            if condition():
                return
            self.clock.advance(0.25)
            await deferLater(real_reactor, 0.0025)
        raise AssertionError([bridge.status() for bridge in self.bridges])

    async def online(self, bridge: SamBridge) -> None:
        """Let ``bridge`` come online."""
        await self.until(lambda: bridge.online)

    async def problem(self, bridge: SamBridge) -> str:
        """The headline of the problem that ``bridge`` comes to have."""
        await self.until(lambda: bridge.status().problem)
        problem = bridge.status().problem
        assert problem is not None
        return problem.headline


@pytest_twisted.async_yield_fixture
async def scene() -> AsyncIterator[Scene]:
    """An empty scene; whatever was put on it is stopped afterwards."""
    scene = Scene()
    yield scene
    for bridge in scene.bridges:
        await bridge.stopService()


@pytest_twisted.async_yield_fixture
async def router() -> AsyncIterator[ScriptedSam]:
    """A scripted router, listening."""
    server = ScriptedSam()
    server.start()
    yield server
    await server.stop()


@pytest_twisted.ensureDeferred
async def test_opens(scene: Scene, router: ScriptedSam) -> None:
    """The session opens with fresh keys, tests itself, and carries datagrams both ways."""
    bridge = scene.bridge(router.endpoint, router.udp_port)
    assert await bridge.when_ready() == destination(1)
    await scene.online(bridge)
    assert scene.made == [keys(1)]
    assert set(router.orders) == {destination(1).base64}
    bridge.send(destination(2), b"hello")
    await scene.until(lambda: router.orders[-1] == destination(2).base64)
    assert scene.datagrams == []


@pytest_twisted.ensureDeferred
async def test_comes_back(scene: Scene, router: ScriptedSam) -> None:
    """A lost session is opened again after 10 s at least, with the same identity."""
    bridge = scene.bridge(router.endpoint, router.udp_port)
    await scene.online(bridge)
    router.drop()
    await scene.until(lambda: bridge.status().state is RouterState.WAITING)
    lost_at = scene.clock.seconds()
    await scene.until(lambda: bridge.status().state is not RouterState.WAITING)
    assert scene.clock.seconds() - lost_at >= 9.5  # one step of the scene's clock less
    await scene.online(bridge)
    assert [lost.reason for lost in bridge.status().disconnects] == ["Router connection lost"]
    assert len(scene.made) == 1
    created = [line for line in router.heard if line.startswith("SESSION CREATE")]
    assert len(created) == 2
    assert len(set(created)) == 1
    assert not [line for line in router.heard if line.startswith("PING")]


@pytest_twisted.ensureDeferred
async def test_duplicated(scene: Scene, router: ScriptedSam) -> None:
    """An identity that the router still holds is tried again until it is free."""
    router.results = ["DUPLICATED_DEST", "DUPLICATED_ID"]
    bridge = scene.bridge(router.endpoint, router.udp_port)
    assert "already in use" in await scene.problem(bridge)
    await scene.online(bridge)
    assert bridge.status().problem is None


@pytest_twisted.ensureDeferred
async def test_391_bytes(scene: Scene, router: ScriptedSam) -> None:
    """An identity of 391 bytes is refused with one sentence, and never used."""
    router.private = ed25519_private_text(1)
    bridge = scene.bridge(router.endpoint, router.udp_port)
    assert "391 bytes" in await scene.problem(bridge)
    assert scene.made == []
    assert not [line for line in router.heard if line.startswith("SESSION")]


@pytest_twisted.ensureDeferred
async def test_garbage(scene: Scene, router: ScriptedSam) -> None:
    """Something else at the SAM port is named."""
    router.banner = b"220 mail.example ESMTP\r\n"
    bridge = scene.bridge(router.endpoint, router.udp_port)
    assert "other than SAM" in await scene.problem(bridge)
    problem = bridge.status().problem
    assert problem is not None
    assert "220 mail.example" in problem.advice


@pytest_twisted.ensureDeferred
async def test_no_router(scene: Scene, router: ScriptedSam) -> None:
    """Without a router the bridge says so, and has a time for the next try."""
    endpoint, udp_port = router.endpoint, router.udp_port
    await router.stop()
    bridge = scene.bridge(endpoint, udp_port)
    assert "not found" in await scene.problem(bridge)
    assert bridge.status().next_try_in is not None


@pytest_twisted.ensureDeferred
async def test_nothing_back(scene: Scene, router: ScriptedSam) -> None:
    """A session whose datagrams do not come back is never called online."""
    router.forwards = False
    bridge = scene.bridge(router.endpoint, router.udp_port)
    assert "nothing comes back" in await scene.problem(bridge)
    assert len(router.orders) > 10


@pytest_twisted.async_yield_fixture
async def practice(scene: Scene) -> AsyncIterator[PracticeBridge]:
    """The practice router on the scene's clock, with fair weather."""
    bridge = PracticeBridge(
        reactor=real_reactor,
        clock=scene.clock,
        random=Random(7),
        weather=CALM,
        entropy=Random(8).randbytes,
    )
    bridge.startService()
    yield bridge
    await bridge.stopService()


@pytest_twisted.ensureDeferred
async def test_practice(scene: Scene, practice: PracticeBridge) -> None:
    """Two sessions on the practice router reach each other, with the largest datagrams too."""
    port, udp_port = await practice.listening
    one, other = (scene.bridge(f"tcp:127.0.0.1:{port}", udp_port) for _ in range(2))
    await scene.online(one)
    await scene.online(other)
    for payload in (b"x", bytes(10_240)):
        sent_at = float("-inf")

        def repeated(payload: bytes = payload) -> bool:
            """Whether it arrived; sends it every five seconds, as a lease set has to be found."""
            nonlocal sent_at
            if scene.clock.seconds() - sent_at > 5.0 and other.destination is not None:
                one.send(other.destination, payload)
                sent_at = scene.clock.seconds()
            return any(came[:2] == (one.destination, payload) for came in scene.datagrams)

        await scene.until(repeated)


@pytest_twisted.ensureDeferred
async def test_practice_comes_back(scene: Scene, practice: PracticeBridge) -> None:
    """A session on the practice router survives the loss of its connection; so do its keys."""
    port, udp_port = await practice.listening
    bridge = scene.bridge(f"tcp:127.0.0.1:{port}", udp_port)
    await scene.online(bridge)
    own = bridge.destination
    await practice._factory.close()
    await scene.until(lambda: not bridge.online)
    await scene.online(bridge)
    assert bridge.destination == own
    assert len(scene.made) == 1


@pytest_twisted.ensureDeferred
async def test_practice_twice(scene: Scene, practice: PracticeBridge) -> None:
    """A second session with the same keys is told that they are in use."""
    port, udp_port = await practice.listening
    first = scene.bridge(f"tcp:127.0.0.1:{port}", udp_port)
    await scene.online(first)
    second = scene.bridge(f"tcp:127.0.0.1:{port}", udp_port, scene.made[0])
    assert "already in use" in await scene.problem(second)
    assert first.online
