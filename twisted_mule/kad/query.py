"""
What a user types, read: words, ``-word`` or ``NOT``, ``OR``, "quoted strings", parentheses.

A search goes by keyword: it starts at the nodes of one word that every result contains (its
anchor).  Alternatives without a word in common take one lookup each.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import define, field, frozen

from twisted_mule.kad.expression import Expression, encode_expression
from twisted_mule.kad.filters import FILE_TYPES, Filters, QueryError
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id, pieces
from twisted_mule.kad.terms import All, Either, Name, Phrase, Term, Word

__all__ = ["FILE_TYPES", "Filters", "Leg", "Query", "QueryError", "parse"]

#: Characters of a query, at the most.
LONGEST: Final = 300
#: Parentheses within parentheses, at the most.
DEEPEST: Final = 8
#: Alternatives without a word in common, at the most: each takes a lookup of its own.
MOST_LEGS: Final = 4
_TOKENS: Final = re.compile(
    r'\s*(?:(?P<mark>[()])|(?P<minus>-(?=[("]))|"(?P<quoted>[^"]*)"|(?P<bare>[^\s()"]+))'
)


@frozen
class Leg:
    """
    One lookup of a search for words.

    :ivar word: the keyword, in lower case.
    :ivar expression: what else its nodes are asked; ``None`` for nothing.
    """

    word: str
    expression: Expression | None

    @property
    def target(self) -> KadID:
        """Where the keyword is indexed."""
        return keyword_id(self.word)


@frozen
class Query:
    """
    A query that was understood; made by :func:`parse`.

    :ivar legs: the lookups that it takes, nearly always one.
    """

    text: str
    term: Term
    filters: Filters
    legs: tuple[Leg, ...]

    def wants(self, name: str, size: int, file_type: str, sources: int) -> bool:
        """Whether a file is what was asked for."""
        passed = self.filters.allow(name, size, file_type, sources)
        return passed and self.term.matches(Name.of(name))


def parse(text: str, filters: Filters | None = None) -> Query:
    """
    Read a query.

    AND binds closer than OR, as in iMule; AND need not be written.

    :raise QueryError: when it makes no sense or cannot be searched for.
    """
    filters = filters or Filters()
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise QueryError(f"The search is longer than {LONGEST} characters; use fewer words.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QueryError("The search contains bytes that are no UTF-8; type it anew.")
    term = _Parser(_tokens(text)).whole()
    legs = tuple(_legs(term, filters))
    for leg in legs:
        _check(leg)
    return Query(text, term, filters, legs)


def _legs(term: Term, filters: Filters) -> list[Leg]:
    anchors = term.anchors
    if not anchors:
        raise QueryError(
            "The search goes by words of three letters or more; give one that every result has."
        )
    if len(anchors) > MOST_LEGS:
        raise QueryError(
            f"The search has more than {MOST_LEGS} alternatives without a word in common;"
            " search for some of them at a time."
        )
    return [_leg(anchor, term, filters) for anchor in anchors]


def _leg(anchor: str, term: Term, filters: Filters) -> Leg:
    """What the nodes of one word are asked: of alternatives, those that contain it."""
    if isinstance(term, Either):
        own = tuple(one for one in term.terms if anchor in one.anchors)
        term = own[0] if len(own) == 1 else Either(own)
    conjunction = term if isinstance(term, All) else All((term,))
    return Leg(anchor, conjunction.under(anchor, filters.expressions))


def _check(leg: Leg) -> None:
    try:
        if leg.expression is not None:
            encode_expression(leg.expression)
    except ValueError as reason:
        raise QueryError("The search is too complicated; use fewer words or levels.") from reason


@frozen
class _Token:
    """A parenthesis, or a word with what was around it."""

    text: str
    mark: bool = False
    quoted: bool = False

    def is_(self, operator: str) -> bool:
        """Whether it is this operator, not a word that looks like one."""
        return self.text == operator and not self.quoted


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKENS.match(text, position)
        if match is None:
            raise QueryError("A quotation mark has no partner; close it or leave it out.")
        position = match.end()
        found += _split(match)
    return found


def _split(match: re.Match[str]) -> list[_Token]:
    mark, minus, quoted, bare = match.group("mark", "minus", "quoted", "bare")
    if mark:
        return [_Token(mark, mark=True)]
    if minus:
        return [_Token("NOT")]
    if quoted is not None:
        return [_Token(quoted, quoted=True)]
    if bare.startswith("-") and bare != "-":  # alone it is mere punctuation, as in "artist - title"
        return [_Token("NOT"), _Token(bare[1:])]
    return [_Token(bare)]


@define
class _Parser:
    """Reads tokens from left to right; ``OR`` between, ``AND`` and ``NOT`` within conjunctions."""

    tokens: list[_Token]
    at: int = field(default=0, init=False)
    depth: int = field(default=0, init=False)

    def whole(self) -> Term:
        """All there is."""
        if not self.tokens:
            raise QueryError("There is nothing to search for; give at least one word.")
        term = self._either()
        if self.at < len(self.tokens):
            raise QueryError("A closing parenthesis has no partner; open it or leave it out.")
        return term

    def _peek(self, *operators: str) -> bool:
        return self.at < len(self.tokens) and any(map(self.tokens[self.at].is_, operators))

    def _accept(self, *operators: str) -> bool:
        found = self._peek(*operators)
        self.at += found
        return found

    def _either(self) -> Term:
        terms = [self._all()]
        while self._accept("OR"):
            terms.append(self._all())
        return terms[0] if len(terms) == 1 else Either(tuple(terms))

    def _all(self) -> Term:
        wanted: list[Term] = []
        unwanted: list[Term] = []
        while self.at < len(self.tokens) and not self._peek("OR", ")"):
            joined = self._accept("AND")
            if joined and not (wanted or unwanted):
                raise QueryError("AND stands between two words; put one before it.")
            negative = self._accept("NOT")
            if self.at >= len(self.tokens) or self._peek("AND", "OR", ")", "NOT"):
                raise QueryError("A word is missing after AND, OR, NOT or a minus sign; add it.")
            term = self._atom()
            if term is not None:
                (unwanted if negative else wanted).append(term)
        if not wanted and unwanted:
            raise QueryError("A search needs a word to find, not only words to leave out.")
        if not wanted:
            raise QueryError("A word is missing beside OR or within parentheses; add it.")
        if len(wanted) == 1 and not unwanted:
            return wanted[0]
        return All(tuple(wanted), tuple(unwanted))

    def _atom(self) -> Term | None:
        """A word, a phrase or what is within parentheses; ``None`` for mere punctuation."""
        token = self.tokens[self.at]
        self.at += 1
        if token.mark:
            return self._parenthesis()
        if not pieces(token.text):
            return None
        return Phrase(token.text) if token.quoted else Word(token.text)

    def _parenthesis(self) -> Term:
        self.depth += 1
        if self.depth > DEEPEST:
            raise QueryError("The search has too many parentheses within parentheses.")
        term = self._either()
        if not self._accept(")"):
            raise QueryError("An opening parenthesis has no partner; close it or leave it out.")
        self.depth -= 1
        return term
