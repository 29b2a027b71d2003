"""A SAM session of the prober's own: throw-away keys, one node to ask, and away again."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.error import ConnectionClosed
from twisted.internet.task import LoopingCall, deferLater
from twisted.python.failure import Failure

from twisted_mule.commands.probed import unfound
from twisted_mule.commands.verb import Refusal
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.kad.ids import KadID
from twisted_mule.probing.pace import Pace
from twisted_mule.probing.prober import Outgoing, Phase, Prober
from twisted_mule.probing.questions import Asker
from twisted_mule.probing.report import Report, report
from twisted_mule.sam.carrier import Carrier
from twisted_mule.sam.faults import Refused
from twisted_mule.sam.problems import no_router
from twisted_mule.status import Problem, RouterState, RouterStatus

#: Failures of the session after which there is none: the second one tries another way (D14).
FAILURES: Final = 3
#: A router that is new to the network loses lookups as it loses datagrams: a name is asked for so
#: often, so many seconds apart.
LOOKUPS: Final = 3
BETWEEN: Final = 10.0
#: Seconds without a session after which a run that has begun is cut short.
OFFLINE: Final = 300.0


@define(eq=False, repr=False)
class WideCarrier(Carrier):
    """A carrier that hands on all of it: how large a datagram is, is what the prober asks."""

    def take(self, source: str, payload: bytes, arrived: float) -> None:
        """One datagram of the session, of any size, and from ourselves as well."""
        try:
            sender = Destination.from_base64(source)
        except DestinationError:
            self.counts["ignored_destination"] += 1
            return
        self.heard_at = arrived
        if sender == self.own and self.self_test.knows(payload):
            self.counts["echoed"] += 1
            self.echo()
        else:
            self.counts["received"] += 1
            self.deliver(sender, payload, arrived)


@define(eq=False)
class Visit:
    """
    One run of the prober against ``node``: a destination, or a name that the router knows.

    :ivar reactor: for sockets and timers; its clock never jumps.
    :ivar tell: told once a second how the session and the run stand.
    :ivar over: fires when nothing is left to do.
    :ivar problem: why there is no session, or none any more, if that is so.
    :ivar refusal: why the name leads nowhere, if that is so.
    :ivar fault: an error of the prober itself, which ends the run.
    """

    reactor: Any
    node: Destination | str
    pace: Pace
    tell: Callable[[RouterStatus | Prober], None]
    over: Deferred[None] = field(factory=Deferred, init=False)
    prober: Prober | None = field(default=None, init=False)
    problem: Problem | None = field(default=None, init=False)
    refusal: Refusal | None = field(default=None, init=False)
    fault: Failure | None = field(default=None, init=False)
    bridge: Any = field(default=None, init=False)
    _chance: Chance = field(factory=lambda: Chance(secrets.token_bytes(32)), init=False)
    _loop: Any = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _online_at: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)
    _state: RouterState = field(default=RouterState.OFFLINE, init=False)
    _naming: Deferred[Any] | None = field(default=None, init=False)

    def start(self, endpoint: str, udp_port: int | None, options: Mapping[str, str]) -> None:
        """Ask the router for a session; the rest follows."""
        from twisted_mule.sam.bridge import SamBridge  # noqa: PLC0415 - it installs a reactor

        nickname = "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))
        self.bridge = SamBridge(
            reactor=self.reactor,
            clock=self.reactor,
            endpoint=endpoint,
            udp_port=udp_port,
            keys=None,
            nickname=nickname,
            options=options,
            random=self._chance.stream("session", 0),
            on_keys=lambda _: None,  # they are thrown away
            on_datagram=self._heard,
            on_state=self._changed,
            wall=self.reactor.seconds,
            carriers=lambda test, echoed: WideCarrier(
                self.reactor, nickname, test, self._heard, echoed
            ),
        )
        self._loop = LoopingCall(self._step)
        self._loop.clock = self.reactor
        self._loop.start(self.pace.step).addErrback(self._broke)
        self.bridge.startService()

    def stop(self) -> Deferred[object]:
        """End it, wherever it stands; fires when every socket is closed."""
        if self._loop is not None and self._loop.running:
            self._loop.stop()
        if self._naming is not None:
            self._naming.cancel()
        closed: Deferred[object] = self.bridge.stopService()
        return closed

    def report(self) -> Report | None:
        """What was found so far; ``None`` when nothing was asked yet."""
        if self.prober is None:
            return None
        return report(self.prober, self.reactor.seconds() - self._began)

    def _changed(self, status: RouterStatus) -> None:
        entered = status.state is not self._state
        self._state = status.state
        if status.state is RouterState.ONLINE and self.prober is None:
            self._look_up()
        elif entered and status.state is RouterState.WAITING and self.prober is None:
            self._failures += 1
            if status.problem == no_router(status.endpoint) or self._failures >= FAILURES:
                self.problem = status.problem
                self._finish()

    def _look_up(self) -> None:
        if isinstance(self.node, Destination):
            self._begin(self.node)
        elif self._naming is None:
            self._naming = self._resolved(self.node)
            self._naming.addCallbacks(self._begin, self._not_found)
            self._naming.addErrback(self._broke)

    @inlineCallbacks
    def _resolved(self, name: str) -> Any:
        for tries_left in reversed(range(LOOKUPS)):
            try:
                text = yield self.bridge.resolve(name)
            except Refused:
                if not tries_left:
                    raise
                yield deferLater(self.reactor, BETWEEN)
            else:
                return Destination.from_base64(text)

    def _not_found(self, failure: Failure) -> None:
        failure.trap(Refused, DestinationError, LateError, CancelledError, ConnectionClosed)
        if failure.check(CancelledError):
            return
        if failure.check(ConnectionClosed):
            self._naming = None  # it is asked again once the session is back
            return
        self.refusal = unfound(str(self.node), failure.value)
        self._finish()

    def _begin(self, node: Destination) -> None:
        draws = self._chance.stream("asker", 0)
        kad_id = KadID.from_natural(draws.randbytes(16))
        asker = Asker(kad_id, self.bridge.destination, 1 + draws.randrange(2**32 - 1))
        self.prober = Prober(asker, node, self._chance.stream("run", 0), self.pace)
        self._began = self._online_at = self.reactor.seconds()

    def _step(self) -> None:
        if self.prober is None:
            self.tell(self.bridge.status())
            return
        now = self.reactor.seconds()
        if self.bridge.online:
            self._online_at = now
            self._leave(self.prober.due(now))
        elif now - self._online_at > OFFLINE:
            self.problem = self.bridge.status().problem
            self._finish()
        self.tell(self.prober)
        if self.prober.phase is Phase.OVER:
            self._finish()

    def _heard(self, source: Destination, payload: bytes, arrived: float) -> None:
        if self.prober is not None:
            self._leave(self.prober.hear(source, payload, arrived))

    def _leave(self, outgoing: list[Outgoing]) -> None:
        for one in outgoing:
            self.bridge.send(one.to, one.datagram)

    def _broke(self, fault: Failure) -> None:
        self.fault = fault
        self._finish()

    def _finish(self) -> None:
        if not self.over.called:
            self.over.callback(None)
