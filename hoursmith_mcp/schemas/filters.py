"""List filters: one declared model per thing, turned into SQL in one place each."""

from __future__ import annotations

from dataclasses import dataclass

from hoursmith_mcp.core.periods import Period


@dataclass(frozen=True)
class TimeEntryFilter:
    """Which time entries are meant; what is None does not narrow. Days are ISO text, inclusive."""

    first_day: str | None = None
    last_day: str | None = None
    project_id: str | None = None
    client_id: str | None = None
    task_id: str | None = None
    member_id: str | None = None
    billable: bool | None = None
    tag: str | None = None
    search: str | None = None


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks are meant; what is None does not narrow."""

    project_id: str | None = None
    assignee_id: str | None = None
    statuses: tuple[str, ...] = ("TODO", "IN_PROGRESS")
    archived: bool = False


@dataclass(frozen=True)
class InvoiceFilter:
    """Which invoices are meant; what is None does not narrow. Days are ISO text, inclusive."""

    client_id: str | None = None
    statuses: tuple[str, ...] | None = None
    first_day: str | None = None
    last_day: str | None = None
    due_before: str | None = None


@dataclass(frozen=True)
class Selection:
    """Which open work is meant; what is None does not narrow."""

    client_id: str | None = None
    period: Period | None = None
    project_ids: tuple[str, ...] | None = None
    entry_ids: tuple[str, ...] | None = None
    with_fees: bool = True

    @property
    def narrow(self) -> bool:
        """Whether it is the work of one client, or of some projects."""
        return self.client_id is not None or self.project_ids is not None


@dataclass(frozen=True)
class ActivityFilter:
    """Which changes are meant; what is None does not narrow. Instants are microseconds UTC."""

    member_id: str | None = None
    client: str | None = None
    run: str | None = None
    operation: str | None = None
    subject_id: str | None = None
    first_us: int | None = None
    before_us: int | None = None
