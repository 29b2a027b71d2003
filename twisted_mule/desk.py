"""What the owner of the state directory may have the running node do, over the control socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_mule.control.actions import NotReadyError
from twisted_mule.kad.core import Kad
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.publishing import PublishingView
from twisted_mule.kad.search import SearchView, SearchWish
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.sharing.service import Added, Library
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.comments import Comment

if TYPE_CHECKING:
    from twisted_mule.daemon import Daemon


@frozen
class Desk:
    """
    The actions of :class:`twisted_mule.control.actions.NodeActions` on one daemon.

    A wish never moves anything on the wire by itself: it waits for a slot like every lookup.
    """

    daemon: Daemon

    @property
    def _core(self) -> Kad:
        node = self.daemon.node
        if node is None:
            raise NotReadyError(
                "The node has no identity yet; `mule status` says what it waits for."
            )
        return node.core

    @property
    def _library(self) -> Library:
        library = self.daemon.holdings.library
        if not library.running:
            raise NotReadyError("The node is still starting; `mule status` says what it waits for.")
        return library

    # --- searching -------------------------------------------------------------------------

    def search(self, wish: SearchWish) -> int:
        """Want a search; its number."""
        return self._core.search(wish)

    def search_again(self, number: int) -> bool:
        """Give a search that is done another round."""
        return self._core.search_again(number)

    def stop_search(self, number: int) -> bool:
        """End a search."""
        return self._core.stop_search(number)

    def search_view(self, number: int) -> SearchView | None:
        """One search."""
        return next((view for view in self.searches() if view.number == number), None)

    def searches(self) -> tuple[SearchView, ...]:
        """All searches, the oldest first."""
        return self._core.searches()

    # --- sharing ---------------------------------------------------------------------------

    def share_add(self, path: str) -> Deferred[Added]:
        """Share a folder or file."""
        return self._library.add(path)

    def share_remove(self, path: str) -> Deferred[str]:
        """Share a path no longer."""
        return self._library.remove(path)

    def share_rescan(self, path: str | None) -> Deferred[None]:
        """Look through one shared path, or all, again."""
        return self._library.rescan(path)

    def library_status(self) -> LibraryStatus:
        """How far looking and hashing have come."""
        return self._library.status()

    def shared_files(self) -> tuple[SharedFile, ...]:
        """The shared files, all paths of them."""
        return self._library.listing()

    def publishing(self) -> PublishingView | None:
        """How publishing stands; ``None`` before the node has begun."""
        node = self.daemon.node
        return None if node is None else node.core.publishing()

    # --- comments --------------------------------------------------------------------------

    def comments(self) -> tuple[Comment, ...]:
        """What the user thinks of files, the oldest first."""
        return tuple(self.daemon.holdings.comments.values())

    def comment(self, comment: Comment) -> Deferred[None]:
        """Keep and publish a comment."""
        kept: Deferred[None] = self.daemon.holdings.comment(comment)
        return kept

    def remove_comment(self, file_hash: KadID) -> Deferred[bool]:
        """Take a comment back."""
        removed: Deferred[bool] = self.daemon.holdings.remove_comment(file_hash)
        return removed
