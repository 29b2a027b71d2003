"""``mule inspect`` and ``mule keywords``: what bytes and words mean on this network."""

from __future__ import annotations

import json
from typing import Any

import click

from twisted_mule.commands.decoded import fields_of
from twisted_mule.commands.names import FIRST_KAD2, OPCODES
from twisted_mule.commands.verb import Call, Refusal, verb
from twisted_mule.kad.datagram import message
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import Cover
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.keywords import keyword_id, words
from twisted_mule.kad.opening import Opened, open_datagram
from twisted_mule.kad.verify import verify_key


class KadIDType(click.ParamType[KadID]):
    """32 hexadecimal digits."""

    name = "hex"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> KadID:
        """Read it, or say what it should be."""
        try:
            return KadID.from_hex(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a Kad identifier of 32 hexadecimal digits.", param, ctx)


class SecretType(click.ParamType[int]):
    """A number of 32 bits in hexadecimal digits."""

    name = "hex"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read it, or say what it should be."""
        try:
            secret = int(str(value), 16)
        except ValueError:
            secret = -1
        if not 0 <= secret < 1 << 32:
            self.fail(f"{value!r} is not a secret of up to 8 hexadecimal digits.", param, ctx)
        return secret


class DestinationType(click.ParamType[Destination]):
    """516 characters of I2P base64."""

    name = "base64"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Destination:
        """Read it, or say what is wrong with it."""
        try:
            return Destination.from_base64(str(value))
        except DestinationError as reason:
            self.fail(f"{reason}.", param, ctx)


@click.group()
def inspect() -> None:
    """Look into bytes of the network."""


@inspect.command()
@click.argument("datagram", metavar="HEX")
@click.option("--kad-id", type=KadIDType(), help="Identifier of the node it was sent to.")
@click.option("--verify-secret", type=SecretType(), help="Verify secret of that node.")
@click.option("--source-dest", type=DestinationType(), help="Destination it came from.")
@verb
def datagram(
    call: Call,
    datagram: str,
    kad_id: KadID | None,
    verify_secret: int | None,
    source_dest: Destination | None,
) -> None:
    """
    Decode the datagram HEX, plain, packed or obfuscated, to JSON.

    An obfuscated one opens with the identifier of its receiver, or with the receiver's verify
    secret and the sender's destination together.

    Example: mule inspect datagram 051e
    """
    if (verify_secret is None) != (source_dest is None):
        raise click.UsageError("--verify-secret and --source-dest make a key only together.")
    own_key = 0
    if verify_secret is not None and source_dest is not None:
        own_key = verify_key(verify_secret, source_dest.dest_hash)
    opened = open_datagram(_bytes(datagram), kad_id or ZERO, own_key)
    try:
        document = _document(opened)
    except DecodeError as reason:
        raise Refusal(f"This is not a datagram of Kad: {reason}.") from reason
    call.say(document, json.dumps(document, indent=2))


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as reason:
        raise Refusal(
            "This is not a datagram: it is not written in hexadecimal digits."
        ) from reason


def _document(opened: Opened) -> dict[str, Any]:
    decoded = message(opened)
    envelope = opened.envelope
    cover = {
        "key": envelope.cover.value,
        "receiver_key": envelope.receiver_key,
        "sender_key": envelope.sender_key,
    }
    return {
        "protocol": "kad2" if decoded.opcode >= FIRST_KAD2 else "kad1",
        "opcode": OPCODES[decoded.opcode],
        "code": decoded.opcode,
        "packed": envelope.packed,
        "obfuscation": None if envelope.cover is Cover.PLAIN else cover,
        "fields": fields_of(decoded),
    }


@click.command()
@click.argument("text", nargs=-1, required=True)
@verb
def keywords(call: Call, text: tuple[str, ...]) -> None:
    """
    Show the words that a search for TEXT is made of, and where each is indexed.

    The first word is what the search looks up: the nodes near its identifier see it.

    Example: mule keywords "ubuntu 24.04 desktop"
    """
    found = words(" ".join(text))
    ids = [keyword_id(word).hex for word in found]
    lines = [f"{kad_id}  {_shown(word)}" for word, kad_id in zip(found, ids, strict=True)]
    call.say(
        {"words": found, "ids": ids},
        *(lines or ["No word here is long enough: a word has at least three bytes."]),
    )


def _shown(word: str) -> str:
    """A word that a terminal takes, whatever bytes the shell made it of."""
    return word.encode("utf-8", "replace").decode()
