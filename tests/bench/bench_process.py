"""A whole node in a process of its own: how large it is, and how soon it serves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from statistics import mean
from time import perf_counter, sleep
from typing import Final
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from attrs import define, frozen

from tests.bench import estate
from tests.bench.pace import UNIT, Pace, known_work
from twisted_mule.web.pages import _VIEWS

ROOT: Final = Path(__file__).parents[2]
STARTS: Final = 3
#: The issue's bounds: MiB resident, and seconds until it can be asked.
MEMORY: Final = 80.0
#: Ours, for the process beside it (decision 9).
EXIT_MEMORY: Final = 22.0
SOON: Final = 3.0
#: What the node says once its session with the router is there.
SERVING: Final = "Router: testing"
#: What stands before the address of its dashboard.
DASHBOARD: Final = "Dashboard: "
OK: Final = 200
_PATIENCE: Final = 60.0
_SETTLED: Final = 3.0
#: Turns of the known work before and after a start: a second or so, with its noise, for noise
#: strikes a start of seconds too.
BESIDE: Final = 8_000


@define
class Router:
    """The other end of SAM, in a process of its own."""

    process: subprocess.Popen[str]
    tcp: int
    udp: int


@pytest.fixture(scope="module")
def router() -> Iterator[Router]:
    """One for all starts."""
    command = [sys.executable, "-m", "tests.bench.router"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        tcp, udp = map(int, process.stdout.readline().split())
        yield Router(process, tcp, udp)
        process.terminate()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of a node that holds 60,000 entries and 5,000 contacts."""
    root = tmp_path_factory.mktemp("full") / "state"
    estate.lay_out(root)
    return root


@frozen
class Held:
    """
    What one process holds in memory, in MiB.

    :ivar resident: all of it.
    :ivar share: with each page that several processes hold counted in proportion (PSS).
    :ivar own: what no other process holds.
    """

    resident: float
    share: float
    own: float


def held(pid: int) -> Held:
    """What the kernel says of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(size.split()[0]) for name, size in (line.split(":") for line in rollup)}
    own = kib["Private_Clean"] + kib["Private_Dirty"]
    return Held(kib["Rss"] / 1024, kib["Pss"] / 1024, own / 1024)


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started and that still run."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for one in threads for child in (one / "children").read_text().split()]


@define
class Run:
    """
    One run of ``twistd mule``.

    :ivar took: seconds until it served.
    :ivar page: the address of its dashboard, with the secret.
    """

    process: subprocess.Popen[str]
    took: float
    page: str

    def held(self) -> list[Held]:
        """What its own process and those that it has started hold now."""
        return [held(pid) for pid in (self.process.pid, *children(self.process.pid))]

    def read_pages(self) -> None:
        """Have every page of the dashboard made once."""
        opener = build_opener(HTTPCookieProcessor())
        root, *_ = self.page.partition("?")
        opener.open(self.page, timeout=_PATIENCE).close()
        for path in _VIEWS:
            with opener.open(root.rstrip("/") + path, timeout=_PATIENCE) as page:
                assert page.status == OK

    def save(self) -> None:
        """Have it save everything: it does so when it begins to stop."""
        self.process.send_signal(signal.SIGTERM)
        sleep(_SETTLED)

    def stop(self) -> None:
        """End it."""
        for _ in range(2):
            self.process.send_signal(signal.SIGTERM)
            sleep(0.2)
        self.process.wait(_PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()


def begin(state: Path, router: Router) -> Run:
    """Start a node from ``state`` and wait until it serves."""
    command = [
        *(str(Path(sys.executable).with_name("twistd")), "--nodaemon", "--pidfile=", "mule"),
        *("--data", str(state), "--sam", f"tcp:127.0.0.1:{router.tcp}"),
        *("--web", "tcp:0:interface=127.0.0.1"),
    ]
    settings = {**os.environ, "MULE_SAM_UDP_PORT": str(router.udp), "XDG_CONFIG_HOME": str(state)}
    began = perf_counter()
    process = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    page = ""
    for line in process.stdout:
        if DASHBOARD in line:
            page = line.partition(DASHBOARD)[2].strip()
        if SERVING in line:
            return Run(process, perf_counter() - began, page)
    raise AssertionError("the node ended before it served")


def test_restart(state: Path, router: Router, pace: Pace, tmp_path: Path) -> None:
    """Restart to serving, 60,000 entries, 5,000 contacts."""
    pairs = []
    for number in range(STARTS):
        copied = copytree(state, tmp_path / str(number))
        before = mean(timed() for _ in range(BESIDE))
        run = begin(copied, router)
        unit = (before + mean(timed() for _ in range(BESIDE))) / 2
        run.stop()
        pairs.append((run.took / unit, run.took))
    ratio, took = min(pairs)
    pace.benchmark.pedantic(bool)  # what is timed here happens elsewhere
    pace.tell(f"{took:.2f} s", ratio, SOON / UNIT, best=took)


def timed() -> float:
    """Seconds that the known work takes now."""
    began = perf_counter()
    known_work()
    return perf_counter() - began


@pytest.mark.parametrize("when", ["serving", "after a save"])
def test_memory(state: Path, router: Router, when: str, pace: Pace, tmp_path: Path) -> None:
    """Resident memory of the node's process in MiB, {when}."""
    main, *others = processes(state, router, when, tmp_path)
    # Pages that they share count once.  Shares in proportion would be smaller the more other
    # programs in Python run here, and this is one.
    together = main.resident + sum(one.own for one in others)
    share = sum(one.share for one in (main, *others))
    pace.benchmark.pedantic(bool)
    figure = f"{main.resident:.1f} MiB (all processes {together:.1f}, PSS {share:.1f})"
    pace.tell(figure, main.resident, MEMORY, together=together, share=share)


def test_memory_of_the_exit(state: Path, router: Router, pace: Pace, tmp_path: Path) -> None:
    """Memory that the exit process has of its own in MiB."""
    (_, leaving) = processes(state, router, "serving", tmp_path)
    pace.benchmark.pedantic(bool)
    pace.tell(f"{leaving.own:.1f} MiB (RSS {leaving.resident:.1f})", leaving.own, EXIT_MEMORY)


def processes(state: Path, router: Router, when: str, tmp_path: Path) -> list[Held]:
    """What each process of a full node holds, the node's own first."""
    run = begin(copytree(state, tmp_path / "state"), router)
    run.read_pages()
    sleep(_SETTLED)
    if when != "serving":
        run.save()
    found = run.held()
    run.stop()
    return found
