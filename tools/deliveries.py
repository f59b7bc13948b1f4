"""What was sent to webhooks, how that went, and sending it again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.instants import DAY_US, day_begins_us
from hoursmith_mcp.errors import Conflict, InvalidInput
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import Cursor, Limit, Line, PeriodText
from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.webhooks import DeliveryOut, DeliveryPage, Replayed, delivery_out

KEPT_US = 30 * DAY_US

WebhookId = Annotated[Line, Field(description="Webhook id.")]
EventType = Annotated[Line, Field(description="Type of event: invoice.paid.")]
Status = Literal["pending", "delivered", "exhausted", "abandoned", "withheld"]


@operation(
    toolset="webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    least=Role.ADMIN,
    rest="POST /webhooks/{webhook}/test",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=True,
    undo=Undo("A test changes nothing here."),
)
async def send_test_event(
    call: Call, webhook: WebhookId, event: EventType = "invoice.paid"
) -> DeliveryOut:
    """Send a webhook the sample of an event, marked as a test."""
    type = event.strip().casefold()
    if type not in EVENT_TYPES:
        raise InvalidInput("event: there is no such type of event; write one like invoice.paid.")
    found = await call.store.webhooks.get(webhook)
    if found.state != "active":
        raise Conflict(f"It is {found.state}; resume it first with update_webhook(paused=false).")
    queued = await call.store.webhooks.queue_test(found, call.new_id("dl"), type)
    return delivery_out(queued, [])


@operation(
    toolset="webhooks",
    scope=Scope.ACTIVITY_READ,
    least=Role.ADMIN,
    rest="GET /webhook-deliveries",
    rest_defaults={"limit": 50},
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_deliveries(
    call: Call,
    webhook: WebhookId | None = None,
    type: EventType | None = None,
    status: Annotated[Status, Field(description="How it stands.")] | None = None,
    period: PeriodText | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> DeliveryPage:
    """List what was sent to webhooks, the newest first, with every attempt."""
    selection = ("deliveries", webhook, type, status, period)
    after = read_cursor(cursor, selection)[1] if cursor is not None else None
    rows = await call.store.webhooks.deliveries(
        webhook_id=(await call.store.webhooks.get(webhook)).id if webhook else None,
        type=type,
        state=status,
        between_us=_between_us(call, period, "period") if period else None,
        before_id=after,
        limit=limit + 1,
    )
    shown = rows[:limit]
    attempts = await call.store.webhooks.attempts([row.id for row in shown])
    return DeliveryPage(
        deliveries=[delivery_out(row, attempts[row.id]) for row in shown],
        next_cursor=write_cursor(("", shown[-1].id), selection) if len(rows) > limit else None,
    )


@operation(
    toolset="webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    least=Role.ADMIN,
    rest="POST /webhook-deliveries/replay",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=True,
    undo=Undo("What was sent again was sent."),
)
async def replay_deliveries(
    call: Call,
    delivery: Annotated[Line, Field(description="Delivery id, for one.")] | None = None,
    webhook: WebhookId | None = None,
    period: PeriodText | None = None,
) -> Replayed:
    """Send a delivery again, or all that a webhook was sent in a period of the last 30 days."""
    webhooks = call.store.webhooks
    if (delivery is None) == (webhook is None):
        raise InvalidInput("Give delivery for one, or webhook for all that it was sent.")
    if delivery is not None:
        found = await webhooks.delivery(delivery)
        if not await webhooks.replay(found.id):
            raise Conflict("It is still being sent; there is nothing to replay yet.")
        return Replayed(replayed=1, message="It is sent again, with the same id.")
    endpoint = await webhooks.get(webhook or "")
    since_us, until_us = (
        _between_us(call, period, "period") if period else (0, call.now_us + DAY_US)
    )
    count = await webhooks.replay_since(endpoint.id, max(since_us, call.now_us - KEPT_US), until_us)
    return Replayed(replayed=count, message=f"{count} are sent again, with the same ids.")


def _between_us(call: Call, text: str, argument: str) -> tuple[int, int]:
    period = call.period(text, argument)
    zone = call.actor.zone
    return day_begins_us(period.first, zone), day_begins_us(period.last, zone) + DAY_US
