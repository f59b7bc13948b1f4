"""Time that was worked, the clock that is running, and what an hour costs."""

from __future__ import annotations

from sqlalchemy import JSON, Index, text
from sqlmodel import Field

from hoursmith_mcp.store.tables.base import (
    Table,
    identity,
    instant,
    live_index,
    optional_instant,
    optional_reference,
    reference,
    tenant,
    whole_number,
)

OPEN = "line_id IS NULL AND deleted_at IS NULL"
OF_A_TASK = "task_id IS NOT NULL AND deleted_at IS NULL"


class TimeEntry(Table, table=True):
    """A duration on a day against a project; start and stop are known where a timer made it."""

    __table_args__ = (
        live_index("ix_time_entry_day", "organization_id", "entry_date", "id"),
        live_index("ix_time_entry_created", "organization_id", "created_at", "id"),
        live_index("ix_time_entry_member_day", "organization_id", "member_id", "entry_date"),
        live_index("ix_time_entry_project_day", "organization_id", "project_id", "entry_date"),
        # A page of a documented list in each of its orders, and in the usual one of a part.
        live_index("ix_time_entry_id", "organization_id", "id"),
        live_index("ix_time_entry_updated", "organization_id", "updated_at", "id"),
        live_index("ix_time_entry_duration", "organization_id", "duration_seconds", "id"),
        live_index("ix_time_entry_member", "organization_id", "member_id", "created_at", "id"),
        live_index("ix_time_entry_project", "organization_id", "project_id", "created_at", "id"),
        Index(
            "ix_time_entry_task",
            "organization_id",
            "task_id",
            "created_at",
            "id",
            sqlite_where=text(OF_A_TASK),
            postgresql_where=text(OF_A_TASK),
        ),
        # What is unbilled: read by project, or all of it.
        Index(
            "ix_time_entry_open",
            "organization_id",
            "billable",
            "project_id",
            "entry_date",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )

    id: str = identity()
    organization_id: str = tenant()
    member_id: str = reference("member")
    project_id: str = reference("project")
    task_id: str | None = optional_reference("task")
    entry_date: str = Field(max_length=10)
    duration_seconds: int = whole_number()
    billable: bool
    note: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    started_at: int | None = optional_instant()
    stopped_at: int | None = optional_instant()
    # The line of the entry's live claim: kept in step with it, so that "unbilled" reads an index.
    line_id: str | None = Field(default=None, max_length=40)
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    deleted_at: int | None = optional_instant()


class Timer(Table, table=True):
    """A running clock; a member has one at most, and stopping it removes the row."""

    __table_args__ = (Index("uq_timer_member", "member_id", unique=True),)

    id: str = identity()
    organization_id: str = tenant()
    member_id: str = reference("member")
    project_id: str = reference("project")
    task_id: str | None = optional_reference("task")
    billable: bool
    note: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    started_at: int = instant()


class Rate(Table, table=True):
    """A dated price of an hour; the first of a level has no start and holds for all days before."""

    __table_args__ = (
        Index(
            "ix_rate_level", "organization_id", "project_id", "client_id", "task_id", "member_id"
        ),
    )

    id: str = identity()
    organization_id: str = tenant()
    client_id: str | None = optional_reference("client")
    project_id: str | None = optional_reference("project")
    task_id: str | None = optional_reference("task")
    member_id: str | None = optional_reference("member")
    starts_on: str | None = Field(default=None, max_length=10)
    rate: int = whole_number()
    currency: str = Field(max_length=3)
    created_at: int = instant()
    deleted_at: int | None = optional_instant()
