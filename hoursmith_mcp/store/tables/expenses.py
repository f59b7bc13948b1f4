"""What was spent for clients."""

from __future__ import annotations

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


class Expense(Table, table=True):
    """An amount that was spent for a client on a day, in the currency that was the client's."""

    __table_args__ = (
        live_index("ix_expense_created", "organization_id", "created_at", "id"),
        live_index("ix_expense_day", "organization_id", "expense_date", "id"),
        live_index("ix_expense_client", "organization_id", "client_id"),
        live_index("ix_expense_project", "organization_id", "project_id"),
    )

    id: str = identity()
    organization_id: str = tenant()
    client_id: str = reference("client")
    project_id: str | None = optional_reference("project")
    description: str
    amount: int = whole_number()
    currency: str = Field(max_length=3)
    category: str
    custom_category: str | None = None
    expense_date: str = Field(max_length=10)
    billable: bool
    version: int = 1
    created_at: int = instant()
    updated_at: int = instant()
    deleted_at: int | None = optional_instant()
