"""A bar that shows how far the node is with looking through folders and hashing files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from time import sleep
from typing import Final

from attrs import define, field
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from twisted_mule.commands.client import ControlClient
from twisted_mule.commands.results import Document
from twisted_mule.commands.wording import plain

#: Seconds between two looks.
LOOK_EVERY: Final = 0.3
#: A name takes so many characters beside the bar.
_NAME: Final = 30


def states(node: ControlClient) -> Iterator[Document]:
    """How the library stands, again and again, until there is nothing to look through or hash."""
    while True:
        library = node.library()
        yield library
        if library["idle"] and all(root["looked"] or root["trouble"] for root in library["roots"]):
            return
        sleep(LOOK_EVERY)


@define
class HashingBar:
    """The bar, on the terminal beside the output."""

    console: Console
    _progress: Progress = field(init=False)
    _task: TaskID = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def show(self, library: Document) -> None:
        """One more moment."""
        current = library["current"]
        done = library["done_bytes"] + (current["done"] if current else 0)
        whole = done + library["waiting_bytes"]
        self._progress.update(
            self._task, description=escape(_doing(library)), completed=done, total=whole or None
        )

    def watch(self, node: ControlClient) -> Document:
        """Show it until there is nothing more to do; the last moment."""
        with self._progress:
            for library in states(node):
                self.show(library)
        return library


def _doing(library: Document) -> str:
    if library["current"]:
        name = plain(library["current"]["path"].rpartition("/")[2])
        return f"hashing {name if len(name) <= _NAME else name[: _NAME - 1] + '…'}"
    return "looking through folders" if library["looking"] else "hashing"


def watch(node: ControlClient) -> Document:
    """Wait until all is hashed, with a bar where a person looks; the last moment."""
    if sys.stderr.isatty():
        return HashingBar(Console(stderr=True, highlight=False)).watch(node)
    library: Document = {}
    for library in states(node):  # noqa: B007 - the last one counts
        pass
    return library
