"""Ask the router again, with the back-off of the session, until it gives what is needed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from twisted_mule.kad.chance import Draws
from twisted_mule.sam.session import back_off

T = TypeVar("T")


@inlineCallbacks
def insist(
    ask: Callable[[], Deferred[T]],
    clock: IReactorTime,
    random: Draws,
    failed: Callable[[Exception], None],
) -> Generator[Deferred[Any], Any, T]:
    """
    Fire with what ``ask`` gives, asked as often as it takes.

    Ends without it only when cancelled: a router may go away at any moment, and comes back.

    :param failed: called with the reason of every failure.
    """
    failures = 0
    while True:
        try:
            given: T = yield ask()
        except (CancelledError, ConnectingCancelledError):
            raise
        except Exception as reason:  # noqa: BLE001 - whatever it is, the router may be mended
            failures += 1
            failed(reason)
            yield deferLater(clock, back_off(failures, random))
        else:
            return given
