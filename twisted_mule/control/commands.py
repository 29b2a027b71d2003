"""
What can be said over the control socket, as AMP commands.

A value of AMP has at most 65,535 bytes, so anything longer goes in parts: a question is answered
with a size and its parts are fetched; a file is handed over in parts before the command that uses
it.  Both sides keep one document a connection and direction.
"""

from __future__ import annotations

from typing import ClassVar, Final

from twisted.protocols.amp import Boolean, Command, Integer, String, Unicode

PART: Final = 60_000
#: More than any ``nodes.dat`` of the network: 5,000 contacts have two million bytes.
LARGEST_DOCUMENT: Final = 4 << 20


class RefusedError(Exception):
    """The node does not do it; the text is one plain sentence that says why."""


class NotReadyError(Exception):
    """The node has not come so far yet; the text is one plain sentence with the next step."""


#: How refusals travel.
ERRORS: Final = {RefusedError: b"REFUSED", NotReadyError: b"NOT_READY"}


class GetStatus(Command):
    """Make a snapshot ready, as JSON, and say how long it is."""

    response: ClassVar = [(b"size", Integer())]


class ExportNodes(Command):
    """Make a ``nodes.dat`` of form 2 ready, and say how long it is."""

    response: ClassVar = [(b"size", Integer())]


class FetchPart(Command):
    """What was made ready, from an offset on; empty at its end."""

    arguments: ClassVar = [(b"offset", Integer())]
    response: ClassVar = [(b"content", String())]
    errors: ClassVar = ERRORS


class HandPart(Command):
    """The next part of a file."""

    arguments: ClassVar = [(b"content", String())]
    errors: ClassVar = ERRORS


class ImportNodes(Command):
    """Offer the contacts of the ``nodes.dat`` that was handed over to the table."""

    response: ClassVar = [
        (b"read", Integer()),
        (b"new", Integer()),
        (b"skipped", Integer()),
    ]
    errors: ClassVar = ERRORS


# --- searching -----------------------------------------------------------------------------


class SearchFiles(Command):
    """Search for files by words, with what else they must be like; the number of the search."""

    arguments: ClassVar = [
        (b"words", Unicode()),
        (b"file_type", Unicode()),
        (b"min_size", Integer()),
        (b"max_size", Integer(optional=True)),
        (b"extension", Unicode()),
        (b"min_sources", Integer()),
    ]
    response: ClassVar = [(b"number", Integer())]
    errors: ClassVar = ERRORS


class SearchSources(Command):
    """Search for who has a file: its hash in hexadecimal, its size or 0."""

    arguments: ClassVar = [(b"file_hash", Unicode()), (b"size", Integer())]
    response: ClassVar = [(b"number", Integer())]
    errors: ClassVar = ERRORS


class SearchNotes(Command):
    """Search for what others think of a file: its hash in hexadecimal, its size or 0."""

    arguments: ClassVar = [(b"file_hash", Unicode()), (b"size", Integer())]
    response: ClassVar = [(b"number", Integer())]
    errors: ClassVar = ERRORS


class LookUp(Command):
    """Find the nodes nearest to a point, given in hexadecimal."""

    arguments: ClassVar = [(b"target", Unicode())]
    response: ClassVar = [(b"number", Integer())]
    errors: ClassVar = ERRORS


class GetSearch(Command):
    """Make a search ready as JSON: where it stands, some of its results, its lookups if wanted."""

    arguments: ClassVar = [(b"number", Integer()), (b"since", Integer()), (b"traces", Boolean())]
    response: ClassVar = [(b"size", Integer())]
    errors: ClassVar = ERRORS


class ListSearches(Command):
    """Make the list of all searches ready as JSON, without results."""

    response: ClassVar = [(b"size", Integer())]
    errors: ClassVar = ERRORS


class StopSearch(Command):
    """End a search; its results stay."""

    arguments: ClassVar = [(b"number", Integer())]
    errors: ClassVar = ERRORS


class SearchAgain(Command):
    """Give a search that is done another round."""

    arguments: ClassVar = [(b"number", Integer())]
    errors: ClassVar = ERRORS


# --- sharing -------------------------------------------------------------------------------


class ShareAdd(Command):
    """Share a path, in bytes; the answer is it as it really is, and how many it absorbed."""

    arguments: ClassVar = [(b"path", String())]
    response: ClassVar = [(b"path", String()), (b"absorbed", Integer())]
    errors: ClassVar = ERRORS


class ShareRemove(Command):
    """Share a path, in bytes, no longer; the answer is it as it was kept."""

    arguments: ClassVar = [(b"path", String())]
    response: ClassVar = [(b"path", String())]
    errors: ClassVar = ERRORS


class ShareRescan(Command):
    """Look through a shared path, in bytes, or through all, again; whether that is done by now."""

    arguments: ClassVar = [(b"path", String(optional=True))]
    response: ClassVar = [(b"done", Boolean())]
    errors: ClassVar = ERRORS


class GetLibrary(Command):
    """Make ready as JSON how far looking and hashing have come."""

    response: ClassVar = [(b"size", Integer())]
    errors: ClassVar = ERRORS


class ListShared(Command):
    """Make some of the shared files ready as JSON, from a number on, with what is published."""

    arguments: ClassVar = [(b"since", Integer())]
    response: ClassVar = [(b"size", Integer())]
    errors: ClassVar = ERRORS


# --- comments ------------------------------------------------------------------------------


class ListComments(Command):
    """Make the user's comments ready as JSON."""

    response: ClassVar = [(b"size", Integer())]
    errors: ClassVar = ERRORS


class PutComment(Command):
    """
    Keep and publish a comment on a file.

    An empty name and a size of 0 mean the shared file of that hash.
    """

    arguments: ClassVar = [
        (b"file_hash", Unicode()),
        (b"name", Unicode()),
        (b"size", Integer()),
        (b"text", Unicode()),
        (b"rating", Integer()),
    ]
    errors: ClassVar = ERRORS


class RemoveComment(Command):
    """Take the comment on a file back."""

    arguments: ClassVar = [(b"file_hash", Unicode())]
    errors: ClassVar = ERRORS
