"""The prober over SAM: the practice bridge on real sockets, with scripted peers behind it."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ServerFactory

from tests.integration.terminal import Running
from tests.probing.imule import IMuleLike, crowd
from tests.probing.rust import RustLike
from tests.probing.street import fits
from twisted_mule.commands.visit import Visit
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Envelope, Seal
from twisted_mule.kad.messages import HelloRequest, Message
from twisted_mule.practice.keys import ED25519, b32, generate
from twisted_mule.practice.router import Attachment
from twisted_mule.practice.service import PracticeBridge
from twisted_mule.practice.weather import CALM
from twisted_mule.probing.pace import Pace
from twisted_mule.probing.populations import NOT_RUST, RUST, Population
from twisted_mule.probing.report import Report
from twisted_mule.simulation.clock import HeapClock

clock: Any = reactor
#: The pace of a run in seconds in place of minutes; scripted peers have no limits.
QUICK = Pace(window=1.0, together=1000, gap=(0.0, 0.01), patience=0.6, listen=0.2, step=0.01)
LIMIT = 60.0


@pytest_twisted.async_yield_fixture
async def bridge() -> AsyncIterator[PracticeBridge]:
    """A practice bridge that listens."""
    made = PracticeBridge(
        reactor=reactor,
        clock=clock,
        random=Random(1),
        weather=CALM,
        creation_delay=(0.0, 0.01),
        entropy=Random(2).randbytes,
    )
    made.startService()
    yield made
    await made.stopService()


def settle(bridge: PracticeBridge, peer: IMuleLike | RustLike) -> Attachment:
    """Put a scripted peer on the practice network, under a destination of there."""

    def deliver(source: str, payload: bytes) -> None:
        peer.hear(Destination.from_base64(source), payload)

    place = bridge.attach(None, deliver)
    peer.destination = Destination.from_base64(place.destination)
    peer.post = lambda to, datagram: place.send(to.base64, datagram)
    return place


async def probed(bridge: PracticeBridge, node: Destination | str, pace: Pace = QUICK) -> Visit:
    """A whole run."""
    tcp, udp = await bridge.listening
    visit = Visit(reactor, node, pace, lambda _: None)
    visit.start(f"tcp:127.0.0.1:{tcp}", udp, {})
    waiting: Deferred[None] = visit.over.addTimeout(LIMIT, clock)
    try:
        await waiting
    finally:
        await visit.stop()
    return visit


def told(visit: Visit) -> Report:
    """Its report."""
    report = visit.report()
    assert report is not None
    return report


@pytest_twisted.ensureDeferred
async def test_imule_over_sam(bridge: PracticeBridge) -> None:
    """An iMule-like peer is known over two sessions and a network."""
    peer = IMuleLike(HeapClock(), crowd(60))
    settle(bridge, peer)
    report = told(await probed(bridge, peer.destination))
    assert report.whole
    assert report.resembles.populations == {Population.IMULE}, report.document()


@pytest_twisted.ensureDeferred
async def test_rust_mule_over_sam(bridge: PracticeBridge) -> None:
    """A rust-mule-like peer is, and its datagrams over 10,240 bytes come through to be seen."""
    peer = RustLike(HeapClock(), crowd(60))
    settle(bridge, peer)
    report = told(await probed(bridge, peer.destination))
    assert report.resembles.populations == {Population.RUST}, report.document()
    assert fits(report, "F12") == RUST


@pytest_twisted.ensureDeferred
async def test_by_its_name(bridge: PracticeBridge) -> None:
    """A b32 address is looked up over the session, and then all goes on as with a destination."""
    peer = RustLike(HeapClock(), crowd(60))
    settle(bridge, peer)
    report = told(await probed(bridge, b32(peer.destination.base64)))
    assert report.document()["destination"] == peer.destination.base64
    assert report.resembles.populations == {Population.RUST}, report.document()


@pytest_twisted.ensureDeferred
async def test_unknown_name(bridge: PracticeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that the router does not find ends the run with a sentence; nobody is asked."""
    monkeypatch.setattr("twisted_mule.commands.visit.BETWEEN", 0.01)
    for name in ("nobody.i2p", "a" * 52 + ".b32.i2p"):
        visit = await probed(bridge, name)
        assert visit.report() is None
        assert visit.refusal is not None
        assert name in visit.refusal.message


@pytest_twisted.ensureDeferred
async def test_name_of_another_kind(bridge: PracticeBridge) -> None:
    """Somebody with other keys than those of Kad is called no node, not asked in vain."""
    keys = generate(ED25519, Random(3).randbytes)
    place = bridge.attach(keys, lambda _source, _payload: None)
    visit = await probed(bridge, b32(place.destination))
    assert visit.refusal is not None
    assert "391 bytes" in visit.refusal.message


