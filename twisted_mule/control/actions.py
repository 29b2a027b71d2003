"""
What the control socket may have the node do: typed values in and out, nothing of AMP.

The daemon implements :class:`NodeActions`; every call is on the reactor's thread.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from twisted_mule.control.commands import NotReadyError
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.publishing import PublishingView
from twisted_mule.kad.search import SearchView, SearchWish
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.sharing.service import Added
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.comments import Comment

__all__ = ["NodeActions", "NotReadyError"]


class NodeActions(Protocol):
    """
    What the owner of the state directory may want of the running node.

    Any of them may raise, or fire with, :class:`NotReadyError` while the node comes up or ends.
    """

    # --- searching -------------------------------------------------------------------------

    def search(self, wish: SearchWish) -> int:
        """
        Want a search; its number.

        :raise SearchError: when too many wait (``kad.searching``).
        """

    def search_again(self, number: int) -> bool:
        """Give a search that is done another round; false if there is no such search."""

    def stop_search(self, number: int) -> bool:
        """End a search, its results stay; false if there is none."""

    def search_view(self, number: int) -> SearchView | None:
        """One search; ``None`` if there is none."""

    def searches(self) -> tuple[SearchView, ...]:
        """All searches, the oldest first."""

    # --- sharing ---------------------------------------------------------------------------

    def share_add(self, path: str) -> Deferred[Added]:
        """
        Share a folder or file, named by a whole path.

        Fires once it is kept and about to be looked through; with :class:`SharingError`
        (``sharing.sights``) or :class:`StateError` (``store.directory``) when it is not.
        """

    def share_remove(self, path: str) -> Deferred[str]:
        """Share a path no longer; fires with it as it was kept, fails as :meth:`share_add`."""

    def share_rescan(self, path: str | None) -> Deferred[None]:
        """Look through one shared path, or all, again; fires when that is done, or fails so."""

    def library_status(self) -> LibraryStatus:
        """How far looking and hashing have come."""

    def shared_files(self) -> tuple[SharedFile, ...]:
        """The shared files, all paths of them."""

    def publishing(self) -> PublishingView | None:
        """How publishing stands; ``None`` while it has not begun."""

    # --- comments --------------------------------------------------------------------------

    def comments(self) -> tuple[Comment, ...]:
        """What the user thinks of files, the oldest first."""

    def comment(self, comment: Comment) -> Deferred[None]:
        """
        Keep and publish a comment, in place of an earlier one on the same file.

        Fires once it is kept; with :class:`FullError` (``store.comments``) or
        :class:`StateError` when it is not.
        """

    def remove_comment(self, file_hash: KadID) -> Deferred[bool]:
        """Take a comment back; fires with whether there was one, fails as :meth:`comment`."""
