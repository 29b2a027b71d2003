"""What searches find, in words: one or two lines a result, sentences for where a search stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from twisted_mule.commands.asking import duration
from twisted_mule.commands.wording import RATINGS, plain, size_text

Document = dict[str, Any]

#: What a search of each kind finds, one and several.
_NAMES: Final = {
    "files": ("file", "files"),
    "sources": ("source", "sources"),
    "notes": ("comment", "comments"),
    "nodes": ("node", "nodes"),
}


def file_lines(found: Document) -> Iterator[str]:
    """A file: size, type, how many have it, its name; its link on a line of its own."""
    sources = counted(found["sources"], "source", "sources")
    name = plain(found["name"])
    kind = plain(found["type"])[:8] or "-"
    yield f"{size_text(found['size']):>10}  {kind:<8}  {sources:>12}  {name}"
    yield f"            {found['link']}"


def source_lines(found: Document) -> Iterator[str]:
    """Somebody who has a file."""
    what = "all of it" if found["complete"] else "parts"
    yield f"{what:<9}  {found['address']}"


def note_lines(found: Document) -> Iterator[str]:
    """What somebody thinks of a file."""
    rating = RATINGS[found["rating"]]
    comment = plain(found["comment"]) or "-"
    yield f"{rating:<9}  {comment}  ({plain(found['name'])})"


#: How to show and to sort what a search of each kind finds.
_LINES: Final[dict[str, Callable[[Document], Iterator[str]]]] = {
    "files": file_lines,
    "sources": source_lines,
    "notes": note_lines,
}
_ORDERS: Final[dict[str, Callable[[Document], Any]]] = {
    "files": lambda one: (-one["sources"], -one["answers"], one["name"].lower(), one["hash"]),
    "sources": lambda one: (not one["complete"], -one["answers"], one["destination"]),
    "notes": lambda one: (-one["rating"], one["comment"], one["publisher"]),
}


def lines_of(kind: str, found: Document) -> Iterator[str]:
    """A result of a search of this kind."""
    return _LINES[kind](found)


def ordered(kind: str, results: list[Document]) -> list[Document]:
    """The results, those of most use first."""
    return sorted(results, key=_ORDERS[kind]) if results else []


def counted(count: int, one: str, several: str) -> str:
    """So many of something."""
    return f"{count} {one if count == 1 else several}"


def found_text(document: Document) -> str:
    """How much was found; of a lookup, how many answered."""
    if document["kind"] == "nodes":
        return counted(document["answered"], *_NAMES["nodes"])
    return counted(document["found"], *_NAMES[document["kind"]])


def begun_text(document: Document) -> str:
    """What a search goes by, and who sees it."""
    number, words = document["number"], " and ".join(map(plain, document["words"]))
    match document["kind"]:
        case "files":
            return f"Search {number} goes by {words}: the nodes near that see what you search for."
        case "nodes":
            return f"Search {number} looks for the nodes nearest to {document['wish']}."
        case _:
            return f"Search {number} goes by the hash: the nodes near it see what you search for."


def state_text(document: Document) -> str:
    """Where a search stands now."""
    network = document["network"]
    if document["state"] == "done":
        return "stopped" if document["stopped"] else "done"
    if not network["ready"]:
        return f"waits until the node is in the network ({network['headline']})"
    if document["state"] == "waiting":
        wait = document["begins_in"]
        return "starts soon" if wait is None or wait < 1 else f"starts in about {duration(wait)}"
    asked = counted(document["asked"], "node", "nodes")
    told = f"has asked {asked}, {document['answered']} answered"
    return told if document["kind"] == "nodes" else f"{told}; {found_text(document)} so far"


def ended_text(document: Document, waited: float) -> Iterator[str]:
    """What came of it."""
    number = document["number"]
    if document["state"] != "done":
        yield f"After {duration(waited)} the search {state_text(document)}."
        yield f"It goes on: `mule searches {number}` shows what comes of it."
        return
    if document["kind"] != "nodes":
        verdict = "Stopped" if document["stopped"] else "Done"
        yield f"{verdict}: {found_text(document)}."
    if document["dropped"]:
        yield f"{document['dropped']} more were left out; narrow the search by words or sizes."
    if document["more"]:
        yield f"Some node has more: `mule searches {number} --more` asks for it."
    if not document["found"] and document["kind"] == "files" and not document["stopped"]:
        yield "Try fewer or other words; each must be in the file's name."


def trace_lines(trace: Document) -> Iterator[str]:
    """One lookup: whom it asked, who answered, how near it came."""
    asked = trace["asked"]
    answers = sum(one["answered"] is not None for one in asked)
    over = "still under way" if trace["ended"] is None else f"over after {duration(trace['ended'])}"
    yield f"{counted(len(asked), 'node', 'nodes')} asked, {answers} answered; {over}."
    if asked:
        yield "   asked at  node      distance  answer"
    for one in asked:
        yield (
            f"{duration(one['at']):>11}  {one['id'][:8]}  {one['distance']:>3} bits  {_answer(one)}"
        )
    if trace["progress"]:
        steps = ", ".join(f"{bits} bits at {duration(at)}" for at, bits in trace["progress"])
        yield f"Nearest that answered: {steps}."


def _answer(asked: Document) -> str:
    if asked["answered"] is None:
        return "-"
    after = duration(asked["answered"] - asked["at"])
    if asked["finishing"]:
        return f"after {after}, {counted(asked['results'], 'result', 'results')}"
    return f"after {after}, {counted(asked['contacts'], 'contact', 'contacts')}"
