"""``mule doctor``: everything a node needs, looked at in order, and the one thing to do next."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final

import click
from attrs import define, frozen

from twisted_mule.commands.asking import duration
from twisted_mule.commands.client import ControlError, NoNodeError, connected
from twisted_mule.commands.probe import ProbeError, RouterProbe, router_at
from twisted_mule.commands.verb import Call, Exit, verb
from twisted_mule.settings import Settings
from twisted_mule.store.directory import CONTROL, IDENTITY, NODES, StateDirectory, StateError
from twisted_mule.store.identity import read_identity

#: Free bytes below which a node soon cannot keep its state, and below which it is worth a word.
LEAST_FREE: Final = 20 << 20
LITTLE_FREE: Final = 200 << 20
#: 2025-01-01, before this program was written: a clock that shows less is wrong.
EARLIEST: Final = 1_735_689_600.0
#: Seconds by which a file of ours may be newer than the clock says it is.
CLOCK_SLACK: Final = 120.0
_GET_CONTACTS: Final = "Get a nodes.dat file from somebody and run: mule nodes import FILE"
_SYNCHRONISATION: Final = Path("/run/systemd/timesync")


class Verdict(Enum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"  # nothing is wrong, but it is worth knowing
    FAILED = "failed"
    SKIPPED = "skipped"


@frozen
class Check:
    """
    One thing that was looked at.

    :ivar found: what was seen, one sentence or a few words.
    :ivar advice: what to do about it, one sentence, or nothing.
    """

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@define
class Waiting:
    """A line that tells how long something takes, on a terminal only."""

    what: str
    usual: str
    shown: bool = False

    def __call__(self, seconds: float) -> None:
        """It has lasted so long."""
        if sys.stderr.isatty() and seconds >= 1.0:
            line = f"{self.what}: {duration(seconds)} so far, usually {self.usual}"
            click.echo(f"\r\033[K{line}", nl=False, err=True)
            self.shown = True

    def over(self) -> None:
        """Wipe the line."""
        if self.shown:
            click.echo("\r\033[K", nl=False, err=True)


@click.command()
@click.option("--quick", is_flag=True, help="Leave out the datagram test, which takes minutes.")
@verb
def doctor(call: Call, *, quick: bool) -> None:
    """
    Look at all that a node needs, and say the one thing to do next.

    Looks at the state directory, the identity, the disk, the clock and the router.  When no node
    runs, the router is asked for a session with keys that are thrown away, and one datagram is sent
    to it and back: 20 s to 4 min.  A running node is asked for its own tests instead.

    Ends with 0 when nothing is wrong, 5 when no router was found, 1 otherwise.

    Example: mule doctor --quick
    """
    settings = call.settings()
    checks = []
    for check in _checks(settings, quick=quick):
        checks.append(check)
        if not call.as_json:
            click.echo(_line(check))
    running = any(check.name == "node" and check.verdict is Verdict.OK for check in checks)
    advice = _next(checks, running=running)
    document = {
        "checks": [
            {
                "name": check.name,
                "verdict": check.verdict.value,
                "found": check.found,
                "advice": check.advice,
            }
            for check in checks
        ],
        "next": advice,
    }
    call.say(document, "", f"Next: {advice}")
    failed = {check.name for check in checks if check.verdict is Verdict.FAILED}
    if failed:
        code = Exit.NO_ROUTER if "router" in failed else Exit.ERROR
        click.get_current_context().exit(int(code))


def _line(check: Check) -> str:
    return f"{check.verdict.value:<8} {check.name:<12} {check.found}"


def _next(checks: list[Check], *, running: bool) -> str:
    for verdict in (Verdict.FAILED, Verdict.NOTE):
        for check in checks:
            if check.verdict is verdict and check.advice:
                return check.advice
    return "Nothing; all is well." if running else "Start the node: twistd -n mule"


def _checks(settings: Settings, *, quick: bool) -> Iterator[Check]:
    """Every check, each when its turn comes: a person sees them one by one."""
    yield _directory(settings.data)
    yield _disk(settings.data)
    yield _identity(settings.data)
    yield _clock(settings.data)
    try:
        with connected(settings.data) as node:
            snapshot = node.status()
    except NoNodeError:
        yield Check("node", Verdict.SKIPPED, "no node runs with this state directory")
        yield _contacts(settings)
        yield from _router(settings, quick=quick)
    except ControlError as reason:
        yield Check("node", Verdict.FAILED, str(reason), "Look at the node's log.")
    else:
        yield Check("node", Verdict.OK, snapshot["headline"])
        yield _known(snapshot)
        yield from _own_tests(snapshot)


def _directory(data: Path) -> Check:
    name = "permissions"
    try:
        mode = data.stat().st_mode
    except FileNotFoundError:
        return Check(name, Verdict.OK, f"{data} will be made at the first start")
    except OSError as reason:
        found = f"{data} cannot be looked into ({reason.strerror})"
        return Check(name, Verdict.FAILED, found, "Name another directory with --data.")
    if not stat.S_ISDIR(mode):
        found = f"{data} is not a directory"
        return Check(name, Verdict.FAILED, found, "Name a directory with --data.")
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        found = f"{data} is not yours to write to"
        return Check(name, Verdict.FAILED, found, f"Make {data} your own, or name another one.")
    files = [data / file for file in (IDENTITY, CONTROL) if (data / file).exists()]
    wide = [path.name for path in (data, *files) if path.stat().st_mode & 0o077]
    if wide:
        found = f"{', '.join(wide)} in {data.parent} open to other users"
        return Check(name, Verdict.NOTE, found, f"Run: chmod -R go-rwx {data}")
    return Check(name, Verdict.OK, f"{data} is yours alone")


def _disk(data: Path) -> Check:
    place = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(place).free
    found = f"{free >> 20} MB free at {place}"
    if free < LEAST_FREE:
        return Check("disk", Verdict.FAILED, found, f"Free some space on the disk of {place}.")
    if free < LITTLE_FREE:
        return Check("disk", Verdict.NOTE, found, f"Free some space on the disk of {place} soon.")
    return Check("disk", Verdict.OK, found)


def _identity(data: Path) -> Check:
    try:
        identity = read_identity(StateDirectory(data, time.time))
    except StateError as reason:
        advice = f"Put {data / IDENTITY} back from a copy, or move it away to begin as a new node."
        return Check("key type", Verdict.FAILED, str(reason), advice)
    if identity is None:
        return Check("key type", Verdict.OK, "no identity yet; the first start makes one")
    if identity.destination is None:
        return Check("key type", Verdict.OK, "no destination yet; the router makes a DSA_SHA1 one")
    return Check("key type", Verdict.OK, "DSA_SHA1, a destination of 387 bytes")


def _contacts(settings: Settings) -> Check:
    if settings.practice or settings.nodes or (settings.data / NODES).exists():
        return Check("contacts", Verdict.OK, "there is a file of contacts to begin with")
    found = "there is no file of contacts to begin with"
    return Check("contacts", Verdict.NOTE, found, _GET_CONTACTS)


def _known(snapshot: dict[str, Any]) -> Check:
    """The contacts of a running node; the practice network brings its own."""
    count = snapshot["routing"]["contacts"]
    found = f"{count} known, {snapshot['routing']['verified']} verified"
    if count or snapshot["practice"] is not None:
        return Check("contacts", Verdict.OK, found)
    return Check("contacts", Verdict.NOTE, found, _GET_CONTACTS)


def _clock(data: Path) -> Check:
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    advice = "Set the clock; I2P needs it right within a minute."
    if now < EARLIEST:
        return Check("clock", Verdict.FAILED, f"it shows {shown}, which is past", advice)
    newest = max((path.lstat().st_mtime for path in _files(data)), default=0.0)
    if newest > now + CLOCK_SLACK:
        found = f"it shows {shown}, {duration(newest - now)} before a file was written"
        return Check("clock", Verdict.FAILED, found, advice)
    if _SYNCHRONISATION.is_dir() and not (_SYNCHRONISATION / "synchronized").exists():
        found = f"{shown}, not synchronised over the network"
        return Check("clock", Verdict.NOTE, found, "See why systemd-timesyncd does not set it.")
    return Check("clock", Verdict.OK, shown)


def _files(data: Path) -> Iterator[Path]:
    try:
        yield from data.iterdir()
    except OSError:
        return


def _router(settings: Settings, *, quick: bool) -> Iterator[Check]:
    """Ask the router itself; nobody else uses its session meanwhile."""
    if settings.practice is not None:
        yield Check("router", Verdict.SKIPPED, "the practice network brings its own")
        return
    waiting = Waiting("Waiting for the router", "20 s to 4 min")
    reached = "router"
    try:
        with router_at(settings.sam, waiting) as probe:
            yield Check("router", Verdict.OK, f"something listens at {settings.sam}")
            reached = "SAM version"
            version = probe.greet()
            yield Check(reached, Verdict.OK, version)
            reached = "UDP forwarding"
            yield _forwarding(settings, probe, version, quick=quick)
    except ProbeError as reason:
        name = reached if reason.found else "router"
        yield Check(name, Verdict.FAILED, reason.problem.headline, reason.problem.advice)
    finally:
        waiting.over()


def _forwarding(settings: Settings, probe: RouterProbe, version: str, *, quick: bool) -> Check:
    if quick:
        return Check("UDP forwarding", Verdict.SKIPPED, "left out with --quick")
    took = probe.echo(version, settings.sam_udp_port, settings.sam_options)
    return Check("UDP forwarding", Verdict.OK, f"a datagram to ourselves came back in {took:.1f} s")


def _own_tests(snapshot: dict[str, Any]) -> Iterator[Check]:
    """What the running node found out about the router by itself."""
    router = snapshot["router"]
    verdicts = {"done": Verdict.OK, "failed": Verdict.FAILED}
    problem = router["problem"] or {"headline": "", "advice": ""}
    for step in router["steps"]:
        verdict = verdicts.get(step["state"], Verdict.SKIPPED)
        usual = f", usually {step['typical']}" if step["typical"] else ""
        match verdict:
            case Verdict.OK:
                yield Check(_short(step), verdict, f"{step['name']}{_took(step)}")
            case Verdict.FAILED:
                yield Check(_short(step), verdict, problem["headline"], problem["advice"])
            case _:
                yield Check(_short(step), verdict, f"{step['name']}: {step['state']}{usual}")


def _short(step: dict[str, Any]) -> str:
    return "router" if step["name"].startswith("Router") else "session"


def _took(step: dict[str, Any]) -> str:
    return "" if step["took"] is None else f" in {duration(step['took'])}"
