"""``mule tap``: record any Kad node that speaks to its router through SAM."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click

from twisted_mule.commands.verb import Exit, Refusal

if TYPE_CHECKING:
    from twisted_mule.recording.recorder import Recorder

_ROUTER: Final = 7656
_TAP: Final = 7756
_PORT: Final = click.IntRange(1, 65_535)


@click.command()
@click.argument("trace", type=Path)
@click.option(
    "--port", type=_PORT, default=_TAP, show_default=True, help="Where the node reaches the tap."
)
@click.option("--udp-port", type=_PORT, help="The tap's UDP port [default: the port less one].")
@click.option(
    "--router", type=_PORT, default=_ROUTER, show_default=True, help="The router's SAM port here."
)
@click.option("--router-udp", type=_PORT, help="Its UDP port [default: the port less one].")
def tap(
    trace: Path, *, port: int, udp_port: int | None, router: int, router_udp: int | None
) -> None:
    """
    Stand between a Kad node and the SAM bridge of a router and write all datagrams to TRACE.

    It listens on this machine only and changes nothing but where the router sends to.  Any node
    can be recorded; its SAM ports have to be set to those of the tap.  What is obfuscated has no
    type in the trace.  Press Ctrl-C to end it.

    \b
    Example:
      mule tap other.jsonl
      twistd -n mule --sam tcp:127.0.0.1:7756
    """  # noqa: D301
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it
    from twisted.internet.error import CannotListenError  # noqa: PLC0415

    ports, at = _both(port, udp_port, "--udp-port"), _both(router, router_udp, "--router-udp")
    reactor: Any = installed
    reactor.seconds = time.monotonic
    file, recorder = _opened(trace)
    with file:
        try:
            _listen(reactor, recorder, ports, at)
        except CannotListenError as reason:
            trace.unlink()  # the next try is to find the name free
            raise Refusal(f"The tap cannot listen ({reason}); name other ports.") from reason
        click.echo(f"Recording into {trace}: SAM at 127.0.0.1:{ports[0]}, UDP {ports[1]}.")
        click.echo("Whoever reads the trace sees what the node does.")
        reactor.run()
    click.echo(f"{recorder.rows} datagrams.")
    if recorder.failed:
        click.echo(f"The trace is not whole: {recorder.failed}.", err=True)
        sys.exit(int(Exit.ERROR))


def _opened(trace: Path) -> tuple[IO[str], Recorder]:
    from twisted_mule.recording.files import opened  # noqa: PLC0415

    try:
        return opened(trace, os.urandom, None, "tap")
    except OSError as reason:
        raise Refusal(
            f"{trace} cannot be written ({reason.strerror}); name a new file."
        ) from reason


def _both(tcp: int, udp: int | None, option: str) -> tuple[int, int]:
    """The ports of one side: without another word UDP has the one below."""
    if udp is None and tcp == 1:
        raise Refusal(f"There is no port below 1 for UDP; name one with {option}.", Exit.USAGE)
    return tcp, tcp - 1 if udp is None else udp


def _listen(reactor: Any, recorder: Recorder, ports: tuple[int, int], at: tuple[int, int]) -> None:
    from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol  # noqa: PLC0415

    from twisted_mule.commands.wire import LOOPBACK, Ear, SamTap, UdpTap  # noqa: PLC0415

    udp = UdpTap(Ear(reactor, recorder), (LOOPBACK, at[1]))
    router = TCP4ClientEndpoint(reactor, LOOPBACK, at[0])
    factory = SamTap(udp, lambda protocol: connectProtocol(router, protocol))
    listening = reactor.listenUDP(ports[1], udp, interface=LOOPBACK, maxPacketSize=65_536)
    factory.udp_port = listening.getHost().port
    reactor.listenTCP(ports[0], factory, interface=LOOPBACK)
