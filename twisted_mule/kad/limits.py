"""The bounds of message fields that reading and writing share (wire-format sections 9 and 10)."""

from __future__ import annotations

from typing import Final

MAX_COUNT: Final = 0x1F
"""How many contacts a REQ can ask for; the bits above have no meaning."""

MAX_START: Final = 0x7FFF
"""How many results a search can skip."""

EXPRESSION_FOLLOWS: Final = 0x8000
"""The bit above :data:`MAX_START`."""

MIN_LEGACY_PUBLISH: Final = 37
"""Payload bytes below which iMule ignores a Kad1 publish."""

MAX_LEGACY_NOTE_TAGS: Final = 5

MAX_ENTRIES: Final = 1000
"""Three times what the fullest honest message holds; it bounds the work of reading one."""
