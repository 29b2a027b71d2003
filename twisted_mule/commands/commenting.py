"""``mule comment``: what the user thinks of files, for everybody to read."""

from __future__ import annotations

import click

from twisted_mule.commands.naming import NamedFile, named_file
from twisted_mule.commands.results import Document
from twisted_mule.commands.verb import Call, Exit, Refusal, verb
from twisted_mule.commands.wording import RATINGS, plain, say
from twisted_mule.kad.findings import BEST_RATING
from twisted_mule.kad.published import COMMENT


@click.command()
@click.argument("file", type=named_file, metavar="[LINK|HASH]", required=False)
@click.argument("text", default="")
@click.option(
    "--rating", type=click.IntRange(1, BEST_RATING), help="From 1 (fake) to 5 (excellent)."
)
@click.option("--remove", is_flag=True, help="Take the comment back.")
@verb
def comment(
    call: Call, file: NamedFile | None, text: str, *, rating: int | None, remove: bool
) -> None:
    """
    Publish TEXT and a rating on a file, or list your comments.

    A file that you share can be named by its hash, any other by its ed2k link.  A comment replaces
    the one before; it goes out when its turn comes and again every day.  One that was taken back
    lapses within a day.

    Example: mule comment 31d6cfe0d16ae931b73c59d7e0c089c0 works --rating 4
    """
    if file is None:
        if rating is not None or remove:
            raise Refusal("Which file? Name it by its ed2k link or its hash.", Exit.USAGE)
        _list(call)
    elif remove:
        if text or rating is not None:
            raise Refusal("A comment is either given or taken back; leave one out.", Exit.USAGE)
        with call.node() as node:
            node.remove_comment(file.hash)
        call.say({"hash": file.hash, "removed": True}, "The comment is taken back.")
    else:
        _put(call, file, text, rating or 0)


def _put(call: Call, file: NamedFile, text: str, rating: int) -> None:
    text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    if len(text) > COMMENT:
        raise Refusal(
            f"A comment has at most {COMMENT} characters; shorten yours of {len(text)}.", Exit.USAGE
        )
    if not text and not rating:
        raise Refusal('Say something: mule comment LINK "text" --rating 1-5', Exit.USAGE)
    with call.node() as node:
        node.put_comment(file.hash, file.name, file.size, text, rating)
    call.say(
        {"hash": file.hash, "comment": text, "rating": rating},
        "The comment is kept and goes out when its turn comes; `mule share list` says how it is.",
    )


def _list(call: Call) -> None:
    with call.node() as node:
        found: list[Document] = node.comments()
    if call.as_json:
        call.say(found)
        return
    if not found:
        say('There is no comment of yours; give one: mule comment LINK "text" --rating 1-5')
    for one in found:
        say(f"{RATINGS[one['rating']]:<9}  {plain(one['comment']) or '-'}  ({plain(one['name'])})")
        say(f"           {one['hash']}")
