"""What ``twistd mule`` runs: the one place where reactor, clocks, entropy and paths enter."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from typing import Any, Final

from twisted.application.service import IService
from twisted.logger import Logger

import twisted_mule.lean  # before all others, which it keeps small
from twisted_mule.daemon import Daemon
from twisted_mule.kad.chance import Chance
from twisted_mule.keeping import PRACTICE, Keeper
from twisted_mule.options import Options
from twisted_mule.premises import Premises
from twisted_mule.settings import Settings
from twisted_mule.snapshots import Facts
from twisted_mule.store.directory import IDENTITY, StateDirectory, StateError
from twisted_mule.store.worker import Worker

__all__ = ["Options", "makeService"]

_KEY: Final = 32
#: Seconds after the start at which what is in memory by then is taken out of garbage collection.
_WARM: Final = 60.0
_log = Logger()


def makeService(options: Options) -> IService:
    """
    The node and all around it, wired and not yet started.

    :raise SystemExit: when the state directory cannot be used, with the reason in one sentence.
    """
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    steady(reactor)
    twisted_mule.lean.tidy()
    settings = options.settings
    directory = StateDirectory(settings.data.absolute(), time.time)
    notices = _prepare(directory, settings)
    chance = Chance(os.urandom(_KEY))
    worker, hasher = Worker(reactor), Worker(reactor, "mule-hashing")
    premises = Premises(reactor, settings, chance, worker, hasher, os.urandom)
    daemon = Daemon(
        clock=reactor,
        wall=time.time,
        chance=chance,
        keeper=Keeper(directory, worker.run, time.time, os.urandom),
        surroundings=premises,
        facts=Facts("", str(directory.root), time.time(), reactor.seconds(), settings.practice),
        extra_nodes=settings.nodes,
        fail=lambda sentence: _give_up(reactor, sentence),
        gate=premises.gate,
    )
    for notice in notices:
        daemon.tell(notice)
    reactor.callWhenRunning(_answer_signals, reactor, daemon)
    reactor.callWhenRunning(reactor.callLater, _WARM, _settle)
    return daemon


def steady(reactor: Any) -> None:
    """
    Make the reactor's own clock the monotonic one.

    ``reactor.seconds`` is the wall clock, which can jump; all timers would jump with it
    (docs/decisions/0002).
    """
    reactor.seconds = time.monotonic


def _prepare(directory: StateDirectory, settings: Settings) -> tuple[str, ...]:
    """Refuse early, and in one sentence, what would only fail after ``twistd`` has started."""
    try:
        notices = directory.prepare()
        directory.acquire()
        directory.release()
        _refuse_the_other_network(directory, settings)
    except StateError as reason:
        sys.exit(f"mule: {reason}")
    return notices


def _refuse_the_other_network(directory: StateDirectory, settings: Settings) -> None:
    """Keys and contacts of the practice network are worthless on the real one, and vice versa."""
    practised = directory.path(PRACTICE).exists()
    if settings.practice is None and practised:
        raise StateError(
            f"{directory.root} belongs to a practice network;"
            " name another directory with --data to join the real one."
        )
    if settings.practice is not None and not practised and directory.path(IDENTITY).exists():
        raise StateError(
            f"{directory.root} belongs to a node of the real network;"
            " name another directory with --data for --practice."
        )


def _answer_signals(reactor: Any, daemon: Daemon) -> None:
    """The first signal stops the node in order, the second one at once."""
    asked = False

    def stop(number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            reactor.callFromThread(daemon.hurry)
        else:
            asked = True
            reactor.callFromThread(reactor.stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _give_up(reactor: Any, sentence: str) -> None:
    _log.critical("{sentence}", sentence=sentence)
    # twistd would leave with 0, as after a signal.
    reactor.addSystemEventTrigger("after", "shutdown", os._exit, 1)
    reactor.callWhenRunning(reactor.stop)


def _settle() -> None:
    # What lives as long as the process need not be looked through again: no long pauses.
    gc.collect()
    gc.freeze()
