"""
What the node says in English, in the reader's language.

The rest of the node speaks English and knows of no language.  Here a sentence is known again by
its text in :mod:`twisted_mule.web.sentences` and translated with what stood in its places, so an
old one that was kept can be shown as well.  What is not known stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from string import Formatter
from typing import Final

from attrs import frozen

from twisted_mule.web import words
from twisted_mule.web.constants import TEXTS
from twisted_mule.web.figures import FIGURES
from twisted_mule.web.language import ENGLISH, _, code
from twisted_mule.web.sentences import SENTENCES

#: Longer texts are not looked through: none of the node's sentences comes near.
LONGEST: Final = 2_000
#: Places that hold words or sentences of the node in their turn.
_WORDS: Final = frozenset(
    {"reason", "problem", "clause", "label", "measured", "bound", "state", "verb", "process"}
)
#: A place that holds several of them, in a row.
_LIST: Final = "findings"
_BETWEEN: Final = "; "
_NUMBER: Final = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
#: Places that hold numbers.
_NUMBERS: Final = frozenset({"count", "all", "size", "burst"})
#: What may stand in a place; in all others anything but the end of a sentence may.
_FORMS: Final = {
    **dict.fromkeys(_NUMBERS, _NUMBER),
    **dict.fromkeys(("place", "here"), re.compile(r"\S+")),
    "state": re.compile(r"[a-z]+"),
    "label": re.compile(r"[^:]+"),
}
_KEPT: Final = 512
_ENDS: Final = ". "
#: Sentences of one text that are told apart.
_SENTENCES: Final = 8


@frozen
class Saying:
    """
    A sentence with named places.

    :ivar literals: what stands before, between and behind the places, one more than ``names``.
    """

    text: str
    literals: tuple[str, ...]
    names: tuple[str, ...]

    def values(self, sentence: str) -> tuple[str, ...] | None:
        """What stands in the places of ``sentence``; ``None`` if it is another one."""
        first, last = self.literals[0], self.literals[-1]
        if not (sentence.startswith(first) and sentence.endswith(last)):
            return None
        start, end = len(first), len(sentence) - len(last)
        found = []
        for literal in self.literals[1:-1]:
            at = sentence.find(literal, start, end)
            if at < 0:
                return None
            found.append(sentence[start:at])
            start = at + len(literal)
        found.append(sentence[start:end])
        fits = start < end and all(map(_fits, self.names, found))
        return tuple(found) if fits else None


def _fits(name: str, value: str) -> bool:
    form = _FORMS.get(name)
    return bool(value) and _ENDS not in value and (form is None or bool(form.fullmatch(value)))


def tell(text: str) -> str:
    """``text`` in the reader's language, as far as it is known."""
    if code() == ENGLISH or len(text) > LONGEST:
        return text
    return _told(text)


def _told(text: str) -> str:
    known = recognised(text)
    if known is not None:
        return _filled(*known)
    return _ENDS.join(_one_by_one(text.split(_ENDS, _SENTENCES - 1)))


def _one_by_one(parts: list[str]) -> Iterator[str]:
    """Each sentence that begins at one of ``parts`` and is known, the others as they are."""
    first = 0
    while first < len(parts):
        for last in range(first + 1, len(parts) + 1):
            one = _ENDS.join(parts[first:last])
            known = recognised(one) or recognised(f"{one}.")
            if known is not None:
                yield _filled(*known).removesuffix("." if last < len(parts) else "")
                first = last
                break
        else:
            yield _value("count", parts[first])
            first += 1


def _filled(saying: Saying, values: tuple[str, ...]) -> str:
    pairs = zip(saying.names, values, strict=True)
    return _(saying.text).format(**{name: _value(name, value) for name, value in pairs})


def _value(name: str, value: str) -> str:
    if name in _WORDS:
        return _told(value)
    if name == _LIST:
        return _BETWEEN.join(map(_told, value.split(_BETWEEN)))
    return words.number(value) if name in _NUMBERS and _NUMBER.fullmatch(value) else value


@lru_cache(_KEPT)
def recognised(text: str) -> tuple[Saying, tuple[str, ...]] | None:
    """
    The sentence that ``text`` is, and what stands in its places; ``None`` for an unknown one.

    Two sentences one after the other are none, though a place of the first could hold the second.
    """
    plain, by_word = book()
    if text in plain:
        return plain[text], ()
    for saying in (*by_word.get(text.partition(" ")[0], ()), *by_word[""]):
        values = saying.values(text)
        if values is not None:
            return saying, values
    return None


@cache
def book() -> tuple[Mapping[str, Saying], Mapping[str, tuple[Saying, ...]]]:
    """The sentences without places by their text, and the others by their first word."""
    sayings = [parsed(text) for text in (*TEXTS, *SENTENCES, *FIGURES)]
    by_word: dict[str, list[Saying]] = {"": []}
    # The one that says most itself comes first: it is the one that is meant.
    for saying in sorted(sayings, key=_literal, reverse=True):
        if saying.names:
            word, space, _rest = saying.literals[0].partition(" ")
            by_word.setdefault(word if space else "", []).append(saying)
    plain = {saying.text: saying for saying in sayings if not saying.names}
    return plain, {word: tuple(them) for word, them in by_word.items()}


def _literal(saying: Saying) -> int:
    return sum(map(len, saying.literals))


def parsed(text: str) -> Saying:
    """The sentence of the book that reads so, with its places in braces."""
    literals, names = [""], []
    parts: Iterable[tuple[str, str | None, str | None, str | None]] = Formatter().parse(text)
    for literal, name, _form, _conversion in parts:
        literals[-1] += literal
        if name is not None:
            names.append(name)
            literals.append("")
    return Saying(text, tuple(literals), tuple(names))
