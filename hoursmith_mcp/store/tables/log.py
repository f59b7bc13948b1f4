"""What happened: events for machines, activity for people, answers for callers that retry."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field

from hoursmith_mcp.store.tables.base import (
    Table,
    identity,
    instant,
    optional_reference,
    reference,
    tenant,
    whole_number,
)


class Event(Table, table=True):
    """A change as others are told of it; written with the change and never altered."""

    __table_args__ = (Index("uq_event_sequence", "organization_id", "sequence", unique=True),)

    id: str = identity()
    organization_id: str = tenant()
    sequence: int = whole_number()
    type: str
    version: int = 1
    subject_id: str = Field(max_length=40)
    project_id: str | None = Field(default=None, max_length=40)
    member_id: str | None = Field(default=None, max_length=40)
    data: str
    occurred_at: int = instant()


class Activity(Table, table=True):
    """Who changed what, through which door; append-only in the database."""

    __table_args__ = (
        Index("ix_activity_at", "organization_id", "at"),
        Index("ix_activity_subject", "organization_id", "subject_id", "at"),
        Index("ix_activity_member", "organization_id", "member_id", "at"),
        Index("ix_activity_operation", "organization_id", "operation", "at"),
        Index("ix_activity_unit", "organization_id", "unit_id"),
        Index(
            "ix_activity_run",
            "organization_id",
            "run",
            "at",
            sqlite_where=text("run IS NOT NULL"),
            postgresql_where=text("run IS NOT NULL"),
        ),
        Index(
            "ix_activity_undoes",
            "organization_id",
            "undoes",
            sqlite_where=text("undoes IS NOT NULL"),
            postgresql_where=text("undoes IS NOT NULL"),
        ),
    )

    id: str = identity()
    organization_id: str = tenant()
    unit_id: str = Field(max_length=40)
    at: int = instant()
    member_id: str = reference("member")
    token_id: str | None = optional_reference("token")
    door: str
    client: str | None = None
    run: str | None = None
    operation: str
    subject_id: str = Field(max_length=40)
    before: str | None = None
    after: str | None = None
    # The type of the event that others were told it by; its kind says what before and after are.
    type: str | None = None
    # The unit that this line took back, where it is of an undo.
    undoes: str | None = Field(default=None, max_length=40)
    # On a unit's first line: the rows that it changed, as they were, for taking it back.
    rows: str | None = None


class StoredAnswer(Table, table=True):
    """The whole answer of a call that changed something, kept for a day for callers that retry."""

    __table_args__ = (
        Index(
            "uq_stored_answer_key",
            "organization_id",
            "member_id",
            "operation",
            "key",
            unique=True,
            sqlite_where=text("key IS NOT NULL"),
            postgresql_where=text("key IS NOT NULL"),
        ),
        Index(
            "ix_stored_answer_sameness",
            "organization_id",
            "member_id",
            "sameness",
            sqlite_where=text("sameness IS NOT NULL"),
            postgresql_where=text("sameness IS NOT NULL"),
        ),
        Index("ix_stored_answer_age", "organization_id", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=40)
    organization_id: str = tenant()
    member_id: str = reference("member")
    operation: str
    key: str | None = Field(default=None, max_length=255)
    arguments_hash: str = Field(max_length=64)
    sameness: str | None = Field(default=None, max_length=64)
    answer: str
    created_at: int = instant()
