"""The catalogue of events: every type that systems outside can be told of, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from hoursmith_mcp.schemas.result_schema import result_schema
from hoursmith_mcp.schemas.things import model_of_event


@dataclass(frozen=True)
class EventType:
    """One type of event."""

    name: str
    says: str
    also: str | None = None
    """A second thing that the data holds, beside the one that the event is of."""
    is_sent: bool = True
    """False where it can be subscribed to and nothing here happens yet that it tells of."""

    @property
    def kind(self) -> str:
        """The kind of its thing, which is also the thing's name within the data."""
        return self.name.partition(".")[0]

    @property
    def model(self) -> type[BaseModel]:
        """The model of its thing."""
        found = model_of_event(self.name)
        assert found is not None, f"things.py knows no model of {self.name}"
        return found

    def data(self, thing: dict[str, Any]) -> dict[str, Any]:
        """Return the data of an event of this type, by the names of the things in it."""
        found = {self.kind: thing}
        if self.also is not None:
            several: list[Any] = thing.get(f"{self.also}s", [])
            standing = [one for one in several if not one.get("voided")]
            if standing:
                found[self.also] = standing[-1]
        return found

    def data_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of that data, as a reader who sees all may meet it.

        Nothing of a thing but its id is required: thin data holds nothing else, and what is absent,
        hidden or personal is left out.
        """
        named: dict[str, Any] = {}
        things = {self.kind: self.model}
        if self.also is not None:
            things[self.also] = model_of_event(self.also) or self.model
        for model in things.values():
            schema = result_schema(model)
            named |= {name: _loose(part) for name, part in schema.get("$defs", {}).items()}
            named[model.__name__] = {**_loose(schema), "required": ["id"]}
        properties = {name: {"$ref": f"#/$defs/{model.__name__}"} for name, model in things.items()}
        return {
            "type": "object",
            "properties": {**properties, "test": {"type": "boolean"}},
            "required": [self.kind],
            "$defs": named,
        }


def _loose(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in schema.items() if key not in ("required", "$defs")}


_TYPES = (
    EventType("client.created", "A client was made."),
    EventType("client.updated", "A client was changed, archived or brought back."),
    EventType("client.deleted", "A client was deleted."),
    EventType("contact.created", "A contact of a client was made."),
    EventType("contact.updated", "A contact of a client was changed."),
    EventType("contact.deleted", "A contact of a client was deleted."),
    EventType("expense.created", "An expense was recorded."),
    EventType("expense.updated", "An expense was changed."),
    EventType("expense.deleted", "An expense was deleted."),
    EventType("invoice.created", "A draft was made."),
    EventType("invoice.updated", "A draft was changed, or what is due of an invoice."),
    EventType("invoice.sent", "An invoice was issued: it has its number from now on."),
    EventType("invoice.paid", "An invoice was settled by a payment.", also="payment"),
    EventType("invoice.payment_failed", "A payment was refused on its way.", is_sent=False),
    EventType("invoice.cancelled", "A draft or an invoice was cancelled."),
    EventType("invoice.restored", "A draft that was deleted or cancelled is there again."),
    EventType("invoice.deleted", "A draft was deleted."),
    EventType("member.invited", "Somebody was invited."),
    EventType("member.joined", "Somebody accepted their invitation."),
    EventType("member.updated", "A member was changed."),
    EventType("member.role_changed", "A member was given another role."),
    EventType("member.removed", "A member was removed, or left."),
    EventType("member.erased", "What says who a former member was is gone."),
    EventType("organization.updated", "The settings of the organisation were changed."),
    EventType("payment.recorded", "A payment was recorded."),
    EventType("payment.voided", "A payment was taken back."),
    EventType("project.created", "A project was made."),
    EventType("project.updated", "A project was changed, archived or brought back."),
    EventType("project.deleted", "A project was taken back."),
    EventType("project.member_added", "A member was put on a project."),
    EventType("project.member_removed", "A member was taken off a project."),
    EventType("rate.created", "A rate was set."),
    EventType("rate.deleted", "A rate was taken back."),
    EventType("rounding.updated", "A rounding was set."),
    EventType("schedule.created", "A schedule of invoices was made."),
    EventType(
        "schedule.updated", "A schedule was changed, paused, resumed, or its next day skipped."
    ),
    EventType("schedule.deleted", "A schedule was deleted."),
    EventType(
        "schedule.ran", "A schedule was run: there is an invoice, or nothing was to be billed."
    ),
    EventType(
        "schedule.failed", "A schedule came due and could not bill, or not issue; it says why."
    ),
    EventType("schedule.missed", "A day of a schedule passed while nothing ran, and is left out."),
    EventType("task.created", "A task was made."),
    EventType("task.updated", "A task was changed."),
    EventType("task.completed", "A task was done."),
    EventType("task.deleted", "A task was taken back."),
    EventType("time_entry.created", "Time was logged, or a timer left it."),
    EventType("time_entry.updated", "Logged time was changed."),
    EventType("time_entry.deleted", "Logged time was deleted."),
    EventType("timer.started", "A timer was started."),
    EventType("timer.stopped", "A timer was stopped."),
    EventType("token.created", "A token was made."),
    EventType("token.revoked", "A token was revoked."),
    EventType("webhook.created", "A webhook was made."),
    EventType("webhook.updated", "A webhook was changed, paused, resumed, or its secret rotated."),
    EventType("webhook.deleted", "A webhook was deleted."),
    EventType("webhook.failing", "A webhook failed four times in a row."),
    EventType("webhook.exhausted", "A webhook was sent a message ten times in vain."),
    EventType("webhook.disabled_soon", "A webhook that only fails will be disabled tomorrow."),
    EventType(
        "webhook.disabled",
        "A webhook was disabled: it only failed, asked for it, or lost its owner.",
    ),
    EventType("webhook.recovered", "A webhook that failed takes messages again."),
)

EVENT_TYPES = {one.name: one for one in _TYPES}
"""By name."""


def event_type(name: str) -> EventType:
    """Return a type of the catalogue; one that was there once and is no more has no words left."""
    return EVENT_TYPES.get(name) or EventType(name, "")