@pytest_twisted.ensureDeferred
async def test_nobody_there(bridge: PracticeBridge) -> None:
    """A destination where nobody is gives a report that says so."""
    peer = IMuleLike(HeapClock(), ())
    settle(bridge, peer).close()
    report = told(await probed(bridge, peer.destination))
    assert not report.answered
    assert report.conclusion == "The node did not answer."


@pytest_twisted.ensureDeferred
async def test_cut_short(bridge: PracticeBridge) -> None:
    """A run that is stopped has a report of what came until then, and leaves nothing open."""
    peer = IMuleLike(HeapClock(), crowd(60))
    settle(bridge, peer)
    tcp, udp = await bridge.listening
    heard: Deferred[None] = Deferred()

    def tell(_: object) -> None:
        if visit.prober is not None and visit.prober.progress.settled > 8 and not heard.called:
            heard.callback(None)

    visit = Visit(reactor, peer.destination, QUICK, tell)
    visit.start(f"tcp:127.0.0.1:{tcp}", udp, {})
    await heard.addTimeout(LIMIT, clock)
    await visit.stop()
    report = told(visit)
    assert not report.whole
    assert fits(report, "F1") == NOT_RUST
    assert len(report.findings) == 24


@pytest_twisted.ensureDeferred
async def test_router_that_goes(bridge: PracticeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A router that goes for good ends the run after a while, with what came and the reason."""
    monkeypatch.setattr("twisted_mule.commands.visit.OFFLINE", 0.3)
    peer = IMuleLike(HeapClock(), crowd(60))
    settle(bridge, peer)
    tcp, udp = await bridge.listening
    going: list[object] = []

    def tell(_: object) -> None:
        if visit.prober is not None and visit.prober.progress.settled > 2 and not going:
            going.append(bridge.stopService())

    visit = Visit(reactor, peer.destination, QUICK, tell)
    visit.start(f"tcp:127.0.0.1:{tcp}", udp, {})
    await visit.over.addTimeout(LIMIT, clock)
    await visit.stop()
    assert not told(visit).whole
    assert visit.problem is not None


@pytest_twisted.ensureDeferred
async def test_fault(bridge: PracticeBridge) -> None:
    """An error of our own ends the run in place of letting it hang, and is kept."""

    def tell(_: object) -> None:
        raise LookupError("a fault")

    tcp, udp = await bridge.listening
    visit = Visit(reactor, IMuleLike(HeapClock(), ()).destination, QUICK, tell)
    visit.start(f"tcp:127.0.0.1:{tcp}", udp, {})
    await visit.over.addTimeout(LIMIT, clock)
    await visit.stop()
    assert visit.fault is not None
    assert visit.fault.check(LookupError) is LookupError


@pytest_twisted.ensureDeferred
async def test_no_router() -> None:
    """Where nothing listens the run ends at once, with the router's own sentence."""
    taken: Any = clock.listenTCP(0, ServerFactory(), interface="127.0.0.1")
    port = taken.getHost().port
    await taken.stopListening()
    visit = Visit(reactor, IMuleLike(HeapClock(), ()).destination, QUICK, lambda _: None)
    visit.start(f"tcp:127.0.0.1:{port}", None, {})
    await visit.over.addTimeout(LIMIT, clock)
    await visit.stop()
    assert visit.report() is None
    assert visit.problem is not None
    assert str(port) in visit.problem.headline + visit.problem.advice


@define(eq=False)
class Watched(IMuleLike):
    """An iMule-like peer who tells when it was greeted."""

    greeted: Deferred[None] = field(factory=Deferred)

    def answers(self, asked: Message, envelope: Envelope) -> list[tuple[bytes, Seal]]:
        """As iMule."""
        if isinstance(asked, HelloRequest) and not self.greeted.called:
            clock.callLater(0.5, self.greeted.callback, None)
        return IMuleLike.answers(self, asked, envelope)


@pytest_twisted.ensureDeferred
async def test_interrupt(bridge: PracticeBridge, tmp_path: Path) -> None:
    """Ctrl-C ends the verb itself within seconds, with a report of what came and with 1."""
    peer = Watched(HeapClock(), crowd(60))
    settle(bridge, peer)
    tcp, udp = await bridge.listening
    (tmp_path / "empty.toml").touch()
    environment = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "MULE_CONFIG": str(tmp_path / "empty.toml"),
        "MULE_DATA": str(tmp_path),
        "MULE_SAM_UDP_PORT": str(udp),
    }
    words = ("probe", "--sam", f"tcp:127.0.0.1:{tcp}", peer.destination.base64)
    program = (sys.executable, "-c", "from twisted_mule.cli import main; main()")
    running = Running()
    process = clock.spawnProcess(running, sys.executable, (*program, *words), environment)
    await peer.greeted.addTimeout(LIMIT, clock)
    process.signalProcess("INT")
    code, out, err = await running.ended.addTimeout(LIMIT, clock)
    assert code == 1, err
    assert "cut short" in err
    assert "no vendor tag" in " ".join(out.split())
