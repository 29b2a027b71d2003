"""``mule nodes fetch``: contacts from a web server within I2P."""

from __future__ import annotations

import secrets
import sys
from string import ascii_lowercase
from typing import Any, Final

import click
from attrs import define, field
from twisted.internet.task import LoopingCall

from twisted_mule.commands.addresses import Address, AddressError, read_source
from twisted_mule.commands.asking import duration
from twisted_mule.commands.contacts import contacts_in, content_of, take_in
from twisted_mule.commands.turning import turn
from twisted_mule.commands.verb import Call, Exit, Refusal, verb
from twisted_mule.settings import Settings

_NICKNAME: Final = 12


@define
class Line:
    """A line that tells how the errand goes, on a terminal only."""

    clock: Any
    _what: str = field(default="", init=False)
    _since: float = field(default=0.0, init=False)
    _ticks: LoopingCall = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ticks = LoopingCall(self._show)
        self._ticks.clock = self.clock

    def stage(self, what: str, usual: str) -> None:
        """A wait begins."""
        self._what, self._since = f"{what} (usually {usual})", self.clock.seconds()
        if sys.stderr.isatty() and not self._ticks.running:
            self._ticks.start(1.0)

    def received(self, size: int, whole: int | None) -> None:
        """So much is here."""
        of = "" if whole is None else f" of {whole >> 10}"
        self._what = f"{size >> 10}{of} KiB received"

    def over(self) -> None:
        """Wipe the line."""
        if self._ticks.running:
            self._ticks.stop()
            click.echo("\r\033[K", nl=False, err=True)

    def _show(self) -> None:
        waited = duration(self.clock.seconds() - self._since)
        click.echo(f"\r\033[K{self._what}: {waited}", nl=False, err=True)


@click.command()
@click.argument("source")
@click.option("--sam", metavar="ENDPOINT", help="The router's SAM bridge, as for the node.")
@verb
def fetch(call: Call, source: str, sam: str | None) -> None:
    """
    Get contacts from SOURCE and offer them to the node, as import does.

    SOURCE is an address within I2P, a link to one (ed2k://|nodeslist|http://....i2p/...|/), or the
    name of a file ("-" for standard input).  An address is asked over a session of its own, under
    keys that are thrown away: nothing joins it to the node.  Addresses outside of I2P are refused.

    What comes is checked before it changes anything, and the file as it was is kept as
    nodes.dat.old.

    Example: mule nodes fetch http://example.i2p/nodes.dat
    """
    try:
        address = read_source(source)
    except AddressError as reason:
        raise Refusal(str(reason), Exit.USAGE) from reason
    if address is None:
        name, content = source, content_of(source)
    else:
        name, content = str(address), _downloaded(_settings(call, sam), address)
    found = contacts_in(content, name)
    if not found.contacts:
        raise Refusal(f"There is no usable contact in {name}; nothing was changed.")
    take_in(call, content, found)


def _settings(call: Call, sam: str | None) -> Settings:
    settings = call.settings(sam=sam)
    if settings.practice is not None and sam is None:
        raise Refusal(
            "There is no web on the practice network; name your router with --sam, such as"
            " --sam tcp:127.0.0.1:7656."
        )
    return settings


def _downloaded(settings: Settings, address: Address) -> bytes:
    # No other verb needs the clients of the web, which take a moment to import.
    from twisted_mule.commands.download import Download, DownloadError  # noqa: PLC0415

    async def job(reactor: Any) -> bytes:
        nickname = "".join(secrets.choice(ascii_lowercase) for _ in range(_NICKNAME))
        line = Line(reactor)
        errand = Download(reactor, settings.sam, nickname, settings.sam_options, line)
        try:
            return await errand.fetch(address)
        finally:
            line.over()

    try:
        return turn(job)
    except DownloadError as reason:
        code = Exit.NO_ROUTER if reason.no_router else Exit.ERROR
        raise Refusal(str(reason), code) from reason
