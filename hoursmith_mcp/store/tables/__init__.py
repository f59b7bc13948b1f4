"""The tables, as SQLModel rows."""

from hoursmith_mcp.store.tables.base import Table
from hoursmith_mcp.store.tables.billing import (
    BillingClaim,
    Confirmation,
    Invoice,
    InvoiceLine,
    Payment,
    Proposal,
)
from hoursmith_mcp.store.tables.expenses import Expense
from hoursmith_mcp.store.tables.log import Activity, Event, StoredAnswer
from hoursmith_mcp.store.tables.organization import (
    EventCounter,
    Member,
    Organization,
    Token,
    TokenProject,
)
from hoursmith_mcp.store.tables.requests import RequestCount
from hoursmith_mcp.store.tables.schedules import Schedule, ScheduleRun
from hoursmith_mcp.store.tables.time import Rate, TimeEntry, Timer
from hoursmith_mcp.store.tables.webhooks import Delivery, DeliveryAttempt, WebhookEndpoint
from hoursmith_mcp.store.tables.work import (
    Client,
    ClientContact,
    Project,
    ProjectMember,
    Task,
    TaskAssignee,
)

__all__ = [
    "Activity",
    "BillingClaim",
    "Client",
    "ClientContact",
    "Confirmation",
    "Delivery",
    "DeliveryAttempt",
    "Event",
    "EventCounter",
    "Expense",
    "Invoice",
    "InvoiceLine",
    "Member",
    "Organization",
    "Payment",
    "Project",
    "ProjectMember",
    "Proposal",
    "Rate",
    "RequestCount",
    "Schedule",
    "ScheduleRun",
    "StoredAnswer",
    "Table",
    "Task",
    "TaskAssignee",
    "TimeEntry",
    "Timer",
    "Token",
    "TokenProject",
    "WebhookEndpoint",
]
