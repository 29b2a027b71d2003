"""Processes that compute beside a command, and end when the command does."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Final

from twisted_mule.commands.verb import Refusal

_POLL: Final = 0.05


@contextmanager
def workers(
    count: int, begin: Callable[..., object] | None = None, *told: object, runs: int | None = 1
) -> Iterator[ProcessPoolExecutor]:
    """
    So many at a time; what is left early leaves nothing computing.

    :param begin: called with ``told`` in each process before its run.
    :param runs: of each process; ``None`` for short ones, which may follow each other in one.
    :raise Refusal: when one of them was killed.
    """
    # A fresh interpreter for each: nothing of one run lies in the memory of another.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        count, context, initializer=_begin, initargs=(begin, told), max_tasks_per_child=runs
    )
    try:
        yield pool
    except BaseException as reason:
        _end(pool, others)
        if isinstance(reason, BrokenProcessPool):
            raise Refusal(
                "A run was killed, as happens when the memory is full;"
                " try it with fewer nodes or --jobs 1."
            ) from reason
        raise
    pool.shutdown()


def memory() -> int:
    """The most that this process ever had resident, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _begin(begin: Callable[..., object] | None, told: tuple[object, ...]) -> None:
    # Ctrl-C reaches the whole group of processes: the command ends its workers, silently.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # People and contacts stay: looking through them again and again is a third of the time.
    gc.set_threshold(50_000, 50, 100)
    if begin is not None:
        begin(*told)


def _end(pool: ProcessPoolExecutor, others: set[BaseProcess]) -> None:
    """End what runs and what is queued; the pool may yet start one for what it had handed out."""
    ending = Thread(target=pool.shutdown, kwargs={"cancel_futures": True})
    ending.start()
    while ending.is_alive():
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        ending.join(_POLL)
