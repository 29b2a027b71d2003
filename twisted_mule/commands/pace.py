"""What publishing can do and when, in plain sentences: the pace is fixed, and the user is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from twisted_mule import contract
from twisted_mule.commands.asking import duration
from twisted_mule.commands.results import Document, counted

#: How many files of usual names the pace keeps published, for words; `room` is the live figure.
USUAL: Final = "150 to 200"


def _hours(least: float, most: float) -> str:
    return f"{least / 3600:g} to {most / 3600:g} hours"


def file_state(file: Document) -> str:
    """How far the publishing of one file is."""
    match file["state"]:
        case "found":
            return "published"
        case "source":
            return f"{file['words_known']} of {file['words']} words"
        case "next":
            return "next"
        case _:
            return "waits"


def publishing_lines(view: Document | None) -> Iterator[str]:
    """How publishing stands, what comes when, and what waits."""
    if view is None:
        yield "Nothing is published yet: the node waits for its router; see `mule status`."
        return
    yield f"The pace of every node is the same and keeps {USUAL} files published{_room(view)}."
    yield (
        f"Of {counted(view['shared'], 'file', 'files')} (equal ones counted once)"
        f" {view['taken']} are taken up and {view['waiting']} wait."
    )
    yield from _waiting(view)
    yield from _coming(view)
    yield (
        "Published anew: that you have a file every"
        f" {_hours(*contract.SOURCE_REPUBLISH)}, each word of its name and each comment every"
        f" {_hours(*contract.KEYWORD_REPUBLISH)}."
    )


def _room(view: Document) -> str:
    return f", of files like yours about {view['room']}" if view["taken"] else ""


def _waiting(view: Document) -> Iterator[str]:
    if not view["streams"]:
        yield "The destination for streams is not open yet; until then no file is taken up."
    elif not view["waiting"]:
        return
    elif view["room"] > view["taken"]:
        yield "Those that wait are taken up one by one, whenever nothing else is due."
    else:
        yield (
            "The pace is full: those that wait cannot be found by anybody."
            " Share less, what matters most, to change that."
        )


def _coming(view: Document) -> Iterator[str]:
    if view["begins_in"] > 0:
        yield f"The first publish after the start comes in about {duration(view['begins_in'])}."
    if view["overdue"]:
        span = duration(view["overdue"] * 3600.0 / contract.STORES_STEADY)
        yield (
            f"{counted(view['overdue'], 'record is', 'records are')} due;"
            f" at {contract.STORES_STEADY} an hour that takes about {span}."
        )
    if view["notes"]:
        yield f"{view['notes_sent']} of {counted(view['notes'], 'comment', 'comments')} published."
