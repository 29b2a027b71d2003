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

import pytest
from attrs import define

from tests.bench import estate
from tests.bench.pace import UNIT, Pace, known_work

ROOT: Final = Path(__file__).parents[2]
STARTS: Final = 3
#: The issue's bounds: MiB resident, and seconds until it can be asked.
MEMORY: Final = 80.0
SOON: Final = 3.0
#: What the node says once its session with the router is there.
SERVING: Final = "Router: testing"
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


@define
class Run:
    """
    One run of ``twistd mule``.

    :ivar took: seconds until it served.
    """

    process: subprocess.Popen[str]
    took: float

    @property
    def resident(self) -> float:
        """MiB that it holds in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (one for one in status.splitlines() if one.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

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
    for line in process.stdout:
        if SERVING in line:
            return Run(process, perf_counter() - began)
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
    """Resident memory in MiB, {when}."""
    run = begin(copytree(state, tmp_path / "state"), router)
    sleep(_SETTLED)
    if when != "serving":
        run.save()
    resident = run.resident
    run.stop()
    pace.benchmark.pedantic(bool)
    pace.tell(f"{resident:.1f} MiB", resident, MEMORY)
