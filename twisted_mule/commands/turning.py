"""A short-lived command that needs the reactor: it turns until one thing is done."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import click
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.python.failure import Failure

T = TypeVar("T")


def turn(job: Callable[[Any], Coroutine[Deferred[Any], Any, T]]) -> T:
    """
    What ``job`` gives, or raises, once the reactor that it is handed has brought it there.

    Only once in a process.

    :raise click.Abort: when the user ends it before, with Ctrl-C.
    """
    outcomes: list[Any] = []
    given_up: list[bool] = []

    def begin(reactor: Any) -> Deferred[None]:
        # What the end of the reactor does to the job is no outcome of it.
        reactor.addSystemEventTrigger("before", "shutdown", lambda: given_up.append(not outcomes))
        return Deferred.fromCoroutine(job(reactor)).addBoth(outcomes.append)

    with suppress(SystemExit):
        react(begin)
    if given_up[0]:
        raise click.Abort
    (outcome,) = outcomes
    if isinstance(outcome, Failure):
        outcome.raiseException()
    result: T = outcome
    return result
