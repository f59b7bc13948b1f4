"""Webhooks, as callers see them: never a secret, but once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import HOUR_US, instant_text
from hoursmith_mcp.core.receivers import FAILING_AFTER
from hoursmith_mcp.schemas.base import InstantText, Public, ShownOnce
from hoursmith_mcp.schemas.to_do import (
    MOST_OF_EACH,
    NextArguments,
    NextCall,
    ToDo,
    other_webhooks,
)

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.deliveries import AttemptRow, LoggedRow
    from hoursmith_mcp.store.queries.webhooks import DoingRow, WebhookRow

MOST_OF_A_RESPONSE = 200
"""How many characters of a response stand in a list; all that is kept is there of a single one."""

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
    test: bool | None = None
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
            "replay_deliveries",
            "rotate_webhook_secret",
            "delete_webhook",
        ],
    )


def webhook_to_do(rows: Sequence[DoingRow], now_us: int) -> list[ToDo]:
    """Say which webhooks need somebody to look after them, those that are worst off first."""
    in_order = sorted(rows, key=_health)
    found = [one for row in in_order if (one := _trouble(row, now_us)) is not None]
    return [*found[:MOST_OF_EACH], *other_webhooks(len(found))]


def _health(row: DoingRow) -> tuple[bool, bool, int]:
    return row.state != "disabled", row.warned_at is None, -row.failures


def _trouble(row: DoingRow, now_us: int) -> ToDo | None:
    look = NextCall(tool="list_deliveries", arguments=NextArguments(webhook=row.id))
    if row.state == "disabled":
        what = f"The webhook to {row.url} is disabled: {row.disabled_because} Resume it once it is"
        resume = NextArguments(webhook=row.id, paused=False)
        return ToDo(
            what=f"{what} mended.", next_call=NextCall(tool="update_webhook", arguments=resume)
        )
    if row.state != "active":
        return None
    if row.warned_at is not None:
        what = f"The webhook to {row.url} only fails, and will be disabled within a day."
        return ToDo(what=what, next_call=look)
    if row.failures >= FAILING_AFTER:
        what = f"The webhook to {row.url} failed {row.failures} times in a row."
        return ToDo(what=what, next_call=look)
    if _is_left_alone(row, now_us):
        what = f"Nobody has sent what waits for {row.url} for an hour: run `hoursmith-mcp serve`"
        return ToDo(what=f"{what} or `hoursmith-mcp worker`.")
    return None


def _is_left_alone(row: DoingRow, now_us: int) -> bool:
    """Say whether something waits, and nobody has looked after it for an hour."""
    waits = [one for one in (row.waits_since, row.unseen_since) if one is not None]
    # Where there is a rate, whoever sends moves on what it allows, however much waits.
    return bool(waits) and now_us - max(min(waits), row.paced_until or 0) > HOUR_US


def delivery_out(
    row: LoggedRow, attempts: Sequence[AttemptRow], *, among_others: bool = False
) -> DeliveryOut:
    """Show a delivery's row and its attempts; among others, little of what was answered."""
    most = MOST_OF_A_RESPONSE if among_others else None
    return DeliveryOut(
        id=row.id,
        webhook_id=row.endpoint_id,
        event_id=row.event_id,
        type=row.type,
        seq=row.sequence,
        status=row.state,
        test=True if row.event_id is None else None,
        attempts=[
            AttemptOut(
                number=one.number,
                at=instant_text(one.at),
                milliseconds=one.milliseconds,
                status=one.status,
                fault=one.fault,
                response=one.beginning[:most] or None,
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
