"""A network namespace that has nothing but a loopback, and the processes inside it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import IO, Self

from attrs import define, field


class MissingToolError(Exception):
    """Something that these tests need is not on this machine; they fail, they are not skipped."""


def command(*arguments: str, timeout: float = 60.0, cwd: Path | None = None) -> str:
    """
    Run a command to its end and give what it printed.

    :raises subprocess.CalledProcessError: when it fails.
    """
    done = subprocess.run(  # noqa: S603 - our own words only, no shell
        arguments, check=True, capture_output=True, text=True, timeout=timeout, cwd=cwd
    )
    return done.stdout


@define
class Namespace:
    """A network namespace of a name unique to the run; with-statements delete it."""

    name: str = field(factory=lambda: f"mule-{os.getpid()}-{secrets.token_hex(3)}")

    def __enter__(self) -> Self:
        """
        Make it, and bring its loopback up.

        :raises MissingToolError: without iproute2, i2pd or root.
        """
        for tool in ("ip", "i2pd", "setpriv"):
            if shutil.which(tool) is None:
                raise MissingToolError(f"{tool} is not installed: apt-get install i2pd iproute2")
        if os.geteuid() != 0:
            raise MissingToolError("network namespaces need root")
        command("ip", "netns", "add", self.name)
        command("ip", "-n", self.name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        """Delete it; what still runs inside loses its network at once."""
        command("ip", "netns", "del", self.name)

    def add_address(self, address: str) -> None:
        """Give the loopback one more IPv4 address."""
        command("ip", "-n", self.name, "address", "add", f"{address}/32", "dev", "lo")

    def inside(self, *arguments: str) -> tuple[str, ...]:
        """
        The command line that runs ``arguments`` inside.

        The kernel kills the process when the one that started it dies, so that nothing stays
        behind a test run that was killed.
        """
        return ("ip", "netns", "exec", self.name, "setpriv", "--pdeathsig", "KILL", *arguments)

    def start(self, *arguments: str, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a process inside; both of its outputs go to ``output``."""
        return subprocess.Popen(  # noqa: S603 - our own words only, no shell
            self.inside(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def run(self, *arguments: str, cwd: Path, timeout: float = 60.0) -> str:
        """Run a command inside to its end and give what it printed."""
        return command(*self.inside(*arguments), timeout=timeout, cwd=cwd)


def end(process: subprocess.Popen[bytes], patience: float = 5.0) -> None:
    """Ask a process to leave, then make it."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
