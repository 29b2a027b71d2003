"""What the daemon needs of its surroundings, as it sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred

from twisted_mule.kad.contact import Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.status import RouterStatus
from twisted_mule.store.worker import Run

if TYPE_CHECKING:
    from twisted_mule.daemon import Daemon
    from twisted_mule.node import Watch


class Bridge(Protocol):
    """The session with the router, as :class:`twisted_mule.sam.bridge.SamBridge` gives it."""

    @property
    def online(self) -> bool:
        """Whether datagrams can leave now."""

    def startService(self) -> object:
        """Begin to connect."""

    def stopService(self) -> Deferred[object]:
        """Close the session."""

    def status(self) -> RouterStatus:
        """Where it stands."""

    def generate_keys(self) -> Deferred[SessionKeys]:
        """Have one more pair of keys made."""

    def heard_network(self) -> None:
        """The first answer of the network came."""

    def when_ready(self) -> Deferred[Destination]:
        """Fires once our destination is known."""

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink."""


class Surroundings(Protocol):
    """What stands around the node: dashboard, control socket, the practice network."""

    def open(self, daemon: Daemon) -> Deferred[Any]:
        """Fires with the dashboard's address and its link, or fails with a :class:`StateError`."""

    def bridge(self, daemon: Daemon) -> Deferred[Bridge]:
        """Fires with the link to the router, not yet started."""

    def open_streams(self, daemon: Daemon) -> None:
        """Have the destination for streams opened, now that its keys are known."""

    @property
    def hashing(self) -> Run:
        """A thread for work that waits for the user's disks."""

    def watch(self, daemon: Daemon) -> Watch | None:
        """
        Who writes down what passes, ``None`` unless the user asked for it.

        :raise StateError: when it cannot be written.
        """

    def seeds(self) -> tuple[Seed, ...]:
        """Contacts to begin with that the surroundings know of themselves."""

    def close(self) -> Deferred[Any]:
        """Fires when all of it is closed."""

    def finish(self) -> None:
        """End the thread for blocking work, once nothing is left to be done."""
