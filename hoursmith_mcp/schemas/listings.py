"""The documented lists: which fields of each thing can be filtered, sorted and searched."""

from __future__ import annotations

from typing import get_args

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.core.expenses import ExpenseCategory
from hoursmith_mcp.core.invoices import InvoiceStatus, PaymentStatus
from hoursmith_mcp.core.lines import LineKind
from hoursmith_mcp.schemas.listing import (
    Listing,
    amount_field,
    choice_field,
    day_field,
    flag_field,
    id_field,
    identity_field,
    instant_field,
    name_field,
    number_field,
    word_field,
)
from hoursmith_mcp.schemas.projects import ProjectStatus
from hoursmith_mcp.schemas.tasks import TaskPriority, TaskStatus

PROJECT_STATUSES = get_args(ProjectStatus)
TASK_STATUSES = get_args(TaskStatus)
TASK_PRIORITIES = get_args(TaskPriority)
INVOICE_STATUSES = tuple(status.value for status in InvoiceStatus)
EXPENSE_CATEGORIES = get_args(ExpenseCategory)
PAYMENT_STATUSES = get_args(PaymentStatus)
LINE_KINDS = get_args(LineKind)
ROLES = tuple(role.name for role in reversed(Role))

CLIENTS = Listing(
    "clients",
    (
        identity_field(),
        name_field(),
        flag_field("archived", otherwise=False),
        instant_field("created_at"),
        instant_field("updated_at"),
    ),
    searched="Text in name, contact name or e-mail.",
)
PROJECTS = Listing(
    "projects",
    (
        identity_field(),
        name_field(),
        word_field("client_name"),
        id_field("client_id", "cl"),
        choice_field("status", PROJECT_STATUSES, sortable=True, left_out="ARCHIVED"),
        day_field("start_date", sortable=True),
        day_field("due_date", sortable=True),
        instant_field("created_at"),
        # Prices and budgets move it along.
        instant_field("updated_at", hidden=True),
    ),
    searched="Text in name or description.",
)
TASKS = Listing(
    "tasks",
    (
        identity_field(),
        name_field(),
        word_field("client_name"),
        id_field("client_id", "cl"),
        id_field("project_id", "pr"),
        id_field("assignee_id", "mem"),
        choice_field("status", TASK_STATUSES, sortable=True),
        choice_field("priority", TASK_PRIORITIES, sortable=True),
        flag_field("billable"),
        flag_field("archived", otherwise=False),
        day_field("start_date", sortable=True),
        day_field("due_date", sortable=True),
        day_field("end_date", sortable=True),
        instant_field("created_at"),
        instant_field("updated_at"),
    ),
    searched="Text in name or description.",
)
TIME_ENTRIES = Listing(
    "time_entries",
    (
        identity_field(),
        word_field("client_name"),
        id_field("client_id", "cl"),
        id_field("project_id", "pr"),
        id_field("task_id", "tk"),
        id_field("user_id", "mem"),
        flag_field("billable"),
        day_field("entry_date", sortable=True),
        number_field("duration_seconds", sortable=True),
        instant_field("created_at"),
        instant_field("updated_at"),
    ),
    searched="Text in the note.",
)
EXPENSES = Listing(
    "expenses",
    (
        identity_field(),
        word_field("client_name"),
        id_field("client_id", "cl"),
        id_field("project_id", "pr"),
        choice_field("category", EXPENSE_CATEGORIES),
        flag_field("billable"),
        day_field("expense_date", sortable=True),
        amount_field("amount", sortable=True),
        instant_field("created_at"),
        instant_field("updated_at"),
    ),
    searched="Text in description or custom category.",
)
INVOICES = Listing(
    "invoices",
    (
        identity_field(),
        word_field("client_name"),
        id_field("client_id", "cl"),
        choice_field("status", INVOICE_STATUSES, sortable=True),
        choice_field("payment_status", PAYMENT_STATUSES, sortable=True),
        word_field("number", sortable=True),
        amount_field("total", sortable=True),
        amount_field("amount_paid", sortable=True),
        day_field("issue_date", sortable=True),
        day_field("due_date", sortable=True),
        instant_field("sent_at"),
        instant_field("paid_at"),
        instant_field("created_at"),
        instant_field("updated_at"),
    ),
    searched="Text in the number.",
)
# Ids have the order in which things were made.
INVOICE_LINES = Listing(
    "invoice_lines",
    (
        identity_field(),
        word_field("client_name"),
        id_field("client_id", "cl"),
        id_field("invoice_id", "inv"),
        id_field("project_id", "pr"),
        choice_field("kind", LINE_KINDS),
        choice_field("status", INVOICE_STATUSES),
        day_field("issue_date"),
    ),
    searched="Text in the description.",
    order="-id",
)
PAYMENTS = Listing(
    "payments",
    (
        identity_field(),
        word_field("client_name"),
        id_field("client_id", "cl"),
        id_field("invoice_id", "inv"),
        flag_field("voided", otherwise=False),
        day_field("received_on", sortable=True),
        amount_field("amount", sortable=True),
        instant_field("created_at"),
    ),
    searched="Text in the note.",
    order="-id",
)
MEMBERS = Listing(
    "members",
    (
        identity_field(),
        choice_field("role", ROLES, sortable=True),
        flag_field("removed", otherwise=False),
        instant_field("created_at"),
    ),
    searched="Text in name or e-mail.",
)
