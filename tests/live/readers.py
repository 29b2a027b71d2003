"""
Whether readers of the dashboard show in what leaves: ``python -m tests.live.readers [SECONDS]``.

By turns of half a minute nobody reads, and everybody does: every page is fetched twice a second,
the figures for Prometheus once, and Chromium loads one page after the other.  In the end the gaps
between datagrams are compared, and their lateness, beside that of a process that only sleeps: a
browser that works makes everybody on its machine late.  Ends with 1 unless the gaps are the same,
and the node is made no later than the sleeper is.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from attrs import define, field

from tests.browser.chromium import chromium
from tests.browser.practising import LINK
from tests.live.node import TURN, turn
from tests.live.run import EVERY, Figures, Lines, quantile, running, sleeper
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.samples import needed, same_law
from twisted_mule.web import views

#: What counts as no difference: of the shares below any gap; an hour is enough to say so.
LIMIT: Final = 0.08
#: By how much more than the sleeper's the mean lateness may grow, in seconds, and its 99th
#: percentile.
SHIFT: Final = 0.003
SECONDS: Final = 3600.0
BEGIN: Final = 300.0
#: Seconds between two fetches of one page, and of the figures.
PAGE: Final = 0.5
PATHS: Final = tuple(views.PAGES)
FIGURES: Final = 1.0


@define
class Reader:
    """Somebody with the cookie, or the token, who reads one thing again and again in its turns."""

    address: str
    path: str
    every: float
    header: tuple[str, str]
    fetched: int = 0
    refused: int = 0
    over: threading.Event = field(factory=threading.Event)

    def read(self) -> None:
        """Until told to end."""
        while not self.over.wait(self.every):
            if turn(time.monotonic()) == "slow":
                with closing(HTTPConnection(self.address, timeout=30.0)) as connection:
                    connection.request("GET", self.path, headers=dict([self.header]))
                    answer = connection.getresponse()
                    answer.read()
                self.fetched += 1
                self.refused += answer.status != 200


def cookie(link: str) -> str:
    """What the dashboard gives for its link."""
    parts = urlsplit(link)
    connection = HTTPConnection(parts.netloc, timeout=30.0)
    connection.request("GET", f"{parts.path}?{parts.query}")
    return (connection.getresponse().getheader("Set-Cookie") or "").partition(";")[0]


@contextmanager
def reading(link: str, data: Path, profile: Path) -> Iterator[list[Reader]]:
    """All readers at once, and Chromium besides."""
    address = urlsplit(link).netloc
    known = ("Cookie", cookie(link))
    token = ("Authorization", f"Bearer {(data / 'metrics.token').read_text('utf-8').strip()}")
    readers = [Reader(address, path, PAGE, known) for path in PATHS]
    readers.append(Reader(address, "/metrics", FIGURES, token))
    threads = [threading.Thread(target=one.read, daemon=True) for one in readers]
    browser = Reader(address, "Chromium", PAGE, known)
    threads.append(threading.Thread(target=browse, args=(browser, link, profile), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield [*readers, browser]
    finally:
        for one in (*readers, browser):
            one.over.set()
        for thread in threads:
            thread.join(30.0)


def browse(reader: Reader, link: str, profile: Path) -> None:
    """Load one page after the other in Chromium."""
    base = f"http://{reader.address}"
    with chromium(profile) as driver:
        driver.get(link)
        while not reader.over.wait(reader.every):
            if turn(time.monotonic()) == "slow":
                driver.get(base + PATHS[reader.fetched % len(PATHS)])
                reader.fetched += 1


@define
class Departures:
    """When datagrams left, and how late, while nobody read (``idle``) and while all did."""

    left: dict[str, list[float]] = field(factory=lambda: {"idle": [], "slow": []})
    late: dict[str, list[float]] = field(factory=lambda: {"idle": [], "slow": []})

    def take(self, line: str) -> None:
        """One line of the node."""
        kind, scheduled, late = line.split()
        self.left[kind].append(float(scheduled) + float(late))
        self.late[kind].append(float(late))

    def gaps(self, kind: str) -> list[float]:
        """Between one datagram and the next of the same turn."""
        times = sorted(self.left[kind])
        return [b - a for a, b in pairwise(times) if b - a < TURN / 2]  # the others span a turn

    def compared(self) -> Finding:
        """The gaps, with readers and without."""
        return same_law(self.gaps("idle"), self.gaps("slow"), limit=LIMIT)

    def __str__(self) -> str:
        rows = [
            f"{name}: n={len(late)}, late by {1e3 * mean(late):.2f} ms on average,"
            f" p99 {1e3 * quantile(late, 0.99):.2f} ms"
            for name, late in (("unread", self.late["idle"]), ("read", self.late["slow"]))
            if late
        ]
        return "\n".join(rows)


def shifts(late: Mapping[str, list[float]]) -> tuple[float, float]:
    """By how much the lateness grows with readers: its mean, and its 99th percentile."""
    idle, slow = late["idle"], late["slow"]
    return mean(slow) - mean(idle), quantile(slow, 0.99) - quantile(idle, 0.99)


def collect(lines: Lines, seconds: float) -> Departures:
    """What leaves in this time, with a word every half minute."""
    departures, told = Departures(), time.monotonic()
    until = told + seconds
    for line in lines:
        departures.take(line)
        now = time.monotonic()
        if now > until:
            break
        if now - told > EVERY:
            told = now
            sys.stderr.write(f"{until - now:.0f} s left\n{departures}\n")
    return departures


def found_link(log: Path) -> str:
    """The dashboard's link, as the log says it."""
    deadline = time.monotonic() + BEGIN
    while time.monotonic() < deadline:
        found = LINK.search(log.read_text("utf-8"))
        if found:
            return found[0]
        time.sleep(0.5)
    raise TimeoutError(f"no link in {log}")


def main(seconds: float = SECONDS) -> int:
    """Measure, and say what came of it."""
    with TemporaryDirectory() as scratch:
        root = Path(scratch)
        with sleeper() as machine, running(root, "calm", "--practice", "24") as lines:
            link = found_link(root / "log")
            with reading(link, root / "data", root / "profile") as readers:
                departures = collect(lines, seconds)
    for one in readers:
        sys.stdout.write(f"{one.path}: {one.fetched} times, {one.refused} refused\n")
    read = all(one.fetched > seconds / 10 and not one.refused for one in readers)
    return report(departures, machine) if read else 1


def report(departures: Departures, machine: Figures) -> int:
    """Print what was found; 0 if nobody could tell readers from none."""
    finding = departures.compared()
    sys.stdout.write(f"{departures}\n{finding}\nneeded: {needed(LIMIT)} gaps each\n")
    pairs = zip(shifts(departures.late), shifts(machine.late), strict=True)
    kept = finding.verdict is Verdict.PASS
    for name, (ours, theirs) in zip(("mean", "p99"), pairs, strict=True):
        kept = kept and ours < max(theirs, 0.0) + SHIFT
        sys.stdout.write(f"{name} lateness grows by {1e3 * ours:.2f} ms, ")
        sys.stdout.write(f"that of a process that only sleeps by {1e3 * theirs:.2f} ms\n")
    sys.stdout.write("the same\n" if kept else "NOT the same\n")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
