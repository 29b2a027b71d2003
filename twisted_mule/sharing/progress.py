"""How far sharing has come, as values for readers."""

from __future__ import annotations

from attrs import frozen


@frozen
class Problem:
    """Something that is not shared, and why, in words for the user."""

    path: str
    reason: str


@frozen
class Current:
    """
    The file that is being hashed.

    :ivar size: bytes.
    :ivar done: how many of them went into the hash.
    """

    path: str
    size: int
    done: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.size if self.size else 1.0


@frozen
class RootStatus:
    """
    One shared path.

    :ivar files: how many files of it are shared, that is hashed and still there.
    :ivar bytes: what they hold.
    :ivar waiting: how many are to be hashed now, and ``waiting_bytes`` what they hold.
    :ivar later: how many will be hashed later, because somebody seems to be writing them.
    :ivar left_out: how many are not shared, by the reason in words.
    :ivar looked: whether it was looked through since the node started.
    :ivar trouble: why it cannot be looked at now, as a sentence; else empty.
    """

    path: str
    files: int
    bytes: int
    waiting: int
    waiting_bytes: int
    later: int
    left_out: tuple[tuple[str, int], ...]
    looked: bool
    trouble: str


@frozen
class LibraryStatus:
    """
    All that is shared, at one moment.

    :ivar looking: the folder that is being looked through, or ``None``.
    :ivar done: files hashed in the present work, or in the last one when there is none;
        ``done_bytes`` is what they hold.
    :ivar problems: the first of what the user should know of; ``more_problems`` is how many more
        there are.
    :ivar trouble: why nothing can be kept now, as a sentence; else empty.
    """

    roots: tuple[RootStatus, ...] = ()
    looking: str | None = None
    current: Current | None = None
    done: int = 0
    done_bytes: int = 0
    problems: tuple[Problem, ...] = ()
    more_problems: int = 0
    trouble: str = ""

    @property
    def files(self) -> int:
        """How many files are shared, equal ones counted by path."""
        return sum(root.files for root in self.roots)

    @property
    def bytes(self) -> int:
        """What they hold."""
        return sum(root.bytes for root in self.roots)

    @property
    def waiting(self) -> int:
        """How many files are to be hashed now, with the current one."""
        return sum(root.waiting for root in self.roots) + (self.current is not None)

    @property
    def waiting_bytes(self) -> int:
        """What of them did not go into a hash yet."""
        rest = 0 if self.current is None else self.current.size - self.current.done
        return sum(root.waiting_bytes for root in self.roots) + rest

    @property
    def later(self) -> int:
        """How many will be hashed later, because somebody seems to be writing them."""
        return sum(root.later for root in self.roots)

    @property
    def share(self) -> float:
        """How much of the present work is done, from 0 to 1."""
        done = self.done_bytes + (0 if self.current is None else self.current.done)
        whole = done + self.waiting_bytes
        return done / whole if whole else 1.0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to look through and nothing to hash now."""
        return self.looking is None and not self.waiting
