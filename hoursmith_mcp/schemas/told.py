"""Events, as they are read again."""

from __future__ import annotations

from typing import Any

from hoursmith_mcp.schemas.base import Hidden, Public


class EventOut(Public):
    """An event: what happened, and the things that it is of, as they were then."""

    id: str
    type: str
    timestamp: str
    version: int
    data: Hidden[dict[str, Any]] | None = None


class EventPage(Public):
    """Events, the oldest first; the last one's id leads on."""

    listed = "events"

    events: list[EventOut]
    next_cursor: str | None = None
