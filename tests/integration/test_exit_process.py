"""The exit process for real: it carries datagrams, comes back when killed, ends with its parent."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.integration.sam_server import ScriptedSam
from tests.sam.identities import keys
from tests.samples import destination
from twisted_mule.exit.process import ExitProcess
from twisted_mule.sam.bridge import SamBridge
from twisted_mule.sam.problems import no_exit
from twisted_mule.status import RouterState, RouterStatus

real_reactor: Any = reactor


@define(eq=False)
class Scene:
    """A session whose datagrams another process carries."""

    router: ScriptedSam
    exit: ExitProcess
    bridge: SamBridge = field(init=False)
    reasons: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.bridge = SamBridge(
            reactor=real_reactor,
            clock=real_reactor,
            endpoint=self.router.endpoint,
            keys=keys(1),
            nickname="nick",
            options={},
            random=Random(1),
            on_keys=lambda _: None,
            on_datagram=lambda *_: None,
            on_state=self._changed,
            wall=lambda: 0.0,
            udp_port=self.router.udp_port,
            carriers=self.exit.make_carrier,
        )
        self.exit.heard = self.bridge.heard_network
        self.exit.failed = self._failed

    def _changed(self, status: RouterStatus) -> None:
        self.exit.online(status.state is RouterState.ONLINE)

    def _failed(self, why: str) -> None:
        self.reasons.append(why)
        self.bridge.broken(no_exit(why))


async def until(condition: Callable[[], object], seconds: float = 40.0) -> None:
    """Wait for it."""
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        await deferLater(real_reactor, 0.05)
    raise AssertionError("it did not happen")


def runs(pid: int | None) -> bool:
    """Whether a process is there."""
    return Path(f"/proc/{pid}").exists()


async def opened(router: ScriptedSam) -> Scene:
    """A session that is online at ``router``."""
    router.start()
    exit_process = ExitProcess(
        real_reactor, ("nick", destination(3).raw[:16], 7), lambda: os.urandom(32)
    )
    scene = Scene(router, exit_process)
    scene.bridge.startService()
    await until(lambda: scene.bridge.online)
    return scene


@pytest_twisted.async_yield_fixture
async def scene() -> AsyncIterator[Scene]:
    """A router, and a session that is online there."""
    scene = await opened(ScriptedSam())
    yield scene
    await scene.bridge.stopService()
    await scene.router.stop()


@pytest_twisted.ensureDeferred
async def test_ends_with_its_pipe(scene: Scene) -> None:
    """Signals of the terminal do not end it; a closed pipe does, and the reason is no failure."""
    pid = scene.exit.pid
    assert pid is not None
    assert runs(pid)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    await deferLater(real_reactor, 0.3)
    assert runs(pid)
    await scene.bridge.stopService()
    assert not runs(pid)
    assert scene.reasons == []


@pytest_twisted.ensureDeferred
async def test_killed(scene: Scene) -> None:
    """Killed, it is said in one sentence, and a fresh one comes with the next session."""
    pid = scene.exit.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: scene.reasons)
    problem = scene.bridge.status().problem
    assert problem is not None
    assert problem.headline.startswith("The process that sends and receives has ended")
    await until(lambda: scene.bridge.online)
    assert scene.exit.pid != pid
    assert runs(scene.exit.pid)


@pytest_twisted.ensureDeferred
async def test_no_secret_on_the_command_line(scene: Scene) -> None:
    """The key and the verify secret travel over the pipe only."""
    command = Path(f"/proc/{scene.exit.pid}/cmdline").read_bytes().split(b"\0")
    assert command[1:] == [b"-P", b"-m", b"twisted_mule.child", b""]


@pytest_twisted.ensureDeferred
async def test_ipv6() -> None:
    """A router on an IPv6 address is served by a socket of that family, in both directions."""
    scene = await opened(ScriptedSam(host="::1"))
    assert scene.router.client is not None
    assert scene.router.client[0] == "::1"
    assert scene.router.orders
    await until(lambda: scene.exit.carrier is not None and scene.exit.carrier.counts["sent"])
    assert scene.exit.carrier is not None
    assert scene.exit.carrier.counts["ignored_foreign"] == 0
    await scene.bridge.stopService()
    await scene.router.stop()
