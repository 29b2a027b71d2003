"""The page of help: what each page is for, and the words."""

from __future__ import annotations

from twisted_mule.source import Source
from twisted_mule.web.glossary import GLOSSARY
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Section, Sheet

_FIRST = (
    (
        mark("What should I look at?"),
        mark("At the first line of the overview. Green and Online: leave it alone; it grows."),
    ),
    (
        mark("It does not come online."),
        mark(
            "The page on the router names the step that it waits for, and what to do. "
            "mule doctor says the same in a terminal."
        ),
    ),
    (
        mark("It is slow."),
        mark(
            "On purpose. Every datagram waits a random while, and every node asks at the same "
            "pace, so that nobody can tell who wants what."
        ),
    ),
    (
        mark("Can others see this page?"),
        mark(
            "No. It answers this machine only, and only with the secret link that the node prints "
            "when it starts."
        ),
    ),
    (
        mark("How do I change something?"),
        mark("With the mule command. The dashboard only reads."),
    ),
)


def help_page(source: Source, query: Query) -> Sheet:
    """The page of help."""
    del query
    return Sheet(
        _("Help"),
        _("twisted_mule {version}, MIT licence. A node of the Kad network over I2P.").format(
            version=source.status().version
        ),
        (
            Section("first", _("First questions"), terms=tuple((_(a), _(b)) for a, b in _FIRST)),
            Section("words", _("The words"), terms=tuple((_(a), _(b)) for a, b in GLOSSARY)),
        ),
    )
