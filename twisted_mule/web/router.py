"""The page of the router: what stands between this node and the network, and what to do next."""

from __future__ import annotations

from typing import Final, assert_never

from attrs import frozen

from twisted_mule.status import NodeStatus, Phase, RouterState, RouterStatus, Step, StepState
from twisted_mule.web import words
from twisted_mule.web.language import _, mark, plural
from twisted_mule.web.said import tell
from twisted_mule.web.views import Happening, Tone, Verdict, happenings, place

DISCONNECTS_SHOWN: Final = 10
_IS_IT_RUNNING: Final = mark(
    "Is the router running? i2pd has SAM switched on as it comes; in Java I2P switch on the SAM "
    "application bridge on the page of clients."
)


@frozen
class Advice:
    """What is so, why, and what to do, if anything: one sentence or two each."""

    headline: str
    explanation: str
    action: str


@frozen
class StepRow:
    """
    One step.

    :ivar time: how long it took, or how long it has been so far.
    :ivar busy: whether it is under way.
    """

    name: str
    verdict: Verdict
    time: str
    typical: str
    busy: bool


@frozen
class RouterPage:
    """The page of the router."""

    advice: Advice
    next_try: str
    steps: tuple[StepRow, ...]
    facts: tuple[tuple[str, str], ...]
    disconnects: tuple[Happening, ...]


STATES: Final = {
    RouterState.OFFLINE: mark("offline"),
    RouterState.CONNECTING: mark("connecting"),
    RouterState.GREETING: mark("greeting"),
    RouterState.CREATING: mark("creating"),
    RouterState.TESTING: mark("testing"),
    RouterState.ONLINE: mark("online"),
    RouterState.WAITING: mark("waiting"),
}
_STEPS: Final = {
    StepState.TODO: Verdict(Tone.IDLE, mark("To do")),
    StepState.NOW: Verdict(Tone.WAIT, mark("Now")),
    StepState.DONE: Verdict(Tone.GOOD, mark("Done")),
    StepState.FAILED: Verdict(Tone.BAD, mark("Failed")),
}


def router(status: NodeStatus) -> RouterPage:
    """The page of the router."""
    now = status.router
    return RouterPage(
        advice=advice(status),
        next_try="" if now.next_try_in is None else words.duration(now.next_try_in),
        steps=tuple(_step(step, elapsed(status)) for step in now.steps),
        facts=(
            (_("State"), _(STATES[now.state])),
            (_("Since"), _since(status)),
            (_("Address"), place(now.endpoint) or _("none")),
            (_("SAM version"), now.sam_version or _("not agreed yet")),
        ),
        disconnects=happenings(
            status, [(each.at, each.reason) for each in now.disconnects], DISCONNECTS_SHOWN
        ),
    )


def elapsed(status: NodeStatus) -> float | None:
    """Seconds since the session came to where it stands; ``None`` when that is not known."""
    since = status.router.since_at
    return max(0.0, status.taken_at - since) if since > 0 else None


def _since(status: NodeStatus) -> str:
    past = elapsed(status)
    if past is None:
        return _("unknown")
    return f"{words.moment(status.router.since_at)} UTC ({words.ago(past)})"


def _step(step: Step, past: float | None) -> StepRow:
    busy = step.state is StepState.NOW
    if step.took is not None:
        time = words.duration(step.took)
    else:
        time = (
            _("{time} so far").format(time=words.duration(past))
            if busy and past is not None
            else ""
        )
    verdict = Verdict(_STEPS[step.state].tone, _(_STEPS[step.state].word))
    return StepRow(_(step.name), verdict, time, _(step.typical) if step.typical else "", busy)


def advice(status: NodeStatus) -> Advice:
    """What is so, why, and what to do; a known problem has the first and the last word."""
    general = _general(status)
    problem = status.router.problem
    if problem is None:
        return general
    told = words.sentence(tell(problem.advice))
    return Advice(tell(problem.headline), general.explanation, told)


