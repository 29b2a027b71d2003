"""
What can go wrong between us and the router, said to the local user in plain sentences.

Nothing of this ever reaches a peer: the wire gets silence.  The sentences name what is seen and the
next thing to do (research of routers' behaviour: i2pd 2.45 to 2.61, Java I2P).
"""

from __future__ import annotations

from typing import Final

from twisted.internet.error import (
    CannotListenError,
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
)

from twisted_mule.sam.faults import (
    KeysNotKept,
    NotSam,
    Refused,
    RouterError,
    Unreadable,
    WrongIdentity,
)
from twisted_mule.status import Problem

_SHOWN: Final = 40


#: What routers, networks and machines do; anything else is a fault of ours and goes to the log.
FORESEEN: Final = (RouterError, CannotListenError, ConnectError, ConnectionClosed, DNSLookupError)


def place(endpoint: str) -> str:
    """Where an endpoint string leads, for people: ``127.0.0.1:7656``."""
    return endpoint.removeprefix("tcp:")


def explain(reason: BaseException, endpoint: str) -> Problem:  # noqa: PLR0911 (one a kind)
    """What ``reason`` means for the user."""
    match reason:
        case NotSam():
            return _not_sam(reason.first, endpoint)
        case Unreadable():
            return _unreadable(reason.first)
        case Refused():
            return _refused(reason)
        case WrongIdentity():
            return wrong_identity(reason.sentence)
        case KeysNotKept():
            return _keys_not_kept(reason)
        case CannotListenError():
            return _no_udp(reason)
        case DNSLookupError():
            return _unknown_name(endpoint)
        case ConnectError():
            return no_router(endpoint)
        case ConnectionClosed():
            return vanished()
        case _:
            return _fault(reason)


def no_router(endpoint: str) -> Problem:
    """Nothing accepts the TCP connection."""
    return Problem(
        f"I2P router not found at {place(endpoint)}",
        "Start the router and see that SAM is on: in Java I2P it is the SAM application bridge on"
        " the clients page, off by default; in i2pd it is on by default.",
    )


def _unknown_name(endpoint: str) -> Problem:
    return Problem(
        f"The name of the I2P router in {place(endpoint)} is not known",
        "Write the router's IP address into the configuration.",
    )


def _not_sam(first: bytes, endpoint: str) -> Problem:
    if not first:
        return Problem(
            f"Whatever listens at {place(endpoint)} closed the connection without a greeting",
            "See that this is the router's SAM port, usually 7656; a router that has just started"
            " needs a moment.",
        )
    return Problem(
        f"Something other than SAM answers at {place(endpoint)}",
        f"Its answer begins with {_shown(first)}; write the router's SAM port, usually 7656, into"
        " the configuration.",
    )


def _unreadable(first: bytes) -> Problem:
    return Problem(
        "The router's answer cannot be read",
        f"It begins with {_shown(first)}; the next try comes by itself, and if it stays so, report"
        " it with the router's version.",
    )


def _shown(first: bytes) -> str:
    return ascii(first[:_SHOWN].decode("latin-1"))


def silent_greeting(endpoint: str) -> Problem:
    """The TCP connection stands, and no greeting comes."""
    return Problem(
        f"Nothing answers our greeting at {place(endpoint)}",
        "See that this is the router's SAM port, usually 7656, and that the router is not stuck.",
    )


def _refused(reason: Refused) -> Problem:
    said = _said(reason)
    match reason.command, reason.result:
        case _, "NOVERSION":
            return Problem(
                "The router speaks neither SAM 3.0 nor SAM 3.1",
                "Update the router; every i2pd and Java I2P of the last years speaks both.",
            )
        case _, "DUPLICATED_DEST" | "DUPLICATED_ID":
            return Problem(
                "This identity is already in use in the router",
                "Stop any other copy of this node; if there is none, the router is still closing"
                " the old session, and the next try will do.",
            )
        case "SESSION CREATE", "INVALID_KEY":
            return Problem(
                "The router does not accept the keys of this identity",
                "Put the identity back from a copy; without one, a new identity is a new node.",
            )
        case "HELLO", _:
            return Problem(
                f"The router refuses the SAM greeting: {said}",
                "See whether its SAM bridge asks for a user name and a password; this node has"
                " none, so let local programs in without.",
            )
        case _:
            return Problem(
                f"The router cannot open a session: {said}",
                "Look at the router's own page or log, and at the SAM options in the"
                " configuration; the next try comes by itself.",
            )


