"""The part of the OpenAPI document about what is sent to others: an operation per type of event."""

from __future__ import annotations

from typing import Any

from hoursmith_mcp.adapters.rest.openapi_schemas import COMPONENTS, Schema
from hoursmith_mcp.schemas.event_types import EVENT_TYPES, EventType
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.webhooks.envelope import envelope_schema, sample_message

PREFIX = "Told"
"""Before the names of models: what is told holds less of them, and requires less."""


def webhooks() -> dict[str, Any]:
    """Return the operations by type of event."""
    return {name: {"post": _operation(event)} for name, event in EVENT_TYPES.items()}


def told_schemas() -> dict[str, Schema]:
    """Return the schemas that those refer to, by name."""
    found: dict[str, Schema] = {}
    for event in EVENT_TYPES.values():
        named: dict[str, Schema] = envelope_schema(event)["$defs"]
        found |= {f"{PREFIX}{name}": _referring(schema) for name, schema in named.items()}
    return dict(sorted(found.items()))


def _operation(event: EventType) -> dict[str, Any]:
    whole = _referring(envelope_schema(event))
    says = whole.pop("description")
    schema = {key: part for key, part in whole.items() if key not in ("$defs", "title")}
    content = {"schema": schema, "example": sample_message(event.name).document()}
    return {
        "summary": says,
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"2XX": {"description": "Taken; anything else is tried again."}},
    }


def _referring(node: Any) -> Any:
    """Let a schema refer to the document's components, at every depth."""
    if is_array(node):
        return [_referring(item) for item in node]
    if not is_object(node):
        return node
    return {
        key: part.replace("#/$defs/", f"{COMPONENTS}{PREFIX}")
        if key == "$ref"
        else _referring(part)
        for key, part in node.items()
    }
