"""Clients, their projects, and the tasks in them."""

from __future__ import annotations

from sqlalchemy import JSON, Index, text
from sqlmodel import Field

from hoursmith_mcp.store.tables.base import (
    Table,
    identity,
    instant,
    optional_instant,
    optional_whole_number,
    reference,
    tenant,
)

NOT_ARCHIVED = "deleted_at IS NULL AND archived_at IS NULL"
PROJECT_IS_LIVE = "deleted_at IS NULL AND status <> 'ARCHIVED'"
FIRST_TO_TALK_TO = "is_primary AND deleted_at IS NULL"
GETS_INVOICES = "is_billing AND deleted_at IS NULL"


def _live_name(name: str, condition: str, *columns: str) -> Index:
    """Declare that a live name is unique among its siblings."""
    return Index(
        name,
        *columns,
        unique=True,
        sqlite_where=text(condition),
        postgresql_where=text(condition),
    )


class Client(Table, table=True):
    """Who the work is for, and who gets the invoice."""

    __table_args__ = (
        _live_name("uq_client_live_name", NOT_ARCHIVED, "organization_id", "name_key"),
    )

    id: str = identity()
    organization_id: str = tenant()
    name: str
    name_key: str
    currency: str | None = Field(default=None, max_length=3)
    contact_name: str | None = None
    email: str | None = None
    billing_email: str | None = None
    phone: str | None = None
    website: str | None = None
    address: str | None = None
    # The parts that the address was made of, where it was given in parts.
    billing_line1: str | None = None
    billing_line2: str | None = None
    billing_city: str | None = None
    billing_region: str | None = None
    billing_postal_code: str | None = None
    billing_country: str | None = None
    tax_number: str | None = None
    payment_terms_days: int | None = None
    default_tax_rate: int | None = optional_whole_number()
    require_po_number: bool = False
    rounding_minutes: int | None = None
    rounding_mode: str | None = None
    rounding_per: str | None = None
    notes: str | None = None
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    archived_at: int | None = optional_instant()
    deleted_at: int | None = optional_instant()


class ClientContact(Table, table=True):
    """A person at a client; one of them at most is the first to talk to, and one gets invoices."""

    __table_args__ = (
        Index("ix_client_contact_client", "organization_id", "client_id"),
        _live_name("uq_client_contact_primary", FIRST_TO_TALK_TO, "client_id"),
        _live_name("uq_client_contact_billing", GETS_INVOICES, "client_id"),
    )

    id: str = identity()
    organization_id: str = tenant()
    client_id: str = reference("client")
    email: str
    name: str | None = None
    title: str | None = None
    phone: str | None = None
    is_primary: bool = False
    is_billing: bool = False
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    deleted_at: int | None = optional_instant()


class Project(Table, table=True):
    """A piece of work for one client."""

    __table_args__ = (
        # The key leads, so that a project is found by name without knowing its client.
        _live_name(
            "uq_project_live_name", PROJECT_IS_LIVE, "organization_id", "name_key", "client_id"
        ),
        Index("ix_project_client", "organization_id", "client_id"),
    )

    id: str = identity()
    organization_id: str = tenant()
    client_id: str = reference("client")
    name: str
    name_key: str
    description: str | None = None
    color: str | None = None
    status: str = "ACTIVE"
    rate_type: str = "HOURLY"
    fixed_fee: int | None = optional_whole_number()
    # The line of the fee's live claim; lines name projects, so this is no foreign key.
    fee_line_id: str | None = Field(default=None, max_length=40)
    rounding_minutes: int | None = None
    rounding_mode: str | None = None
    rounding_per: str | None = None
    budget_seconds: int | None = optional_whole_number()
    budget_amount: int | None = optional_whole_number()
    start_date: str | None = Field(default=None, max_length=10)
    due_date: str | None = Field(default=None, max_length=10)
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    deleted_at: int | None = optional_instant()


class ProjectMember(Table, table=True):
    """That a member is on a project: a MEMBER sees only those, and logs only on those."""

    __table_args__ = (Index("ix_project_member_member", "organization_id", "member_id"),)

    project_id: str = Field(primary_key=True, foreign_key="project.id", max_length=40)
    member_id: str = Field(primary_key=True, foreign_key="member.id", max_length=40)
    organization_id: str = tenant()
    created_at: int = instant()


class Task(Table, table=True):
    """A thing to do within a project."""

    __table_args__ = (
        _live_name("uq_task_live_name", NOT_ARCHIVED, "organization_id", "project_id", "name_key"),
    )

    id: str = identity()
    organization_id: str = tenant()
    project_id: str = reference("project")
    name: str
    name_key: str
    description: str | None = None
    status: str = "TODO"
    priority: str = "MEDIUM"
    billable: bool | None = None
    estimated_seconds: int | None = optional_whole_number()
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    start_date: str | None = Field(default=None, max_length=10)
    due_date: str | None = Field(default=None, max_length=10)
    end_date: str | None = Field(default=None, max_length=10)
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    archived_at: int | None = optional_instant()
    deleted_at: int | None = optional_instant()


class TaskAssignee(Table, table=True):
    """That a member is to do a task, and since when."""

    __table_args__ = (Index("ix_task_assignee_member", "organization_id", "member_id"),)

    task_id: str = Field(primary_key=True, foreign_key="task.id", max_length=40)
    member_id: str = Field(primary_key=True, foreign_key="member.id", max_length=40)
    organization_id: str = tenant()
    assigned_at: int | None = optional_instant()
