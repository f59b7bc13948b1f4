"""What was sent to webhooks, how that went, and sending it again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.access.telling import permit_telling, types_to_tell
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.event_patterns import ALL, matches, read_patterns
from hoursmith_mcp.core.instants import DAY_US, day_begins_us
from hoursmith_mcp.errors import Conflict, InvalidInput, NotFound
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import Cursor, Limit, Line, PeriodText, RestName
from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.webhooks import (
    DeliveryOut,
    DeliveryPage,
    Replayed,
    delivery_out,
    webhook_out,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.webhooks import WebhookRow

KEPT_US = 30 * DAY_US
USUAL = "invoice.paid"

WebhookId = Annotated[Line, Field(description="Webhook id.")]
OfWebhook = Annotated[WebhookId, RestName("webhookId")]
DeliveryId = Annotated[
    Line, RestName("deliveryId"), Field(description="Delivery id, for that one alone.")
]
Period = Annotated[
    PeriodText, Field(description="Period: today, since monday, 2026-10-01..2026-10-15.")
]
Status = Literal["pending", "delivered", "exhausted", "abandoned", "withheld", "dropped"]


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
    call: Call,
    webhook: WebhookId,
    event: Annotated[Line, Field(description="Type of event; one that it is told if left out.")]
    | None = None,
) -> DeliveryOut:
    """Send a webhook the sample of an event, marked as a test."""
    found = await call.store.webhooks.get(webhook)
    type = _exact_type(event) if event else _usual_type(found)
    permit_telling([type], call.actor.scopes)
    if found.state != "active":
        raise Conflict(f"It is {found.state}; resume it first with update_webhook(paused=false).")
    queued = await call.store.deliveries.queue_test(found, call.new_id("dl"), type)
    call.note("webhook.tested", webhook_out(found))
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
    webhook: OfWebhook | None = None,
    type: Annotated[Line, Field(description="Type of event: invoice.paid, task.*.")] | None = None,
    status: Annotated[Status, Field(description="How it stands.")] | None = None,
    period: Period | None = None,
    delivery: DeliveryId | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> DeliveryPage:
    """List what was sent to webhooks, the newest first, with every attempt."""
    if delivery:
        if webhook or type or status or period or cursor:
            raise InvalidInput("delivery is one alone: leave the other filters out.")
        return await _single(call, delivery)
    with reading("type"):
        patterns = read_patterns([type or ALL], EVENT_TYPES)
    types = types_to_tell(patterns, call.actor.scopes)
    selection = ("deliveries", webhook, type, status, period)
    after = read_cursor(cursor, selection)[1] if cursor is not None else None
    rows = await call.store.deliveries.page(
        webhook_id=(await call.store.webhooks.get(webhook)).id if webhook else None,
        types=types,
        state=status,
        between_us=_between_us(call, period) if period else None,
        before_id=after,
        limit=limit + 1,
    )
    shown = rows[:limit]
    attempts = await call.store.deliveries.attempts([row.id for row in shown])
    return DeliveryPage(
        deliveries=[delivery_out(row, attempts[row.id], among_others=True) for row in shown],
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
    delivery: DeliveryId | None = None,
    webhook: OfWebhook | None = None,
    period: Period | None = None,
) -> Replayed:
    """Send a delivery again, or all that a webhook was sent in a period of the last 30 days."""
    if (delivery is None) == (webhook is None) or (delivery is not None and period is not None):
        raise InvalidInput(
            "Give delivery for one, or webhook for all that it was sent, maybe in a period: "
            "since monday."
        )
    if delivery is not None:
        found = await _replay_one(call, delivery)
        return Replayed(replayed=1, message=f"It is sent again, with the same id{_when(found)}.")
    found = await call.store.webhooks.get(webhook or "")
    types = _wanted(found)
    permit_telling(types, call.actor.scopes)
    since_us, until_us = _between_us(call, period) if period else (0, call.now_us + DAY_US)
    between_us = (max(since_us, call.now_us - KEPT_US), until_us)
    count = await call.store.deliveries.replay_all(found, between_us, types=types)
    if not count:
        return Replayed(replayed=0, message="There is nothing that was sent and is over.")
    call.note("webhook.replayed", webhook_out(found))
    several = "1 is" if count == 1 else f"{count} are"
    message = f"{several} sent again, with the same id{'s' * (count > 1)}{_when(found)}."
    return Replayed(replayed=count, message=message)


async def _single(call: Call, delivery: str) -> DeliveryPage:
    row = await call.store.deliveries.get(delivery)
    permit_telling([row.type], call.actor.scopes)
    attempts = await call.store.deliveries.attempts([row.id])
    return DeliveryPage(deliveries=[delivery_out(row, attempts[row.id])])


async def _replay_one(call: Call, delivery: str) -> WebhookRow:
    """Send one again, and return its webhook."""
    row = await call.store.deliveries.get(delivery)
    permit_telling([row.type], call.actor.scopes)
    try:
        webhook = await call.store.webhooks.get(row.endpoint_id)
    except NotFound:
        raise Conflict("Its webhook was deleted; there is nobody to send it to.") from None
    if row.state == "pending":
        raise Conflict("It is still being sent; there is nothing to replay yet.")
    if not await call.store.deliveries.replay(webhook, row.id, types=_wanted(webhook)):
        raise Conflict(
            "Its webhook is not told of that any more; widen its events or projects first, with "
            "update_webhook."
        )
    call.note("webhook.replayed", webhook_out(webhook))
    return webhook


def _when(webhook: WebhookRow) -> str:
    if webhook.state == "active":
        return ""
    return f", once the webhook, which is {webhook.state}, is resumed"


def _wanted(webhook: WebhookRow) -> list[str]:
    return [type for type in EVENT_TYPES if matches(webhook.patterns.split(), type)]


def _usual_type(webhook: WebhookRow) -> str:
    wanted = _wanted(webhook)
    return USUAL if USUAL in wanted else wanted[0]


def _exact_type(text: str) -> str:
    with reading("event"):
        (type,) = read_patterns([text], EVENT_TYPES)
    if type not in EVENT_TYPES:
        raise InvalidInput("event: a test is of one type; write one like invoice.paid.")
    return type


def _between_us(call: Call, text: str) -> tuple[int, int]:
    period = call.period(text, "period")
    zone = call.actor.zone
    return day_begins_us(period.first, zone), day_begins_us(period.last + timedelta(1), zone)
