"""What the user thinks of files, shared ones or not: rows of the database, by file hash."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_mule.kad.ids import KadID
from twisted_mule.store.database import Database

#: Comments that are kept, at the most: each takes a publish a day of a pace of some 1,500.
MOST_COMMENTS: Final = 500

_GET: Final = "SELECT hash, name, size, rating, text FROM comment ORDER BY position"
_PUT: Final = """
    INSERT INTO comment (hash, name, size, rating, text) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (hash) DO UPDATE
    SET name = excluded.name, size = excluded.size, rating = excluded.rating, text = excluded.text
"""


class FullError(Exception):
    """There are :data:`MOST_COMMENTS` already; the text says so to the user in one sentence."""


@frozen
class Comment:
    """
    What the user thinks of a file.

    :ivar name: as it is told to the network, with ``size`` in bytes.
    :ivar text: empty for a mere rating.
    :ivar rating: 1 (fake) to 5 (excellent); 0 for none.
    """

    hash: KadID
    name: str
    size: int
    text: str = ""
    rating: int = 0

    @property
    def says_something(self) -> bool:
        """Whether there is anything to tell the network."""
        return bool(self.text or self.rating)


@frozen
class CommentStore:
    """Where they are kept."""

    database: Database

    def load(self) -> Deferred[tuple[Comment, ...]]:
        """All of them, the oldest first."""

        def read(connection: Connection) -> tuple[Comment, ...]:
            return tuple(_comment(*row) for row in connection.execute(_GET))

        return self.database.transact(read)

    def put(self, comment: Comment) -> Deferred[None]:
        """
        Keep ``comment`` in place of an earlier one on the same file.

        Fires with :class:`FullError` when there is no room for one more.
        """
        row = (comment.hash.natural, comment.name, comment.size, comment.rating, comment.text)

        def write(connection: Connection) -> None:
            connection.execute(_PUT, row)
            (count,) = connection.execute("SELECT count(*) FROM comment").fetchone()
            if count > MOST_COMMENTS:  # the transaction is undone
                raise FullError(
                    f"There are {MOST_COMMENTS} comments already; take one back"
                    " with `mule comment LINK --remove`."
                )

        return self.database.transact(write)

    def remove(self, file_hash: KadID) -> Deferred[bool]:
        """Forget the comment on a file; fires with whether there was one."""

        def delete(connection: Connection) -> bool:
            gone = connection.execute("DELETE FROM comment WHERE hash = ?", (file_hash.natural,))
            return gone.rowcount > 0

        return self.database.transact(delete)


def _comment(natural: bytes, name: str, size: int, rating: int, text: str) -> Comment:
    return Comment(KadID.from_natural(natural), name, size, text, rating)
