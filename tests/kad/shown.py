"""Messages in the words of the recordings, and recordings without what no message holds."""

from __future__ import annotations

from typing import Any

from attrs import fields

from twisted_mule.kad import messages as m
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import Tag, encode_tag

#: What the recordings call the fields of our values, in order; "self" stands for its own fields.
_NAMES: dict[type, str] = {
    m.PeerRecord: "version id udp_dest",
    m.LegacyRecord: "id udp_dest tcp_dest type",
    m.Entry: "id tags",
    m.BootstrapRequest: "",
    m.BootstrapResponse: "sender_id version tcp_dest contacts",
    m.HelloRequest: "self tags",
    m.HelloResponse: "self tags",
    m.FindNodeRequest: "count target receiver_id sender_id",
    m.HelloResponseAck: "sender_id tags",
    m.FindNodeResponse: "target contacts",
    m.SearchKeyRequest: "keyword start expression",
    m.SearchSourceRequest: "file start size",
    m.SearchNotesRequest: "file size",
    m.SearchResponse: "sender_id key results",
    m.PublishKeyRequest: "key entries",
    m.PublishSourceRequest: "file source tags",
    m.PublishNotesRequest: "file source tags",
    m.PublishResponse: "key load sources complete options",
    m.PublishResponseAck: "",
    m.Ping: "",
    m.Pong: "",
    m.LegacyBootstrapRequest: "self",
    m.LegacyBootstrapResponse: "contacts",
    m.LegacyHelloRequest: "self",
    m.LegacyHelloResponse: "self",
    m.LegacyFindNodeRequest: "count target receiver_id sender_id",
    m.LegacyFindNodeResponse: "target contacts",
    m.LegacySearchRequest: "key restrictive expression",
    m.LegacySearchResponse: "key results",
    m.LegacySearchNotesRequest: "file searcher",
    m.LegacyPublishRequest: "key entries",
    m.LegacyPublishResponse: "key load sources complete",
    m.LegacyPublishNotesRequest: "file source tags",
}


def as_shown(value: Any) -> Any:
    """A message, or a part of one, as a recording shows it; a tag's type is the one we write."""
    match value:
        case tuple():
            return [as_shown(one) for one in value]
        case KadID():
            return value.hex
        case Destination(raw):
            return {"hash": value.dest_hash, "first16": raw[:16].hex(), "cert": raw[-3:].hex()}
        case Tag(name, inner):
            return {"type": encode_tag(value)[0] & 0x7F, "id": name, "value": as_shown(inner)}
        case Words(text):
            return ["STRING", text]
        case _ if type(value) in _NAMES:
            return _fields(value)
    return value


def _fields(value: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    names = _NAMES[type(value)].split()
    for name, attribute in zip(names, fields(type(value)), strict=False):
        field = getattr(value, attribute.name)
        if name == "self":
            shown |= as_shown(field)
        elif field is not None:
            shown[name] = as_shown(field)
    if isinstance(value, m.SearchKeyRequest):
        shown["restrictive"] = value.expression is not None
    return shown


def comparable(shown: Any, *extra: str) -> Any:
    """A recording without seeds and without serial, name and ``extra`` of its tags."""
    if isinstance(shown, list):
        return [comparable(one, *extra) for one in shown]
    if isinstance(shown, dict):
        dropped = {"serial", "name", *extra} if "value" in shown else {"seed"}
        return {
            "id" if key == "answer" else key: comparable(value, *extra)
            for key, value in shown.items()
            if key not in dropped
        }
    return shown


def tags_shown(shown: Any) -> list[dict[str, Any]]:
    """All tags that a recording shows, in their order."""
    if isinstance(shown, dict) and "value" in shown:
        return [shown]
    if isinstance(shown, dict):
        shown = list(shown.values())
    return [tag for one in shown for tag in tags_shown(one)] if isinstance(shown, list) else []


def without_serials(datagram: bytes, shown: Any) -> bytes:
    """A recorded datagram with 0 for every serial that the recording shows."""
    at = 0
    for tag in tags_shown(shown):
        head = bytes((0x80 | tag["type"], tag["id"]))
        at = datagram.index(head + tag["serial"].to_bytes(4, "little"), at)
        datagram = datagram[: at + 2] + bytes(4) + datagram[at + 6 :]
        at += 6
    return datagram
