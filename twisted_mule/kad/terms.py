"""
What a user wants in a file name, as a tree: matched word by word here, sent as an expression.

Other nodes look for substrings (wire-format section 12); what they return is matched again, by
whole words (node-behaviour 8.5), so that nobody's answer can bring what was not asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeGuard

from attrs import field, frozen

from twisted_mule.kad.expression import And, AndNot, Expression, Or, Words
from twisted_mule.kad.keywords import pieces, words


@frozen
class Name:
    """A file name, cut into its words, which are counted."""

    pieces: tuple[str, ...]
    counts: Counter[str]

    @classmethod
    def of(cls, text: str) -> Name:
        """The words of ``text``."""
        found = pieces(text)
        return cls(found, Counter(found))

    def has(self, wanted: Counter[str]) -> bool:
        """Whether these are among its words, each as often."""
        return all(self.counts[word] >= times for word, times in wanted.items())


@frozen
class Word:
    """
    What was typed without a space: all its pieces are words of the name.

    :ivar pieces: the words that it consists of, at least one.
    """

    text: str
    pieces: tuple[str, ...] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "pieces", pieces(self.text))

    def matches(self, name: Name) -> bool:
        """Whether the name has all of them, equal ones as often."""
        return name.has(Counter(self.pieces))

    @property
    def anchors(self) -> tuple[str, ...]:
        """The word under which all its files are indexed; none if there is no such word."""
        return words(self.text)[:1]

    @property
    def expression(self) -> Expression:
        """What other nodes are asked."""
        return Words(" ".join(self.pieces))


@frozen
class Phrase(Word):
    """What was typed within quotation marks: its pieces follow each other in the name."""

    def matches(self, name: Name) -> bool:
        """Whether they do."""
        wanted = self.pieces
        return any(
            name.pieces[start : start + len(wanted)] == wanted
            for start in range(len(name.pieces) - len(wanted) + 1)
        )


@frozen
class Either:
    """At least one of two or more terms holds."""

    terms: tuple[Term, ...]

    def matches(self, name: Name) -> bool:
        """Whether it does."""
        return any(term.matches(name) for term in self.terms)

    @property
    def anchors(self) -> tuple[str, ...]:
        """One word for each term; none if a term has none."""
        found = [term.anchors for term in self.terms]
        if not all(found):
            return ()
        return tuple(dict.fromkeys(word for some in found for word in some))

    @property
    def expression(self) -> Expression:
        """What other nodes are asked, in as few levels as can be."""
        return _either([term.expression for term in self.terms])


@frozen
class All:
    """
    Each of ``wanted`` holds, at least one term, and none of ``unwanted``.

    Words that occur twice must occur twice in the name, as iMule has it.
    """

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()
    _counts: Counter[str] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_counts", Counter(self._plain()))

    def matches(self, name: Name) -> bool:
        """Whether it is so."""
        return (
            name.has(self._counts)
            and all(term.matches(name) for term in self.wanted if not _is_plain(term))
            and not any(term.matches(name) for term in self.unwanted)
        )

    @property
    def anchors(self) -> tuple[str, ...]:
        """The words of the term that needs the fewest, the first of equals."""
        found = [term.anchors for term in self.wanted if term.anchors]
        return min(found, key=len, default=())

    @property
    def expression(self) -> Expression:
        """What other nodes are asked."""
        return self._without(self._links(self._plain()))

    def under(self, anchor: str, filters: Sequence[Expression] = ()) -> Expression | None:
        """
        What the nodes of the keyword ``anchor`` are asked, ``None`` if it says it all.

        iMule's shape: the other words as one string, the rest chained to it by AND.

        :param filters: what else must hold.
        """
        plain = self._plain()
        if anchor in plain:
            plain.remove(anchor)
        links = [*self._links(plain), *filters]
        if links:
            return self._without(links)
        return self._without([Words(anchor)]) if self.unwanted else None

    def _plain(self) -> list[str]:
        return [piece for term in self.wanted if _is_plain(term) for piece in term.pieces]

    def _links(self, plain: list[str]) -> list[Expression]:
        rest = [term.expression for term in self.wanted if not _is_plain(term)]
        return [Words(" ".join(plain)), *rest] if plain else rest

    def _without(self, links: list[Expression]) -> Expression:
        if not self.unwanted:
            return _all(links)
        return AndNot(_all(links), _either([term.expression for term in self.unwanted]))


Term = Word | Phrase | Either | All


def _is_plain(term: Term) -> TypeGuard[Word]:
    return type(term) is Word


def _all(links: list[Expression]) -> Expression:
    if len(links) == 1:
        return links[0]
    return And(links[0], _all(links[1:]))


def _either(terms: list[Expression]) -> Expression:
    """The alternatives as a balanced tree: other nodes read 24 levels."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return Or(_either(terms[:middle]), _either(terms[middle:]))
