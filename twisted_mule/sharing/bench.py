"""The one file that is being hashed, in a thread that may be asked to do something else first."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any, Final

from attrs import define, evolve, field
from twisted.internet.defer import inlineCallbacks

from twisted_mule.sharing.folders import open_file
from twisted_mule.sharing.hashing import ChangedError, Reading
from twisted_mule.sharing.library import Catalogue
from twisted_mule.sharing.links import LARGEST_FILE
from twisted_mule.sharing.names import shown
from twisted_mule.sharing.progress import Current
from twisted_mule.sharing.sights import Found, Why
from twisted_mule.store.worker import Run

#: How the system says that somebody put a symbolic link into the way.
_LINKED: Final = frozenset({errno.ELOOP, errno.ENOTDIR})


@define(eq=False)
class Bench:
    """
    Where files are hashed, one at a time.

    :ivar wall: Unix time.
    """

    catalogue: Catalogue
    run: Run
    wall: Callable[[], float]
    _found: Found | None = field(default=None, init=False)
    _reading: Reading | None = field(default=None, init=False)

    @property
    def current(self) -> Current | None:
        """The file on the bench, or ``None``."""
        if self._found is None:
            return None
        if self._reading is None:
            return Current(shown(self._found.path), self._found.size, 0)
        return Current(shown(self._found.path), self._reading.size, self._reading.done)

    def interrupt(self) -> None:
        """Let the thread do what was asked of it meanwhile; the file is gone on with afterwards."""
        if self._reading is not None:
            self._reading.interrupt()

    @inlineCallbacks
    def work(self) -> Any:
        """
        Hash the next file, or go on with one that was interrupted.

        Fires with False when there is none, else with True, at the end or when interrupted.
        """
        if self._found is None:
            self._found = self.catalogue.next(self.wall())
        if self._found is None:
            return False
        try:
            finished = yield self._advance(self._found)
        except ChangedError:
            self.catalogue.retry(self._found, self.wall())
            finished = True
        except OSError as reason:
            self._failed(self._found, reason)
            finished = True
        if finished or self._found.root not in self.catalogue.roots:
            yield self.clear()
        return True

    @inlineCallbacks
    def _advance(self, found: Found) -> Any:
        """Fire with whether ``found`` is finished."""
        if self._reading is None:
            self._reading = yield self.run(lambda: Reading.of(open_file(found.root, found.path)))
            found = evolve(found, size=self._reading.size, modified=self._reading.modified)
            if not 0 < found.size <= LARGEST_FILE:
                self.catalogue.failed(found, Why.TOO_LARGE if found.size else Why.EMPTY)
                return True
        ed2k = yield self.run(self._reading.advance)
        if ed2k is None:
            return False
        read = evolve(found, size=self._reading.size, modified=self._reading.modified)
        self.catalogue.hashed(read, ed2k.hash)
        return True

    def _failed(self, found: Found, reason: OSError) -> None:
        if isinstance(reason, FileNotFoundError):
            self.catalogue.failed(found, None)
        elif reason.errno in _LINKED:
            self.catalogue.failed(found, Why.LINK)
        else:
            self.catalogue.failed(found, Why.UNREADABLE, reason.strerror or "")

    @inlineCallbacks
    def clear(self) -> Any:
        """Put the file away, whatever became of it; fires when it is closed."""
        self._found, reading, self._reading = None, self._reading, None
        if reading is not None:
            yield self.run(reading.close)
