"""What every desk of the control socket shares: the node behind it, documents, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Cooperator
from twisted.protocols.amp import CommandLocator

from twisted_mule.control.actions import NodeActions
from twisted_mule.control.commands import PART, FetchPart, RefusedError
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.query import QueryError
from twisted_mule.kad.searching import SearchError
from twisted_mule.sharing.sights import SharingError
from twisted_mule.status import StatusSource
from twisted_mule.store.comments import FullError
from twisted_mule.store.directory import StateError
from twisted_mule.store.worker import Run


class TableAccess(Protocol):
    """What the socket may do to the node: take contacts in, give them out."""

    def learn(self, seeds: tuple[Seed, ...]) -> int:
        """Offer contacts to the table; how many of them it took."""

    def contacts(self) -> tuple[Seed, ...]:
        """The contacts of the table."""


@frozen
class Node:
    """What a connection speaks for."""

    source: StatusSource
    table: TableAccess
    actions: NodeActions
    run: Run
    clock: IReactorTime
    cooperator: Cooperator


class Desk(CommandLocator):
    """
    What is being done for one client, in part; whoever serves it is made of several such.

    :ivar node: for whom it speaks.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self._ready = b""

    def offer(self, document: bytes) -> dict[str, int]:
        """Make a document ready to be fetched, in place of the one before."""
        self._ready = document
        return {"size": len(document)}

    def offer_json(self, document: Any) -> dict[str, int]:
        """The same for what is to be written as JSON."""
        return self.offer(json.dumps(document, separators=(",", ":")).encode())

    @FetchPart.responder
    def _fetch_part(self, offset: int) -> dict[str, bytes]:
        if offset < 0:
            raise RefusedError("A document begins at 0.")
        return {"content": self._ready[offset : offset + PART]}


@contextmanager
def refusals() -> Iterator[None]:
    """Let the sentences that the node has for its user reach the client."""
    try:
        yield
    except (SearchError, QueryError, SharingError, StateError, FullError) as reason:
        raise RefusedError(str(reason)) from reason


def identifier(text: str) -> KadID:
    """
    A hash or another point, out of hexadecimal digits.

    :raise RefusedError: when there are not 32 of them.
    """
    try:
        return KadID.from_hex(text)
    except ValueError as reason:
        raise RefusedError("A hash or identifier has 32 hexadecimal digits.") from reason
