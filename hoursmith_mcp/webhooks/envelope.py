"""The envelope: one document that is the documented one and that of Standard Webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hoursmith_mcp.adapters.rest.names import outward, rest_name
from hoursmith_mcp.core.instants import SECOND_US, instant_text
from hoursmith_mcp.schemas.event_types import EventType, event_type
from hoursmith_mcp.unit import compact_json
from hoursmith_mcp.webhooks.samples import read_sample

Data = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """An event on its way to one receiver; `thing` is what that receiver's owner sees of it."""

    id: str
    type: str
    version: int
    occurred_at_us: int
    organization_id: str
    live: bool
    sequence: int
    thing: Data
    thin: bool = False
    test: bool = False

    def document(self) -> Data:
        """Return the envelope and what is in it, with the names of REST."""
        data = event_type(self.type).data(self.thing)
        if self.thin:
            data = {name: {"id": thing.get("id")} for name, thing in data.items()}
        return {
            "id": self.id,
            "type": self.type,
            "timestamp": instant_text(self.occurred_at_us),
            "created": self.occurred_at_us // SECOND_US,
            "orgId": self.organization_id,
            "livemode": self.live and not self.test,
            "seq": self.sequence,
            "version": self.version,
            "data": {**outward(data), **({"test": True} if self.test else {})},
        }

    def body(self) -> bytes:
        """Return the bytes that are signed and sent."""
        return compact_json(self.document()).encode()


def sample_message(type: str) -> Message:
    """Return a message with the sample of a type, as it may arrive."""
    return Message(
        id="ev_01m7w4n5e00000000000000000",
        type=type,
        version=1,
        occurred_at_us=1_795_167_000_000_000,
        organization_id="org_01m7w4n5e00000000000000000",
        live=True,
        sequence=1,
        thing=read_sample(type),
    )


def envelope_schema(event: EventType) -> Data:
    """Return the JSON Schema of an envelope with an event of one type."""
    data = _outward_schema(event.data_schema())
    named = data.pop("$defs", None)
    whole, text = {"type": "integer"}, {"type": "string"}
    properties = {
        "id": {**text, "description": "The same for every attempt and replay: tell repeats by it."},
        "type": {"const": event.name},
        "timestamp": {**text, "format": "date-time"},
        "created": {**whole, "description": "The same instant, in seconds since 1970."},
        "orgId": text,
        "livemode": {"type": "boolean"},
        "seq": {**whole, "description": "Counts the messages of one endpoint, without a gap."},
        "version": whole,
        "data": data,
    }
    return {
        "title": event.name,
        "description": event.says if event.is_sent else f"{event.says} Nothing here sends it yet.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        **({"$defs": named} if named else {}),
    }


def _outward_schema(schema: Data) -> Data:
    """Name the properties of a schema as over REST, at every depth."""
    found = dict(schema)
    for key, part in schema.items():
        if key == "properties":
            found[key] = {rest_name(name): _outward_schema(inner) for name, inner in part.items()}
        elif key == "$defs":
            found[key] = {name: _outward_schema(inner) for name, inner in part.items()}
        elif key == "items":
            found[key] = _outward_schema(part)
        elif key == "required":
            found[key] = [rest_name(name) for name in part]
    return found
