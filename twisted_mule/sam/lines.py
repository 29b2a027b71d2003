"""
The lines of the SAM control connection, as values: pure, and safe to use on hostile input.

A line is ``VERB ACTION KEY=VALUE KEY="a value with spaces" ...`` (SAM v3 specification, "General
Message Format"); both ends of the bridge, ours and the practice one, read and write it here.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

#: Characters; a private destination is 884 of them, so this leaves room for every option.
LINE_LIMIT: Final = 8_192

_WORD: Final = re.compile(r"[^\s\"=]+")
_OPTION: Final = re.compile(
    r"""(?:(?P<key>[^\s"=]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"]\S*)?)"""
    r"""|(?P<word>[^\s=]+))(?=[ ]|$)"""
)
_ESCAPED: Final = re.compile(r"\\(.)")
_TO_ESCAPE: Final = re.compile(r'(["\\])')
_NEEDS_QUOTES: Final = re.compile(r'[\s"\\]|^$')


class LineError(ValueError):
    """The text is not a line of the SAM control connection."""


@frozen
class Line:
    """
    One line.

    :ivar verb: the first word, such as ``SESSION``.
    :ivar action: the second word, such as ``STATUS``; empty when the line has none (``PING``).
    :ivar options: what follows, by key; a lone word (i2pd does not quote its messages) is a key
        with an empty value.
    """

    verb: str
    action: str
    options: dict[str, str]


def parse(line: str) -> Line:
    """
    The line that ``line`` (without its newline) writes.

    :raise LineError: for an empty or overlong line, control characters, a quote that does not
        end, or a key that gets two values.
    """
    if len(line) > LINE_LIMIT:
        raise LineError(f"a line has at most {LINE_LIMIT} characters, not {len(line)}")
    if not line.replace(" ", "").isprintable():
        raise LineError("a line holds no control characters")
    verb, rest = _word(line.strip(" "))
    if not verb:
        raise LineError("a line begins with a word")
    action, rest = _word(rest)
    return Line(verb, action, _options(rest))


def _word(text: str) -> tuple[str, str]:
    """The leading word, unless it is an option, and the text behind it."""
    found = _WORD.match(text)
    if found is None or text[found.end() : found.end() + 1] not in {"", " "}:
        return "", text
    return found.group(), text[found.end() :].lstrip(" ")


def _options(text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _OPTION.match(text, position)
        if found is None:
            raise LineError(f"cannot read an option at {text[position : position + 20]!r}")
        if found["key"] in options:
            raise LineError(f"{found['key']} comes twice")
        if found["word"]:
            options.setdefault(found["word"], "")
        else:
            options[found["key"]] = _value(found)
        position = found.end()
        while text[position : position + 1] == " ":
            position += 1
    return options


def _value(found: re.Match[str]) -> str:
    if found["quoted"] is not None:
        return _ESCAPED.sub(r"\1", found["quoted"])
    return found["bare"] or ""


def render(verb: str, action: str, /, **options: str | int) -> str:
    """
    The text of a line, without its newline; ``parse`` reads the same line from it.

    Options whose names are no Python words go in as ``**{"inbound.length": 1}``.

    :param action: empty for a line of one word.
    :raise LineError: when a word, a key or a value cannot stand in a line, or it gets too long.
    """
    words = [verb, *([action] if action else []), *(_option(*item) for item in options.items())]
    line = " ".join(words)
    if parse(line) != Line(verb, action, {key: str(value) for key, value in options.items()}):
        raise LineError("these words do not make one line")
    return line


def _option(key: str, value: str | int) -> str:
    text = str(value)
    if _NEEDS_QUOTES.search(text):
        text = '"' + _TO_ESCAPE.sub(r"\\\1", text) + '"'
    return f"{key}={text}"
