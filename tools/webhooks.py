"""Webhooks: systems outside that are told of what happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.access.telling import permit_telling
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.event_patterns import ALL, read_patterns
from hoursmith_mcp.core.instants import HOUR_US
from hoursmith_mcp.core.subscriptions import Subscription
from hoursmith_mcp.core.webhook_urls import read_webhook_url
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.operation import Undo, operation
from hoursmith_mcp.schemas.arguments import Cursor, Limit, Line, ProjectRef
from hoursmith_mcp.schemas.base import Would
from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor
from hoursmith_mcp.schemas.webhooks import WebhookMade, WebhookOut, WebhookPage, webhook_out

if TYPE_CHECKING:
    from hoursmith_mcp.store.queries.webhooks import WebhookRow

MOST_WEBHOOKS = 100
MOST_EARLIER_SECRETS = 10
OVERLAP_US = 24 * HOUR_US

Url = Annotated[str, Field(description="Where to, by https.")]
Events = Annotated[
    list[Line], Field(min_length=1, description="Types of events: invoice.paid, task.*, or *.")
]
Projects = Annotated[list[ProjectRef], Field(description="Only of these; empty for all.")]
Thin = Annotated[bool, Field(description="Send ids alone.")]
Description = Annotated[Line, Field(description="What it is for; empty for none.")]
Rate = Annotated[
    int, Field(ge=0, le=6_000, description="Messages a minute at most; 0 for any number.")
]
WebhookId = Annotated[Line, Field(description="Webhook id.")]


async def would_create_webhook(
    call: Call,
    url: str,
    events: list[str],
    projects: list[str] | None = None,
    thin: bool = False,
    description: str | None = None,
    per_minute: int | None = None,
) -> Would:
    """Say what would leave the house, and where to."""
    values = await _read(call, url=url, events=events, projects=projects)
    wanted = _subscription({"projects": None, "thin": thin, **values})
    permit_telling(wanted.types(EVENT_TYPES), call.actor.scopes)
    return Would(would=f"From now on, send {await _told(call, wanted, whose='you')}.")


@operation(
    toolset="webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    least=Role.ADMIN,
    rest="POST /webhooks",
    creates=True,
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=True,
    asks=would_create_webhook,
    undo=Undo("Take the webhook away with delete_webhook."),
)
async def create_webhook(
    call: Call,
    url: Url,
    events: Events,
    projects: Projects | None = None,
    thin: Thin = False,
    description: Description | None = None,
    per_minute: Rate | None = None,
) -> WebhookMade:
    """Send events to a URL from now on, as you see them; answers the signing secret, once."""
    count = await call.store.webhooks.count()
    if count >= MOST_WEBHOOKS:
        raise Conflict(f"There are {MOST_WEBHOOKS} webhooks already; delete one first.")
    if count:
        call.outbound.sealer()  # A second key would shut out whoever puts the first one back.
    values = await _read(call, url=url, events=events, projects=projects)
    values |= {"thin": thin, "projects": values.get("projects")}
    permit_telling(_subscription(values).types(EVENT_TYPES), call.actor.scopes)
    webhook_id = call.new_id("wh")
    secret, sealed = call.outbound.new_secret(webhook_id, call.entropy)
    row = await call.store.webhooks.add(
        **values,
        id=webhook_id,
        member_id=call.actor.member_id,
        description=description or None,
        per_minute=per_minute or None,
        secret=sealed,
    )
    made = webhook_out(row)
    call.emit("webhook.created", made)
    return WebhookMade(**dict(made), secret=secret)


@operation(
    toolset="webhooks",
    scope=Scope.ACTIVITY_READ,
    least=Role.ADMIN,
    rest="GET /webhooks",
    rest_defaults={"limit": 50},
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_webhooks(call: Call, cursor: Cursor | None = None, limit: Limit = 20) -> WebhookPage:
    """List the webhooks, the newest first, and how each is doing."""
    after = read_cursor(cursor, "webhooks")[1] if cursor is not None else None
    rows = await call.store.webhooks.page(before_id=after, limit=limit + 1)
    shown = rows[:limit]
    more = len(rows) > limit
    return WebhookPage(
        webhooks=[webhook_out(row) for row in shown],
        next_cursor=write_cursor(("", shown[-1].id), "webhooks") if more else None,
    )


async def would_update_webhook(
    call: Call,
    webhook: str,
    url: str | None = None,
    events: list[str] | None = None,
    projects: list[str] | None = None,
    thin: bool | None = None,
    description: str | None = None,
    per_minute: int | None = None,
    paused: bool | None = None,
) -> Would | None:
    """Say what would leave the house that does not yet; None where nothing would."""
    found = await call.store.webhooks.get(webhook)
    values = await _read(call, url=url, events=events, projects=projects, thin=thin)
    before, after = _before_and_after(found, values)
    if not after.tells_more_than(before, EVENT_TYPES):
        return None
    permit_telling(after.types(EVENT_TYPES), call.actor.scopes)
    whose = "you" if found.member_id == call.actor.member_id else "its owner"
    return Would(
        would=f"From now on, send {await _told(call, after, whose)}: what still waits, too. "
        f"So far it is {await _told(call, before, whose)}."
    )


@operation(
    toolset="webhooks",
    scope=Scope.ACTIVITY_READ,
    least=Role.ADMIN,
    rest="GET /webhooks/{webhook}",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_webhook(call: Call, webhook: WebhookId) -> WebhookOut:
    """Show a webhook, and how it is doing."""
    return webhook_out(await call.store.webhooks.get(webhook))


@operation(
    toolset="webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    least=Role.ADMIN,
    rest="PATCH /webhooks/{webhook}",
    read_only=False,
    destructive=False,
    idempotent=True,
    open_world=True,
    asks=would_update_webhook,
    undo=Undo("Change the webhook back with update_webhook."),
)
async def update_webhook(
    call: Call,
    webhook: WebhookId,
    url: Url | None = None,
    events: Events | None = None,
    projects: Projects | None = None,
    thin: Thin | None = None,
    description: Description | None = None,
    per_minute: Rate | None = None,
    paused: Annotated[
        bool, Field(description="Hold everything back; false goes on where it stopped.")
    ]
    | None = None,
) -> WebhookOut:
    """Change, pause or resume a webhook; one that was disabled is resumed by paused=false."""
    found = await call.store.webhooks.get(webhook)
    shown = webhook_out(found)
    values = await _read(call, url=url, events=events, projects=projects, thin=thin)
    before, after = _before_and_after(found, values)
    types = after.types(EVENT_TYPES)
    if after.tells_more_than(before, EVENT_TYPES):
        permit_telling(types, call.actor.scopes)
    if description is not None:
        values["description"] = description or None
    if per_minute is not None:
        values["per_minute"] = per_minute or None
    if paused is not None:
        values |= _PAUSED if paused else _RESUMED
    if not values:
        return shown
    changed = await call.store.webhooks.update(found.id, values)
    if before.tells_more_than(after, EVENT_TYPES):
        await call.store.deliveries.drop_unwanted(changed, types=types)
    call.emit("webhook.updated", webhook_out(changed), before=shown)
    return webhook_out(changed)


@operation(
    toolset="webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    least=Role.ADMIN,
    rest="DELETE /webhooks/{webhook}",
    read_only=False,
    destructive=True,
    idempotent=False,
    open_world=False,
    undo=Undo("Make another webhook with create_webhook."),
)
async def delete_webhook(call: Call, webhook: WebhookId) -> WebhookOut:
    """Take a webhook away; what still waits for it is never sent."""
    shown = webhook_out(await call.store.webhooks.get(webhook))
    await call.store.webhooks.remove(shown.id)
    await call.store.deliveries.drop_all(shown.id)
    call.emit("webhook.deleted", shown, gone=True)
    return shown


async def would_rotate_webhook_secret(call: Call, webhook: str) -> Would:
    """Say until when the secret of now stays good."""
    found = await call.store.webhooks.get(webhook)
    would = f"Give the webhook to {found.url} a new secret; the one of now is good for 24 hours."
    return Would(would=would)


@operation(
    toolset="webhooks",
    scope=Scope.WEBHOOKS_WRITE,
    least=Role.ADMIN,
    rest="POST /webhooks/{webhook}/rotate-secret",
    read_only=False,
    destructive=False,
    idempotent=False,
    open_world=False,
    asks=would_rotate_webhook_secret,
    undo=Undo("A secret that was rotated ends; rotate again for another."),
)
async def rotate_webhook_secret(call: Call, webhook: WebhookId) -> WebhookMade:
    """Give a webhook a new signing secret, shown once; both sign for 24 hours."""
    found = await call.store.webhooks.get(webhook)
    before = webhook_out(found)
    secret, sealed = call.outbound.new_secret(found.id, call.entropy)
    earlier = [
        [one, until]
        for one, until in json.loads(found.earlier_secrets or "[]")
        if until > call.now_us
    ]
    earlier = [[found.secret, call.now_us + OVERLAP_US], *earlier][:MOST_EARLIER_SECRETS]
    values = {"secret": sealed, "earlier_secrets": json.dumps(earlier)}
    after = webhook_out(await call.store.webhooks.update(found.id, values))
    call.emit("webhook.updated", after, before=before)
    return WebhookMade(**dict(after), secret=secret)


_PAUSED: dict[str, Any] = {"state": "paused"}
_RESUMED: dict[str, Any] = {
    "state": "active",
    "disabled_because": None,
    "failures": 0,
    "failing_since": None,
    "probed_at": None,
    "warned_at": None,
}


async def _read(
    call: Call,
    *,
    url: str | None,
    events: list[str] | None,
    projects: list[str] | None,
    thin: bool | None = None,
) -> dict[str, Any]:
    """Return what of a webhook is given, as it is stored."""
    values: dict[str, Any] = {}
    if url is not None:
        with reading("url"):
            values["url"] = str(read_webhook_url(url, call.outbound.rule))
    if events is not None:
        with reading("events"):
            values["patterns"] = " ".join(read_patterns(events, EVENT_TYPES))
    if projects is not None:
        find = call.store.projects.find
        ids = [(await find(one, writing=True, whole=True)).id for one in projects]
        values["projects"] = " ".join(dict.fromkeys(ids)) or None
    if thin is not None:
        values["thin"] = thin
    return values


def _subscription(values: dict[str, Any]) -> Subscription:
    return Subscription(
        values["url"],
        tuple(values["patterns"].split()),
        tuple((values["projects"] or "").split()),
        bool(values["thin"]),
    )


def _before_and_after(row: WebhookRow, values: dict[str, Any]) -> tuple[Subscription, Subscription]:
    now = {name: getattr(row, name) for name in ("url", "patterns", "projects", "thin")}
    return _subscription(now), _subscription({**now, **values})


async def _told(call: Call, one: Subscription, whose: str) -> str:
    """Say what is sent where; `whose` eyes decide how much of it."""
    what = "everything that happens" if one.patterns == (ALL,) else ", ".join(one.patterns)
    if one.projects:
        rows = await call.store.projects.of_ids(one.projects)
        what += f" of {', '.join(sorted(row.name for row in rows))} alone"
    data = "ids alone" if one.thin else f"all that {whose} may see of it"
    return f"{what} to {one.url}, with {data}"
