"""The other end of the control socket, for commands that come and go: blocking, and brief."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import asdict, define, frozen
from twisted.protocols.amp import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_CODE,
    ERROR_DESCRIPTION,
    AmpBox,
    Command,
)

from twisted_mule.control.address import address
from twisted_mule.control.commands import (
    ERRORS,
    LARGEST_DOCUMENT,
    PART,
    ExportNodes,
    FetchPart,
    GetLibrary,
    GetSearch,
    GetStatus,
    HandPart,
    ImportNodes,
    ListComments,
    ListSearches,
    ListShared,
    LookUp,
    NotReadyError,
    PutComment,
    RemoveComment,
    SearchAgain,
    SearchFiles,
    SearchNotes,
    SearchSources,
    ShareAdd,
    ShareRemove,
    ShareRescan,
    StopSearch,
)
from twisted_mule.kad.filters import Filters
from twisted_mule.store.directory import CONTROL

#: Seconds that the node may take for any one answer.
PATIENCE: Final = 10.0


class NoNodeError(Exception):
    """No node runs with this state directory."""


class ControlError(Exception):
    """The node did not do what was asked; the text is one plain sentence."""


class NotYetError(ControlError):
    """The node has not come so far yet."""


@frozen
class Imported:
    """
    What became of a file of contacts.

    :ivar read: contacts that could be used.
    :ivar new: those among them that were not known.
    :ivar skipped: records that could not be used.
    """

    read: int
    new: int
    skipped: int


@contextmanager
def connected(data: Path, patience: float = PATIENCE) -> Iterator[ControlClient]:
    """
    The node whose state directory is ``data``.

    :raise NoNodeError: when none runs there.
    :raise ControlError: when there is one that cannot be reached, or stops answering.
    """
    with ExitStack() as held:
        try:
            name = held.enter_context(address(data / CONTROL))
            line = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            line.settimeout(patience)
            line.connect(name)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as reason:
            raise NoNodeError(f"No node runs with the state directory {data}.") from reason
        except (OSError, ValueError) as reason:
            raise ControlError(f"The node at {data} cannot be reached: {reason}.") from reason
        yield ControlClient(line, data)


@define
class ControlClient:
    """
    One connection; each method asks and waits.

    :raise ControlError: when the node refuses, is silent or goes away; :class:`NotYetError` when
        it has not come so far yet.
    """

    line: socket.socket
    data: Path

    def status(self) -> dict[str, Any]:
        """The newest snapshot (see ``rendering.status_document``)."""
        document: dict[str, Any] = json.loads(self._fetch(GetStatus))
        return document

    def export_nodes(self) -> bytes:
        """The contacts of the table as a ``nodes.dat``."""
        return self._fetch(ExportNodes)

    def import_nodes(self, content: bytes) -> Imported:
        """
        Offer the contacts of a ``nodes.dat`` to the table.

        :raise ControlError: when it is none, or too large.
        """
        for start in range(0, len(content), PART):
            self._ask(HandPart, content=content[start : start + PART])
        return Imported(**self._ask(ImportNodes))

    # --- searching -------------------------------------------------------------------------

    def search_files(self, words: str, filters: Filters) -> int:
        """Search for files; the number of the search."""
        return self._number(SearchFiles, words=words, **_given(asdict(filters)))

    def search_sources(self, file_hash: str, size: int) -> int:
        """Search for who has a file; the number of the search."""
        return self._number(SearchSources, file_hash=file_hash, size=size)

    def search_notes(self, file_hash: str, size: int) -> int:
        """Search for what others think of a file; the number of the search."""
        return self._number(SearchNotes, file_hash=file_hash, size=size)

    def look_up(self, target: str) -> int:
        """Find the nodes nearest to a point; the number of the search."""
        return self._number(LookUp, target=target)

    def search(self, number: int, since: int = 0, *, traces: bool = False) -> dict[str, Any]:
        """Where a search stands, with some results from number ``since`` on."""
        document: dict[str, Any]
        document = self._json(GetSearch, number=number, since=since, traces=traces)
        return document

    def whole_search(self, number: int) -> dict[str, Any]:
        """A search with all its results and the traces of its lookups."""
        document = self.search(number, traces=True)
        while document["next"] < document["found"]:
            more = self.search(number, document["next"])
            document["results"] += more["results"]
            document["next"] = more["next"]
        return document

    def searches(self) -> list[dict[str, Any]]:
        """All searches, the oldest first, without results."""
        documents: list[dict[str, Any]] = self._json(ListSearches)
        return documents

    def stop_search(self, number: int) -> None:
        """End a search."""
        self._ask(StopSearch, number=number)

    def search_again(self, number: int) -> None:
        """Give a search that is done another round."""
        self._ask(SearchAgain, number=number)

    # --- sharing ---------------------------------------------------------------------------

    def share_add(self, path: str) -> str:
        """Share a whole path; it as it really is."""
        return os.fsdecode(self._ask(ShareAdd, path=os.fsencode(path))["path"])

    def share_remove(self, path: str) -> str:
        """Share a path no longer; it as it was kept."""
        return os.fsdecode(self._ask(ShareRemove, path=os.fsencode(path))["path"])

    def share_rescan(self, path: str | None) -> bool:
        """Look through a shared path, or all, again; whether that is done by now."""
        chosen = {} if path is None else {"path": os.fsencode(path)}
        return bool(self._ask(ShareRescan, **chosen)["done"])

    def library(self) -> dict[str, Any]:
        """How far looking and hashing have come."""
        document: dict[str, Any] = self._json(GetLibrary)
        return document

    def shared(self) -> dict[str, Any]:
        """All shared files, and how their publishing stands."""
        document: dict[str, Any] = self._json(ListShared, since=0)
        while document["next"] < document["all"]:
            more = self._json(ListShared, since=document["next"])
            document["files"] += more["files"]
            document["next"] = more["next"]
        return document

    # --- comments --------------------------------------------------------------------------

    def comments(self) -> list[dict[str, Any]]:
        """The user's own."""
        documents: list[dict[str, Any]] = self._json(ListComments)
        return documents

    def put_comment(self, file_hash: str, name: str, size: int, text: str, rating: int) -> None:
        """Keep and publish one."""
        self._ask(PutComment, file_hash=file_hash, name=name, size=size, text=text, rating=rating)

    def remove_comment(self, file_hash: str) -> None:
        """Take one back."""
        self._ask(RemoveComment, file_hash=file_hash)

    # --- the line --------------------------------------------------------------------------

    def _number(self, command: type[Command], **arguments: object) -> int:
        return int(self._ask(command, **arguments)["number"])

    def _json(self, question: type[Command], **arguments: object) -> Any:
        return json.loads(self._fetch(question, **arguments))

    def _fetch(self, question: type[Command], **arguments: object) -> bytes:
        size = min(self._ask(question, **arguments)["size"], LARGEST_DOCUMENT)
        document = bytearray()
        while len(document) < size:
            part = self._ask(FetchPart, offset=len(document))["content"]
            if not part:
                raise self._gone()
            document += part
        return bytes(document)

    def _ask(self, command: type[Command], **arguments: object) -> dict[str, Any]:
        box = command.makeArguments(arguments, None)
        box[COMMAND] = command.commandName
        box[ASK] = b"1"
        try:
            self.line.sendall(box.serialize())
            answer = self._box()
        except TimeoutError as reason:
            raise ControlError(
                f"The node at {self.data} did not answer within {self.line.gettimeout():g}"
                " seconds; try again."
            ) from reason
        except (OSError, EOFError) as reason:
            raise self._gone() from reason
        if ANSWER in answer:
            response: dict[str, Any] = command.parseResponse(answer, None)
            return response
        if ERROR not in answer:
            raise self._gone()
        sentence = answer[ERROR_DESCRIPTION].decode("utf-8", "replace")
        not_yet = answer[ERROR_CODE] == ERRORS[NotReadyError]
        raise NotYetError(sentence) if not_yet else ControlError(sentence)

    def _gone(self) -> ControlError:
        return ControlError(f"The node at {self.data} closed the connection.")

    def _box(self) -> AmpBox:
        """The next box: pairs of strings, each behind its length, up to an empty key."""
        box = AmpBox()
        while key := self._string():
            box[key] = self._string()
        return box

    def _string(self) -> bytes:
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def _exactly(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            part = self.line.recv(size - len(content))
            if not part:
                raise EOFError
            content += part
        return bytes(content)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Without those that were left open."""
    return {name: value for name, value in arguments.items() if value is not None}
