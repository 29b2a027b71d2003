"""``mule probe``: ask a Kad node what the fingerprint register asks, and say whom it resembles."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import define

from twisted_mule.commands import outputs
from twisted_mule.commands.asking import duration
from twisted_mule.commands.numbers import Finite
from twisted_mule.commands.probed import read_node
from twisted_mule.commands.verb import Exit, Refusal, called

if TYPE_CHECKING:
    from twisted_mule.commands.visit import Visit
    from twisted_mule.kad.destination import Destination
    from twisted_mule.probing.prober import Prober
    from twisted_mule.probing.report import Report
    from twisted_mule.status import RouterStatus

#: What a run takes: about five minutes of asking at the pace of the network, and the listening.
ASKING: Final = 300.0
#: What stands for standard output.
STDOUT: Final = "-"
_AGAIN: Final = "Look at the router's own page or log, then start the probe again."


@click.command()
@click.argument("destination")
@click.option("--json", "out", metavar="FILE", help="Write the report there, in JSON; - prints it.")
@click.option(
    "--listen",
    type=Finite(0.0, 1440.0),
    default=2.0,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait for requests of the node once all is asked.",
)
@click.option("--sam", metavar="ENDPOINT", help="SAM bridge of the router, as for the node.")
@click.option("--data", metavar="DIR", help="State directory of the node.")
@click.option("--config", metavar="FILE", help="Configuration file of the node.")
def probe(
    destination: str,
    *,
    out: str | None,
    listen: float,
    sam: str | None,
    data: str | None,
    config: str | None,
) -> None:
    """
    Ask the Kad node at DESTINATION what tells nodes apart, and say whom it resembles.

    DESTINATION is an I2P destination of 516 characters, or a name for the router to look up: a b32
    address (52 characters and .b32.i2p) or a host name that it knows.  The rows of the fingerprint
    register are asked in about five minutes, within the limits of every Kad program, from a SAM
    session of its own with keys that are thrown away; a running node is neither needed nor touched.

    A probe is itself visible: the node sees an unusual mix of requests, keeps the throw-away
    address for some hours and may hand it on, and holds a few random entries for up to 24 hours.
    Probe your own nodes, and those of others only for research that needs it.

    Press Ctrl-C to end it with what was found so far.

    \b
    Ends with:
      0  the report is whole, whatever it says
      1  the node did not answer, the router does not find it, or the run was cut short
      2  the destination is none of a Kad node
      5  no I2P router was found
    \b
    Examples:
      mule probe "$DESTINATION"
      mule probe ourtestnode.i2p
      mule probe --listen 30 --json found.json "$DESTINATION"
    """  # noqa: D301
    settings = called(data, config, as_json=False).settings(sam=sam)
    node = read_node(destination)
    if out is not None and out != STDOUT:
        outputs.checked_file(Path(out), lines=True)
    visit = _visited(node, listen, settings.sam, settings.sam_udp_port, settings.sam_options)
    if visit.refusal is not None:
        raise visit.refusal
    found = visit.report()
    if found is None:
        raise _no_session(visit)
    _say(found, out)
    if found.whole and not found.answered:
        raise Refusal(
            "The node did not answer; it may be offline or the address old."
            " Try again later, or ask for an address from somebody's contacts."
        )
    if not found.whole:
        because = "" if visit.problem is None else f" ({visit.problem.headline})"
        click.echo(f"The run was cut short{because}; the report is of what came by then.", err=True)
        sys.exit(int(Exit.ERROR))


def _visited(
    node: Destination | str, listen: float, endpoint: str, udp_port: int, options: Any
) -> Visit:
    """A run, to its end or to Ctrl-C."""
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    from twisted_mule.commands.visit import Visit  # noqa: PLC0415
    from twisted_mule.probing.pace import Pace  # noqa: PLC0415

    reactor: Any = installed
    reactor.seconds = time.monotonic
    line = Line(ASKING + 60.0 * listen)
    click.echo(
        "A probe can be seen by the node that is probed, and by those it tells."
        f" It takes about {duration(ASKING + 60.0 * listen)} once there is a session.",
        err=True,
    )
    visit = Visit(reactor, node, Pace(listen=60.0 * listen), line)
    visit.start(endpoint, udp_port, options)
    visit.over.addCallback(lambda _: reactor.stop())
    reactor.addSystemEventTrigger("before", "shutdown", visit.stop)
    reactor.run()
    line.over()
    if visit.fault is not None:
        visit.fault.raiseException()
    return visit


def _no_session(visit: Visit) -> Refusal:
    problem = visit.problem
    if problem is None:
        return Refusal("Nothing was asked yet.")
    # Some advice is for a node, which goes on trying.
    ended = "by itself" in problem.advice or "next try" in problem.advice
    advice = _AGAIN if ended else problem.advice
    return Refusal(f"{problem.headline}. {advice}", Exit.NO_ROUTER)


def _say(found: Report, out: str | None) -> None:
    document = json.dumps(found.document(), indent=2)
    if out == STDOUT:
        click.echo(document)
        return
    if out is not None:
        try:
            Path(out).write_text(document + "\n", encoding="utf-8")
        except OSError as reason:
            _show(found)
            raise Refusal(f"{out} cannot be written ({reason.strerror}).") from reason
    _show(found)


def _show(found: Report) -> None:
    """The table, and the sentence that sums it up."""
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for name in ("row", "what", "resembles", "because"):
        table.add_column(name)
    for row in found.document()["rows"]:
        table.add_row(*(escape(row[key]) for key in ("row", "title", "verdict", "because")))
    console = Console(highlight=False)
    if found.answered:
        console.print(table)
    console.print(
        escape(
            f"{found.conclusion} {found.sent} datagrams sent, {found.heard} heard, "
            f"in {duration(found.seconds)}."
        )
    )


@define
class Line:
    """
    One line that tells how far a run is, on a terminal only.

    :ivar usual: seconds that a run takes.
    """

    usual: float
    _began: float = 0.0
    _asks: bool = False
    _shown: bool = False

    def __call__(self, now: RouterStatus | Prober) -> None:
        """It stands so."""
        if not sys.stderr.isatty():
            return
        click.echo(f"\r\033[K{self._words(now)}", nl=False, err=True)
        self._shown = True

    def over(self) -> None:
        """Wipe the line."""
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)

    def _words(self, now: RouterStatus | Prober) -> str:
        from twisted_mule.probing.prober import Prober  # noqa: PLC0415

        asks = isinstance(now, Prober)
        if asks is not self._asks or not self._began:
            self._asks, self._began = asks, time.monotonic()
        passed = duration(time.monotonic() - self._began)
        if not isinstance(now, Prober):
            return f"The router: {now.state.value}, {passed} so far, usually 20 s to 4 min"
        at = now.progress
        return (
            f"{at.phase.value}: {at.settled} of {at.questions} settled, {at.sent} sent, "
            f"{at.heard} heard; {passed} of about {duration(self.usual)}"
        )
