"""Looking through shared paths, one after the other, some steps at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred, fail, inlineCallbacks

from twisted_mule.sharing.folders import Look
from twisted_mule.sharing.library import Catalogue
from twisted_mule.sharing.names import shown
from twisted_mule.sharing.sights import Folder, SharingError
from twisted_mule.store.worker import Run


@define(eq=False)
class Rounds:
    """
    The shared paths that are to be looked through, and the one that is.

    :ivar wall: Unix time.
    :ivar private: folders that are never shared.
    :ivar looking: the folder that is looked through now, for the user, or ``None``.
    """

    catalogue: Catalogue
    run: Run
    wall: Callable[[], float]
    private: tuple[str, ...]
    looking: str | None = field(default=None, init=False)
    _wanted: dict[str, list[Deferred[None]]] = field(factory=dict, init=False)
    _ended: bool = field(default=False, init=False)

    @property
    def pending(self) -> bool:
        """Whether something is to be looked through."""
        return bool(self._wanted)

    def want(self, root: str) -> None:
        """Look through ``root``, or once more if that has begun."""
        self._wanted.setdefault(root, [])
        self.looking = self.looking or shown(root)

    def when_looked(self, root: str) -> Deferred[None]:
        """As :meth:`want`; fires when it is done, or with :class:`SharingError` at the end."""
        if self._ended:
            return fail(_stopping())
        self.want(root)
        looked: Deferred[None] = Deferred()
        self._wanted[root].append(looked)
        return looked

    @inlineCallbacks
    def look(self) -> Any:
        """Look through the next one; fires when that is done."""
        root = next(iter(self._wanted))
        wanted = self._wanted.pop(root)
        look = yield self.run(lambda: Look(root, self.private))
        try:
            yield self._through(root, look)
        except SharingError as reason:
            self.catalogue.unreachable(root, str(reason))
        finally:
            yield self.run(look.close)
            self.looking = next(iter(map(shown, self._wanted)), None)
        _tell(wanted, _stopping() if self._ended else None)

    @inlineCallbacks
    def _through(self, root: str, look: Look) -> Any:
        self.catalogue.begin(root)
        while not self._ended and root in self.catalogue.roots:
            sights = yield self.run(look.batch)
            if not sights:
                self.catalogue.ended(root)
                return
            now = self.wall()
            for sight in sights:
                self.catalogue.saw(root, sight, now)
                if isinstance(sight, Folder):
                    self.looking = shown(sight.path)

    def end(self) -> None:
        """Look no further."""
        self._ended = True
        wanted, self._wanted = self._wanted, {}
        for waiting in wanted.values():
            _tell(waiting, _stopping())


def _stopping() -> SharingError:
    return SharingError("The node is stopping; look again once it runs.")


def _tell(waiting: list[Deferred[None]], error: SharingError | None) -> None:
    for looked in waiting:
        if error is None:
            looked.callback(None)
        else:
            looked.errback(error)
