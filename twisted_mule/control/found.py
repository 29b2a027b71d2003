"""Searches as plain JSON: where they stand, what they found, whom they asked."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256
from typing import Any, Final, assert_never

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.findings import Found, FoundFile, FoundNote, FoundSource
from twisted_mule.kad.query import Query
from twisted_mule.kad.search import Locate, NotesOn, SearchState, SearchView, SearchWish, SourcesOf
from twisted_mule.kad.traces import Asked, LookupTrace
from twisted_mule.sharing.links import FileLink

#: Results in one document: what renders in a turn of the reactor without holding up anybody.
PAGE: Final = 100


def search_document(view: SearchView, *, traces: bool = False) -> dict[str, Any]:
    """
    A search without its results.

    ``asked`` and ``answered`` count the requests of the present round; ``begins_in`` is in
    seconds, ``null`` unless it waits for a slot.
    """
    document = {
        "number": view.number,
        **_wish(view.wish),
        "state": view.state.value,
        "begins_in": view.begins_in if view.state is SearchState.WAITING else None,
        "found": len(view.results),
        "dropped": view.dropped,
        "lookups": view.lookups,
        "asked": sum(len(trace.asked) for trace in view.traces),
        "answered": sum(trace.answered for trace in view.traces),
        "more": view.more,
        "stopped": view.stopped,
    }
    if traces:
        document["traces"] = [_trace(trace) for trace in view.traces]
    return document


def results_document(view: SearchView, since: int) -> dict[str, Any]:
    """Some results from number ``since`` on; ``next`` is where the next ones begin."""
    some = view.results[since : since + PAGE]
    return {"results": [_found(one) for one in some], "next": since + len(some)}


def _wish(wish: SearchWish) -> dict[str, Any]:
    """What a search is for: its kind, what the user asked for, the words or points it goes by."""
    match wish:
        case Query(text=text, legs=legs):
            return {"kind": "files", "wish": text, "words": [leg.word for leg in legs]}
        case SourcesOf(file):
            return {"kind": "sources", "wish": file.hex, "words": []}
        case NotesOn(file):
            return {"kind": "notes", "wish": file.hex, "words": []}
        case Locate(target):
            return {"kind": "nodes", "wish": target.hex, "words": []}
        case _:
            assert_never(wish)


def _found(found: Found) -> dict[str, Any]:
    match found:
        case FoundFile():
            return {
                "hash": found.hash.hex,
                "name": found.name,
                "size": found.size,
                "type": found.file_type,
                "sources": found.sources,
                "complete": found.complete,
                "answers": found.answers,
                "link": str(FileLink(found.name, found.size, found.hash)),
            }
        case FoundSource():
            return {
                "source": found.source.hex,
                "address": _address(found.destination),
                "destination": found.destination.base64,
                "datagrams": found.datagrams and found.datagrams.base64,
                "size": found.size,
                "complete": found.complete,
                "answers": found.answers,
            }
        case FoundNote():
            return {
                "publisher": found.publisher.hex,
                "name": found.name,
                "size": found.size,
                "rating": found.rating,
                "comment": found.comment,
                "answers": found.answers,
            }
        case _:
            assert_never(found)


def _address(destination: Destination) -> str:
    """The short name that routers know a destination by."""
    return f"{b32encode(sha256(destination.raw).digest()).decode().rstrip('=').lower()}.b32.i2p"


def _trace(trace: LookupTrace) -> dict[str, Any]:
    """One lookup; distances are numbers of bits, 128 for the far half of all identifiers."""
    return {
        "kind": trace.kind.value,
        "target": trace.target.hex,
        "ended": trace.ended,
        "asked": [_asked(one) for one in trace.asked],
        "progress": [[when, distance.bit_length()] for when, distance in trace.progress],
    }


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.kad_id.hex,
        "distance": asked.distance.bit_length(),
        "at": asked.at,
        "finishing": asked.finishing,
        "answered": asked.answered,
        "contacts": asked.contacts,
        "results": asked.results,
    }
