"""Schedules: invoices that are made again and again, and what became of each time."""

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
)

WAITING = "state = 'active' AND deleted_at IS NULL"
FINAL = "outcome <> 'nothing' AND outcome <> 'refused' AND outcome <> 'missed'"
"""That day is done with; any other is run again where a clock that was wrong let it come early."""

REFUSED = "outcome = 'refused'"


class Schedule(Table, table=True):
    """When a client is billed, for what, and in whose name."""

    __table_args__ = (
        Index("ix_schedule_organization", "organization_id", "id"),
        Index(
            "ix_schedule_due",
            "next_day",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )

    id: str = identity()
    organization_id: str = tenant()
    # Whose right it is made by.
    member_id: str = reference("member")
    client_id: str = reference("client")
    # In the words of `core/schedules.py`; it is counted from `start_day` on.
    rule: str
    start_day: str = Field(max_length=10)
    minute_of_day: int
    billed: str = Field(max_length=32)
    # What previewing is given beside client and days, as JSON.
    selection: str
    issues: bool = False
    catches_up: bool = True
    state: str = Field(max_length=16)
    paused_because: str | None = None
    # None once no day comes any more.
    next_day: str | None = Field(default=None, max_length=10)
    runs: int = 0
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    deleted_at: int | None = optional_instant()


class ScheduleRun(Table, table=True):
    """One time that a schedule was run, or skipped; a day of its rule is done with once."""

    __table_args__ = (
        Index(
            "uq_schedule_run_day",
            "schedule_id",
            "due_day",
            unique=True,
            sqlite_where=text(FINAL),
            postgresql_where=text(FINAL),
        ),
        Index(
            "ix_schedule_run_refused",
            "organization_id",
            "schedule_id",
            "number",
            sqlite_where=text(REFUSED),
            postgresql_where=text(REFUSED),
        ),
    )

    schedule_id: str = Field(primary_key=True, foreign_key="schedule.id", max_length=40)
    number: int = Field(primary_key=True)
    organization_id: str = tenant()
    # None where somebody ran it by hand.
    due_day: str | None = Field(default=None, max_length=10)
    outcome: str = Field(max_length=16)
    reason: str | None = None
    # What somebody should look at though it went well.
    warning: str | None = None
    invoice_id: str | None = optional_reference("invoice")
    first_day: str | None = Field(default=None, max_length=10)
    last_day: str | None = Field(default=None, max_length=10)
    at: int = instant()
