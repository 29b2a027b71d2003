"""The page of the settings, each with what it was set by, and of what cannot be set."""

from __future__ import annotations

from typing import Final

from twisted_mule.source import Source
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Section, Sheet
from twisted_mule.web.tables import Cell, Column, foreign, table

_NAMES: Final = {
    "data": mark("state directory"),
    "sam": mark("the router's SAM bridge"),
    "sam_udp_port": mark("the router's port for datagrams"),
    "sam_options": mark("options for the router (names only)"),
    "web": mark("the dashboard"),
    "nodes": mark("contacts to begin with"),
    "practice": mark("neighbours of the practice network"),
}


def _origin(origin: str) -> Cell:
    """The default, a flag or a variable by its name, or a key and its file."""
    if origin == "default":
        return _("default")
    key, within, file = origin.partition(" in ")
    return foreign(_("{key} in {file}").format(key=key, file=file) if within else origin)


def config(source: Source, query: Query) -> Sheet:
    """The page of the settings."""
    del query
    columns = (Column(_("Setting")), Column(_("What")), Column(_("Value")), Column(_("Set by")))
    rows = [
        (
            row.name,
            _(_NAMES.get(row.name, "")) if row.name in _NAMES else "",
            foreign(row.value or "–"),
            _origin(row.origin),
        )
        for row in source.settings()
    ]
    return Sheet(
        _("Settings"),
        _(
            "Each setting comes from the first of: its flag, its environment variable, the "
            "configuration file, the default. Nothing can be changed here."
        ),
        (
            Section(
                "settings",
                _("What is set"),
                tables=(table(_("What is set, and by what"), columns, rows),) if rows else (),
                empty="" if rows else _("The settings are not known."),
            ),
            Section(
                "fixed",
                _("What cannot be set"),
                empty=_(
                    "Timing, rates and limits are the same in every node: one with other numbers "
                    "could be told from the rest. The page on the contract shows them."
                ),
            ),
        ),
    )
