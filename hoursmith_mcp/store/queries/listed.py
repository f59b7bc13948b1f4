"""The documented lists: where the fields of each are, and a page of any of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, case

from hoursmith_mcp.core.invoices import InvoiceStatus
from hoursmith_mcp.schemas.listing import Wanted
from hoursmith_mcp.schemas.listings import (
    INVOICE_STATUSES,
    PAYMENT_STATUSES,
    PROJECT_STATUSES,
    ROLES,
    TASK_PRIORITIES,
    TASK_STATUSES,
)
from hoursmith_mcp.store.queries.listing import Relation, Slice, Source, slice_of
from hoursmith_mcp.store.queries.tasks import is_assigned_to
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import (
    Client,
    Expense,
    Invoice,
    InvoiceLine,
    Member,
    Payment,
    Project,
    Task,
    TimeEntry,
)
from hoursmith_mcp.store.tenancy import TENANT

_client = core_table(Client)
_project = core_table(Project)
_task = core_table(Task)
_entry = core_table(TimeEntry)
_expense = core_table(Expense)
_invoice = core_table(Invoice)
_line = core_table(InvoiceLine)
_payment = core_table(Payment)
_member = core_table(Member)


def _of_client_named(client_id: ColumnElement[Any]) -> Relation:
    """Look the client up first: rows lie in an index by client, and none by its name."""

    def is_of_client(name_key: Any) -> ColumnElement[bool]:
        named = select(_client.c.id).where(
            _client.c.name_key == name_key, _client.c.organization_id == TENANT
        )
        return client_id.in_(named)

    return is_of_client


def _of_client(project_id: ColumnElement[Any]) -> Mapping[str, Relation]:
    """Look projects up by their client: rows that know theirs lie in an index by it."""

    def of_projects(are_of_client: Relation) -> Relation:
        def is_of_one(value: Any) -> ColumnElement[bool]:
            projects = select(_project.c.id).where(
                are_of_client(value), _project.c.organization_id == TENANT
            )
            return project_id.in_(projects)

        return is_of_one

    return {
        "client_name": of_projects(_of_client_named(_project.c.client_id)),
        "client_id": of_projects(lambda client_id: _project.c.client_id == client_id),
    }


_kept = _invoice.c.paid - _invoice.c.refunded
_owes_nothing_yet = _invoice.c.status.in_((InvoiceStatus.DRAFT, InvoiceStatus.CANCELLED))
_payment_status = case(
    (_owes_nothing_yet & (_invoice.c.refunded == 0), "unpaid"),
    ((_invoice.c.refunded != 0) & (_kept <= 0), "refunded"),
    (_kept >= _invoice.c.total - _invoice.c.credited, "paid"),
    (_kept != 0, "partially_paid"),
    else_="unpaid",
)

_CLIENTS = Source(
    rows=select(_client).where(_client.c.deleted_at.is_(None)),
    identity=_client.c.id,
    columns={
        "id": _client.c.id,
        "name": _client.c.name_key,
        "archived": _client.c.archived_at.is_not(None),
        "created_at": _client.c.created_at,
        "updated_at": _client.c.updated_at,
    },
    searched=(_client.c.name, _client.c.contact_name, _client.c.email),
)
_PROJECTS = Source(
    rows=select(_project)
    .select_from(_project.join(_client, _client.c.id == _project.c.client_id))
    .where(_project.c.deleted_at.is_(None)),
    identity=_project.c.id,
    columns={
        "id": _project.c.id,
        "name": _project.c.name_key,
        "client_name": _client.c.name_key,
        "client_id": _project.c.client_id,
        "status": _project.c.status,
        "start_date": _project.c.start_date,
        "due_date": _project.c.due_date,
        "created_at": _project.c.created_at,
        "updated_at": _project.c.updated_at,
    },
    searched=(_project.c.name, _project.c.description),
    orders={"status": PROJECT_STATUSES},
)
_TASKS = Source(
    rows=select(_task).where(_task.c.deleted_at.is_(None)),
    identity=_task.c.id,
    columns={
        "id": _task.c.id,
        "name": _task.c.name_key,
        "project_id": _task.c.project_id,
        "status": _task.c.status,
        "priority": _task.c.priority,
        "billable": _task.c.billable,
        "archived": _task.c.archived_at.is_not(None),
        "start_date": _task.c.start_date,
        "due_date": _task.c.due_date,
        "end_date": _task.c.end_date,
        "created_at": _task.c.created_at,
        "updated_at": _task.c.updated_at,
    },
    searched=(_task.c.name, _task.c.description),
    relations={"assignee_id": is_assigned_to, **_of_client(_task.c.project_id)},
    orders={"status": TASK_STATUSES, "priority": TASK_PRIORITIES},
)
_TIME_ENTRIES = Source(
    rows=select(_entry).where(_entry.c.deleted_at.is_(None)),
    identity=_entry.c.id,
    columns={
        "id": _entry.c.id,
        "project_id": _entry.c.project_id,
        "task_id": _entry.c.task_id,
        "user_id": _entry.c.member_id,
        "billable": _entry.c.billable,
        "entry_date": _entry.c.entry_date,
        "duration_seconds": _entry.c.duration_seconds,
        "created_at": _entry.c.created_at,
        "updated_at": _entry.c.updated_at,
    },
    searched=(_entry.c.note,),
    relations=_of_client(_entry.c.project_id),
)
_EXPENSES = Source(
    rows=select(_expense).where(_expense.c.deleted_at.is_(None)),
    identity=_expense.c.id,
    columns={
        "id": _expense.c.id,
        "client_id": _expense.c.client_id,
        "project_id": _expense.c.project_id,
        "category": _expense.c.category,
        "billable": _expense.c.billable,
        "expense_date": _expense.c.expense_date,
        "amount": _expense.c.amount,
        "created_at": _expense.c.created_at,
        "updated_at": _expense.c.updated_at,
    },
    searched=(_expense.c.description, _expense.c.custom_category),
    relations={"client_name": _of_client_named(_expense.c.client_id)},
    amounts=frozenset({"amount"}),
    currency=_expense.c.currency,
)
_INVOICES = Source(
    rows=select(_invoice).where(_invoice.c.deleted_at.is_(None)),
    identity=_invoice.c.id,
    columns={
        "id": _invoice.c.id,
        "client_id": _invoice.c.client_id,
        "status": _invoice.c.status,
        "payment_status": _payment_status,
        "number": _invoice.c.number_key,
        "total": _invoice.c.total,
        "amount_paid": _kept,
        "issue_date": _invoice.c.issue_date,
        "due_date": _invoice.c.due_date,
        "sent_at": _invoice.c.sent_at,
        "paid_at": _invoice.c.paid_at,
        "created_at": _invoice.c.created_at,
        "updated_at": _invoice.c.updated_at,
    },
    searched=(_invoice.c.number,),
    relations={"client_name": _of_client_named(_invoice.c.client_id)},
    orders={"status": INVOICE_STATUSES, "payment_status": PAYMENT_STATUSES},
    amounts=frozenset({"total", "amount_paid"}),
    currency=_invoice.c.currency,
)


def _of_invoice(column: ColumnElement[Any], invoice_id: ColumnElement[Any]) -> Any:
    """Look a row's invoice up; joined, the database would begin with all invoices there are."""
    found = select(column).where(_invoice.c.id == invoice_id, _invoice.c.organization_id == TENANT)
    return found.scalar_subquery()


