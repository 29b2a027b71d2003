"""The results of a search, shuffled and laid into as few messages as hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.parts import Entry

#: How many of the last results are left out, step by step, for the others to fit in their new
#: order, but never more than one in eight; they are reached by the start offset.
_SPARE: Final = (0, 1, 2, 4, 8)
_SHARE: Final = 8


def filled(
    results: Sequence[Entry], room: int, most: int, random: Draws
) -> list[tuple[Entry, ...]]:
    """
    ``results`` in at most ``most`` messages with ``room`` bytes each for them.

    As many as fit are taken from the front, in the order in which the index gives them, so that a
    start offset goes on where this answer ends.  Then all of them are shuffled, over all messages
    (design.md D1).  What is too large for any message is left out.
    """
    fitting = [result for result in results if len(result.written) <= room]
    in_order = _laid(fitting, room)[:most]
    count = sum(map(len, in_order))
    order = list(range(count))
    random.shuffle(order)
    for spare in _SPARE:
        shuffled = _laid([fitting[at] for at in order if at < count - spare], room)
        if len(shuffled) <= most and spare * _SHARE <= count:
            break
    else:  # very uneven entries: each message is shuffled for itself
        shuffled = in_order
        for message in shuffled:
            random.shuffle(message)
    return [tuple(message) for message in shuffled]


def _laid(results: Sequence[Entry], room: int) -> list[list[Entry]]:
    """Messages filled one after the other."""
    messages: list[list[Entry]] = []
    left = 0
    for result in results:
        size = len(result.written)
        if not messages or size > left:
            messages.append([])
            left = room
        messages[-1].append(result)
        left -= size
    return messages
