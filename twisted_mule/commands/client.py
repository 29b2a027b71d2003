"""The other end of the control socket, for commands that come and go: blocking, and brief."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, frozen
from twisted.protocols.amp import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_DESCRIPTION,
    AmpBox,
    Command,
)

from twisted_mule.control.address import address
from twisted_mule.control.commands import (
    LARGEST_DOCUMENT,
    PART,
    ExportNodes,
    FetchPart,
    GetStatus,
    HandPart,
    ImportNodes,
)
from twisted_mule.store.directory import CONTROL

#: Seconds that the node may take for any one answer.
PATIENCE: Final = 10.0


class NoNodeError(Exception):
    """No node runs with this state directory."""


class ControlError(Exception):
    """The node did not do what was asked; the text is one plain sentence."""


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
        try:
            yield ControlClient(line)
        except TimeoutError as reason:
            raise ControlError(
                f"The node at {data} did not answer within {patience:g} seconds; try again."
            ) from reason
        except (OSError, EOFError) as reason:
            raise ControlError(f"The node at {data} closed the connection.") from reason


@define
class ControlClient:
    """One connection; each method asks and waits."""

    line: socket.socket

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

    def _fetch(self, question: type[Command]) -> bytes:
        size = min(self._ask(question)["size"], LARGEST_DOCUMENT)
        document = bytearray()
        while len(document) < size:
            part = self._ask(FetchPart, offset=len(document))["content"]
            if not part:
                raise EOFError
            document += part
        return bytes(document)

    def _ask(self, command: type[Command], **arguments: object) -> dict[str, Any]:
        box = command.makeArguments(arguments, None)
        box[COMMAND] = command.commandName
        box[ASK] = b"1"
        self.line.sendall(box.serialize())
        answer = self._box()
        if ANSWER in answer:
            response: dict[str, Any] = command.parseResponse(answer, None)
            return response
        if ERROR in answer:
            raise ControlError(answer[ERROR_DESCRIPTION].decode("utf-8", "replace"))
        raise EOFError

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
