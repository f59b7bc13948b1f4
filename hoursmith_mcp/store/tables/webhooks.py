"""Webhooks: who is told of events, what is still to be told, and how each attempt ended."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field

from hoursmith_mcp.store.tables.base import (
    Table,
    identity,
    instant,
    optional_instant,
    optional_reference,
    reference,
    tenant,
    whole_number,
)

PENDING = "state = 'pending'"


class WebhookEndpoint(Table, table=True):
    """A URL that is told of events, with the eyes of the member whose it is."""

    __table_args__ = (Index("ix_webhook_endpoint_organization", "organization_id", "created_at"),)

    id: str = identity()
    organization_id: str = tenant()
    member_id: str = reference("member")
    url: str
    description: str | None = None
    # Patterns of types of events, and ids of projects, one space between them; no ids: all.
    patterns: str
    projects: str | None = None
    thin: bool = False
    state: str = Field(max_length=16)
    disabled_because: str | None = None
    # Both encrypted; those of before as JSON, each with when it ends.
    secret: str
    earlier_secrets: str | None = None
    # Up to which event of the organisation it is known what is to be told.
    event_sequence: int = whole_number()
    last_sequence: int = whole_number()
    per_minute: int | None = None
    paced_until: int | None = optional_instant()
    failures: int = 0
    failing_since: int | None = optional_instant()
    probed_at: int | None = optional_instant()
    warned_at: int | None = optional_instant()
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    deleted_at: int | None = optional_instant()


class Delivery(Table, table=True):
    """An event on its way to one endpoint; `attempts` also fences what an attempt may say."""

    __table_args__ = (
        Index("uq_delivery_event", "endpoint_id", "event_id", unique=True),
        Index(
            "ix_delivery_due",
            "endpoint_id",
            "due_at",
            "sequence",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        Index("ix_delivery_log", "organization_id", "created_at", "id"),
    )

    id: str = identity()
    organization_id: str = tenant()
    endpoint_id: str = reference("webhook_endpoint")
    # None where it is a test, whose content is the sample of its type.
    event_id: str | None = optional_reference("event")
    type: str
    sequence: int = whole_number()
    state: str = Field(max_length=16)
    attempts: int = 0
    # Of the series that is running: a replay begins another.
    tries: int = 0
    # Whoever claims it moves this beyond the longest attempt: the lease.
    due_at: int = instant()
    # When that was decided: a clock that went back since is known by it.
    scheduled_at: int = instant()
    replayed_at: int | None = optional_instant()
    created_at: int = instant()
    finished_at: int | None = optional_instant()


class DeliveryAttempt(Table, table=True):
    """How one attempt ended."""

    delivery_id: str = Field(
        primary_key=True, foreign_key="delivery.id", ondelete="CASCADE", max_length=40
    )
    number: int = Field(primary_key=True)
    organization_id: str = tenant()
    at: int = instant()
    milliseconds: int
    status: int | None = None
    fault: str | None = Field(default=None, max_length=32)
    beginning: str
