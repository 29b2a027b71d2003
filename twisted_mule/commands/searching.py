"""``mule search``, ``sources``, ``notes``, ``lookup`` and ``searches``: asking the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from twisted_mule.commands.following import follow, show
from twisted_mule.commands.naming import NamedFile, named_file, point, size
from twisted_mule.commands.results import Document, found_text, state_text, trace_lines
from twisted_mule.commands.verb import Call, Exit, Refusal, verb
from twisted_mule.commands.wording import plain, say
from twisted_mule.kad.filters import FILE_TYPES, Filters
from twisted_mule.kad.query import QueryError, parse

#: A lookup takes one to two minutes, the wait for its turn up to one.
_WAIT: Final = 300.0
#: A word with a minus sign is no option.
_MINUS: Final = {"ignore_unknown_options": True, "help_option_names": ["--help"]}

_wait = click.option(
    "--wait",
    type=click.FloatRange(min=0.0),
    default=_WAIT,
    metavar="SECONDS",
    show_default=True,
    help="How long to wait; the search then goes on in the node.",
)


@click.command(context_settings=_MINUS)
@click.argument("words", nargs=-1, required=True)
@click.option("--type", "file_type", type=click.Choice(sorted(FILE_TYPES)), help="Only such files.")
@click.option(
    "--min-size", type=size, default="0", metavar="SIZE", help="Not smaller, such as 10M."
)
@click.option("--max-size", type=size, metavar="SIZE", help="Not larger, such as 1.5G.")
@click.option("--ext", default="", metavar="EXT", help="Only names that end so, such as iso.")
@click.option("--sources", type=click.IntRange(min=0), default=0, help="Known to so many at least.")
@_wait
@verb
def search(
    call: Call,
    words: tuple[str, ...],
    *,
    file_type: str | None,
    min_size: int,
    max_size: int | None,
    ext: str,
    sources: int,
    wait: float,
) -> None:
    """
    Search the network for files by words of their names.

    WORDS are joined by AND; OR, NOT (or a minus sign), "quoted strings" and parentheses work.
    The nodes near one of the words see what your node searches for.

    Results come as they are found, each file once, and sorted at the end.  With --json each is an
    object a line ({"result": ...}), and the last line ({"end": ...}) holds all of them, sorted.
    Ctrl-C stops the search.

    Example: mule search "ubuntu -server OR debian" --ext iso --min-size 10M
    """
    for word in words:
        if word.startswith("--"):
            raise Refusal(
                f"There is no option {word}; `mule search --help` lists them.", Exit.USAGE
            )
    text = " ".join(words)
    try:
        filters = Filters(
            FILE_TYPES[file_type] if file_type else "", min_size, max_size, ext.lstrip("."), sources
        )
        parse(text, filters)
    except QueryError as reason:
        raise Refusal(str(reason), Exit.USAGE) from reason
    with call.node() as node:
        number = node.search_files(text, filters)
    follow(call, number, wait)


@click.command()
@click.argument("file", type=named_file, metavar="LINK|HASH")
@_wait
@verb
def sources(call: Call, file: NamedFile, wait: float) -> None:
    """
    Find who has a file, named by its ed2k link or its hash.

    With --json one object a line, as `mule search` has it.

    Example: mule sources "ed2k://|file|a.iso|1000|31D6CFE0D16AE931B73C59D7E0C089C0|/"
    """
    with call.node() as node:
        number = node.search_sources(file.hash, file.size)
    follow(call, number, wait)


@click.command()
@click.argument("file", type=named_file, metavar="LINK|HASH")
@_wait
@verb
def notes(call: Call, file: NamedFile, wait: float) -> None:
    """
    Read what others think of a file, named by its ed2k link or its hash.

    With --json one object a line, as `mule search` has it.

    Example: mule notes 31d6cfe0d16ae931b73c59d7e0c089c0
    """
    with call.node() as node:
        number = node.search_notes(file.hash, file.size)
    follow(call, number, wait)


@click.command()
@click.argument("kadid", type=point)
@_wait
@verb
def lookup(call: Call, kadid: str, wait: float) -> None:
    """
    Find the nodes nearest to a Kad identifier, and show the way there.

    The trace tells whom the node asked, who answered, and how near it came over time.  With --json
    it is on the last line ({"end": ...}).

    Example: mule lookup 0123456789abcdef0123456789abcdef
    """
    with call.node() as node:
        number = node.look_up(kadid)
    follow(call, number, wait)


@click.command()
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option("--stop", is_flag=True, help="Stop the search NUMBER.")
@click.option("--more", is_flag=True, help="Give the search NUMBER, which is done, another round.")
@click.option("--trace", is_flag=True, help="Show whom the search NUMBER asked.")
@_wait
@verb
def searches(
    call: Call, number: int | None, *, stop: bool, more: bool, trace: bool, wait: float
) -> None:
    """
    List your searches, or show what one of them found.

    With --json one document; with --more one object a line, as `mule search` has it.

    Example: mule searches 3 --more
    """
    if number is None:
        if stop or more or trace:
            raise Refusal("Which search? Name its number; `mule searches` lists them.", Exit.USAGE)
        _list(call)
        return
    if stop and more:
        raise Refusal("A search cannot be stopped and go on; choose one of them.", Exit.USAGE)
    with call.node() as node:
        if stop:
            node.stop_search(number)
        if more:
            node.search_again(number)
        document = node.whole_search(number)
    if more:
        follow(call, number, wait)
        return
    show(call, document)
    if trace and not call.as_json and document["kind"] != "nodes":
        for one in document["traces"]:
            for line in trace_lines(one):
                say(line)


def _list(call: Call) -> None:
    with call.node() as node:
        network = {"ready": True, "headline": ""}
        found: list[Document] = [{**one, "network": network} for one in node.searches()]
    if call.as_json:
        call.say([{k: v for k, v in one.items() if k != "network"} for one in found])
        return
    for line in _rows(found):
        say(line)


def _rows(found: list[Document]) -> Iterator[str]:
    if not found:
        yield 'There is no search; begin one: mule search "words"'
    for one in found:
        stands = state_text(one)
        if one["state"] == "done":
            stands = f"{stands}, {found_text(one)}"
        yield f"{one['number']:>4}  {one['kind']:<7}  {plain(one['wish'])}: {stands}"
