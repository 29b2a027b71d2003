"""The desk for the node's state and its contacts."""

from __future__ import annotations

from collections.abc import Generator
from itertools import islice
from typing import Final

from attrs import define
from twisted.internet.defer import Deferred

from twisted_mule.control.commands import (
    LARGEST_DOCUMENT,
    ExportNodes,
    GetStatus,
    HandPart,
    ImportNodes,
    RefusedError,
)
from twisted_mule.control.desk import Desk, Node, TableAccess
from twisted_mule.control.rendering import status_json
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.errors import DecodeError
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import node_of, seed_of
from twisted_mule.store.nodes_dat import NodesFile

#: Contacts that are offered in one turn of the reactor: no turn may take 5 ms (design.md D21).
SLICE: Final = 25


class TableDesk(Desk):
    """Tell how the node is; give contacts out and take them in."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._handed = bytearray()

    @GetStatus.responder
    def _get_status(self) -> dict[str, int]:
        return self.offer(status_json(self.node.source.status()))

    @ExportNodes.responder
    def _export_nodes(self) -> dict[str, int]:
        return self.offer(nodes_dat.write(map(node_of, self.node.table.contacts())))

    @HandPart.responder
    def _hand_part(self, content: bytes) -> dict[str, object]:
        if len(self._handed) + len(content) > LARGEST_DOCUMENT:
            self._handed.clear()
            raise RefusedError(f"A file of contacts has at most {LARGEST_DOCUMENT} bytes.")
        self._handed += content
        return {}

    @ImportNodes.responder
    def _import_nodes(self) -> Deferred[dict[str, int]]:
        content = bytes(self._handed)
        self._handed.clear()
        return Deferred.fromCoroutine(self._import(content))

    async def _import(self, content: bytes) -> dict[str, int]:
        try:
            found: NodesFile = await self.node.run(lambda: nodes_dat.read(content))
        except DecodeError as reason:
            raise RefusedError(f"This is not a nodes.dat file: {reason}.") from reason
        seeds = found.contacts if found.bootstrap_only else found.trusted()
        offer = _Offer(self.node.table, tuple(map(seed_of, seeds)))
        await self.node.cooperator.cooperate(offer.slices()).whenDone()
        return {"read": len(seeds), "new": offer.taken, "skipped": found.skipped + found.missing}


@define
class _Offer:
    """Contacts on their way into the table, some in each turn of the reactor."""

    table: TableAccess
    seeds: tuple[Seed, ...]
    taken: int = 0

    def slices(self) -> Generator[None]:
        waiting = iter(self.seeds)
        while some := tuple(islice(waiting, SLICE)):
            self.taken += self.table.learn(some)
            yield