_client_of_line = _of_invoice(_invoice.c.client_id, _line.c.invoice_id)
_client_of_payment = _of_invoice(_invoice.c.client_id, _payment.c.invoice_id)

_INVOICE_LINES = Source(
    rows=select(_line).where(_of_invoice(_invoice.c.deleted_at, _line.c.invoice_id).is_(None)),
    identity=_line.c.id,
    columns={
        "id": _line.c.id,
        "client_id": _client_of_line,
        "invoice_id": _line.c.invoice_id,
        "project_id": _line.c.project_id,
        "kind": _line.c.kind,
        "status": _of_invoice(_invoice.c.status, _line.c.invoice_id),
        "issue_date": _of_invoice(_invoice.c.issue_date, _line.c.invoice_id),
    },
    searched=(_line.c.description,),
    relations={"client_name": _of_client_named(_client_of_line)},
)
_PAYMENTS = Source(
    rows=select(_payment),
    identity=_payment.c.id,
    columns={
        "id": _payment.c.id,
        "client_id": _client_of_payment,
        "invoice_id": _payment.c.invoice_id,
        "voided": _payment.c.voided_at.is_not(None),
        "received_on": _payment.c.received_on,
        "amount": _payment.c.amount,
        "created_at": _payment.c.created_at,
    },
    searched=(_payment.c.note,),
    relations={"client_name": _of_client_named(_client_of_payment)},
    amounts=frozenset({"amount"}),
    currency=_payment.c.currency,
)
_MEMBERS = Source(
    rows=select(_member).where(_member.c.erased_at.is_(None)),
    identity=_member.c.id,
    columns={
        "id": _member.c.id,
        "role": _member.c.role,
        "removed": _member.c.deleted_at.is_not(None),
        "created_at": _member.c.created_at,
    },
    searched=(_member.c.name, _member.c.email),
    orders={"role": ROLES},
)

SOURCES: Mapping[str, Source] = {
    "clients": _CLIENTS,
    "projects": _PROJECTS,
    "tasks": _TASKS,
    "time_entries": _TIME_ENTRIES,
    "expenses": _EXPENSES,
    "invoices": _INVOICES,
    "invoice_lines": _INVOICE_LINES,
    "payments": _PAYMENTS,
    "members": _MEMBERS,
}


class Lists:
    """The documented lists of one organisation, as one member turns their pages."""

    def __init__(self, session: Session, member_id: str) -> None:
        """Take a session, and the member whose cursors are taken."""
        self._session = session
        self._member_id = member_id

    async def page(self, wanted: Wanted) -> Slice:
        """Return a page of a list: which things are on it, in their order.

        Raises InvalidInput for a cursor of another list, order or member.
        """
        return await slice_of(self._session, SOURCES[wanted.things], wanted, self._member_id)
