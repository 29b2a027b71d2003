"""One value out of a written list of tags, without making a tag of every other."""

from __future__ import annotations

from typing import Final

from twisted_mule.kad import tags as t

_HEAD: Final = 6
"""Type, name and serial."""

_FIXED: Final = {
    t.UINT8: 1,
    t.UINT16: 2,
    t.UINT32: 4,
    t.UINT64: 8,
    t.HASH16: 16,
    t.FLOAT32: 4,
    t.BOOL: 1,
    t.ADDRESS: 387,
    **{kind: 1 + kind - t.STR1 for kind in range(t.STR1, t.STR16 + 1)},
}
_INTEGERS: Final = frozenset((t.UINT8, t.UINT16, t.UINT32, t.UINT64))
_STRINGS: Final = frozenset((t.STRING, *range(t.STR1, t.STR16 + 1)))
_PREFIX: Final = 2


def first_integer(written: bytes, name: int) -> int | None:
    """
    What :func:`twisted_mule.kad.tags.integer` gives for the same list.

    :param written: a list that :func:`twisted_mule.kad.tags.encode_tags` wrote.
    """
    place = _place(written, name, _INTEGERS)
    return None if place is None else int.from_bytes(written[place[1] : place[2]], "little")


def first_text(written: bytes, name: int) -> str | None:
    """What :func:`twisted_mule.kad.tags.text` gives for the same list."""
    place = _place(written, name, _STRINGS)
    if place is None:
        return None
    kind, begin, end = place
    return written[begin + _PREFIX if kind == t.STRING else begin : end].decode()


def _place(written: bytes, name: int, kinds: frozenset[int]) -> tuple[int, int, int] | None:
    """Type, begin and end of the first value of one of these types and this name."""
    at = 1
    for _ in range(written[0]):
        kind = written[at] & 0x7F
        begin = at + _HEAD
        end = begin + (_FIXED.get(kind) or _length(written, kind, begin))
        if written[at + 1] == name and kind in kinds:
            return kind, begin, end
        at = end
    return None


def _length(written: bytes, kind: int, at: int) -> int:
    """The bytes of a value whose type does not say how many it has."""
    if kind == t.STRING:
        return _PREFIX + int.from_bytes(written[at : at + _PREFIX], "little")
    if kind == t.BOOLARRAY:
        return _PREFIX + (int.from_bytes(written[at : at + _PREFIX], "little") + 7) // 8
    if kind == t.BLOB:
        return 4 + int.from_bytes(written[at : at + 4], "little")
    first = _HEAD + _FIXED[written[at] & 0x7F]  # a pair of integers
    return first + _HEAD + _FIXED[written[at + first] & 0x7F]
