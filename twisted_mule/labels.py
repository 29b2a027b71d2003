"""How messages are called in counters and traces."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from twisted_mule.kad.messages import Message

_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


def label(kind: Message) -> str:
    """The name of a message for counters, such as ``find_node_request``."""
    return _named(type(kind).__name__)


def label_of(kind: type[Message]) -> str:
    """The same of a sort of message."""
    return _named(kind.__name__)


@cache
def _named(name: str) -> str:
    return _WORD.sub("_", name).lower()
