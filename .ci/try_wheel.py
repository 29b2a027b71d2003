"""
Use an installed twisted_mule as its user would: start it, look at it, stop it, start it again.

Run with the Python of a clean environment that has the wheel and nothing else, from anywhere but
the checkout.  Standard library only.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Final

BIN: Final = Path(sys.executable).parent
START_SECONDS: Final = 60.0
ONLINE_SECONDS: Final = 120.0
#: A machine that does other things besides may be slow.
GET_SECONDS: Final = 60.0
LEAVE_SECONDS: Final = 15.0
NOT_FOUND: Final = 404
ANSWERED: Final = (0, 4)
ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/\S*")
Node = subprocess.Popen[bytes]


def say(text: str) -> None:
    """Tell whoever reads the log of the run."""
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


def within(seconds: float, what: str, ready: Callable[[], Any]) -> Any:
    """
    Wait until ``ready`` gives something, and give it.

    :raises TimeoutError: when it does not in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s")


def start(data: Path, log: Path) -> Node:
    """Start a node on the practice network with four neighbours; it logs to ``log``."""
    twistd = [f"{BIN}/twistd", "--nodaemon", "--pidfile=", "mule"]
    options = ["--practice", "4", "--data", f"{data}", "--web", "tcp:0:interface=127.0.0.1"]
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own words only, no shell
            [*twistd, *options], stdout=output, stderr=subprocess.STDOUT, cwd=log.parent
        )


def address(log: Path) -> str:
    """The dashboard's address, as the node logs it."""
    found = within(START_SECONDS, "its address", lambda: ADDRESS.search(log.read_text()))
    text: str = found[0]
    return text


def browser() -> urllib.request.OpenerDirector:
    """Someone who keeps the cookie that the link is exchanged for."""
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def get(url: str, reader: urllib.request.OpenerDirector) -> bytes:
    """What a GET gives; the node may say that it is not ready yet, but not that it fails."""
    with reader.open(url, timeout=GET_SECONDS) as answer:
        content: bytes = answer.read()
    return content


def mule(data: Path, *arguments: str) -> str:
    """
    What the ``mule`` command prints.

    :raises RuntimeError: when it fails; 4, not in the network yet, is an answer.
    """
    done = subprocess.run(  # noqa: S603 - our own words only, no shell
        [f"{BIN}/mule", *arguments, "--data", f"{data}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    if done.returncode not in ANSWERED:
        raise RuntimeError(f"mule {arguments}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def status_of(data: Path) -> Any:
    """What the ``mule`` command says of the node, as JSON."""
    return json.loads(mule(data, "status", "--json"))


def refused(url: str) -> bool:
    """Whether someone without the cookie gets nothing."""
    try:
        get(url, urllib.request.build_opener())
    except urllib.error.HTTPError as reason:
        return reason.code == NOT_FOUND and not reason.read()
    return False


def look(link: str, data: Path) -> str:
    """Look at the pages and at the command's answer, and give the node's KadID."""
    base, _, secret = link.partition("?k=")
    assert secret, link
    reader = browser()
    page = get(link, reader)
    assert b"<html" in page and b"</html>" in page, page[:300]
    assert b"{" in get(base + "style.css", reader)
    assert b"mule_contacts" in get(base + "metrics", reader)
    assert "Überblick" in get(base + "?lang=de", reader).decode()
    assert refused(base) and refused(base + "status.json") and refused(base + "nothing")
    assert get(base + "healthz", urllib.request.build_opener()) == b"ok\n"
    status = json.loads(get(base + "status.json", reader))
    assert status["kad_id"] == status_of(data)["kad_id"], status
    assert mule(data, "status").strip()
    within(ONLINE_SECONDS, "the session", lambda: status_of(data)["router"]["state"] == "online")
    say(f"{base} answers, and so does mule status: {status_of(data)['headline']}")
    kad_id: str = status["kad_id"]
    return kad_id


def leave_at_once(node: Node) -> None:
    """Two signals: it saves and leaves."""
    for _ in range(2):
        node.send_signal(signal.SIGINT)
        time.sleep(0.5)
    code = node.wait(LEAVE_SECONDS)
    assert code == 0, f"exit code {code}"
    say("a second SIGINT makes it leave at once")


def leave_gently(node: Node, data: Path) -> None:
    """One signal: it goes on answering, and leaves when it said it would."""
    node.send_signal(signal.SIGINT)
    announced = within(LEAVE_SECONDS, "stops_in", lambda: status_of(data)["stops_in"])
    began = time.monotonic()
    code = node.wait(announced + LEAVE_SECONDS)
    assert code == 0, f"exit code {code}"
    say(f"one SIGINT: said {announced:.0f} s, left after {time.monotonic() - began:.0f} s")


def main(directory: Path) -> None:
    """Go through it all, with everything that the node keeps under ``directory``."""
    data, first_log, second_log = (directory / name for name in ("data", "first.log", "second.log"))
    nodes = []
    try:
        nodes.append(start(data, first_log))
        kad_id = look(address(first_log), data)
        leave_at_once(nodes[-1])
        nodes.append(start(data, second_log))
        assert look(address(second_log), data) == kad_id
        say("started again, it has the same KadID")
        leave_gently(nodes[-1], data)
    except BaseException:
        for log in (first_log, second_log):
            if log.exists():
                sys.stdout.write(f"--- {log.name}\n{log.read_text(errors='replace')}")
        raise
    finally:
        for node in nodes:
            if node.poll() is None:
                node.kill()
                node.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
