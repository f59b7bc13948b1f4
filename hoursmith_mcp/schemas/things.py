"""Which model shows a thing, told by the type of its event or by its id."""

from __future__ import annotations

from pydantic import BaseModel

from hoursmith_mcp.schemas.clients import ClientOut
from hoursmith_mcp.schemas.contacts import ContactOut
from hoursmith_mcp.schemas.expenses import ExpenseOut
from hoursmith_mcp.schemas.invoices import InvoiceDetail, PaymentOut
from hoursmith_mcp.schemas.members import MemberOut
from hoursmith_mcp.schemas.organization import OrganizationOut
from hoursmith_mcp.schemas.pricing import RateOut, RoundingOut
from hoursmith_mcp.schemas.project_members import ProjectTeam
from hoursmith_mcp.schemas.projects import ProjectOut
from hoursmith_mcp.schemas.schedules import ScheduleOut
from hoursmith_mcp.schemas.tasks import TaskOut
from hoursmith_mcp.schemas.time_entries import TimeEntryOut, TimerOut, TimerStopped
from hoursmith_mcp.schemas.tokens import TokenOut
from hoursmith_mcp.schemas.webhooks import WebhookOut

OF_EVENTS: dict[str, type[BaseModel]] = {
    "client": ClientOut,
    "contact": ContactOut,
    "expense": ExpenseOut,
    "invoice": InvoiceDetail,
    "member": MemberOut,
    "organization": OrganizationOut,
    "payment": PaymentOut,
    "project": ProjectOut,
    "project.member_added": ProjectTeam,
    "project.member_removed": ProjectTeam,
    "rate": RateOut,
    "rounding": RoundingOut,
    "schedule": ScheduleOut,
    "task": TaskOut,
    "time_entry": TimeEntryOut,
    "timer": TimerOut,
    "timer.stopped": TimerStopped,
    "token": TokenOut,
    "webhook": WebhookOut,
}
"""By whole types, else by kinds, as what stands before the dot."""

OF_IDS: dict[str, type[BaseModel]] = {
    "cl": ClientOut,
    "co": ContactOut,
    "ex": ExpenseOut,
    "inv": InvoiceDetail,
    "mem": MemberOut,
    "org": OrganizationOut,
    "pay": PaymentOut,
    "pr": ProjectOut,
    "rt": RateOut,
    "sch": ScheduleOut,
    "te": TimeEntryOut,
    "tk": TaskOut,
    "tm": TimerOut,
    "tok": TokenOut,
    "wh": WebhookOut,
}
"""By the prefix of an id."""


def model_of_event(type: str) -> type[BaseModel] | None:
    """Return the model of an event's data, if it is known."""
    return OF_EVENTS.get(type) or OF_EVENTS.get(type.partition(".")[0])


def model_of_id(id: str) -> type[BaseModel] | None:
    """Return the model that shows the thing of an id, if it is known."""
    return OF_IDS.get(id.partition("_")[0])
