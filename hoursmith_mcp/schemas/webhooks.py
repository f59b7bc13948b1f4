"""Webhooks, as callers see them: never a secret, but once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import HOUR_US, instant_text
from hoursmith_mcp.core.receivers import FAILING_AFTER
from hoursmith_mcp.schemas.base import InstantText, Public, ShownOnce

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.webhooks import AttemptRow, DoingRow, LoggedRow, WebhookRow

SHOWN_ONCE = (
    "The secret is in the first answer only. Where it is lost, rotate it with "
    "rotate_webhook_secret; the one before stays good for 24 hours."
)


class WebhookOut(Public):
    """A webhook: where it goes, what it is told, and how it is doing."""

    id: str
    url: str
    description: str | None = None
    events: list[str]
    project_ids: list[str] = []
    thin: bool | None = None
    status: str
    disabled_because: str | None = None
    user_id: str
    per_minute: int | None = None
    failures: int | None = None
    failing_since: str | None = None
    earlier_secret_until: str | None = None
    created_at: InstantText
    updated_at: InstantText
    available_actions: list[str] = []


class WebhookMade(WebhookOut):
    """A webhook with its new secret."""

    secret: ShownOnce[str] | None = None
    note: str = SHOWN_ONCE


class WebhookPage(Public):
    """Webhooks, the newest first."""

    listed = "webhooks"

    webhooks: list[WebhookOut]
    next_cursor: str | None = None


class AttemptOut(Public):
    """How one attempt ended."""

    number: int
    at: str
    milliseconds: int
    status: int | None = None
    fault: str | None = None
    response: str | None = None


class DeliveryOut(Public):
    """A message to one webhook, and every attempt that was made of it."""

    id: str
    webhook_id: str
    event_id: str | None = None
    type: str
    seq: int
    status: str
    attempts: list[AttemptOut] = []
    next_attempt_at: InstantText | None = None
    replayed_at: InstantText | None = None
    created_at: InstantText
    finished_at: InstantText | None = None


class DeliveryPage(Public):
    """Deliveries, the newest first."""

    listed = "deliveries"

    deliveries: list[DeliveryOut]
    next_cursor: str | None = None


class Replayed(Public):
    """How many messages are sent again."""

    replayed: int
    message: str


def webhook_out(row: WebhookRow) -> WebhookOut:
    """Show a webhook's row."""
    earlier: list[tuple[str, int]] = json.loads(row.earlier_secrets or "[]")
    resting = row.state != "active"
    return WebhookOut(
        id=row.id,
        url=row.url,
        description=row.description,
        events=row.patterns.split(),
        project_ids=(row.projects or "").split(),
        thin=row.thin or None,
        status=row.state,
        disabled_because=row.disabled_because if resting else None,
        user_id=row.member_id,
        per_minute=row.per_minute,
        failures=row.failures or None,
        failing_since=_instant(row.failing_since),
        earlier_secret_until=_instant(max((until for _, until in earlier), default=None)),
        created_at=instant_text(row.created_at),
        updated_at=instant_text(row.updated_at),
        available_actions=[
            "update_webhook",
            "send_test_event",
            "list_deliveries",
            "delete_webhook",
        ],
    )


def webhook_warnings(rows: Sequence[DoingRow], now_us: int) -> list[str]:
    """Say what is wrong with webhooks, one sentence for each that needs somebody."""
    found: list[str] = []
    for row in rows:
        if row.state == "disabled":
            found.append(
                f"The webhook to {row.url} is disabled: {row.disabled_because} "
                "update_webhook(paused=false) resumes it."
            )
        elif row.state == "active" and row.warned_at is not None:
            found.append(f"The webhook to {row.url} only fails, and will be disabled within a day.")
        elif row.state == "active" and row.failures >= FAILING_AFTER:
            found.append(f"The webhook to {row.url} failed {row.failures} times in a row.")
        elif row.state == "active" and now_us - (row.waits_since or now_us) > HOUR_US:
            found.append(
                f"Nobody has sent what waits for {row.url} for an hour: run `hoursmith-mcp serve`."
            )
    return found


def delivery_out(row: LoggedRow, attempts: Sequence[AttemptRow]) -> DeliveryOut:
    """Show a delivery's row and its attempts."""
    return DeliveryOut(
        id=row.id,
        webhook_id=row.endpoint_id,
        event_id=row.event_id,
        type=row.type,
        seq=row.sequence,
        status=row.state,
        attempts=[
            AttemptOut(
                number=one.number,
                at=instant_text(one.at),
                milliseconds=one.milliseconds,
                status=one.status,
                fault=one.fault,
                response=one.beginning or None,
            )
            for one in attempts
        ],
        next_attempt_at=instant_text(row.due_at) if row.state == "pending" else None,
        replayed_at=_instant(row.replayed_at),
        created_at=instant_text(row.created_at),
        finished_at=_instant(row.finished_at),
    )


def _instant(instant_us: int | None) -> str | None:
    return None if instant_us is None else instant_text(instant_us)
