"""Rows of what the dispatcher asks, and how an attempt ended, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from hoursmith_mcp.store.session import Shape

Rules: TypeAlias = "tuple[int, int]"
"""The versions of an endpoint and of its owner, which move when somebody changes either."""


class Ruled(Shape):
    """An endpoint by what decides what it is sent."""

    version: int
    owner_version: int


def rules_of(row: Ruled) -> Rules:
    """Return under which rules an endpoint is sent to."""
    return row.version, row.owner_version


class LaneRow(Ruled):
    """An endpoint for which there may be something to do."""

    id: str
    organization_id: str
    failures: int
    probed_at: int | None
    per_minute: int | None
    paced_until: int | None
    is_behind: bool
    next_due: int | None


class AheadRow(Shape):
    """An endpoint by its place."""

    id: str
    organization_id: str


class EndpointRow(Ruled):
    """An endpoint with what is to be known of its owner."""

    id: str
    organization_id: str
    member_id: str
    url: str
    patterns: str
    projects: str | None
    thin: bool
    state: str
    disabled_because: str | None
    secret: str
    earlier_secrets: str | None
    event_sequence: int
    last_sequence: int
    per_minute: int | None
    paced_until: int | None
    failures: int
    failing_since: int | None
    probed_at: int | None
    warned_at: int | None
    role: str
    is_removed: bool
    live: bool


class DeliveryRow(Shape):
    """A delivery as it was before it was claimed."""

    id: str
    endpoint_id: str
    event_id: str | None
    type: str
    sequence: int
    attempts: int
    tries: int
    due_at: int
    replayed_at: int | None
    created_at: int


class EventRow(Shape):
    """An event as it was written."""

    id: str
    sequence: int
    type: str
    version: int
    subject_id: str
    project_id: str | None
    member_id: str | None
    data: str
    occurred_at: int


@dataclass(frozen=True)
class Tried:
    """How an attempt ended, as it is kept."""

    milliseconds: int
    status: int | None
    fault: str | None
    beginning: str
