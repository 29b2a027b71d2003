"""Recordings of what iMule and rust-mule wrote and read, from the folder ``vectors``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "vectors"


@cache
def recorded(name: str) -> dict[str, Any]:
    """The contents of ``vectors/name.json``; its field ``implementation`` names the source."""
    contents: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return contents