def _general(status: NodeStatus) -> Advice:  # noqa: PLR0911 - one return a state
    now = status.router
    match now.state:
        case RouterState.OFFLINE:
            return _offline(status)
        case RouterState.CONNECTING:
            return Advice(
                _("Looking for the I2P router at {place}").format(place=place(now.endpoint)),
                _("The node opens a connection to the router's SAM bridge."),
                _(_IS_IT_RUNNING),
            )
        case RouterState.GREETING:
            return Advice(
                _("Greeting the router at {place}").format(place=place(now.endpoint)),
                _("Something answers there; the two agree on a version of SAM."),
                _("Nothing to do: this takes a second at the most."),
            )
        case RouterState.CREATING:
            return _creating(status)
        case RouterState.TESTING:
            return Advice(
                _("Session open: testing that datagrams come back"),
                _("The node sends itself a datagram through I2P before it calls itself online."),
                _("Nothing to do: this takes up to a minute."),
            )
        case RouterState.ONLINE:
            return _online(status)
        case RouterState.WAITING:
            return _waiting(status)
        case state:
            assert_never(state)


def _offline(status: NodeStatus) -> Advice:
    if status.phase in {Phase.DRAINING, Phase.CLOSED}:
        return Advice(
            _("Session closed"),
            _("The node is stopping and has left the router on purpose."),
            _("Nothing to do: contacts and identity are kept for the next start."),
        )
    return Advice(
        _("Not connected to a router yet"),
        _("The node is starting and has not opened its session."),
        "",
    )


def _creating(status: NodeStatus) -> Advice:
    past = elapsed(status)
    usual = _("Building tunnels, usually 20 s to 4 min")
    so_far = _("Building tunnels: {time} so far, usually 20 s to 4 min")
    return Advice(
        usual if past is None else so_far.format(time=words.duration(past)),
        _("The router is there and builds the tunnels through which this node is reached."),
        _("Leave it running: a restart begins again from nothing."),
    )


def _online(status: NodeStatus) -> Advice:
    if status.ready:
        return Advice(
            _("Connected to the router, and the network answers"),
            _(
                "Datagrams go out and come back; should the router leave, the node waits for it "
                "and keeps what it knows."
            ),
            "",
        )
    if status.phase in {Phase.STARTING, Phase.HOLDING}:
        wait = status.starts_asking_in
        soon = _("Connected to the router; asking begins soon")
        when = _("Connected to the router; asking begins in {time}")
        return Advice(
            soon if wait is None else when.format(time=words.duration(wait)),
            _("After every start the node listens for a random while before it asks anyone."),
            "",
        )
    if not status.routing.contacts:
        return Advice(
            _("Connected to the router, but no node is known to ask"),
            _("A node joins the network through nodes that it knows already."),
            _("Give it some: mule nodes import FILE, with a nodes.dat of iMule or of a friend."),
        )
    known = status.routing.contacts
    asking = plural(
        "Asking {count} known node; none has answered yet",
        "Asking {count} known nodes; none has answered yet",
        known,
    )
    return Advice(
        asking.format(count=words.count(known)),
        _(
            "Old contact lists have few nodes left that are alive. The first answer commonly "
            "takes 10 to 30 minutes."
        ),
        _("Give it half an hour; after that, give it newer nodes: mule nodes import FILE."),
    )


def _waiting(status: NodeStatus) -> Advice:
    now: RouterStatus = status.router
    keeps = _("The node keeps all contacts and its identity, and tries again by itself.")
    if now.disconnects:
        lost = words.ago(status.taken_at - max(each.at for each in now.disconnects))
        return Advice(
            _("Router connection lost {ago}; reconnecting").format(ago=lost),
            keeps,
            _(_IS_IT_RUNNING),
        )
    return Advice(
        _("I2P router not found at {place}").format(place=place(now.endpoint)),
        keeps,
        _(_IS_IT_RUNNING),
    )
