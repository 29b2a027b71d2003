"""The ``mule`` command: it speaks to the running node and its files; ``probe`` alone to peers."""

from __future__ import annotations

import click

from twisted_mule import __version__
from twisted_mule.commands.asking import identity, status
from twisted_mule.commands.auditing import audit
from twisted_mule.commands.commenting import comment
from twisted_mule.commands.contacts import nodes
from twisted_mule.commands.doctor import doctor
from twisted_mule.commands.fetching import fetch
from twisted_mule.commands.inspecting import inspect, keywords
from twisted_mule.commands.probing import probe
from twisted_mule.commands.rotating import rotate
from twisted_mule.commands.searching import lookup, notes, search, searches, sources
from twisted_mule.commands.sharing import share
from twisted_mule.commands.simulating import simulate
from twisted_mule.commands.study import study
from twisted_mule.commands.tapping import tap

CONTEXT = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="mule")
@click.option("--data", metavar="DIR", help="State directory of the node.")
@click.option("--config", metavar="FILE", help="Configuration file of the node.")
def main(data: str | None, config: str | None) -> None:
    """
    Ask and serve a KAD node over I2P.

    The node itself is started with: twistd -n mule

    Each verb finds its node by --data DIR, as the node itself does; without it both use
    MULE_DATA, the configuration file or the usual directory.

    \b
    Ends with:
      0  done
      1  an error
      2  the command line is wrong
      3  no node runs
      4  the node is not in the network yet
      5  no I2P router was found
    """  # noqa: D301 (a real backspace: click keeps the lines of such a paragraph)
    del data, config  # the verbs look them up


for command in (
    status,
    doctor,
    identity,
    nodes,
    share,
    search,
    searches,
    sources,
    notes,
    comment,
    lookup,
    keywords,
    inspect,
    simulate,
    study,
    tap,
    probe,
    audit,
):
    main.add_command(command)
nodes.add_command(fetch)
identity.add_command(rotate)