def _said(reason: Refused) -> str:
    words = f"{reason.result}, {reason.message}" if reason.message else reason.result
    return ascii(words)[1:-1][:200]


def wrong_identity(sentence: str) -> Problem:
    """The identity is of a kind that the network cannot carry, or not ours."""
    return Problem(
        sentence[:1].upper() + sentence[1:],
        "Let the node make an identity of its own, or bring one of signature type DSA_SHA1 (0).",
    )


def _keys_not_kept(reason: KeysNotKept) -> Problem:
    return Problem(
        f"The new identity could not be written down: {reason}",
        "See to free space and write permission in the data directory.",
    )


def _no_udp(reason: CannotListenError) -> Problem:
    return Problem(
        f"No UDP port could be opened on {reason.interface or 'any address'}",
        "See whether something forbids this program to listen for UDP datagrams.",
    )


def slow_session(seconds: float) -> Problem:
    """The router said nothing to SESSION CREATE for so long."""
    return Problem(
        f"The router opened no session within {seconds / 60:.0f} minutes",
        "See on the router's own page whether it has peers and builds tunnels; a router that has"
        " just started needs some minutes.",
    )


def nothing_back(
    router: tuple[str, int], ours: tuple[str, int], heard: bool, over_tcp: bool
) -> Problem:
    """
    The session is open, and the datagrams to ourselves do not come back.

    :param router: the router's SAM UDP address.
    :param ours: the UDP address that we gave for forwarding.
    :param heard: whether any other datagram came over the session meanwhile.
    :param over_tcp: whether they went over the control connection, for want of UDP.
    """
    there, here = f"{router[0]}:{router[1]}", f"{ours[0]}:{ours[1]}"
    if over_tcp:
        advice = (
            "Neither UDP nor the control connection brings datagrams: see on the router's own page"
            " whether it has peers and tunnels."
        )
    elif heard:
        advice = (
            "The router forwards to us, but does not take what we send: see that its SAM UDP port"
            f" is {there}."
        )
    else:
        advice = (
            f"Either {there} is not the router's SAM UDP port, or the router cannot reach us at"
            f" {here}: see to that port, and to firewalls and containers between the two."
        )
    return Problem("Session open, but nothing comes back", advice)


def remains() -> Problem:
    """The router opened the session suspiciously quickly, and it carries nothing."""
    return Problem(
        "The router had not let go of the previous session",
        "Nothing to do: it is opened anew in a moment.",
    )


def gone_silent(seconds: float) -> Problem:
    """A session that was online brings nothing any more, not even from ourselves."""
    return Problem(
        f"The session fell silent: nothing has come for {seconds / 60:.0f} minutes",
        "It is opened anew by itself; if this happens often, look at the router's log.",
    )


def no_exit(reason: str) -> Problem:
    """The process that carries our datagrams has ended."""
    return Problem(
        f"The process that sends and receives has ended: {reason}",
        "It is started again by itself; if this happens often, look at what the node has logged.",
    )


def vanished() -> Problem:
    """The control connection closed."""
    return Problem(
        "Router connection lost",
        "Identity and contacts are kept and the node connects again by itself; see whether the"
        " router runs.",
    )


def _fault(reason: BaseException) -> Problem:
    return Problem(
        f"A fault in this program ended the session: {type(reason).__name__}",
        "The log has the details; please report them.",
    )
