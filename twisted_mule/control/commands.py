"""
What can be said over the control socket, as AMP commands.

A value of AMP has at most 65,535 bytes, so anything longer goes in parts: a question is answered
with a size and its parts are fetched; a file is handed over in parts before the command that uses
it.  Both sides keep one document a connection and direction.
"""

from __future__ import annotations

from typing import ClassVar, Final

from twisted.protocols.amp import Command, Integer, String

PART: Final = 60_000
#: More than any ``nodes.dat`` of the network: 5,000 contacts have two million bytes.
LARGEST_DOCUMENT: Final = 4 << 20


class RefusedError(Exception):
    """The node does not do it; the text is one plain sentence that says why."""


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
    errors: ClassVar = {RefusedError: b"REFUSED"}


class HandPart(Command):
    """The next part of a file."""

    arguments: ClassVar = [(b"content", String())]
    errors: ClassVar = {RefusedError: b"REFUSED"}


class ImportNodes(Command):
    """Offer the contacts of the ``nodes.dat`` that was handed over to the table."""

    response: ClassVar = [
        (b"read", Integer()),
        (b"new", Integer()),
        (b"skipped", Integer()),
    ]
    errors: ClassVar = {RefusedError: b"REFUSED"}
