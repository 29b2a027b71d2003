"""A snapshot as plain JSON, the same for every reader."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

from attrs import asdict

from twisted_mule.status import NodeStatus


def status_document(status: NodeStatus) -> dict[str, Any]:
    """The snapshot as dictionaries and sequences, field by field, with ``ready`` besides."""
    document = asdict(status, value_serializer=_plain)
    document["ready"] = status.ready
    return document


def status_json(status: NodeStatus) -> bytes:
    """The snapshot as JSON in UTF-8, on one line."""
    return json.dumps(status_document(status), separators=(",", ":")).encode()


def _plain(_owner: object, _field: object, value: object) -> object:
    return value.value if isinstance(value, Enum) else value
