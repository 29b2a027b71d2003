"""Watching a search of the node from its begin to its end, or as long as the user likes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any, Final, Protocol

import click
from attrs import define, field
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from twisted_mule.commands.client import ControlClient
from twisted_mule.commands.results import (
    Document,
    begun_text,
    ended_text,
    lines_of,
    ordered,
    state_text,
    trace_lines,
)
from twisted_mule.commands.verb import Call, Exit
from twisted_mule.commands.wording import say

#: Seconds between two looks.
LOOK_EVERY: Final = 1.0


class Screen(Protocol):
    """Where a search is shown while it lasts."""

    def begun(self, document: Document) -> None:
        """It was taken on."""

    def seen(self, document: Document) -> None:
        """It stands so, and has found some more."""

    def ended(self, document: Document, waited: float) -> None:
        """It is not watched any longer; the document holds everything."""


class JsonScreen:
    """One JSON object a line: the search, each result as it comes, at last all of it, sorted."""

    def begun(self, document: Document) -> None:
        """Say its number."""
        self._say({"search": _head(document)})

    def seen(self, document: Document) -> None:
        """Say what is new."""
        for found in document["results"]:
            self._say({"result": found})

    def ended(self, document: Document, waited: float) -> None:
        """Say everything."""
        del waited
        results = ordered(document["kind"], document["results"])
        self._say({"end": {**document, "results": results}})

    def _say(self, document: Document) -> None:
        click.echo(json.dumps(document))


@define
class LineScreen:
    """Lines as they come, for pipes: results on the output, sentences beside it."""

    _state: str = field(default="", init=False)

    def begun(self, document: Document) -> None:
        """Say what it goes by."""
        say(begun_text(document), err=True)

    def seen(self, document: Document) -> None:
        """Say what is new."""
        for found in document["results"]:
            for line in lines_of(document["kind"], found):
                say(line)
        if document["state"] not in {self._state, "done"}:
            self._state = document["state"]
            say(f"Search {document['number']} {state_text(document)}.", err=True)

    def ended(self, document: Document, waited: float) -> None:
        """Say everything once more, sorted."""
        if len(document["results"]) > 1:
            say("")
            say("Sorted:")
            _list(document)
        _conclude(document, waited)


@define
class LiveScreen:
    """A terminal: the latest results and a line of state, which the sorted list replaces."""

    console: Console
    _live: Live = field(init=False)
    _latest: list[str] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._live = Live(console=self.console, transient=True, auto_refresh=False)

    def begun(self, document: Document) -> None:
        """Say what it goes by."""
        say(begun_text(document))
        self._live.start()

    def seen(self, document: Document) -> None:
        """Show what is new at the bottom of the terminal."""
        for found in document["results"]:
            self._latest += lines_of(document["kind"], found)
        del self._latest[: max(len(self._latest) - self.console.height + 3, 0)]
        state = Text(f"Search {document['number']} {state_text(document)}. Ctrl-C stops it.")
        latest = (Text(line, no_wrap=True, overflow="ellipsis") for line in self._latest)
        self._live.update(Group(*latest, state), refresh=True)

    def ended(self, document: Document, waited: float) -> None:
        """Leave the sorted list."""
        self._live.stop()
        _list(document)
        _conclude(document, waited)


def screen_for(call: Call) -> Screen:
    """What fits whoever reads."""
    if call.as_json:
        return JsonScreen()
    return LiveScreen(Console(highlight=False)) if sys.stdout.isatty() else LineScreen()


def follow(call: Call, number: int, wait: float) -> None:
    """
    Show search ``number`` until it is done, for ``wait`` seconds at the most; Ctrl-C stops it.

    Ends the command with 4 when the node was not in the network and nothing was found.
    """
    screen, begun = screen_for(call), monotonic()
    stopped = False
    try:
        with call.node() as node:
            for count, document in enumerate(_watch(node, number, begun + wait)):
                if not count:
                    screen.begun(document)
                screen.seen(document)
    except KeyboardInterrupt:
        stopped = True
    # What was interrupted left its connection in the middle of an answer: another one.
    with call.node() as node:
        if stopped:
            node.stop_search(number)
        document = node.whole_search(number)
    screen.ended(document, monotonic() - begun)
    if document["state"] != "done" and not document["network"]["ready"] and not document["found"]:
        click.get_current_context().exit(int(Exit.NOT_READY))


def _watch(node: ControlClient, number: int, until: float) -> Iterator[Document]:
    since = 0
    while True:
        document = node.search(number, since)
        since = document["next"]
        yield document
        if since < document["found"]:
            continue
        left = until - monotonic()
        if document["state"] == "done" or left <= 0:
            return
        sleep(min(LOOK_EVERY, left))


def show(call: Call, document: Document) -> None:
    """A search as it stands, for good."""
    if call.as_json:
        results = ordered(document["kind"], document["results"])
        click.echo(json.dumps({**document, "results": results}))
        return
    say(begun_text(document))
    _list(document)
    if document["state"] == "done":
        _conclude(document, 0.0)
    else:
        say(f"The search {state_text(document)}.")


def _list(document: Document) -> None:
    for found in ordered(document["kind"], document["results"]):
        for line in lines_of(document["kind"], found):
            say(line)


def _conclude(document: Document, waited: float) -> None:
    if document["kind"] == "nodes":
        for trace in document["traces"]:
            for line in trace_lines(trace):
                say(line)
    for line in ended_text(document, waited):
        say(line, err=True)


def _head(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in {"results", "next"}}
