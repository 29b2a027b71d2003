"""A node on a practice network, in a process of its own, that has something to show."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

BIN: Final = Path(sys.executable).parent
LINK: Final = re.compile(r"http://127\.0\.0\.1:\d+/\?k=[0-9a-f]{32}")
START_SECONDS: Final = 90.0
#: Until the network has answered, a search has ended and the table is worth a look.
SETTLE_SECONDS: Final = 300.0
NEIGHBOURS: Final = 24


def mule(data: Path, *arguments: str) -> str:
    """What the command prints; the node may say that it is not ready yet."""
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        [f"{BIN}/mule", *arguments, "--data", f"{data}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in {0, 1, 4}, done.stderr
    return done.stdout


def status(data: Path) -> Any:
    """The snapshot."""
    return json.loads(mule(data, "status", "--json"))


@contextmanager
def practising(root: Path) -> Iterator[str]:
    """The link to the dashboard of a node that has been online for a while and shares files."""
    data, log, shared = root / "data", root / "log", root / "shared"
    shared.mkdir()
    for number in range(12):
        name = f"quiet river walking number {number} <b>&amp; straße {'Москва' * (number % 3)}.ogg"
        (shared / name).write_bytes(bytes([number]) * 4_000)
    options = ["--practice", f"{NEIGHBOURS}", "--data", f"{data}"]
    twistd = [f"{BIN}/twistd", "--nodaemon", "--pidfile=", "mule", *options]
    with log.open("wb") as output:
        node = subprocess.Popen(  # noqa: S603 - our own words, no shell
            [*twistd, "--web", "tcp:0:interface=127.0.0.1"],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=root,
        )
    try:
        link = _link(log, time.monotonic() + START_SECONDS)
        mule(data, "share", "add", f"{shared}")
        mule(data, "search", "quiet river", "--wait", "1")
        _settle(data, time.monotonic() + SETTLE_SECONDS)
        yield link
    finally:
        for _ in range(2):
            node.send_signal(signal.SIGINT)
            time.sleep(0.5)
        node.wait(30)


def _link(log: Path, deadline: float) -> str:
    while time.monotonic() < deadline:
        found = LINK.search(log.read_text())
        if found:
            return found[0]
        time.sleep(0.2)
    raise TimeoutError(f"no link in the log: {log.read_text()}")


def _settle(data: Path, deadline: float) -> None:
    while time.monotonic() < deadline:
        now = status(data)
        if now["ready"] and now["routing"]["contacts"] >= NEIGHBOURS // 2:
            return
        time.sleep(1.0)
    raise TimeoutError(f"not online: {status(data)['headline']}")
