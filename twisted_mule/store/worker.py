"""One thread for everything that may block, so that the reactor never waits for a disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


class Run(Protocol):
    """How blocking work is run: elsewhere in the node, at once in tests."""

    def __call__(self, work: Callable[[], T], /) -> Deferred[T]:
        """The result of ``work()``, later."""


class Worker(Service):
    """
    A thread of its own; work is done one piece after the other, in the order of the calls.

    Stopping waits until all that was asked for is done, so what was saved is on the disk.
    """

    def __init__(self, reactor: IReactorFromThreads, name: str = "mule-store") -> None:
        self._reactor = reactor
        self._pool = ThreadPool(1, 1, name)

    def startService(self) -> None:
        """Start the thread."""
        super().startService()
        self._pool.start()

    def stopService(self) -> None:
        """Finish the work and end the thread."""
        self._pool.stop()
        super().stopService()

    def run(self, work: Callable[[], T], /) -> Deferred[T]:
        """The result of ``work()``, which the thread does."""
        return deferToThreadPool(self._reactor, self._pool, work)
